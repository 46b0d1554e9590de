// Names to addresses for upstream connections: checked against the address policy, remembered for a moment.
import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { CacheCounts } from '../ports/metrics.ts'
import { AddressRefusedError, type ResolveAddresses } from './attempt.ts'

export interface ResolverOptions {
  /** `ip:port`; empty = the system's resolver with /etc/hosts. */
  readonly servers: readonly string[]
  readonly isAddressAllowed: (address: string) => boolean
  readonly clock: Clock
  /** Counts how often a name was known already. */
  readonly lookups?: CacheCounts
}

const NAMES_MAX = 1_000

export function createResolver({ servers, isAddressAllowed, clock, lookups = { hits: 0, misses: 0 } }: ResolverOptions): ResolveAddresses {
  const remembered = new Map<string, { addresses: readonly LookupAddress[]; untilMs: number }>()
  const ask = servers.length === 0 ? (name: string) => lookup(name, { all: true, order: 'verbatim' }) : askServers(servers)

  // A name that is slow to resolve is asked for once, however many connections wait: the system's resolver has few threads.
  const asking = new Map<string, Promise<readonly LookupAddress[]>>()

  const resolve = async (hostname: string): Promise<readonly LookupAddress[]> => {
    const allowed = (await ask(hostname)).filter(({ address }) => isAddressAllowed(address))
    if (allowed.length === 0) throw new AddressRefusedError(`${hostname} resolves only to addresses that are not allowed`)
    if (remembered.size >= NAMES_MAX) remembered.clear()
    remembered.set(hostname, { addresses: allowed, untilMs: clock.monotonicMs() + limits.dnsCacheMs })
    return allowed
  }

  return async (hostname) => {
    const known = remembered.get(hostname)
    if (known !== undefined && known.untilMs > clock.monotonicMs()) {
      lookups.hits++
      return known.addresses
    }
    lookups.misses++
    let asked = asking.get(hostname)
    if (asked === undefined) {
      asked = resolve(hostname).finally(() => asking.delete(hostname))
      asking.set(hostname, asked)
    }
    return asked
  }
}

function askServers(servers: readonly string[]): (name: string) => Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  resolver.setServers(servers)
  return async (name) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const addresses: LookupAddress[] = []
    if (v4.status === 'fulfilled') addresses.push(...v4.value.map((address) => ({ address, family: 4 })))
    if (v6.status === 'fulfilled') addresses.push(...v6.value.map((address) => ({ address, family: 6 })))
    if (addresses.length === 0) throw v4.status === 'rejected' ? v4.reason : new Error(`No address for ${name}`)
    return addresses
  }
}
