// The `model` member of a JSON body, for routes that look at it or replace it. Other requests' bodies are never looked into.
import { headerValue } from '../domain/message.ts'
import type { Route } from '../domain/route.ts'
import { GatewayError } from '../errors.ts'
import type { CapturedBody } from './body.ts'
import type { InboundHead } from './guard.ts'
import { withMember, withoutMember } from './json-member.ts'

const JSON_TYPE = /^application\/(?:[\w.+-]*\+)?json\b/i

/** Whether the request brings a body that may have a model. */
export function mayHaveModel({ headers, contentLength, isChunked }: InboundHead): boolean {
  return (
    (contentLength > 0 || isChunked) && JSON_TYPE.test(headerValue(headers, 'content-type') ?? '') && headerValue(headers, 'content-encoding') === undefined
  )
}

export function modelOf(body: Buffer | undefined): string | undefined {
  return body === undefined ? undefined : withoutMember(body, 'model')?.value
}

/** @throws GatewayError request_too_large: a body that is not kept cannot be changed, and must not pass unchanged */
export function withRouteModel(route: Route, body: CapturedBody): CapturedBody {
  const model = route.rewrite?.model
  if (model === undefined) return body
  if (body.stream !== undefined) {
    throw new GatewayError('request_too_large', `The route '${route.name}' replaces the model, and this body is too large to be changed. Send a smaller one.`)
  }
  const taken = body.buffer === undefined ? undefined : withoutMember(body.buffer, 'model')
  return taken === undefined ? body : { buffer: withMember(taken.body, 'model', model), stream: undefined }
}
