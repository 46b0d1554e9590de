// Asks the sentinels which server is the primary now.
import { limits } from '../../../limits.ts'
import { type ClientOptions, destroyClient, openClient } from './client.ts'
import type { Address, RedisOptions } from './options.ts'
import { SetupError, textOf } from './replies.ts'

/**
 * All are asked at once: the answer counts when most of the sentinels give it, so that one that was cut off from the others does
 * not send everybody to yesterday's primary. Without such a majority the answer that was given most often is taken.
 * @throws when none answers; SetupError when those that answer do not know the primary by its name
 */
export async function findPrimary(options: RedisOptions, tls: ClientOptions['tls']): Promise<Address> {
  const votes = new Map<string, { readonly address: Address; count: number }>()
  const majority = Math.floor(options.addresses.length / 2) + 1
  let unknown = 0
  let failure: unknown = new Error('no sentinel answers')
  const decided = await new Promise<Address | undefined>((resolve) => {
    const asked = options.addresses.map(async (sentinel) => {
      const address = await askSentinel(sentinel, options, tls)
      if (address === undefined) return void unknown++
      const name = `${address.host} ${address.port}`
      const vote = votes.get(name) ?? { address, count: 0 }
      votes.set(name, vote)
      if (++vote.count >= majority) resolve(address)
    })
    void Promise.allSettled(asked).then((results) => {
      failure = results.find((result) => result.status === 'rejected')?.reason ?? failure
      resolve(undefined)
    })
  })
  if (decided !== undefined) return decided
  const [best] = [...votes.values()].sort((a, b) => b.count - a.count)
  if (best !== undefined) return best.address
  if (unknown > 0) throw new SetupError(`is not known to the sentinels by the name in CACHE_URL or REDIS_SENTINEL_MASTER ("${options.primaryName}").`)
  if (/NOAUTH|WRONGPASS/.test(textOf(failure))) {
    throw new SetupError('has sentinels that refuse the password or ask for one. Set REDIS_SENTINEL_PASSWORD, or ?sentinelPassword= in CACHE_URL.')
  }
  throw failure
}

async function askSentinel(sentinel: Address, options: RedisOptions, tls: ClientOptions['tls']): Promise<Address | undefined> {
  const client = await openClient(sentinel, { login: options.sentinelLogin, database: 0, tls })
  const timer = setTimeout(() => destroyClient(client), limits.cacheConnectTimeoutMs)
  try {
    const reply = await client.call('SENTINEL', 'get-master-addr-by-name', options.primaryName)
    if (!Array.isArray(reply)) return undefined
    return { host: String(reply[0]), port: Number(reply[1]) }
  } finally {
    clearTimeout(timer)
    destroyClient(client)
  }
}
