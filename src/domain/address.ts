// Which part of the internet an IP address belongs to, so that a secret is never sent where it must not go.

/**
 * - `global`: the public internet.
 * - `private`: somebody's own network or this machine; allowed only when the operator says so.
 * - `metadata`: a cloud's credential service; never allowed.
 * - `forbidden`: link-local, multicast, unspecified, documentation and other ranges where no service can be; never allowed.
 * - `invalid`: not an IP address.
 */
export type AddressClass = 'global' | 'private' | 'metadata' | 'forbidden' | 'invalid'

type V4Range = readonly [base: number, prefixBits: number, kind: AddressClass]

/** IANA IPv4 Special-Purpose Address Registry; the first match wins. */
const V4_RANGES: readonly V4Range[] = [
  // 169.254.169.254 and its relatives (ECS .170.2, EKS .170.23, DNS .169.253): the whole range is refused, these by name.
  v4('169.254.169.0', 24, 'metadata'),
  v4('169.254.170.0', 24, 'metadata'),
  v4('100.100.100.200', 32, 'metadata'),
  v4('192.0.0.192', 32, 'metadata'),
  v4('168.63.129.16', 32, 'metadata'),
  v4('0.0.0.0', 8, 'forbidden'),
  v4('10.0.0.0', 8, 'private'),
  v4('100.64.0.0', 10, 'private'),
  v4('127.0.0.0', 8, 'private'),
  v4('169.254.0.0', 16, 'forbidden'),
  v4('172.16.0.0', 12, 'private'),
  v4('192.0.0.0', 24, 'forbidden'),
  v4('192.0.2.0', 24, 'forbidden'),
  v4('192.88.99.0', 24, 'forbidden'),
  v4('192.168.0.0', 16, 'private'),
  // Benchmarking; local proxies with "fake IP" resolvers hand these out, so they count as somebody's own network.
  v4('198.18.0.0', 15, 'private'),
  v4('198.51.100.0', 24, 'forbidden'),
  v4('203.0.113.0', 24, 'forbidden'),
  v4('224.0.0.0', 4, 'forbidden'),
  v4('240.0.0.0', 4, 'forbidden'),
]

const SEVERITY: readonly AddressClass[] = ['global', 'private', 'forbidden', 'metadata', 'invalid']

/** Never throws. Brackets and a zone id are accepted; IPv4 must be dotted decimal (as WHATWG URL and resolvers write it). */
export function classifyAddress(ip: string): AddressClass {
  const bare = ip.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const address = parseV4(bare)
  if (address !== undefined) return classifyV4(address)
  const groups = parseV6(bare)
  return groups === undefined ? 'invalid' : classifyV6(groups)
}

/** @param allowPrivate the operator's choice; metadata and forbidden addresses stay refused */
export function isAddressAllowed(kind: AddressClass, allowPrivate: boolean): boolean {
  return kind === 'global' || (kind === 'private' && allowPrivate)
}

function classifyV4(address: number): AddressClass {
  for (const [base, bits, kind] of V4_RANGES) {
    if (address >>> (32 - bits) === base >>> (32 - bits)) return kind
  }
  return 'global'
}

function classifyV6(groups: readonly number[]): AddressClass {
  const [a, b, c, d, e, f, g, h] = groups as [number, number, number, number, number, number, number, number]
  const last = classifyV4(join(g, h))
  if (a === 0 && b === 0 && c === 0 && d === 0) {
    if (e === 0 && f === 0xffff) return last // ::ffff:0:0/96, IPv4-mapped
    if (e === 0xffff && f === 0) return last // ::ffff:0:0:0/96, IPv4-translated
    if (e === 0 && f === 0) return classifyLowest(g, h, last) // ::/96
  }
  if (a === 0x64 && b === 0xff9b) return classifyNat64(groups, last)
  if (a === 0x2002) return worst(classifyV4(join(b, c)), last === 'metadata' ? last : 'global') // 6to4
  // Teredo: the server's address, and the client's with every bit inverted.
  if (a === 0x2001 && b === 0) return worst('forbidden', classifyV4(join(c, d)), classifyV4(join(g ^ 0xffff, h ^ 0xffff)))
  const range = classifyV6Range(groups)
  // ISATAP hides an IPv4 address behind any prefix.
  return (e === 0 || e === 0x200) && f === 0x5efe ? worst(range, last) : range
}

function classifyLowest(g: number, h: number, embedded: AddressClass): AddressClass {
  if (g === 0 && h === 1) return 'private' // ::1
  if (g === 0 && h === 0) return 'forbidden' // ::
  return worst('forbidden', embedded) // IPv4-compatible, deprecated
}

function classifyNat64(groups: readonly number[], last: AddressClass): AddressClass {
  const [, , c, d, e, f] = groups as [number, number, number, number, number, number]
  if (c === 0 && d === 0 && e === 0 && f === 0) return last // 64:ff9b::/96
  // 64:ff9b:1::/48 is for local use: the embedded address may sit at the end or, by RFC 6052, around the octet `u`.
  const spread = classifyV4(join(d, ((e & 0xff) << 8) | (f >>> 8)))
  if (c === 1) return last === 'metadata' || spread === 'metadata' ? 'metadata' : 'private'
  return 'forbidden'
}

function classifyV6Range(groups: readonly number[]): AddressClass {
  const [a, b] = groups as [number, number]
  if (a === 0xfd00 && b === 0xec2) return 'metadata' // AWS: fd00:ec2::254 and relatives
  if (a === 0xfd20 && b === 0xce) return 'metadata' // Google: fd20:ce::254
  if (a >>> 9 === 0x7e) return 'private' // fc00::/7
  if (a >>> 13 !== 1) return 'forbidden' // only 2000::/3 is global unicast
  if (a === 0x2001 && b < 0x200) return 'forbidden' // 2001::/23, IETF protocol assignments
  if (a === 0x2001 && b === 0xdb8) return 'forbidden'
  if (a === 0x3fff && b < 0x1000) return 'forbidden' // documentation
  return 'global'
}

function worst(...kinds: AddressClass[]): AddressClass {
  return kinds.reduce((left, right) => (SEVERITY.indexOf(right) > SEVERITY.indexOf(left) ? right : left))
}

function join(high: number, low: number): number {
  return ((high << 16) | low) >>> 0
}

function v4(base: string, prefixBits: number, kind: AddressClass): V4Range {
  return [parseV4(base) as number, prefixBits, kind]
}

function parseV4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!match) return undefined
  const bytes = match.slice(1).map(Number)
  if (bytes.some((byte) => byte > 255)) return undefined
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

/** The eight 16-bit groups of an IPv6 address without brackets or zone, or undefined. */
export function parseV6(text: string): number[] | undefined {
  if (!text.includes(':') || text.length > 45) return undefined
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  let source = text
  if (dotted) {
    const tail = parseV4(dotted[2] as string)
    if (tail === undefined) return undefined
    source = `${dotted[1]}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`
  }
  const halves = source.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? groups.map((group) => parseInt(group, 16)) : undefined
}
