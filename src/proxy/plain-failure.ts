// What a client is told when the target of a route fails.
import type { Route } from '../domain/route.ts'
import { ERROR_CODES, GatewayError } from '../errors.ts'
import type { AttemptFailure } from './attempt.ts'
import type { CapturedBody } from './body.ts'
import type { RouteDestination } from './route-target.ts'
import { TARGET_FAULTS } from './target-choice.ts'

const SAFE_METHODS = /^(?:GET|HEAD|OPTIONS)$/

/** D5: sending it twice does no harm. */
export function isRepeatable(method: string, { buffer, stream }: CapturedBody): boolean {
  return buffer === undefined && stream === undefined && SAFE_METHODS.test(method)
}

/** What a client, or the route's own timeout, brings about does not. */
export function speaksAgainstTarget({ code, reason }: AttemptFailure): boolean {
  return TARGET_FAULTS.has(code) && reason !== 'timeout total'
}

export function plainFailure({ code, reason }: AttemptFailure, route: Route, { connectMs, firstByteMs, totalMs }: RouteDestination): GatewayError {
  const { title, source } = ERROR_CODES[code]
  if (source === 'client') return new GatewayError(code, `${title}: ${reason}. Nothing complete was sent to the target of the route '${route.name}'.`)
  const waitedMs = { 'timeout connect': connectMs, 'timeout first_byte': firstByteMs, 'timeout total': totalMs }[reason]
  const within = waitedMs === undefined ? '' : ` within ${waitedMs} ms`
  const advice = route.timeoutMs === undefined || waitedMs === undefined ? '' : " (the route's timeout)"
  return new GatewayError(code, `${title}: the target of the route '${route.name}', ${reason}${within}${advice}. The gateway itself works.`, {
    shouldRetry: false,
  })
}
