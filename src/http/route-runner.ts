// Runs one declared route: cross-site check, permission, body, validation, idempotency, handler, answer.
import type { Request, RequestHandler, Response } from 'express'
import { GatewayError } from '../errors.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { CorsPolicy } from '../proxy/cors.ts'
import type { AuditTrail } from '../services/audit-trail.ts'
import type { IdempotentAnswers } from '../services/idempotent-answers.ts'
import type { SignedIn, UserAuth } from '../services/user-auth.ts'
import { endAnswer } from './answer.ts'
import { authorize, refuseCrossSite } from './authorization.ts'
import { clientAddress, forwardedFacts, networkOf } from './client-address.ts'
import type { Answer, Call, Route } from './registry.ts'
import { readBody } from './request-body.ts'
import type { ParsedBody } from './request-body.ts'
import { renderSessionCookie } from './session-cookie.ts'
import { parseIfMatch, parseQuery, validate } from './validation.ts'

export interface RouteRunnerDependencies {
  readonly auth: UserAuth
  readonly idempotentAnswers: IdempotentAnswers
  readonly metrics: Metrics
  readonly audit: Pick<AuditTrail, 'as'>
  readonly trustProxy: readonly string[]
  /** Hosts of the gateway besides the one in the Host header. */
  readonly ownHosts: readonly string[]
  /** undefined = pages of other origins may change nothing. */
  readonly cors?: CorsPolicy | undefined
}

const BODY_BYTES_MAX = 1024 * 1024
/** Anybody can make the gateway buffer this much. */
const PUBLIC_BODY_BYTES_MAX = 16 * 1024
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

export function createRouteRunner(route: Route, dependencies: RouteRunnerDependencies): RequestHandler {
  return async (request, response) => {
    refuseCrossSite(request, dependencies.ownHosts, dependencies.cors)
    const signedIn = await authorize(request, route, dependencies.auth, dependencies.metrics)
    const bytesMax = route.bodyBytesMax ?? (route.permission === 'public' ? PUBLIC_BODY_BYTES_MAX : BODY_BYTES_MAX)
    const body = await readBody(request, route.bodyTypes ?? ['json'], bytesMax)
    const call = createCall(route, request, body, signedIn, dependencies)
    const idempotencyKey = findIdempotencyKey(request, route)
    const { actor, network } = call
    const context = { actor, actorId: signedIn?.user.id, requestId: requestIdOf(response), network }
    const handle = async (): Promise<Answer> => dependencies.audit.as(context, () => route.handle(call))
    if (idempotencyKey === undefined) {
      const answer = await handle()
      if (answer.session !== undefined) setSession(request, response, answer.session, dependencies)
      if (answer.stream === undefined) send(request, response, answer)
      else sendStream(request, response, route, answer)
      return
    }
    let first: Answer | undefined
    const scope = [signedIn?.user.id ?? '', route.method, route.path, JSON.stringify(call.params), idempotencyKey]
    const content = JSON.stringify([call.query, body.type, body.text])
    const stored = await dependencies.idempotentAnswers.run({ scope, content, isSecret: route.idempotency === 'secret' }, async () => {
      first = await handle()
      return { status: first.status, body: renderBody(first.body) }
    })
    if (stored.isReplay) response.setHeader('idempotency-replayed', 'true')
    sendText(request, response, first ?? { status: stored.status }, stored.body)
  }
}

function createCall(
  route: Route,
  request: Request,
  body: ParsedBody,
  signedIn: SignedIn | undefined,
  dependencies: RouteRunnerDependencies,
): Call<unknown, unknown, unknown> {
  const isText = body.type === 'text' || body.type === 'csv'
  return {
    params: route.params === undefined ? {} : validate(route.params, { ...request.params }, 'path'),
    query: route.query === undefined ? {} : validate(route.query, parseQuery(request), 'query'),
    body: isText || route.body === undefined ? body.value : validate(route.body, body.value, ''),
    bodyType: body.type,
    seenVersions: parseIfMatch(request),
    network: networkOf(clientAddress(request, dependencies.trustProxy)),
    hasCookie: signedIn !== undefined && request.headers.authorization === undefined,
    actor: signedIn?.user.username ?? 'anonymous',
    own: signedIn?.user.accountId,
    get signedIn() {
      if (signedIn === undefined) throw new Error(`The public route ${route.path} has no signed-in person.`)
      return signedIn
    },
  }
}

/** Set by the router before any route runs. */
function requestIdOf(response: Response): string | undefined {
  const id = response.getHeader('x-request-id')
  return typeof id === 'string' ? id : undefined
}

function findIdempotencyKey(request: Request, route: Route): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined || route.method !== 'post' || route.permission === 'public' || route.idempotency === 'none') return undefined
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key
  throw new GatewayError('request_malformed', 'The Idempotency-Key must be 1 to 255 printable ASCII characters, e.g. a UUID.')
}

function send(request: Request, response: Response, answer: Answer): void {
  sendText(request, response, answer, renderBody(answer.body))
}

function setSession(request: Request, response: Response, { token, maxAgeMs }: NonNullable<Answer['session']>, { trustProxy }: RouteRunnerDependencies): void {
  const isSecure = forwardedFacts(request, trustProxy).proto === 'https'
  // What ends a session ends it under both names.
  const cookies = maxAgeMs === 0 ? [true, false].map((secure) => renderSessionCookie('', 0, secure)) : [renderSessionCookie(token, maxAgeMs, isSecure)]
  response.setHeader('set-cookie', cookies)
}

function sendStream(request: Request, response: Response, route: Route, { status, stream, discard }: Answer): void {
  response.statusCode = status
  response.setHeader('content-type', route.responses[status]?.contentType ?? 'application/json; charset=utf-8')
  if (request.method === 'HEAD') {
    discard?.()
    response.end()
  } else stream?.(response)
}

function sendText(request: Request, response: Response, answer: Answer, text: string): void {
  response.statusCode = answer.status
  if (answer.etag !== undefined) response.setHeader('etag', answer.etag)
  if (answer.location !== undefined) response.setHeader('location', request.baseUrl + answer.location)
  if (text !== '') response.setHeader('content-type', 'application/json; charset=utf-8')
  endAnswer(request, response, text)
}

function renderBody(body: unknown): string {
  return body === undefined ? '' : JSON.stringify(body)
}
