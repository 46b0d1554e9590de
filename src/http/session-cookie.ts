// The session of a browser: the access token in a cookie that scripts cannot read and other sites cannot send.
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../errors.ts'

/** Over TLS the name makes the browser insist on Secure, Path=/ and this very host. */
const SECURE_NAME = '__Host-akr_session'
const PLAIN_NAME = 'akr_session'
/** A header that no form and no link can send: a page of another site would have to ask first. */
export const CSRF_HEADER = 'x-akr-csrf'

/**
 * The token of the cookie; undefined without one.
 * @throws GatewayError forbidden when it comes with a change that no script of ours has sent
 */
export function findSessionCookie(request: Pick<IncomingMessage, 'headers'> & { readonly method?: string | undefined }): string | undefined {
  const token = readCookie(request.headers.cookie ?? '')
  if (token === undefined || request.method === 'GET' || request.method === 'HEAD' || request.headers[CSRF_HEADER] !== undefined) return token
  throw new GatewayError('forbidden', `A change that is made with the session cookie needs the header ${CSRF_HEADER}; programs send an access token instead.`)
}

/** @param maxAgeMs 0 removes it */
export function renderSessionCookie(token: string, maxAgeMs: number, isSecure: boolean): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(maxAgeMs / 1_000)}`
  return isSecure ? `${SECURE_NAME}=${token}; ${attributes}; Secure` : `${PLAIN_NAME}=${token}; ${attributes}`
}

function readCookie(text: string): string | undefined {
  let plain: string | undefined
  for (const part of text.split(';')) {
    const [name, value = ''] = part.trim().split('=', 2) as [string, string?]
    // A neighbour on the same host can set the plain one, but never this one.
    if (name === SECURE_NAME) return value
    if (name === PLAIN_NAME) plain = value
  }
  return plain
}
