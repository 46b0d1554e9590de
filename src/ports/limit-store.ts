// Counts what is allowed per time and at once, exactly, over all processes that share the store. An optional companion of a cache.

/**
 * At most `max` in any stretch of `windowMs`, wherever it begins; a burst into an idle window gets exactly `max`.
 * Up to limits.exactWindowMax every grant is remembered with its time and counts for exactly `windowMs`. Above that, grants are
 * counted in parts of 1/100 of the window (limits.windowParts) and each counts until its part has left the window, so up to
 * 1 % longer: never more than `max`, at times a little less. A `max` that crosses that line begins a new count.
 */
export interface WindowLimit {
  /**
   * Limits with one key share one count and have the same `windowMs`; `max` may change, and what was counted stays.
   * On a Redis Cluster the keys of one claim must begin with the same `{…}` part.
   */
  readonly key: string
  readonly max: number
  readonly windowMs: number
}

/** At most `max` at the same time. A slot that is neither renewed nor released is free again after `leaseMs`. */
export interface SlotLimit {
  readonly key: string
  readonly max: number
  readonly leaseMs: number
}

/** All limits of one request, counted together. */
export interface LimitClaim {
  /** Names the claim in its slots; unique over all processes. */
  readonly id: string
  readonly windows: readonly WindowLimit[]
  readonly slots: readonly SlotLimit[]
}

export interface WindowState {
  readonly remaining: number
  /** ms until the oldest counted one no longer counts; 0 when none does. */
  readonly resetMs: number
}

export interface LimitGrant {
  readonly isGranted: true
  /** Per window of the claim, in order, this claim included. */
  readonly windows: readonly WindowState[]
}

export interface LimitRefusal {
  readonly isGranted: false
  /** The limit that is reached: of several windows the one that opens last, a slot only when no window is reached. */
  readonly key: string
  /** ms until it may be tried again; undefined when only a released slot can tell. */
  readonly retryAfterMs: number | undefined
  /** Per window of the claim, in order. */
  readonly windows: readonly WindowState[]
}

export type LimitAnswer = LimitGrant | LimitRefusal

/** Something that happened without the store and counts nevertheless. */
export interface PastGrant {
  readonly claim: LimitClaim
  readonly ageMs: number
}

/** Time is the store's own, so clocks of processes need not agree. Nothing outlives its window or lease. */
export interface LimitStore {
  /** Counts the claim in all of its limits, or, when one is reached, in none. Atomic. Rejects with CacheUnavailableError. */
  claim(claim: LimitClaim): Promise<LimitAnswer>
  /** Keeps the slots of claims for another `leaseMs`; a slot that was lost is taken again, whatever its limit. Rejects with CacheUnavailableError. */
  renew(claims: readonly LimitClaim[]): Promise<void>
  /** Gives the slots of claims back; windows stay counted. Idempotent. Rejects with CacheUnavailableError. */
  release(claims: readonly LimitClaim[]): Promise<void>
  /** Counts what was granted elsewhere in its windows (not its slots), whatever the limits say. Rejects with CacheUnavailableError. */
  count(grants: readonly PastGrant[]): Promise<void>
}

/** Optional companion: a store inside this process answers without a promise. All throw CacheUnavailableError when closed or full. */
export interface SynchronousLimits {
  claimNow(claim: LimitClaim): LimitAnswer
  /** Takes windows and slots of a claim that was granted elsewhere, whatever the limits say. */
  adoptNow(claim: LimitClaim): void
  renewNow(claims: readonly LimitClaim[]): void
  releaseNow(claims: readonly LimitClaim[]): void
}
