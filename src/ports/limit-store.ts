// Counts what is allowed per time and at once, exactly, over all processes that share the store. An optional companion of a cache.

/** At most `max` in any stretch of `windowMs`, wherever it begins. */
export interface WindowLimit {
  /** Limits with one key share one count. Keys of one claim must begin with the same `{…}` part. */
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

export interface LimitClaim {
  /** Names the claim in its slots; unique. */
  readonly id: string
  readonly windows: readonly WindowLimit[]
  readonly slots: readonly SlotLimit[]
}

export interface LimitGrant {
  readonly isGranted: true
  /** Per window, in order: how many are left, and ms until the oldest counted one no longer counts. */
  readonly windows: readonly { readonly remaining: number; readonly resetMs: number }[]
}

export interface LimitRefusal {
  readonly isGranted: false
  /** The limit that is reached; of several, the one that opens last. */
  readonly key: string
  /** ms until it may be tried again; undefined when only a released slot can tell. */
  readonly retryAfterMs: number | undefined
}

export interface LimitStore {
  /** Counts the claim in all of its limits, or, when one is reached, in none. Rejects with CacheUnavailableError. */
  claim(claim: LimitClaim): Promise<LimitGrant | LimitRefusal>
  /** Keeps the slots of claims for another `leaseMs`. Rejects with CacheUnavailableError. */
  renew(claims: readonly LimitClaim[]): Promise<void>
  /** Gives the slots of claims back; windows stay counted. Idempotent. Rejects with CacheUnavailableError. */
  release(claims: readonly LimitClaim[]): Promise<void>
}
