// What the gateway itself says to a client, in the client's own dialect (D19).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dialect } from '../domain/dialect.ts'
import type { HeaderEdit } from '../domain/route.ts'
import { ERROR_CODES, type ErrorCode, errorUrn, type GatewayError, type RateLimitState } from '../errors.ts'
import type { CorsPolicy } from './cors.ts'
import { closeAfter, endUnread, isLeftUnread } from './early-answer.ts'
import { editOwnHeaders } from './header-edits.ts'
import { pushRateLimits, pushRefusedRateLimits } from './rate-limit-headers.ts'

const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
}

/** Where the status alone would make clients wait and try again. */
const TYPE_BY_CODE: Readonly<Partial<Record<ErrorCode, string>>> = { budget_exceeded: 'insufficient_quota' }

const GEMINI_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

export interface AnswerContext {
  readonly dialect: Dialect
  readonly requestId: string
  readonly attempts: number
  /** Slug, when the request got that far. */
  readonly upstream: string | undefined
  /** Of a request that was counted against limits. */
  readonly rateLimits?: readonly RateLimitState[] | undefined
  readonly cors?: CorsPolicy | undefined
  /** Of the route that made the answer. */
  readonly edits?: readonly HeaderEdit[] | undefined
}

/** The body of an error in a dialect. */
export function renderErrorBody(error: GatewayError, dialect: Dialect, requestId: string): { contentType: string; body: string } {
  const { status, code, message } = error
  const text = `${message} [${requestId}]`
  switch (dialect) {
    case 'openai':
    case 'anthropic': {
      const inner = {
        type: TYPE_BY_CODE[code] ?? TYPE_BY_STATUS[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error'),
        code,
        param: null,
        message: text,
        source: 'gateway',
        doc_url: errorUrn(code),
      }
      return json({ type: 'error', error: inner, request_id: requestId, detail: message })
    }
    case 'gemini': {
      const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code.toUpperCase(), domain: 'api-key-rotator' }
      const retryAfterMs = error.details.retryAfterMs
      const retry =
        retryAfterMs === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(retryAfterMs / 1000)}s` }]
      return json({ error: { code: status, message: text, status: GEMINI_STATUS[status] ?? 'INTERNAL', details: [info, ...retry] } })
    }
    case 'problem': {
      const problem = {
        type: errorUrn(code),
        title: ERROR_CODES[code].title,
        status,
        detail: message,
        code,
        request_id: requestId,
        errors: error.details.errors,
      }
      return { contentType: 'application/problem+json', body: JSON.stringify(problem) }
    }
  }
}

function json(value: unknown): { contentType: string; body: string } {
  return { contentType: 'application/json', body: JSON.stringify(value) }
}

/** Sends an error that the gateway made. Must not be called once anything was sent. */
export function answerError(request: IncomingMessage, response: ServerResponse, error: GatewayError, context: AnswerContext): void {
  const { contentType, body } = renderErrorBody(error, context.dialect, context.requestId)
  const { retryAfterMs, shouldRetry, allow, rateLimits } = error.details
  const headers = [
    'content-type',
    contentType,
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
    'x-request-id',
    context.requestId,
    'request-id',
    context.requestId,
    'x-akr-error-source',
    'gateway',
    'x-gateway-error',
    error.code,
    'x-akr-attempts',
    String(context.attempts),
  ]
  if (context.upstream !== undefined) headers.push('x-akr-upstream', context.upstream)
  if (retryAfterMs !== undefined)
    headers.push('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))), 'retry-after-ms', String(Math.max(1, Math.ceil(retryAfterMs))))
  if (rateLimits !== undefined) pushRefusedRateLimits(headers, rateLimits)
  else if (context.rateLimits !== undefined) pushRateLimits(headers, context.rateLimits)
  if (shouldRetry !== undefined) headers.push('x-should-retry', String(shouldRetry))
  if (allow !== undefined) headers.push('allow', allow)
  if (context.cors !== undefined) headers.push(...context.cors.headersFor(request.headers.origin))
  const isUnread = isLeftUnread(request)
  if (isUnread) closeAfter(request, response)
  response.writeHead(error.status, context.edits === undefined ? headers : editOwnHeaders(headers, context.edits))
  if (isUnread) endUnread(request, response, Buffer.from(body))
  else response.end(request.method === 'HEAD' ? undefined : body)
}
