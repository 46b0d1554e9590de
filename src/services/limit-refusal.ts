// What a client is told whose key has reached a limit, or cannot be counted.
import type { ClientKey } from '../domain/client-key.ts'
import { CLIENT_WINDOWS, type ClientLimitName, type ClientLimits } from '../domain/client-limits.ts'
import { GatewayError, type RateLimitState } from '../errors.ts'
import { CacheUnavailableError } from '../ports/cache.ts'
import type { LimitAnswer, LimitClaim, SynchronousLimits } from '../ports/limit-store.ts'

/** When only an ended request makes room, nobody knows when: a moment is a fair guess. */
const SLOT_RETRY_MS = 1_000
/** SDKs wait in silence; above this the caller should hear about it instead. */
const SILENT_RETRY_MAX_MS = 10_000

export function rateLimitRefusal(
  key: ClientKey,
  limits: ClientLimits,
  reached: ClientLimitName,
  waitMs: number | undefined,
  rateLimits: readonly RateLimitState[],
): GatewayError {
  const retryAfterMs = Math.max(1, Math.ceil(waitMs ?? SLOT_RETRY_MS))
  const details = { retryAfterMs, rateLimits, shouldRetry: retryAfterMs > SILENT_RETRY_MAX_MS ? false : undefined }
  if (reached === 'max_in_flight') {
    const text = `The client key '${key.name}' already has ${limits.maxInFlight} requests in flight, the most that it may have (max_in_flight).`
    return new GatewayError('concurrency_limited', `${text} Let one of them end, then try again.`, details)
  }
  const unit = CLIENT_WINDOWS.find(({ name }) => name === reached)?.unit
  const text = `The client key '${key.name}' may send ${limits[reached]} requests in any ${unit} (${reached}) and has done so.`
  return new GatewayError(
    'client_rate_limited',
    `${text} Try again in ${seconds(retryAfterMs)}. The gateway's administrator can change the limit; the vendor's limits are not reached.`,
    details,
  )
}

/** Nothing passes uncounted: a store that has no room refuses. @throws GatewayError overloaded */
export function claimNow(store: SynchronousLimits, claim: LimitClaim): LimitAnswer {
  try {
    return store.claimNow(claim)
  } catch (error) {
    if (!(error instanceof CacheUnavailableError)) throw error
    throw new GatewayError('overloaded', 'The gateway cannot count more requests against the limits of client keys.', { retryAfterMs: 1_000, cause: error })
  }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(Math.ceil(ms / 100) / 10).toFixed(1)} s` : `${Math.ceil(ms / 1000)} s`
}
