// Networks of client addresses: as people write them, and what counts as one.
import { parseV6 } from './address.ts'

/** What counts as one network for locks and limits: an IPv4 address, or the /64 of an IPv6 address, which is the least that a site owns. */
export function networkOf(address: string): string {
  const groups = parseV6(address)
  if (groups === undefined) return address
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/
const MAPPED = /^::ffff:\d+\.|^::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/i

/** An address or a CIDR in full (`10.0.0.0/8`, `10.1.2.3/32`); undefined when the text is neither. IPv4 inside IPv6 must be written as IPv4. */
export function parseNetwork(text: string): string | undefined {
  const [base = '', bits, ...rest] = text.trim().toLowerCase().split('/')
  if (rest.length > 0 || MAPPED.test(base)) return undefined
  const bitsMax = V4.test(base) ? 32 : parseV6(base) === undefined ? undefined : 128
  if (bitsMax === undefined) return undefined
  if (bits === undefined) return `${base}/${bitsMax}`
  return /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax ? `${base}/${Number(bits)}` : undefined
}
