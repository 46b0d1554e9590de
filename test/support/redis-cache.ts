// Opens the Redis cache as the gateway does, and keeps what it logs and a second pair of eyes on the server.
import { Redis } from 'ioredis'
import { Secret } from '../../src/domain/secret.ts'
import { redis } from '../../src/infrastructure/cache/redis/driver.ts'
import type { RedisCache } from '../../src/infrastructure/cache/redis/redis-cache.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { RecordingLogger } from './recording-logger.ts'
import { startRedis, type RedisOptions } from './servers/redis.ts'
import type { RunningServer } from './servers/server-process.ts'
import { until } from './until.ts'

export { RecordingLogger, type LogEntry } from './recording-logger.ts'

export interface OpenedRedisCache {
  readonly cache: RedisCache
  readonly logger: RecordingLogger
}

export async function openRedisCache(url: string, clock: Clock = systemClock): Promise<OpenedRedisCache> {
  const logger = new RecordingLogger()
  const cache = (await redis.open(new Secret(url), { clock, random: systemRandom, logger })) as RedisCache
  return { cache, logger }
}

export interface RedisUnderTest extends RunningServer {
  readonly url: string
  /** A plain client that waits as long as it takes. */
  readonly observer: Redis
}

export async function startRedisUnderTest(options: RedisOptions = {}): Promise<RedisUnderTest> {
  const server = await startRedis(options)
  const observer = new Redis({
    port: server.port,
    host: '127.0.0.1',
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    ...(options.password && { password: options.password }),
  })
  observer.on('error', () => {})
  const stop = server.stop.bind(server)
  return Object.assign(server, {
    observer,
    stop: async () => {
      observer.disconnect()
      await stop()
    },
  })
}

/**
 * Lets time pass in Redis by moving the lifetime of every key. The time that the test itself took is counted in, so that a busy
 * machine does not end anything early.
 */
export class RedisTime {
  readonly #clients: () => readonly Redis[]
  #movedAtMs = 0

  constructor(clients: () => readonly Redis[]) {
    this.#clients = clients
  }

  /** Call it when the test begins. */
  start(): void {
    this.#movedAtMs = performance.now()
  }

  async advance(ms: number): Promise<void> {
    const byMs = Math.round(ms - (performance.now() - this.#movedAtMs))
    await Promise.all(this.#clients().map((client) => this.#move(client, byMs).catch(() => {})))
    this.start()
  }

  /** What is over ends in a moment, by itself, and is waited for. */
  async #move(client: Redis, byMs: number): Promise<void> {
    for (const key of await client.keys('*')) {
      const leftMs = (await client.pttl(key)) - byMs
      if (leftMs + byMs < 0) continue
      await client.pexpire(key, Math.max(leftMs, 1))
      if (leftMs <= 0) await until(async () => (await client.pttl(key)) === -2)
    }
  }
}
