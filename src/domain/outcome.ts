// How an attempt ended for the key that served it.

export const OUTCOMES = ['served', 'rate_limited', 'quota_exhausted', 'key_rejected', 'request_rejected', 'upstream_failed', 'client_gone'] as const

/**
 * - `served`: the vendor did the work.
 * - `rate_limited`: this key must rest (429, or an overload answer that names the key).
 * - `quota_exhausted`: billing or quota of this key is used up.
 * - `key_rejected`: the vendor does not accept this key.
 * - `request_rejected`: the client's request is at fault (400, 404, 422, a refused prompt); the key is fine.
 * - `upstream_failed`: the vendor or the way to it failed (5xx, timeouts, resets); the key is not to blame.
 * - `client_gone`: the client left first; nothing is known about the key.
 */
export type Outcome = (typeof OUTCOMES)[number]

export interface Verdict {
  readonly outcome: Outcome
  /** Short stable text for people and metrics: `429`, `401 invalid_api_key`, `insufficient_quota`, `timeout first_byte`. */
  readonly reason: string
  /** What the vendor asked for, in ms from now, unclamped; undefined when it did not say. */
  readonly retryAfterMs?: number | undefined
  /** True when the vendor's own error code says that the key is invalid or revoked: one such answer parks the key. */
  readonly definite?: boolean | undefined
  /** True when the answer says "not processed, overloaded" (503/529 with an overload code): any method may be tried again. */
  readonly overloaded?: boolean | undefined
  /** True when the request never reached the vendor: it says nothing about the key. */
  readonly isUnsent?: boolean | undefined
}
