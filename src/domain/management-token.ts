// Tells an access token of the management API from other people's tokens, without proving it: a route must never get one.

/** The audience that the gateway signs its access tokens for. */
export const MANAGEMENT_AUDIENCE = 'api-key-rotator/admin'

const BEARER_JWT = /^Bearer +[\w-]+\.([\w-]{1,2048})\.[\w-]+$/i

/** Whoever forges one only reaches the management API, which proves it. */
export function isManagementToken(authorization: string | undefined): boolean {
  const payload = BEARER_JWT.exec(authorization ?? '')?.[1]
  if (payload === undefined) return false
  try {
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { aud?: unknown } | null
    return claims?.aud === MANAGEMENT_AUDIENCE
  } catch {
    return false
  }
}
