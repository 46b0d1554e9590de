// The Redis cache by three real sentinels: the primary killed and frozen, a sentinel that is away, a name that nobody knows.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { RedisCache } from '../../src/infrastructure/cache/redis/redis-cache.ts'
import { limits } from '../../src/limits.ts'
import { CacheUnavailableError } from '../../src/ports/cache.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { openRedisCache, type RecordingLogger } from '../support/redis-cache.ts'
import { startRedisSentinel, type RunningRedisSentinel } from '../support/servers/redis-sentinel.ts'
import type { RunningServer } from '../support/servers/server-process.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

const MINUTE = 60_000
/** What docs/redis.md promises: the time of the sentinels, the election, and the way back. */
const ELECTION_MS = 1_000
const BACK_MS = 2_000

describeWith('redis', 'redis sentinel', () => {
  let group: RunningRedisSentinel
  let cache: RedisCache
  let logger: RecordingLogger

  beforeAll(async () => {
    group = await startRedisSentinel({ password: 'sesame-4711' })
  }, 60_000)
  afterAll(() => group.stop())
  beforeEach(async () => {
    ;({ cache, logger } = await openRedisCache(group.url))
  })
  afterEach(() => cache.close())

  const works = (): Promise<boolean> =>
    cache.increment('works', MINUTE).then(
      () => true,
      (error: unknown) => {
        if (error instanceof CacheUnavailableError) return false
        throw error
      },
    )

  test('counts on the primary', async () => {
    expect(await cache.increment('n', MINUTE)).toBe(1)
    expect(logger.events).toEqual([])
  })

  test('a name that the sentinels do not know stops the start', async () => {
    await expect(openRedisCache(group.url.replace('akr-primary', 'other'))).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/not known to the sentinels.*"other"/),
    })
  })

  test('a sentinel that is away, frozen, or no sentinel at all: the others are enough', async () => {
    const [one] = group.sentinels as [RunningServer]
    for (const act of [() => one.kill(), () => one.restart(), async () => one.freeze()] as const) {
      await act()
      const noise = watchMachineNoise()
      const startMs = performance.now()
      const opened = await openRedisCache(group.url)
      // Two that agree are enough: nobody waits for the third.
      expect(performance.now() - startMs).toBeLessThan(limits.cacheConnectTimeoutMs - 50 + noise.stop())
      expect(await opened.cache.increment('away', MINUTE)).toBeGreaterThan(0)
      await opened.cache.close()
    }
    one.thaw()
  })

  const survive = async (lose: (primary: RunningServer) => Promise<void>): Promise<RunningServer> => {
    const lost = await group.primary()
    const heard: string[] = []
    let gaps = 0
    cache.subscribe(
      'news',
      (message) => heard.push(message),
      () => gaps++,
    )
    const publishes = async (): Promise<boolean> => {
      await cache.publish('news', 'x').catch(() => {})
      return heard.length > 0
    }
    await until(publishes)
    const noise = watchMachineNoise()
    await lose(lost)
    const startMs = performance.now()
    await until(async () => !(await works()))
    const refusedMs = performance.now()
    for (let i = 0; i < 100; i++) await expect(cache.increment('n', MINUTE)).rejects.toThrow(CacheUnavailableError)
    expect((performance.now() - refusedMs) / 100).toBeLessThanOrEqual(1 + noise.stop())
    await until(works, 30_000)
    expect(performance.now() - startMs).toBeLessThanOrEqual(group.downAfterMs + ELECTION_MS + BACK_MS + noise.stop() * 10)
    expect(await group.primary()).not.toBe(lost)
    heard.length = 0
    await until(publishes)
    expect(gaps).toBeGreaterThanOrEqual(1)
    expect(logger.events).toEqual(['cache.unreachable', 'cache.reachable'])
    return lost
  }
  const isReplicaAgain = (lost: RunningServer): Promise<void> =>
    until(async () => {
      const opened = await openRedisCache(`redis://:sesame-4711@127.0.0.1:${lost.port}/0`)
      const error = await opened.cache.increment('n', MINUTE).catch((reason: unknown) => reason)
      await opened.cache.close()
      return /READONLY/.test(String(error)) && (await group.settled())
    }, 40_000)

  test('a frozen primary: counting goes on with the replica, and when it wakes up nobody counts there', async () => {
    const lost = await survive(async (primary) => primary.freeze())
    lost.thaw()
    await isReplicaAgain(lost)
    expect(await works()).toBe(true)
  }, 90_000)

  test('a killed primary: the same', async () => {
    await survive((primary) => primary.kill())
  }, 60_000)
})
