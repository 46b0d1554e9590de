// Who is at the other end of a request, behind trusted proxies and IPv4-mapped addresses.
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { parseV6 } from '../domain/address.ts'
import type { ForwardedFacts } from '../proxy/data-plane-dependencies.ts'

export { networkOf } from '../domain/network.ts'

/** Entries of X-Forwarded-For that are looked at. */
const HOPS_MAX = 32

const compiled = new WeakMap<readonly string[], BlockList>()

/**
 * The client's IP address; empty when the socket is gone.
 * X-Forwarded-For counts only as far as it was written by peers in `trustProxy` (CIDRs or addresses).
 */
export function clientAddress(request: IncomingMessage, trustProxy: readonly string[]): string {
  let address = unmap(request.socket.remoteAddress ?? '')
  if (trustProxy.length === 0) return address
  const trusted = compile(trustProxy)
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').slice(-HOPS_MAX)
  while (isTrusted(address, trusted)) {
    const next = unmap(withoutPort(forwarded.pop()?.trim() ?? ''))
    if (isIP(next) === 0) return address
    address = next
  }
  return address
}

const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const

/**
 * The client's address where being on a private one is a permission; empty when nobody can vouch for it: a peer that says it forwards
 * for somebody else, and is not in `trustProxy`, is a proxy on this machine or network, and its own address says nothing about the client.
 */
export function vouchedAddress(request: IncomingMessage, trustProxy: readonly string[]): string {
  const isForwarded = FORWARDED.some((name) => request.headers[name] !== undefined)
  if (isForwarded && !isTrusted(unmap(request.socket.remoteAddress ?? ''), compile(trustProxy))) return ''
  return clientAddress(request, trustProxy)
}

/** What a target that we forward to is told about the client: what a peer in `trustProxy` said of it counts, everybody else's words do not. */
export function forwardedFacts(request: IncomingMessage, trustProxy: readonly string[]): ForwardedFacts {
  const peer = unmap(request.socket.remoteAddress ?? '')
  const host = request.headers.host ?? ''
  const isEncrypted = 'encrypted' in request.socket
  if (trustProxy.length === 0 || !isTrusted(peer, compile(trustProxy))) return { chain: peer, proto: isEncrypted ? 'https' : 'http', host }
  const said = (name: string): string[] =>
    [request.headers[name] ?? []]
      .flat()
      .join(',')
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
  const proto = said('x-forwarded-proto').at(-1)?.toLowerCase()
  return {
    chain: [...said('x-forwarded-for').slice(-HOPS_MAX), peer].join(', '),
    proto: proto === 'https' || proto === 'http' ? proto : isEncrypted ? 'https' : 'http',
    host: said('x-forwarded-host').at(-1) ?? host,
  }
}

/** Addresses lately seen, as they came and as they are compared. */
const unmapped = new Map<string, string>()
const UNMAPPED_MAX = 1_000

function unmap(address: string): string {
  let plain = unmapped.get(address)
  if (plain === undefined) {
    plain = parseMapped(address)
    if (unmapped.size >= UNMAPPED_MAX) unmapped.clear()
    if (address.length <= 64) unmapped.set(address, plain)
  }
  return plain
}

function parseMapped(address: string): string {
  const bare = address.replace(/%.*$/, '')
  const groups = parseV6(bare)
  if (groups === undefined || groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return bare
  const [high, low] = [groups[6] as number, groups[7] as number]
  return [high >>> 8, high & 255, low >>> 8, low & 255].join('.')
}

function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)
  if (bracketed) return bracketed[1] as string
  return /^[\d.]+:\d+$/.test(entry) ? entry.slice(0, entry.indexOf(':')) : entry
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return isIP(address) !== 0 && trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function compile(cidrs: readonly string[]): BlockList {
  const known = compiled.get(cidrs)
  if (known !== undefined) return known
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [base = '', bits] = cidr.split('/')
    const family = isIPv4(base) ? 'ipv4' : 'ipv6'
    list.addSubnet(base, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family)
  }
  compiled.set(cidrs, list)
  return list
}
