// The head of a target's answer on its way to the client, under the same rules as that of a vendor.
import type { IncomingMessage } from 'node:http'
import { limits } from '../limits.ts'
import type { AttemptFailure } from './attempt.ts'
import { closeAfter } from './early-answer.ts'
import { editedResponseHeaders } from './header-edits.ts'
import { contentKind, isBrowser } from './headers.ts'
import type { PlainExchange } from './plain-exchange.ts'
import { pushRateLimits } from './rate-limit-headers.ts'

/** Hands the head to the exchange's relay, unless it is one that must not be passed on. */
export function beginPlainAnswer(response: IncomingMessage, exchange: PlainExchange): { readonly isEventStream: boolean } | AttemptFailure {
  const status = response.statusCode as number
  if (status < 200 || status > 599) return { code: 'upstream_malformed', reason: `status ${status}`, isUnsent: false }
  if (response.rawHeaders.length > 2 * limits.responseHeadersMax) {
    return { code: 'upstream_headers_too_large', reason: 'too many headers', isUnsent: false }
  }
  const { start, dependencies, relay, place, attempts } = exchange
  const { request, response: answer, requestId, head, routed } = start
  if (dependencies.isDraining()) answer.shouldKeepAlive = false
  if (exchange.isUploading) closeAfter(request, answer)
  const options = {
    requestId,
    upstream: undefined,
    attempts,
    isBrowser: isBrowser(head.headers),
    cors: dependencies.cors?.headersFor(request.headers.origin),
  }
  const headers = editedResponseHeaders(singles(response.headersDistinct), routed.route.rewrite?.responseHeaders, options)
  if (place !== undefined) pushRateLimits(headers, place.states)
  const type = response.headers['content-type']
  const isEventStream = type !== undefined && contentKind(type).isEventStream
  const hasEnd = response.headers['content-length'] !== undefined || response.headers['transfer-encoding'] !== undefined || status === 204 || status === 304
  relay.begin(response, status, headers, { keepTail: false, flush: isEventStream || !hasEnd })
  return { isEventStream }
}

/** Repeated headers as lists, all others as text. */
function singles(headers: NodeJS.Dict<string[]>): Record<string, string | string[]> {
  const record = Object.create(null) as Record<string, string | string[]>
  for (const name in headers) {
    const values = headers[name] as string[]
    record[name] = values.length === 1 ? (values[0] as string) : values
  }
  return record
}
