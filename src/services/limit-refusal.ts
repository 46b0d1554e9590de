// What a client is told when a limit is reached, or nothing can be counted.
import { CLIENT_WINDOWS } from '../domain/client-limits.ts'
import { type ErrorDetails, GatewayError, type RateLimitState } from '../errors.ts'
import { CacheUnavailableError } from '../ports/cache.ts'
import type { LimitAnswer, LimitClaim, SynchronousLimits } from '../ports/limit-store.ts'
import type { LimitScope, ScopeWindow } from './limit-scopes.ts'

/** When only an ended request makes room, nobody knows when: a moment is a fair guess. */
const SLOT_RETRY_MS = 1_000
/** SDKs wait in silence; above this the caller should hear about it instead. */
const SILENT_RETRY_MAX_MS = 10_000

export function rateLimitRefusal(scope: LimitScope, window: ScopeWindow, waitMs: number | undefined, states: readonly RateLimitState[]): GatewayError {
  const details = retryDetails(waitMs, states)
  const { max, name, windowMs } = window
  const unit = CLIENT_WINDOWS.find((one) => one.windowMs === windowMs)?.unit ?? `${windowMs / 1000} s`
  const does = scope.owner === 'global' || scope.owner === 'route' ? 'takes' : 'may send'
  const end = scope.owner === 'global' || scope.owner === 'route' ? 'has taken them' : 'has done so'
  const text = `${scope.subject} ${does} ${max} requests in any ${unit} (${name}) and ${end}. Try again in ${renderWait(details.retryAfterMs)}.`
  const advice = "The gateway's administrator can change the limit; the vendor's limits are not reached."
  return new GatewayError(scope.owner === 'client' ? 'client_rate_limited' : 'rate_limited', `${text} ${advice}`, details)
}

export function concurrencyRefusal({ subject, slots }: LimitScope, waitMs: number | undefined, states: readonly RateLimitState[]): GatewayError {
  const text = `${subject} already has ${slots?.max} requests in flight, the most that it may have (${slots?.name}).`
  return new GatewayError('concurrency_limited', `${text} Let one of them end, then try again.`, retryDetails(waitMs, states))
}

export function retryDetails(waitMs: number | undefined, rateLimits: readonly RateLimitState[] | undefined): ErrorDetails & { readonly retryAfterMs: number } {
  // Less than a microsecond above a whole ms is the arithmetic of fractions.
  const retryAfterMs = Math.max(1, Math.ceil(Math.round((waitMs ?? SLOT_RETRY_MS) * 1_000) / 1_000))
  return { retryAfterMs, rateLimits, shouldRetry: retryAfterMs > SILENT_RETRY_MAX_MS ? false : undefined }
}

/** Nothing passes uncounted: a store that has no room refuses. @throws GatewayError overloaded */
export function claimNow(store: SynchronousLimits, claim: LimitClaim): LimitAnswer {
  try {
    return store.claimNow(claim)
  } catch (error) {
    if (!(error instanceof CacheUnavailableError)) throw error
    throw new GatewayError('overloaded', 'The gateway cannot count more requests against limits.', { retryAfterMs: 1_000, cause: error })
  }
}

export function renderWait(ms: number): string {
  return ms < 10_000 ? `${(Math.ceil(ms / 100) / 10).toFixed(1)} s` : `${Math.ceil(ms / 1000)} s`
}
