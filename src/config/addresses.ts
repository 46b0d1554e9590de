// Addresses in settings: trusted proxies as CIDRs, resolvers as ip:port.
import { isIP, SocketAddress } from 'node:net'
import type { VariableReader } from './variable-reader.ts'

const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', '127.0.0.0/8', '::1/128'],
}

export function readTrustedProxies(reader: VariableReader): readonly string[] {
  return reader.list('TRUST_PROXY').flatMap((entry) => {
    const range = NAMED_RANGES[entry.toLowerCase()] ?? parseRange(entry)
    if (range === undefined)
      reader.problems.push(`TRUST_PROXY contains ${JSON.stringify(entry)}. Write addresses or CIDRs such as 10.0.0.0/8, or private, or loopback.`)
    return range ?? []
  })
}

function parseRange(entry: string): readonly string[] | undefined {
  const [address, bits, ...rest] = entry.split('/')
  const version = isIP(address ?? '')
  const bitsMax = version === 6 ? 128 : 32
  if (version === 0 || rest.length > 0) return undefined
  if (bits === undefined) return [`${address}/${bitsMax}`]
  // A prefix of 0 would believe everybody, which is never what a proxy setting means.
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= bitsMax ? [entry] : undefined
}

export function readDnsServers(reader: VariableReader): readonly string[] {
  return reader.list('DNS_SERVERS').flatMap((entry) => {
    const parsed = SocketAddress.parse(isIP(entry) === 6 ? `[${entry}]` : entry)
    if (parsed === undefined) reader.problems.push(`DNS_SERVERS contains ${JSON.stringify(entry)}. Write ip or ip:port, e.g. 10.0.0.2 or 10.0.0.2:5353.`)
    if (parsed === undefined) return []
    const host = parsed.family === 'ipv6' ? `[${parsed.address}]` : parsed.address
    return [`${host}:${parsed.port === 0 ? 53 : parsed.port}`]
  })
}
