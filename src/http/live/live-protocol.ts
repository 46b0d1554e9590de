// How a listener says who it is when it opens a WebSocket: in a header, or, in browsers, as a subprotocol; never in the URL.
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../errors.ts'

/** What browsers offer beside their token, because one of the offered protocols must be chosen. */
export const LIVE_PROTOCOL = 'akr.live.v1'
const BEARER = 'bearer.'

/** Value of an Authorization header. @throws GatewayError request_malformed */
export function findAuthorization({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const bearer = offered.find((name) => name.startsWith(BEARER))
  if (bearer === undefined || headers.authorization !== undefined) return headers.authorization
  if (!offered.includes(LIVE_PROTOCOL)) {
    throw new GatewayError(
      'request_malformed',
      `Offer the subprotocol "${LIVE_PROTOCOL}" beside the token: new WebSocket(url, ["${LIVE_PROTOCOL}", "bearer.<token>"]).`,
    )
  }
  return `Bearer ${bearer.slice(BEARER.length)}`
}
