// Who calls, and how often: the same for upstreams and for routes.
import { GatewayError } from '../errors.ts'
import type { LimitPlace } from '../services/request-limits.ts'
import { createRouteScope, type LimitScope } from '../services/limit-scopes.ts'
import type { Route } from '../domain/route.ts'
import type { LiveClientKey, Snapshot } from '../services/snapshot.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import type { Applicant } from './exchange-parts.ts'
import { assertNetwork } from './key-restrictions.ts'

export type CallerDependencies = Pick<
  DataPlaneDependencies,
  'auth' | 'limiter' | 'limitScopes' | 'metrics' | 'vendorKeyPatterns' | 'isPrivatePeer' | 'vouchedAddress'
>

/** What is to be known of a request before it is let in. */
export type Caller = Pick<Applicant, 'clientKey' | 'isOver' | 'hold' | 'fail'> & { readonly start: Pick<Applicant['start'], 'request' | 'routed'> }

/** @throws GatewayError when the credential opens nothing */
export function authenticateCaller(exchange: Caller, snapshot: Snapshot, value: string, dependencies: CallerDependencies): LiveClientKey {
  const { auth, metrics, vendorKeyPatterns } = dependencies
  const { request } = exchange.start
  try {
    const clientKey = auth.authenticate(snapshot, value, () => dependencies.isPrivatePeer(request))
    exchange.clientKey = clientKey
    if (clientKey.networks !== undefined) assertNetwork(clientKey, clientKey.networks, dependencies.vouchedAddress(request))
    return clientKey
  } catch (error) {
    metrics.authFailed('proxy', error instanceof GatewayError ? error.code : 'error')
    if (error instanceof GatewayError && error.code === 'invalid_client_key' && vendorKeyPatterns.some((pattern) => pattern.test(value))) {
      const detail = 'This is a vendor key. Use a client key of the gateway; vendor keys belong into the pool and are added in its management page.'
      throw new GatewayError('upstream_key_sent', detail)
    }
    throw error
  }
}

export function missingKey(): GatewayError {
  return new GatewayError('missing_client_key', 'No client key was sent. Send it as Authorization: Bearer, x-api-key, x-goog-api-key or X-Proxy-Key.')
}

/** Routes of a configuration live as long as it does, and so do their scopes. */
const scopeOf = new WeakMap<Route, LimitScope>()

function routeScope(route: Route | undefined): LimitScope | undefined {
  if (route?.rateLimit === undefined) return undefined
  let scope = scopeOf.get(route)
  if (scope === undefined) scopeOf.set(route, (scope = createRouteScope(route.id, route.name, route.rateLimit)))
  return scope
}

/** Counts the request once, whatever becomes of it; one without limits is let through in the same turn. */
export function withinLimits(exchange: Caller, clientKey: LiveClientKey | undefined, dependencies: CallerDependencies, next: () => void): void {
  const { limiter, limitScopes } = dependencies
  const scopes = limitScopes.of(clientKey, routeScope(exchange.start.routed?.route))
  if (scopes === undefined) return next()
  whenCounted(exchange, limiter.claim(scopes), next)
}

export function whenCounted(exchange: Caller, claimed: LimitPlace | Promise<LimitPlace> | undefined, next: () => void): void {
  const go = (place: LimitPlace): void => {
    exchange.hold(place)
    if (!exchange.isOver) next()
  }
  if (claimed === undefined) next()
  else if (claimed instanceof Promise) claimed.then(go).catch((error: unknown) => exchange.fail(error))
  else go(claimed)
}
