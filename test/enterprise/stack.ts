// Owns what several replicas of the enterprise build need: one database, one Redis, one upstream with a ledger, the same secrets.
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { createSharedSecrets, startGateway, type Gateway } from '../support/gateway.ts'
import type { UpstreamSpec } from '../support/admin-client.ts'
import type { LoadRequest } from '../support/load.ts'
import { startMariadb } from '../support/servers/mariadb.ts'
import { startRedis } from '../support/servers/redis.ts'

export type Redis = Awaited<ReturnType<typeof startRedis>>
export type Mariadb = Awaited<ReturnType<typeof startMariadb>>

export interface StackOptions {
  readonly replicas: number
  readonly env?: Readonly<Record<string, string>>
  /** By the number of the replica; wins over `env`. */
  readonly envOf?: (replica: number, redis: Redis) => Readonly<Record<string, string>>
  /** Default: the product's 50 ms. Rows about exactness ask for more: on a starved machine Redis itself may take longer, and counts for gone then. */
  readonly redisTimeoutMs?: number
  readonly redisConfig?: Readonly<Record<string, string>>
}

export interface Stack {
  readonly gateways: readonly Gateway[]
  readonly redis: Redis
  readonly mariadb: Mariadb
  readonly upstream: ChaosUpstream
  /** Starts one more replica, or the one with this number again. */
  start(replica: number): Promise<Gateway>
  /** Creates an upstream through the first replica and waits until all serve it. */
  addUpstream(slug: string, keys: readonly string[], more?: Omit<UpstreamSpec, 'slug' | 'base_url'>): Promise<string>
  /** A request with a nonce of its own. */
  request(slug: string, index: number, path?: string): LoadRequest
  close(): Promise<void>
}

export async function openStack(options: StackOptions): Promise<Stack> {
  const [mariadb, redis, upstream] = await Promise.all([
    startMariadb(),
    startRedis(options.redisConfig === undefined ? {} : { config: options.redisConfig }),
    openChaosUpstream({ lean: true }),
  ])
  const database = await mariadb.createDatabase()
  const shared = {
    ...createSharedSecrets(),
    ADMIN_PASSWORD: createCanary('pw-'),
    GLOBAL_PROXY_KEYS: createCanary('ck-'),
    DATABASE_URL: database,
    CACHE_URL: options.redisTimeoutMs === undefined ? redis.url : `${redis.url}/0?commandTimeoutMs=${options.redisTimeoutMs}`,
    ...options.env,
  }
  const gateways: Gateway[] = []
  const start = async (replica: number): Promise<Gateway> => {
    const gateway = await startGateway({ build: 'enterprise', env: { ...shared, ...options.envOf?.(replica, redis) } })
    gateways[replica] = gateway
    return gateway
  }
  const close = async (): Promise<void> => {
    await Promise.all(gateways.map((gateway) => gateway.close()))
    await Promise.all([upstream.close(), redis.stop(), mariadb.stop()])
  }
  try {
    // The first one creates the admin.
    await start(0)
    await Promise.all(Array.from({ length: options.replicas - 1 }, (_, index) => start(index + 1)))
  } catch (error) {
    await close()
    throw error
  }
  const first = gateways[0] as Gateway
  return {
    gateways,
    redis,
    mariadb,
    upstream,
    start,
    addUpstream: async (slug, keys, more = {}) => {
      const id = await first.addUpstream({ slug, base_url: upstream.url, keys, ...more })
      await untilAll(gateways, async (gateway) => (await gateway.send('GET', `/proxy/${slug}`)).responses[0]?.status === 200)
      return id
    },
    request: (slug, index, path = '/ok') => ({
      text: first.text('GET', `/proxy/${slug}${path}`, { 'X-Req-Id': `n${index}` }),
      nonce: `n${index}`,
    }),
    close,
  }
}

/** Polls until the condition holds for every one. @throws after 15 s */
export async function untilAll<T>(items: readonly T[], condition: (item: T) => Promise<boolean> | boolean, timeoutMs = 15_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  for (const item of items) {
    while (!(await condition(item))) {
      if (performance.now() > deadlineMs) throw new Error(`not true within ${timeoutMs} ms: ${condition.toString()}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

export function keysOf(count: number): string[] {
  return Array.from({ length: count }, () => createCanary('sk-'))
}
