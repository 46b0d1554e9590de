// The slots that requests of this process hold: kept while they run, given back when they end.
import { limits } from '../limits.ts'
import { CacheUnavailableError } from '../ports/cache.ts'
import type { LimitClaim, LimitStore, SynchronousLimits } from '../ports/limit-store.ts'

interface Holding {
  readonly claim: LimitClaim
  /** Where it stands in the list; -1 once released. */
  index: number
}

/** ms until slots that could not be given back are tried again. */
const RELEASE_RETRY_MS = 250
/** ms by which a call over a connection that was given up may still be carried out. */
const LATE_MS = 1_000
/** Ended requests whose slots wait to be given back; all of a process that is full. */
const RELEASES_KEPT = 10_000

export class HeldSlots {
  readonly #local: SynchronousLimits
  readonly #store: LimitStore | undefined
  /** A list with swap-remove, because it changes with every request. */
  readonly #held: Holding[] = []
  #ended: LimitClaim[] = []
  #isGivingBack = false
  readonly #lateClaims = new WeakSet<LimitClaim>()
  #timer: NodeJS.Timeout | undefined

  /** @param store shared with other processes; undefined when `local` is all there is */
  constructor(local: SynchronousLimits, store: LimitStore | undefined) {
    this.#local = local
    this.#store = store
  }

  /** Renews the slots of a granted claim until the returned function is called, which gives them back. */
  hold(claim: LimitClaim): () => void {
    const holding: Holding = { claim, index: this.#held.length }
    this.#held.push(holding)
    this.#timer ??= setInterval(() => this.renew(), limits.slotRenewMs).unref()
    return () => this.#release(holding)
  }

  /** All of them now; also puts those into a store that has lost them. Failures wait for the next time: a lease outlives two. */
  renew(): void {
    if (this.#held.length === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const claims = this.#held.map(({ claim }) => claim)
    try {
      this.#local.renewNow(claims)
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
    }
    this.#store?.renew(claims).catch(ignore)
  }

  /** A claim whose answer was lost may still reach the store after its slots were given back: they are given back once more. */
  mayComeLate(claim: LimitClaim): void {
    if (claim.slots.length > 0) this.#lateClaims.add(claim)
  }

  /** Gives back what was taken for a request that does not run. */
  giveBack(claim: LimitClaim): void {
    if (claim.slots.length === 0) return
    this.#local.releaseNow([claim])
    if (this.#store === undefined) return
    if (this.#lateClaims.delete(claim)) setTimeout(() => this.giveBack(claim), LATE_MS).unref()
    this.#ended.push(claim)
    if (this.#isGivingBack) return
    this.#isGivingBack = true
    // Those that end in one turn of the event loop go out together.
    setImmediate(() => void this.#giveBackAll(this.#store as LimitStore))
  }

  async #giveBackAll(store: LimitStore): Promise<void> {
    while (this.#ended.length > 0) {
      const claims = this.#ended
      this.#ended = []
      try {
        await store.release(claims)
      } catch (error) {
        if (!(error instanceof CacheUnavailableError)) throw error
        // What is dropped is not renewed either, so that its lease ends.
        this.#ended = [...claims, ...this.#ended].slice(-RELEASES_KEPT)
        setTimeout(() => void this.#giveBackAll(store), RELEASE_RETRY_MS).unref()
        return
      }
    }
    this.#isGivingBack = false
  }

  #release(holding: Holding): void {
    if (holding.index < 0) return
    const last = this.#held.pop() as Holding
    if (last !== holding) {
      this.#held[holding.index] = last
      last.index = holding.index
    }
    holding.index = -1
    this.giveBack(holding.claim)
  }
}

function ignore(): void {}
