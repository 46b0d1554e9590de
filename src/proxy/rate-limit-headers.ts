// How far the limits of the client key are used, as headers (draft-ietf-httpapi-ratelimit-headers).
import type { RateLimitState } from '../errors.ts'

/**
 * Adds RateLimit-Policy and RateLimit. Both are lists, and lines of a list add up: what the vendor says of itself under the
 * same names stays as it is, and so does every `x-ratelimit-…` of the vendor.
 */
export function pushRateLimits(headers: string[], states: readonly RateLimitState[]): void {
  if (states.length === 0) return
  headers.push(
    'ratelimit-policy',
    states.map(({ name, max, windowMs }) => `"${name}";q=${max};w=${windowMs / 1000}`).join(', '),
    'ratelimit',
    states.map(({ name, remaining, resetMs }) => `"${name}";r=${remaining};t=${wholeSeconds(resetMs)}`).join(', '),
  )
}

/** For answers of the gateway's own, where no vendor speaks: also the names that SDKs and dashboards of one vendor know. */
export function pushRefusedRateLimits(headers: string[], states: readonly RateLimitState[]): void {
  pushRateLimits(headers, states)
  pushTightest(
    headers,
    'requests',
    states.filter(({ unit }) => unit === undefined),
  )
  pushTightest(
    headers,
    'tokens',
    states.filter(({ unit }) => unit === 'tokens'),
  )
}

/** The window that is used most; of several, the one that opens last. */
function pushTightest(headers: string[], unit: 'requests' | 'tokens', [first, ...others]: readonly RateLimitState[]): void {
  if (first === undefined) return
  const tightest = others.reduce(
    (best, state) => (state.remaining < best.remaining || (state.remaining === best.remaining && state.resetMs > best.resetMs) ? state : best),
    first,
  )
  headers.push(
    ...[`x-ratelimit-limit-${unit}`, String(tightest.max)],
    ...[`x-ratelimit-remaining-${unit}`, String(tightest.remaining)],
    ...[`x-ratelimit-reset-${unit}`, `${wholeSeconds(tightest.resetMs)}s`],
  )
}

/** Rounded up; what is less than a microsecond above is the arithmetic of fractions. */
function wholeSeconds(ms: number): number {
  return Math.ceil(Math.round(ms * 1_000) / 1_000_000)
}
