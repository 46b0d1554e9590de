// Claims in the shared store; while that is out of reach, this process grants its share, and tells the store when it is back.
import { limits } from '../limits.ts'
import { type Cache, CacheUnavailableError } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { LimitAnswer, LimitClaim, LimitStore, SynchronousLimits } from '../ports/limit-store.ts'
import type { HeldSlots } from './held-slots.ts'
import { claimNow } from './limit-refusal.ts'

export interface LimitFallbackDependencies {
  readonly store: Cache & LimitStore
  readonly local: SynchronousLimits
  readonly slots: HeldSlots
  readonly clock: Clock
  readonly replicaCount: () => number
}

interface Uncounted {
  readonly claim: LimitClaim
  /** Monotonic ms. */
  readonly atMs: number
}

/** ms between two questions whether the store is back; requests do not wait for the answer. */
const LOOK_INTERVAL_MS = 100
/** Before the store counts as gone it is asked so often, every so many ms: what a lost connection takes to come back is no outage. */
const DOUBT_TRIES = 20
const DOUBT_INTERVAL_MS = 10
/** ms for which the store must have been gone for the other processes to have lost it as well. */
const OUTAGE_MS = 1_000
/** ms after an outage within which the other processes tell the store what they granted: until then each keeps to its share. */
const SETTLING_MS = 2_000

export class LimitFallback {
  readonly #dependencies: LimitFallbackDependencies
  /** Granted while the store was gone, oldest first. */
  #uncounted: Uncounted[] = []
  #isGone = false
  #isLooking = false
  /** All monotonic ms. */
  #lookedAtMs = -Infinity
  #goneSinceMs = 0
  #settlesUntilMs = -Infinity
  #timer: NodeJS.Timeout | undefined
  /** Whether the store is there after all; all claims that got no answer wait for one. */
  #doubt: Promise<boolean> | undefined

  constructor(dependencies: LimitFallbackDependencies) {
    this.#dependencies = dependencies
  }

  /** @throws GatewayError overloaded */
  async claim(claim: LimitClaim): Promise<LimitAnswer> {
    if (this.#isGone) {
      this.#look()
      return this.#claimShare(claim)
    }
    const { local, slots, clock } = this.#dependencies
    const settlesForMs = this.#settlesUntilMs - clock.monotonicMs()
    const share = settlesForMs > 0 ? claimNow(local, this.#shareOf(claim)) : undefined
    if (share?.isGranted === false) return { ...share, retryAfterMs: Math.min(settlesForMs, share.retryAfterMs ?? Infinity) }
    try {
      const answer = await this.#claimTwice(claim)
      if (!answer.isGranted && share !== undefined) slots.giveBack(claim)
      // What this process has granted counts against its share, should the store go away in the same window.
      else if (answer.isGranted && share === undefined) adopt(local, this.#shareOf(claim))
      return answer
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
    }
    this.#lost()
    if (share !== undefined) {
      this.#remember(claim)
      return share
    }
    const answer = this.#claimShare(claim)
    // The store may have carried it out although its answer was lost.
    if (!answer.isGranted) slots.giveBack(claim)
    return answer
  }

  /** A second time when the first got no answer and the store is there after all. What both count, counts twice: rather too much than too little. */
  async #claimTwice(claim: LimitClaim): Promise<LimitAnswer> {
    const { store, slots } = this.#dependencies
    try {
      return await store.claim(claim)
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
      slots.mayComeLate(claim)
      this.#doubt ??= this.#isThereAfterAll().finally(() => (this.#doubt = undefined))
      if (!(await this.#doubt)) throw error
    }
    const answer = await store.claim(claim)
    if (!answer.isGranted) slots.giveBack(claim)
    return answer
  }

  async #isThereAfterAll(): Promise<boolean> {
    for (let tries = 0; tries < DOUBT_TRIES && !this.#isGone; tries++) {
      await new Promise((resolve) => setTimeout(resolve, DOUBT_INTERVAL_MS))
      try {
        await this.#dependencies.store.ping()
        return true
      } catch (error) {
        if (!(error instanceof CacheUnavailableError)) throw error
      }
    }
    return false
  }

  #lost(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#goneSinceMs = this.#dependencies.clock.monotonicMs()
    this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref()
  }

  #claimShare(claim: LimitClaim): LimitAnswer {
    const answer = claimNow(this.#dependencies.local, this.#shareOf(claim))
    if (answer.isGranted) this.#remember(claim)
    return answer
  }

  #remember(claim: LimitClaim): void {
    if (claim.windows.length === 0) return
    if (this.#uncounted.push({ claim, atMs: this.#dependencies.clock.monotonicMs() }) <= limits.uncountedGrantsMax) return
    this.#uncounted = this.#uncounted.slice(limits.uncountedGrantsMax / 2)
  }

  #look(): void {
    const nowMs = this.#dependencies.clock.monotonicMs()
    if (!this.#isGone || this.#isLooking || nowMs - this.#lookedAtMs < LOOK_INTERVAL_MS) return
    this.#lookedAtMs = nowMs
    this.#isLooking = true
    void this.#reconcile().finally(() => (this.#isLooking = false))
  }

  /** Tells a store that is back what was granted without it and who is still running; only then it is asked again. */
  async #reconcile(): Promise<void> {
    const { store, slots, clock } = this.#dependencies
    try {
      await store.ping()
      await this.#countAll()
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
      return
    }
    this.#isGone = false
    clearInterval(this.#timer)
    this.#timer = undefined
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#goneSinceMs >= OUTAGE_MS) this.#settlesUntilMs = nowMs + SETTLING_MS
    slots.renew()
    // What was granted meanwhile goes ahead of the next claim, on the same connection.
    this.#countAll().catch((error: unknown) => {
      if (!(error instanceof CacheUnavailableError)) throw error
      this.#lost()
    })
  }

  async #countAll(): Promise<void> {
    const { store, clock } = this.#dependencies
    const grants = this.#uncounted
    this.#uncounted = []
    const nowMs = clock.monotonicMs()
    try {
      await store.count(grants.map(({ claim, atMs }) => ({ claim, ageMs: nowMs - atMs })))
    } catch (error) {
      this.#uncounted = [...grants, ...this.#uncounted]
      throw error
    }
  }

  #shareOf(claim: LimitClaim): LimitClaim {
    const replicas = Math.max(1, this.#dependencies.replicaCount())
    const shareOf = <T extends { readonly max: number }>(limit: T): T => ({ ...limit, max: Math.ceil(limit.max / replicas) })
    return { id: claim.id, windows: claim.windows.map(shareOf), slots: claim.slots.map(shareOf) }
  }
}

/** A full local store only makes the share larger, should it ever be needed. */
function adopt(local: SynchronousLimits, claim: LimitClaim): void {
  try {
    local.adoptNow(claim)
  } catch (error) {
    if (!(error instanceof CacheUnavailableError)) throw error
  }
}
