// What an exchange tells its client, and the metrics, about attempts that went wrong.
import type { Verdict } from '../domain/outcome.ts'
import { ERROR_CODES, GatewayError } from '../errors.ts'
import type { AttemptFailure } from './attempt.ts'
import type { Destination } from './destination.ts'
import type { Admission } from './exchange-parts.ts'

/** Answers that speak about a pool key are replaced: the client must not take them for an answer about its own key. */
export function replacesAnswer(verdict: Verdict): boolean {
  return verdict.outcome === 'rate_limited' || verdict.outcome === 'quota_exhausted' || (verdict.outcome === 'key_rejected' && verdict.definite === true)
}

export function refusedByVendor(verdict: Verdict, { entry: { pool }, keyTag }: Admission, attempts: number): GatewayError {
  const error = pool.exhaustedError(keyTag)
  if (error.code === 'no_active_keys' || verdict.outcome !== 'key_rejected') return error
  const detail = `The vendor refused ${attempts} of the keys of '${pool.slug}' (${verdict.reason}). Check the pool in the gateway's management page; your own client key is fine.`
  return new GatewayError('no_active_keys', detail, { shouldRetry: true })
}

export function failureError({ code, reason }: AttemptFailure, { upstream, firstByteMs, connectMs }: Destination, attempts: number): GatewayError {
  if (ERROR_CODES[code].source === 'client')
    return new GatewayError(code, `${ERROR_CODES[code].title}: ${reason}. Nothing complete was sent to '${upstream.slug}'.`)
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`
  const limit =
    reason === 'timeout connect'
      ? ` within ${connectMs} ms (CONNECT_TIMEOUT)`
      : reason === 'timeout first_byte'
        ? ` within ${firstByteMs} ms (PROXY_TIMEOUT)`
        : ''
  return new GatewayError(code, `${ERROR_CODES[code].title}: '${upstream.slug}', ${reason}${limit}, ${tries}. The gateway itself works.`, {
    shouldRetry: false,
  })
}

/** `result` of an attempt as the metrics count it. */
export function attemptResult(verdict: Verdict, failure: AttemptFailure | undefined): string {
  switch (verdict.outcome) {
    case 'served':
      return 'ok'
    case 'rate_limited':
      return 'rate_limited'
    case 'quota_exhausted':
      return 'quota'
    case 'key_rejected':
      return 'unauthorized'
    case 'request_rejected':
      return 'request_rejected'
    case 'client_gone':
      return 'client_gone'
    case 'upstream_failed':
      if (failure === undefined) return 'server_error'
      return failure.code === 'upstream_timeout' ? 'timeout' : failure.isUnsent ? 'connect_error' : 'server_error'
  }
}
