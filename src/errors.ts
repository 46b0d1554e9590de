// Every error the gateway makes itself: code, status, whose fault, and what to do.

/** Who has to act: the client, the vendor behind the gateway, or the gateway's own people. */
export type ErrorSource = 'client' | 'upstream' | 'gateway'

interface ErrorEntry {
  readonly status: number
  readonly source: ErrorSource
  /** Title of the problem document; short, no details. */
  readonly title: string
}

/** One row per code; docs/errors.md is compared with this table by a test. */
export const ERROR_CODES = {
  missing_client_key: { status: 401, source: 'client', title: 'No client key was sent' },
  invalid_client_key: { status: 401, source: 'client', title: 'Unknown client key' },
  client_key_expired: { status: 401, source: 'client', title: 'The client key has expired' },
  client_key_revoked: { status: 401, source: 'client', title: 'The client key was revoked' },
  account_disabled: { status: 401, source: 'client', title: 'The account of the client key is disabled' },
  upstream_key_sent: { status: 401, source: 'client', title: 'A vendor key was sent instead of a client key' },
  upstream_forbidden: { status: 403, source: 'client', title: 'The client key may not use this upstream' },
  model_not_allowed: { status: 403, source: 'client', title: 'The client key may not use this model' },
  network_forbidden: { status: 403, source: 'client', title: 'The client key may not be used from this network' },
  upstream_not_found: { status: 404, source: 'client', title: 'Unknown upstream' },
  upstream_disabled: { status: 404, source: 'client', title: 'The upstream is disabled' },
  route_denied: { status: 403, source: 'client', title: 'A route refuses this request' },
  route_not_found: { status: 404, source: 'client', title: 'Nothing is served at this path' },
  method_not_allowed: { status: 405, source: 'client', title: 'Method not allowed' },
  request_malformed: { status: 400, source: 'client', title: 'Malformed request' },
  request_too_large: { status: 413, source: 'client', title: 'The request body is too large' },
  request_timeout: { status: 408, source: 'client', title: 'The request did not arrive in time' },
  uri_too_long: { status: 414, source: 'client', title: 'The request target is too long' },
  unsupported_media_type: { status: 415, source: 'client', title: 'Unsupported content type' },
  headers_too_large: { status: 431, source: 'client', title: 'Too many or too large request headers' },
  client_rate_limited: { status: 429, source: 'client', title: 'The client key has reached its limit' },
  rate_limited: { status: 429, source: 'client', title: 'Too many requests' },
  budget_exceeded: { status: 429, source: 'client', title: 'The budget is spent' },
  concurrency_limited: { status: 429, source: 'client', title: 'Too many requests in flight' },
  key_pool_cooling_down: { status: 429, source: 'upstream', title: 'All keys of the pool are cooling down' },
  no_active_keys: { status: 503, source: 'gateway', title: 'The pool has no usable key' },
  upstream_unreachable: { status: 502, source: 'upstream', title: 'The upstream cannot be reached' },
  upstream_address_refused: { status: 502, source: 'gateway', title: 'The upstream resolves to an address that is not allowed' },
  upstream_tls_error: { status: 502, source: 'upstream', title: 'TLS to the upstream failed' },
  upstream_unavailable: { status: 503, source: 'upstream', title: 'Every target of the upstream keeps failing' },
  upstream_timeout: { status: 504, source: 'upstream', title: 'The upstream did not answer in time' },
  upstream_reset: { status: 502, source: 'upstream', title: 'The upstream closed the connection' },
  upstream_malformed: { status: 502, source: 'upstream', title: 'The upstream sent a malformed answer' },
  upstream_headers_too_large: { status: 502, source: 'upstream', title: 'The upstream sent too many or too large headers' },
  upstream_stream_interrupted: { status: 502, source: 'upstream', title: 'The upstream broke off its answer' },
  loop_detected: { status: 508, source: 'gateway', title: 'The request goes in circles' },
  shutting_down: { status: 503, source: 'gateway', title: 'The gateway is shutting down' },
  overloaded: { status: 503, source: 'gateway', title: 'The gateway is overloaded' },
  degraded: { status: 503, source: 'gateway', title: 'A service that the management API needs is unavailable' },
  internal: { status: 500, source: 'gateway', title: 'Internal error' },
  unauthenticated: { status: 401, source: 'client', title: 'Sign in first' },
  login_failed: { status: 401, source: 'client', title: 'Wrong username or password' },
  login_locked: { status: 429, source: 'client', title: 'Too many failed sign-ins' },
  setup_not_available: { status: 404, source: 'client', title: 'Set-up is finished or switched off' },
  setup_token_invalid: { status: 403, source: 'client', title: 'The set-up link is wrong, used or expired' },
  forbidden: { status: 403, source: 'client', title: 'Your role does not allow this' },
  not_found: { status: 404, source: 'client', title: 'Not found' },
  conflict: { status: 409, source: 'client', title: 'Conflicts with what is stored' },
  precondition_failed: { status: 412, source: 'client', title: 'Changed by somebody else meanwhile' },
  validation_failed: { status: 422, source: 'client', title: 'Invalid input' },
  idempotency_conflict: { status: 422, source: 'client', title: 'The idempotency key was used for another request' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERROR_CODES

/** Names an error in problem documents (`type`) and in the errors of SDKs (`doc_url`). */
export function errorUrn(code: ErrorCode): string {
  return `urn:api-key-rotator:error:${code}`
}

/** One invalid field of an input, with a JSON-pointer-like path. */
export interface FieldError {
  readonly path: string
  readonly message: string
}

/** How far one limit of a client key is used. */
export interface RateLimitState {
  readonly name: string
  readonly max: number
  readonly windowMs: number
  readonly remaining: number
  readonly resetMs: number
  /** What is counted; undefined = requests. */
  readonly unit?: 'tokens'
}

export interface ErrorDetails {
  /** Instead of the status of the code; only where a person has chosen it. */
  readonly status?: number | undefined
  /** Whole ms until a retry makes sense; rendered as Retry-After in whole seconds, rounded up, at least 1. */
  readonly retryAfterMs?: number | undefined
  /** States of the limits of the client key, rendered as headers. */
  readonly rateLimits?: readonly RateLimitState[] | undefined
  /** False tells SDKs not to retry by themselves (x-should-retry). */
  readonly shouldRetry?: boolean | undefined
  /** Value of the Allow header for method_not_allowed. */
  readonly allow?: string | undefined
  readonly errors?: readonly FieldError[] | undefined
  readonly cause?: unknown
}

/** An error whose message is meant for the person who gets it: what happened, whose fault, what to do. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly source: ErrorSource
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GatewayError'
    this.code = code
    this.status = details.status ?? ERROR_CODES[code].status
    this.source = ERROR_CODES[code].source
    this.details = details
  }
}

/** A reason not to start. `exitCode` 78 = configuration, 69 = a service is unavailable (sysexits.h). */
export class StartupError extends Error {
  readonly exitCode: 69 | 78
  constructor(exitCode: 69 | 78, message: string) {
    super(message)
    this.name = 'StartupError'
    this.exitCode = exitCode
  }
}
