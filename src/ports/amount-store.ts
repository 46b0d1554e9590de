// Counts amounts (tokens, millionths of a dollar) that are reserved before they are known and settled when they are. Optional companion of a cache.

/**
 * At most `max`: what was spent and what is reserved. A request whose amount is larger than what is left may pass while nothing else is
 * reserved and something is left: so what is spent exceeds `max` by at most that one request, as long as no request takes more than it reserved.
 */
export interface AmountLimit {
  /**
   * Limits with one key share one count; `max` may change, and what was counted stays.
   * On a Redis Cluster the keys of one claim must begin with the same `{…}` part.
   */
  readonly key: string
  /** A whole number from 1. */
  readonly max: number
  /** What the request reserves; a whole number from 0. */
  readonly amount: number
  /**
   * ms for which what is spent counts, in parts of 1/100 (limits.windowParts), never less and up to 1 % longer.
   * undefined: for good. Such a count has to be begun with `raise`, and is forgotten `lifeMs` after the last time it was.
   */
  readonly windowMs: number | undefined
  /** ms for which the store keeps the count of a limit without a window. */
  readonly lifeMs: number
}

/** Everything that one request may take, reserved together. */
export interface AmountClaim {
  /** Unique over all processes; without a `:`. */
  readonly id: string
  readonly limits: readonly AmountLimit[]
  /** ms after which a reservation that is neither renewed nor settled is free again. */
  readonly leaseMs: number
}

export interface AmountState {
  readonly spent: number
  /** By all requests under way. */
  readonly reserved: number
  /** ms until all that was spent in the window no longer counts; 0 when none does, and without a window. */
  readonly resetMs: number
}

export type AmountAnswer =
  /** Per limit of the claim, in order, this claim included. */
  | { readonly kind: 'granted'; readonly states: readonly AmountState[] }
  | {
      readonly kind: 'refused'
      /** Number of the limit that is reached: of several the one whose spending is over last, one that is only reserved last. */
      readonly index: number
      /** ms until less than `max` is spent; undefined when only time beyond the store or a settled request can tell. */
      readonly retryAfterMs: number | undefined
      readonly states: readonly AmountState[]
    }
  /** Counts without a window that the store does not have (any more). Nothing was reserved. */
  | { readonly kind: 'unknown'; readonly keys: readonly string[] }

/** Amounts of a window that were taken without the store. */
export interface PastAmount {
  readonly key: string
  readonly windowMs: number
  readonly amount: number
  readonly ageMs: number
}

/** Time is the store's own. All reject with CacheUnavailableError. */
export interface AmountStore {
  /** Reserves in all limits of the claim, or, when one is reached or unknown, in none. Atomic. */
  reserve(claim: AmountClaim): Promise<AmountAnswer>
  /** As `reserve` would answer, without reserving. */
  look(claim: AmountClaim): Promise<AmountAnswer>
  /** Ends the reservations of a claim and counts what it took instead, per limit in order. Once per claim; unknown counts stay unknown. */
  settle(claim: AmountClaim, taken: readonly number[]): Promise<void>
  /** Keeps reservations for another `leaseMs`; a lost one is taken again, whatever its limit. */
  renew(claims: readonly AmountClaim[]): Promise<void>
  /** Begins a count without a window, or raises it: at least `spent` was spent. */
  raise(key: string, spent: number, lifeMs: number): Promise<void>
  /** Counts in windows what was taken elsewhere, whatever the limits say. */
  add(amounts: readonly PastAmount[]): Promise<void>
}

/** A store inside this process answers without a promise. All throw CacheUnavailableError when closed or full. */
export interface SynchronousAmounts {
  reserveNow(claim: AmountClaim): AmountAnswer
  settleNow(claim: AmountClaim, taken: readonly number[]): void
  raiseNow(key: string, spent: number, lifeMs: number): void
  /** Takes what was reserved elsewhere, whatever the limits say. */
  adoptNow(claim: AmountClaim): void
  addNow(amounts: readonly PastAmount[]): void
  renewNow(claims: readonly AmountClaim[]): void
}

export interface HasAmounts<S extends AmountStore = AmountStore> {
  readonly amounts: S
}
