// The headers of a vendor's answer as the client gets them.
import type { LimitPlace } from '../services/request-limits.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import type { ExchangeStart } from './exchange-parts.ts'
import { editedResponseHeaders } from './header-edits.ts'
import { isBrowser, responseHeaders } from './headers.ts'
import { pushRateLimits } from './rate-limit-headers.ts'
import type { VendorAnswer } from './vendor-answer.ts'

/** @param place of the client's limits, which it is told about */
export function answerHeaders(
  { request, requestId, slug, head, routed }: ExchangeStart,
  answer: VendorAnswer,
  attempts: number,
  place: LimitPlace | undefined,
  dependencies: DataPlaneDependencies,
): string[] {
  const cors = dependencies.cors?.headersFor(request.headers.origin)
  const options = { requestId, upstream: slug, attempts, isBrowser: isBrowser(head.headers), cors }
  const edits = routed?.route.rewrite?.responseHeaders
  const headers = edits === undefined ? responseHeaders(answer.headers, options) : editedResponseHeaders(answer.headers, edits, options)
  if (dependencies.exposeKeyHint) headers.push('x-akr-key', answer.key.id)
  if (place !== undefined) pushRateLimits(headers, place.states)
  return headers
}
