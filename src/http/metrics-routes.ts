// GET /metrics: Prometheus text for whoever holds the token, or, without one, for private addresses.
import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { Router, type Request } from 'express'
import type { Secret } from '../domain/secret.ts'
import { GatewayError } from '../errors.ts'

export interface MetricsRouteDependencies {
  /** False: the path does not exist. */
  readonly isEnabled: boolean
  /** undefined = private addresses only. */
  readonly token: Secret | undefined
  readonly render: () => Promise<{ readonly contentType: string; readonly body: string }>
  /** The address of the client, proxies in front taken into account; empty when nobody can vouch for it. */
  readonly clientAddress: (request: Request) => string
}

/** @throws GatewayError `unauthenticated` or `forbidden`, to the error handler */
export function createMetricsRoutes({ isEnabled, token, render, clientAddress }: MetricsRouteDependencies): Router {
  const router = Router()
  if (!isEnabled) return router
  router.get('/metrics', async (request, response) => {
    if (token === undefined) {
      if (!isPrivateAddress(clientAddress(request))) {
        throw new GatewayError(
          'forbidden',
          'Without METRICS_TOKEN, /metrics answers private addresses only, and behind a proxy only those that TRUST_PROXY vouches for. Set METRICS_TOKEN and send it as a bearer token.',
        )
      }
    } else if (!isSame(request.get('authorization') ?? '', `Bearer ${token.reveal()}`)) {
      response.setHeader('www-authenticate', 'Bearer')
      throw new GatewayError('unauthenticated', 'Send METRICS_TOKEN as Authorization: Bearer.')
    }
    const { contentType, body } = await render()
    response.setHeader('content-type', contentType)
    response.setHeader('cache-control', 'no-store')
    response.end(body)
  })
  return router
}

/** In constant time: digests have one length. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}

const privateRanges = new BlockList()
for (const [address, bits] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16], ['100.64.0.0', 10]] as const) {
  privateRanges.addSubnet(address, bits, 'ipv4')
} // prettier-ignore
privateRanges.addSubnet('fc00::', 7, 'ipv6')
privateRanges.addSubnet('fe80::', 10, 'ipv6')
privateRanges.addAddress('::1', 'ipv6')

function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '')
  const version = isIP(bare)
  // BlockList also matches IPv4-mapped addresses against the IPv4 ranges.
  return version !== 0 && privateRanges.check(bare, version === 6 ? 'ipv6' : 'ipv4')
}
