// The id under which a request is found in logs: the client's own when it is harmless, else a new one.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createId } from '../domain/id.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

const ACCEPTED = /^[\w.-]{8,128}$/

/** Sets `x-request-id` and `request-id` on the answer, once, and returns the id. */
export function assignRequestId(request: IncomingMessage, response: ServerResponse, source: { readonly clock: Clock; readonly random: Random }): string {
  const assigned = response.getHeader('x-request-id')
  if (typeof assigned === 'string') return assigned
  const inbound = request.headers['x-request-id']
  const id = typeof inbound === 'string' && ACCEPTED.test(inbound) ? inbound : createId('req', source.clock.nowMs(), source.random.bytes(10))
  response.setHeader('x-request-id', id)
  response.setHeader('request-id', id)
  return id
}
