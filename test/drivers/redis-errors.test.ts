// ROT-04 and DEP-06: whatever Redis holds or answers, a caller gets a number or "gone", at once, and it works again when Redis does.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import type { RedisCache } from '../../src/infrastructure/cache/redis/redis-cache.ts'
import { CacheUnavailableError } from '../../src/ports/cache.ts'
import { openRedisCache, type RecordingLogger, type RedisUnderTest, startRedisUnderTest } from '../support/redis-cache.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

const MINUTE = 60_000

describeWith('redis', 'redis errors', () => {
  let server: RedisUnderTest
  let observer: Redis
  let cache: RedisCache
  let logger: RecordingLogger

  beforeAll(async () => {
    server = await startRedisUnderTest({ config: { 'enable-debug-command': 'yes' } })
    observer = server.observer
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    await observer.flushall()
    ;({ cache, logger } = await openRedisCache(server.url))
    expect(await cache.increment('before', MINUTE)).toBe(1)
  })
  afterEach(() => cache.close())

  describe('ROT-04 a counter that cannot be counted on starts anew', () => {
    const values = [String(2 ** 53 - 10), '9223372036854775798', '9223372036854775807', '-5', 'abc', '', '1.5', '1e3', '12 ', '99999999999999999999']
    test.each(values)('%j', async (value) => {
      await observer.set('akr:n', value)
      expect([await cache.increment('n', MINUTE), await cache.increment('n', MINUTE, 3)]).toEqual([1, 4])
      expect(await observer.pttl('akr:n')).toBeGreaterThan(MINUTE - 10_000)
    })

    test.each(['rpush', 'sadd', 'pfadd'] as const)('of the type that %s makes', async (command) => {
      await observer[command]('akr:n', 'x')
      expect([await cache.increment('n', MINUTE), await cache.increment('n', MINUTE)]).toEqual([1, 2])
    })

    test('the last numbers below 2^53 are still exact and different', async () => {
      const first = 2 ** 53 - 151
      await observer.set('akr:n', String(first - 1), 'PX', MINUTE)
      const numbers = await Promise.all(Array.from({ length: 60 }, () => cache.increment('n', MINUTE)))
      expect(numbers).toEqual([...Array.from({ length: 51 }, (_, i) => first + i), ...Array.from({ length: 9 }, (_, i) => i + 1)])
    })
  })

  test('a value of another type is "gone" for its readers and opens no breaker', async () => {
    await observer.rpush('akr:a', 'x')
    for (let i = 0; i < 10; i++) await expect(cache.get('a')).rejects.toThrow(CacheUnavailableError)
    expect(await cache.increment('n', MINUTE)).toBe(1)
    expect(logger.events).toEqual([])
  })

  /** Calls until `isOver`; every answer must be a number or "gone". Then it must work by itself. */
  const endure = async (
    isOver: (refusals: readonly CacheUnavailableError[]) => boolean,
    undo: () => Promise<unknown>,
  ): Promise<readonly CacheUnavailableError[]> => {
    const refusals: CacheUnavailableError[] = []
    const unexpected: unknown[] = []
    const callOnce = async (): Promise<void> => {
      const calls = [cache.increment('n', MINUTE), cache.set('a', '1', MINUTE), cache.get('a'), cache.ping()]
      for (const result of await Promise.allSettled(calls)) {
        if (result.status === 'fulfilled') continue
        if (result.reason instanceof CacheUnavailableError) refusals.push(result.reason)
        else unexpected.push(result.reason)
      }
    }
    await until(async () => {
      await callOnce()
      return isOver(refusals)
    })
    await undo()
    await until(async () => {
      await callOnce()
      return (await cache.increment('after', MINUTE).catch(() => 0)) > 0
    })
    expect(unexpected).toEqual([])
    expect(await cache.increment('last', MINUTE)).toBe(1)
    await until(() => logger.events.at(-1) === 'cache.reachable')
    expect(logger.events.filter((event) => event === 'cache.unreachable').length).toBe(logger.events.filter((event) => event === 'cache.reachable').length)
    return refusals
  }
  const says =
    (text: RegExp) =>
    (refusals: readonly CacheUnavailableError[]): boolean =>
      refusals.some(({ message }) => text.test(message)) && refusals.length > 20

  describe('DEP-06', () => {
    test('OOM: full, and set to evict nothing', async () => {
      await observer.config('SET', 'maxmemory', '1mb')
      await endure(says(/OOM/), () => observer.config('SET', 'maxmemory', '0'))
    })

    test('READONLY: it became a replica', async () => {
      await observer.replicaof('127.0.0.1', 1)
      await endure(says(/READONLY/), () => observer.replicaof('NO', 'ONE'))
    })

    test('MASTERDOWN: a replica that lost its primary', async () => {
      await observer.config('SET', 'replica-serve-stale-data', 'no')
      await observer.replicaof('127.0.0.1', 1)
      await endure(says(/MASTERDOWN|READONLY/), () => observer.replicaof('NO', 'ONE'))
    })

    test('LOADING: it reads its data', async () => {
      await observer.config('SET', 'rdbcompression', 'no')
      await observer.eval("for i = 1, 400 do redis.call('SET', 'filler' .. i, string.rep('x', 500)) end", 0)
      await observer.config('SET', 'loading-process-events-interval-bytes', '1024')
      await observer.config('SET', 'key-load-delay', '5000')
      const loaded = observer.call('DEBUG', 'RELOAD')
      await endure(says(/LOADING/), async () => {
        await loaded
        await observer.config('SET', 'key-load-delay', '0')
      })
    })

    test('WRONGPASS: the password was changed', async () => {
      await observer.config('SET', 'requirepass', 'changed')
      await observer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await endure(
        (refusals) => refusals.length > 100,
        () => observer.config('SET', 'requirepass', ''),
      )
      expect(JSON.stringify(logger.entries)).not.toContain('changed')
    })

    test('NOPERM: the rights were taken away', async () => {
      await observer.acl('SETUSER', 'default', '-evalsha', '-eval', '-set')
      await endure(says(/NOPERM/), () => observer.acl('SETUSER', 'default', '+@all'))
    })

    test('BUSY: a script that does not end', async () => {
      await observer.config('SET', 'busy-reply-threshold', '20')
      const other = new Redis(server.port, { retryStrategy: () => null })
      const ended = other.eval('while true do end', 0).catch(() => {})
      await endure(says(/BUSY/), () => observer.script('KILL'))
      await ended
      other.disconnect()
    })

    test('CLIENT PAUSE', async () => {
      await observer.client('PAUSE', 700)
      await endure(
        (refusals) => refusals.length > 100,
        async () => {},
      )
    })

    test('DEBUG SLEEP', async () => {
      const slept = observer.call('DEBUG', 'SLEEP', '0.7')
      await endure(
        (refusals) => refusals.length > 100,
        () => slept,
      )
    })

    test('NOSCRIPT: the scripts were flushed under load', async () => {
      const numbers: number[] = []
      const calls: Promise<unknown>[] = []
      for (let round = 0; round < 40; round++) {
        calls.push(observer.script('FLUSH'))
        calls.push(cache.increment('n', MINUTE).then((number) => numbers.push(number)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(calls)
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    })
  })
})
