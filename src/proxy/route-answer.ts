// What a route answers by itself: a refusal, a redirect or a fixed answer. No upstream hears of it.
import type { RouteAction } from '../domain/route.ts'
import { GatewayError } from '../errors.ts'
import { closeAfter, endUnread, isLeftUnread } from './early-answer.ts'
import { editOwnHeaders } from './header-edits.ts'
import { contentKind, isDroppedFromResponse } from './headers.ts'
import { pushRateLimits } from './rate-limit-headers.ts'
import { RouteExchange } from './route-exchange.ts'

type OwnAction = Extract<RouteAction, { type: 'deny' | 'redirect' | 'mock' }>

export class RouteAnswer extends RouteExchange {
  readonly deadlineMs = Infinity

  onDeadline(): void {
    // Nothing is waited for.
  }

  protected abandon(): void {
    // Nothing is under way.
  }

  protected proceed(): void {
    const action = this.start.routed.route.action as OwnAction
    if (action.type === 'deny') throw new GatewayError('route_denied', action.message, { status: action.status })
    if (action.type === 'redirect') this.#send(action.status, ['location', action.location], '')
    else this.#send(action.status, mockHeaders(action.headers), action.body)
  }

  #send(status: number, own: string[], text: string): void {
    const { request, response, requestId, routed, head } = this.start
    const hasBody = status !== 204 && status !== 304
    const body = Buffer.from(hasBody ? text : '')
    const edited = editOwnHeaders(own, routed.route.rewrite?.responseHeaders)
    const headers = [...edited, ...ownHeaders(edited, requestId)]
    if (hasBody) headers.push('content-length', String(body.length))
    if (this.place !== undefined) pushRateLimits(headers, this.place.states)
    if (this.dependencies.cors !== undefined) headers.push(...this.dependencies.cors.headersFor(request.headers.origin))
    if (this.dependencies.isDraining()) response.shouldKeepAlive = false
    const isUnread = isLeftUnread(request)
    if (isUnread) closeAfter(request, response)
    response.writeHead(status, headers)
    if (isUnread) endUnread(request, response, body)
    else response.end(head.method === 'HEAD' ? undefined : body)
    this.finish(status, 'ok')
  }
}

function mockHeaders(headers: Readonly<Record<string, string>>): string[] {
  const own: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    if (!isDroppedFromResponse(lower) && lower !== 'content-length') own.push(lower, value)
  }
  if (!own.some((name, index) => index % 2 === 0 && name === 'content-type')) own.push('content-type', 'text/plain; charset=utf-8')
  return own
}

/** As on a vendor's answer: whatever it is, it must not act on the gateway's origin. */
function ownHeaders(headers: readonly string[], requestId: string): string[] {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'content-type')
  const sandbox = at >= 0 && contentKind(headers[at + 1] as string).isInert ? [] : ['content-security-policy', 'sandbox']
  return [...sandbox, 'x-content-type-options', 'nosniff', 'x-request-id', requestId, 'request-id', requestId]
}
