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

export class LimitFallback {
  readonly #dependencies: LimitFallbackDependencies
  /** Granted while the store was gone, oldest first. */
  #uncounted: Uncounted[] = []
  #isGone = false
  #isLooking = false
  #lookedAtMs = -Infinity

  constructor(dependencies: LimitFallbackDependencies) {
    this.#dependencies = dependencies
  }

  /** @throws GatewayError overloaded */
  async claim(claim: LimitClaim): Promise<LimitAnswer> {
    if (this.#isGone) {
      this.#look()
      return this.#claimShare(claim)
    }
    const { store, local, slots } = this.#dependencies
    try {
      const answer = await store.claim(claim)
      // What this process has granted counts against its share, should the store go away in the same window.
      if (answer.isGranted) adopt(local, this.#shareOf(claim))
      return answer
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
    }
    this.#isGone = true
    const answer = this.#claimShare(claim)
    // The store may have carried it out although its answer was lost.
    if (!answer.isGranted) slots.giveBack(claim)
    return answer
  }

  #claimShare(claim: LimitClaim): LimitAnswer {
    const { local, clock } = this.#dependencies
    const answer = claimNow(local, this.#shareOf(claim))
    if (!answer.isGranted || claim.windows.length === 0) return answer
    if (this.#uncounted.push({ claim, atMs: clock.monotonicMs() }) > limits.uncountedGrantsMax) {
      this.#uncounted = this.#uncounted.slice(limits.uncountedGrantsMax / 2)
    }
    return answer
  }

  #look(): void {
    const nowMs = this.#dependencies.clock.monotonicMs()
    if (this.#isLooking || nowMs - this.#lookedAtMs < LOOK_INTERVAL_MS) return
    this.#lookedAtMs = nowMs
    this.#isLooking = true
    this.#reconcile().finally(() => (this.#isLooking = false))
  }

  /** Tells a store that is back what was granted without it and who is still running; only then it is asked again. */
  async #reconcile(): Promise<void> {
    const { store, slots } = this.#dependencies
    try {
      await store.ping()
      await this.#countAll()
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
      return
    }
    this.#isGone = false
    slots.renew()
    // What was granted meanwhile goes ahead of the next claim, on the same connection.
    this.#countAll().catch((error: unknown) => {
      if (!(error instanceof CacheUnavailableError)) throw error
      this.#isGone = true
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
