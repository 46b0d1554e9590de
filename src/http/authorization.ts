// Who may call a route: decided by its declaration, inside its handler, whatever path led to it.
import type { IncomingMessage } from 'node:http'
import type { Role } from '../domain/user.ts'
import { GatewayError } from '../errors.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { CorsPolicy } from '../proxy/cors.ts'
import type { SignedIn, UserAuth } from '../services/user-auth.ts'
import type { AccountAccess, Permission } from './registry.ts'
import { findSessionCookie } from './session-cookie.ts'

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i

const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 }
const NEEDED: Readonly<Record<Exclude<Permission, 'public'>, number>> = { signed_in: 1, viewer: 1, operator: 2, admin: 3 }

/**
 * The person who calls; undefined on a public route.
 * @throws GatewayError unauthenticated, forbidden, not_found for people of an account where nothing is theirs
 */
export async function authorize(
  request: Pick<IncomingMessage, 'headers'> & { readonly method?: string | undefined },
  { permission, account = 'none' }: { readonly permission: Permission; readonly account?: AccountAccess },
  auth: UserAuth,
  metrics: Metrics,
): Promise<SignedIn | undefined> {
  if (permission === 'public') return undefined
  const { authorization } = request.headers
  const token = authorization === undefined ? findSessionCookie(request) : BEARER.exec(authorization)?.[1]
  const signedIn = token === undefined ? undefined : await auth.findSignedIn(token)
  if (signedIn === undefined) {
    if (authorization !== undefined) metrics.authFailed('admin', 'unauthenticated')
    throw new GatewayError('unauthenticated', 'Sign in at POST /api/admin/login and send the access token as Authorization: Bearer. It may have expired.')
  }
  if (signedIn.user.accountId !== undefined && account !== 'own') throw new GatewayError('not_found', 'There is nothing here for people of an account.')
  if (!(RANK[signedIn.user.role] >= NEEDED[permission])) {
    throw new GatewayError('forbidden', `Your role "${signedIn.user.role}" does not allow this; it needs "${permission}". Ask an admin.`)
  }
  return signedIn
}

/**
 * Refuses requests that another web site made a browser send. Other programs send neither header.
 * @param ownHosts further names (host or host:port) of this gateway, e.g. of its public URL
 * @param cors names the sites that may
 * @throws GatewayError forbidden
 */
export function refuseCrossSite(request: IncomingMessage, ownHosts: readonly string[], cors: CorsPolicy | undefined): void {
  if (request.method === 'GET' || request.method === 'HEAD' || cors?.names(request.headers.origin) === true) return
  const site = request.headers['sec-fetch-site']
  const isForeign = site === undefined ? isForeignOrigin(request, ownHosts) : site !== 'same-origin' && site !== 'none'
  if (isForeign) throw new GatewayError('forbidden', 'This request was sent by a page of another site, which may not change anything here.')
}

/** Whether a browser says that a page of another site sends this. */
export function isForeignOrigin(request: IncomingMessage, ownHosts: readonly string[]): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const originHost = new URL(origin).host
  return originHost !== host?.toLowerCase() && !ownHosts.includes(originHost)
}
