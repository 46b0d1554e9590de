// The targets of a route that forwards, made ready for requests once per configuration.
import type { Route, RouteAction } from '../domain/route.ts'
import type { DestinationDefaults } from './destination.ts'
import { createTarget, type ParsedTarget, targetPath } from './target-url.ts'

export interface RouteDestination {
  readonly target: ParsedTarget
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly totalMs: number
  /**
   * @param rest raw, empty or starting with `/`; empty = the target's URL is the whole address
   * @throws GatewayError request_malformed for anything that could leave the target's path
   */
  pathFor(rest: string, query: string): string
}

const built = new WeakMap<Route, RouteDestination>()

export function routeDestination(route: Route, action: Extract<RouteAction, { type: 'forward' }>, defaults: DestinationDefaults): RouteDestination {
  let destination = built.get(route)
  if (destination === undefined) built.set(route, (destination = build(route, action.targets[0]?.url ?? '', defaults)))
  return destination
}

function build({ timeoutMs }: Route, url: string, defaults: DestinationDefaults): RouteDestination {
  const target = createTarget(url)
  // As it was written, with or without a slash at its end.
  const whole = { ...target, basePath: new URL(url).pathname }
  return {
    target,
    connectMs: Math.min(defaults.connectMs, timeoutMs ?? Infinity),
    firstByteMs: timeoutMs ?? defaults.proxyFirstByteMs,
    idleMs: Math.min(defaults.idleMs, timeoutMs ?? Infinity),
    totalMs: timeoutMs ?? defaults.totalMs,
    pathFor: (rest, query) => targetPath(rest === '' ? whole : target, rest, query, []),
  }
}
