// Connections to Redis as BullMQ wants them: they come back by themselves, and the one that waits for work never gives up.
import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'
import { limits } from '../../../limits.ts'
import type { Random } from '../../../ports/random.ts'
import type { RedisOptions } from '../../cache/redis/options.ts'

export type BullmqClient = Redis | Cluster

/** @param waits for work: its commands last. What the other one cannot send it gives up with the second failure to connect. */
export function createClient(options: RedisOptions, random: Random, waits: boolean): BullmqClient {
  const { mode, addresses, login, database, sentinelLogin, primaryName } = options
  const retry = (): number => limits.cacheReconnectGapMs * (1 + random.fraction())
  const tls = options.isTls ? { tls: options.caFile === undefined ? {} : { ca: readFileSync(options.caFile, 'utf8') } } : {}
  const { username, password } = { username: login.username, password: login.password?.reveal() }
  const common = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...tls,
    connectionName: 'api-key-rotator-jobs',
    disableClientInfo: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: waits ? null : 1,
    connectTimeout: limits.cacheConnectTimeoutMs,
  }
  const single = { ...common, db: database, retryStrategy: retry }
  const client = create()
  // Who holds it is told as well; without a listener the library writes to the console.
  client.on('error', () => undefined)
  return client

  function create(): BullmqClient {
    if (mode === 'cluster') {
      return new Cluster([...addresses], { redisOptions: common, clusterRetryStrategy: retry })
    }
    if (mode === 'single') return new Redis({ ...single, host: addresses[0].host, port: addresses[0].port })
    const { username: user, password: word } = sentinelLogin
    return new Redis({
      ...single,
      sentinels: addresses.map(({ host, port }) => ({ host, port })),
      name: primaryName,
      sentinelRetryStrategy: retry,
      ...(user === undefined ? {} : { sentinelUsername: user }),
      ...(word === undefined ? {} : { sentinelPassword: word.reveal() }),
      ...(options.isTls ? { enableTLSForSentinelMode: true, sentinelTLS: tls.tls ?? {} } : {}),
    })
  }
}
