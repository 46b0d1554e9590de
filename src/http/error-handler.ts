// Turns whatever was thrown into an RFC 9457 problem document: no stack, no secret, no internals.
import { STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { ErrorRequestHandler } from 'express'
import { ERROR_CODES, GatewayError, errorUrn } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { StoreUnavailableError } from '../ports/store.ts'
import { endAnswer } from './answer.ts'
import { assignRequestId } from './request-id.ts'
import { setApiHeaders } from './security-headers.ts'

export interface ErrorHandlerDependencies {
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
}

const INSTANCE_CHARS_MAX = 200

/** The last handler of the app: everything that throws ends here. */
export function createErrorHandler(dependencies: ErrorHandlerDependencies): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const requestId = assignRequestId(request, response, dependencies)
    const error = toGatewayError(thrown)
    if (error.status >= 500) {
      const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
      dependencies.logger.error('http.failed', 'A management request failed', {
        request_id: requestId,
        method: request.method,
        error_code: error.code,
        error: cause,
      })
    }
    if (response.headersSent) {
      response.destroy()
      return
    }
    const { retryAfterMs, shouldRetry, allow } = error.details
    response.statusCode = error.status
    setApiHeaders(response)
    response.setHeader('content-type', 'application/problem+json')
    response.setHeader('x-gateway-error', error.code)
    response.setHeader('x-akr-error-source', 'gateway')
    if (error.status === 401) response.setHeader('www-authenticate', 'Bearer realm="api-key-rotator"')
    if (retryAfterMs !== undefined) response.setHeader('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)))
    if (shouldRetry === false) response.setHeader('x-should-retry', 'false')
    if (allow !== undefined) response.setHeader('allow', allow)
    endAnswer(request, response, renderProblem(error, pathOf(request), requestId))
  }
}

/** JSON text of the problem document. `instance` is the path of the request without its query. */
export function renderProblem(error: GatewayError, instance: string, requestId: string): string {
  const { errors } = error.details
  return JSON.stringify({
    type: errorUrn(error.code),
    title: ERROR_CODES[error.code].title,
    status: error.status,
    detail: error.message,
    instance,
    code: error.code,
    request_id: requestId,
    ...(errors === undefined ? {} : { errors }),
  })
}

/** What a client is told of whatever was thrown. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  if (thrown instanceof StoreUnavailableError) {
    const message = 'The database cannot be reached, so nothing can be read or changed now. Proxied requests go on. Try again in a moment.'
    return new GatewayError('degraded', message, { retryAfterMs: 2_000, cause: thrown })
  }
  // Express marks what it finds wrong with a request, e.g. a path that cannot be decoded.
  const status = typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new GatewayError(
      'request_malformed',
      `The request cannot be understood (${STATUS_CODES[status] ?? 'Bad Request'}). Check its path and its encoding.`,
      { cause: thrown },
    )
  }
  return new GatewayError('internal', "The gateway failed to handle this request. Its log has the cause under the request's id.", { cause: thrown })
}

function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? '').split('?', 1)[0]?.slice(0, INSTANCE_CHARS_MAX) ?? ''
}
