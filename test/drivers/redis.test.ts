// The Redis cache against the contracts, on a real server, and what is special about a cache that is elsewhere.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import type { RedisCache } from '../../src/infrastructure/cache/redis/redis-cache.ts'
import { describeBroadcast } from '../contracts/broadcast.contract.ts'
import { describeCache } from '../contracts/cache.contract.ts'
import { openRedisCache, RedisTime, type RedisUnderTest, startRedisUnderTest } from '../support/redis-cache.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

describeWith('redis', 'redis', () => {
  let server: RedisUnderTest
  let observer: Redis

  beforeAll(async () => {
    server = await startRedisUnderTest()
    observer = server.observer
  })
  afterAll(() => server.stop())
  beforeEach(() => observer.flushall())

  const open = async (query = ''): Promise<RedisCache> => (await openRedisCache(server.url + query)).cache

  const time = new RedisTime(() => [observer])

  describeCache('redis', async () => {
    await observer.flushall()
    const cache = await open()
    time.start()
    return { cache, advance: (ms) => time.advance(ms) }
  })
  describeBroadcast('redis', async () => ({
    one: await open(),
    other: await open(),
    cut: async () => void (await observer.call('CLIENT', 'KILL', 'TYPE', 'pubsub')),
  }))

  test('lifetimes are those of the server', async () => {
    const cache = await open()
    await cache.set('a', '1', 60_000)
    await cache.increment('n', 60_000)
    for (const key of ['akr:a', 'akr:n']) expect(await observer.pttl(key)).toBeGreaterThan(50_000)
    await cache.set('a', '1', 40)
    await cache.increment('m', 40)
    await until(async () => (await cache.getMany(['a', 'm'])).every((value) => value === undefined))
    expect(await cache.increment('m', 60_000)).toBe(1)
    await cache.close()
  })

  test('the prefix is put before keys and channels, and keeps two gateways on one Redis apart', async () => {
    const [ours, theirs] = [await open(), await open('/0?keyPrefix=other%3A')]
    await ours.set('a', 'ours', 60_000)
    await theirs.set('a', 'theirs', 60_000)
    await theirs.increment('n', 60_000)
    expect([await ours.get('a'), await theirs.get('a'), await ours.get('n')]).toEqual(['ours', 'theirs', undefined])
    expect((await observer.keys('*')).filter((key) => !key.endsWith('probe')).sort()).toEqual(['akr:a', 'other:a', 'other:n'])
    const heard: string[] = []
    theirs.subscribe(
      'news',
      (message) => heard.push(message),
      () => {},
    )
    await until(async () => (await observer.pubsub('CHANNELS')).includes('other:news'))
    await ours.publish('news', 'of ours')
    await theirs.publish('news', 'of theirs')
    await until(() => heard.length > 0)
    expect(heard).toEqual(['of theirs'])
    await Promise.all([ours.close(), theirs.close()])
  })

  test('a database of another number holds other keys', async () => {
    const [zero, three] = [await open('/0'), await open('/3')]
    await zero.set('a', 'zero', 60_000)
    expect(await three.get('a')).toBeUndefined()
    await Promise.all([zero.close(), three.close()])
  })

  test('scripts that the server has forgotten are sent again, and nobody notices', async () => {
    const cache = await open()
    expect(await cache.increment('n', 60_000)).toBe(1)
    for (let round = 0; round < 3; round++) {
      await observer.script('FLUSH')
      const numbers = await Promise.all(Array.from({ length: 20 }, () => cache.increment('n', 60_000)))
      expect(new Set(numbers).size).toBe(20)
    }
    expect(await cache.get('n')).toBe('61')
    await cache.close()
  })

  test('10,000 increments over 4 connections are 10,000 different numbers', async () => {
    const caches = [await open(), await open(), await open(), await open()]
    const numbers: number[] = []
    for (let round = 0; round < 25; round++) {
      const calls = caches.flatMap((cache) => Array.from({ length: 100 }, () => cache.increment('n', 60_000)))
      numbers.push(...(await Promise.all(calls)))
    }
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1))
    await Promise.all(caches.map((cache) => cache.close()))
  })

  test('what is asked for in one turn of the event loop goes out in one write', async () => {
    const cache = await open()
    await cache.increment('n', 60_000)
    const readsBefore = await reads()
    await Promise.all(Array.from({ length: 64 }, () => cache.increment('n', 60_000)))
    // One for the batch, one for the question itself.
    expect((await reads()) - readsBefore).toBeLessThanOrEqual(3)
    await cache.close()
  })

  async function reads(): Promise<number> {
    return Number(/total_reads_processed:(\d+)/.exec(await observer.info('stats'))?.[1])
  }
})
