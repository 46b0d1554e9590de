// Redis killed, frozen, slow and cut off: callers are told at once, no reply reaches the wrong one, and it comes back by itself.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { RedisCache } from '../../src/infrastructure/cache/redis/redis-cache.ts'
import { limits } from '../../src/limits.ts'
import { CacheUnavailableError } from '../../src/ports/cache.ts'
import { type FaultProxy, openFaultProxy } from '../support/fault-proxy.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { openRedisCache, type RecordingLogger, type RedisUnderTest, startRedisUnderTest } from '../support/redis-cache.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

const MINUTE = 60_000
/** DEP-05: shared counting is back this soon after Redis is. */
const BACK_MS = 2_000

describeWith('redis', 'redis loss', () => {
  let server: RedisUnderTest
  let proxy: FaultProxy
  let cache: RedisCache
  let logger: RecordingLogger

  beforeAll(async () => {
    server = await startRedisUnderTest()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    await server.observer.flushall()
    proxy = await openFaultProxy({ port: server.port })
    ;({ cache, logger } = await openRedisCache(`redis://127.0.0.1:${proxy.port}/0`))
  })
  afterEach(async () => {
    await cache.close()
    await proxy.close()
  })

  const works = (): Promise<boolean> =>
    cache.increment('works', MINUTE).then(
      () => true,
      (error: unknown) => {
        if (error instanceof CacheUnavailableError) return false
        throw error
      },
    )
  const timed = async (calls: readonly Promise<unknown>[]): Promise<number> => {
    const startMs = performance.now()
    await Promise.allSettled(calls)
    return performance.now() - startMs
  }
  /** DEP-05: while it is gone a caller is told within 1 ms. */
  const expectRefusalsAtOnce = async (): Promise<void> => {
    const noise = watchMachineNoise()
    const startMs = performance.now()
    for (let i = 0; i < 1_000; i++) await expect(cache.increment('n', MINUTE)).rejects.toThrow(CacheUnavailableError)
    expect((performance.now() - startMs) / 1_000).toBeLessThanOrEqual(1 + noise.stop())
  }

  test('killed, and started again: gone at once, one word about each change, back soon and by itself', async () => {
    await server.kill()
    await until(async () => !(await works()))
    await expectRefusalsAtOnce()
    await expect(cache.publish('news', 'x')).rejects.toThrow(CacheUnavailableError)
    await server.restart()
    const noise = watchMachineNoise()
    const backMs = await timed([until(works)])
    expect(backMs).toBeLessThanOrEqual(BACK_MS + noise.stop())
    await until(() => logger.events.length >= 2)
    expect(logger.events).toEqual(['cache.unreachable', 'cache.reachable'])
  })

  test('started again empty: counting begins anew', async () => {
    for (let i = 1; i <= 5; i++) expect(await cache.increment('n', MINUTE)).toBe(i)
    await server.restart({ empty: true })
    await until(works)
    expect(await cache.increment('n', MINUTE)).toBe(1)
  })

  test('frozen: the calls in flight wait for 50 ms, the next ones not at all', async () => {
    expect(await works()).toBe(true)
    server.freeze()
    const noise = watchMachineNoise()
    const calls = Array.from({ length: 64 }, () => cache.increment('n', MINUTE))
    const tookMs = await timed(calls)
    expect(tookMs).toBeGreaterThanOrEqual(limits.cacheCommandTimeoutMs - 2)
    expect(tookMs).toBeLessThanOrEqual(limits.cacheCommandTimeoutMs + 15 + noise.stop())
    for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ status: 'rejected', reason: expect.any(CacheUnavailableError) })
    await expectRefusalsAtOnce()
    server.thaw()
    await until(works)
    expect(logger.events).toEqual(['cache.unreachable', 'cache.reachable'])
  })

  test('a reply that comes too late finds nobody: every answer is that of its own question', async () => {
    const texts = Array.from({ length: 200 }, (_, i) => `nonce ${i}`)
    for (const [i, text] of texts.entries()) await cache.set(`key${i}`, text, MINUTE)
    const outcomes = { own: 0, gone: 0, foreign: 0 }
    for (let round = 0; round < 30; round++) {
      // On both sides of the limit, so that replies arrive just before and just after it.
      await proxy.switch({ mode: 'latency', ms: [0, 30, 45, 50, 52, 55, 70, 120][round % 8] as number })
      const from = (round * 37) % 180
      const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => cache.get(`key${from + i}`)))
      for (const [i, result] of results.entries()) {
        if (result.status === 'rejected') outcomes.gone++
        else if (result.value === texts[from + i]) outcomes.own++
        else outcomes.foreign++
      }
      await proxy.switch({ mode: 'pass' })
      if (round % 2 === 1) await until(works)
    }
    expect(outcomes.foreign).toBe(0)
    expect(outcomes.own).toBeGreaterThan(100)
    expect(outcomes.gone).toBeGreaterThan(50)
  })

  test('a connection on which a command timed out is destroyed', async () => {
    expect(await works()).toBe(true)
    const accepted = proxy.accepted
    await proxy.switch({ mode: 'drop-replies' })
    expect(await works()).toBe(false)
    await until(() => proxy.openConnections === 0 || proxy.accepted > accepted)
    await proxy.switch({ mode: 'pass' })
    await until(works)
    expect(proxy.accepted).toBeGreaterThan(accepted)
  })

  test('when the own event loop was blocked longer than the limit, nobody blames Redis', async () => {
    const accepted = proxy.accepted
    const direct = await openRedisCache(server.url)
    for (let round = 0; round < 5; round++) {
      const call = direct.cache.increment('n', MINUTE)
      await new Promise((resolve) => setImmediate(resolve))
      const untilMs = performance.now() + 3 * limits.cacheCommandTimeoutMs
      while (performance.now() < untilMs);
      expect(await call).toBe(round + 1)
    }
    expect(direct.logger.events).toEqual([])
    expect(proxy.accepted).toBe(accepted)
    await direct.cache.close()
  })

  test('at most two attempts per second to connect, for commands and messages together, and for ever', async () => {
    cache.subscribe(
      'news',
      () => {},
      () => {},
    )
    await until(async () => (await server.observer.pubsub('CHANNELS')).includes('akr:news'))
    await proxy.switch({ mode: 'hang' })
    proxy.cutAll()
    const before = proxy.accepted
    const startMs = performance.now()
    await until(() => proxy.accepted - before >= 6)
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(5 * limits.cacheReconnectGapMs - 50)
    await proxy.switch({ mode: 'pass' })
    await until(works)
    await until(async () => (await server.observer.pubsub('CHANNELS')).includes('akr:news'))
  })

  test('replies in single bytes are replies', async () => {
    await proxy.switch({ mode: 'slice' })
    await cache.set('a', 'one', MINUTE)
    expect(await cache.getMany(['a', 'b'])).toEqual(['one', undefined])
  })

  describe('out of reach at the start', () => {
    test.each(['refuse', 'hang'] as const)('%s: opens all the same, says so once, and finds it later', async (mode) => {
      await proxy.switch({ mode })
      const noise = watchMachineNoise()
      const startMs = performance.now()
      const late = await openRedisCache(`redis://127.0.0.1:${proxy.port}/0`)
      expect(performance.now() - startMs).toBeLessThanOrEqual(limits.cacheOpenWaitMs + noise.stop() + 20)
      await until(() => late.logger.events.length > 0)
      for (let i = 0; i < 10; i++) await expect(late.cache.increment('n', MINUTE)).rejects.toThrow(CacheUnavailableError)
      let gaps = 0
      const heard: string[] = []
      late.cache.subscribe(
        'news',
        (message) => heard.push(message),
        () => gaps++,
      )
      await proxy.switch({ mode: 'pass' })
      await until(() => late.cache.increment('n', MINUTE).then(Boolean, () => false))
      await until(async () => {
        await late.cache.publish('news', 'x').catch(() => {})
        return heard.length > 0
      })
      expect(gaps).toBeLessThanOrEqual(1)
      expect(late.logger.events).toEqual(['cache.unreachable', 'cache.reachable'])
      await late.cache.close()
    })
  })
})
