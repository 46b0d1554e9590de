// The look-up of names for a connection: only to addresses that were checked, so that the connection goes to the address that was checked.
import type { LookupAddress, LookupOptions } from 'node:dns'
import type { ResolveAddresses } from './attempt.ts'

export type PinnedLookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => void

export function createPinnedLookup(resolve: ResolveAddresses): PinnedLookup {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const first = addresses[0] as LookupAddress
        if (options.all === true) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, []),
    )
  }
}
