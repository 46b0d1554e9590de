// The stores of amounts against their contract, and what only one of them promises.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { MemoryAmounts } from '../../src/infrastructure/cache/memory/memory-amounts.ts'
import { redis } from '../../src/infrastructure/cache/redis/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { HasAmounts } from '../../src/ports/amount-store.ts'
import { type Cache, CacheUnavailableError } from '../../src/ports/cache.ts'
import { describeAmountStore } from '../contracts/amount-store.contract.ts'
import { askRedis } from '../support/ask-redis.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { startRedis } from '../support/servers/redis.ts'
import { describeWith } from '../support/servers/required.ts'

describeAmountStore('memory', async () => {
  const clock = new FakeClock()
  const store = new MemoryAmounts({ clock })
  return {
    store,
    other: store,
    slackMs: 1,
    advance: async (ms) => clock.advance(ms),
    flush: undefined,
    entries: async () => store.sweep(),
    close: async () => store.close(),
  }
})

describeWith('redis', 'redis amounts', () => {
  let server: Awaited<ReturnType<typeof startRedis>>
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server?.stop())

  const openCache = async (): Promise<Cache & HasAmounts> =>
    (await redis.open(new Secret(server.url), { clock: systemClock, random: systemRandom })) as Cache & HasAmounts

  describeAmountStore('redis', async () => {
    await askRedis(server.port, 'FLUSHALL')
    const [one, two] = [await openCache(), await openCache()]
    return {
      store: one.amounts,
      other: two.amounts,
      slackMs: 200,
      // Time is the server's, and only real time moves it.
      advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 1)),
      flush: () => askRedis(server.port, 'FLUSHALL'),
      entries: async () => Number(/^:(\d+)/.exec(await askRedis(server.port, 'DBSIZE'))?.[1]),
      close: async () => void (await Promise.all([one.close(), two.close()])),
    }
  })

  test('a lost sum of reservations is found again from the leases', async () => {
    await askRedis(server.port, 'FLUSHALL')
    const cache = await openCache()
    const limit = { key: '{x}:sum', max: 100, amount: 30, windowMs: 60_000, lifeMs: 0 }
    await cache.amounts.reserve({ id: 'one', limits: [limit], leaseMs: 30_000 })
    await cache.amounts.reserve({ id: 'two', limits: [limit], leaseMs: 30_000 })
    const name = (await askRedis(server.port, 'KEYS *')).split('\r\n').find((line) => line.endsWith('{x}:sum')) as string
    await askRedis(server.port, `DEL ${name}`)
    expect(await cache.amounts.reserve({ id: 'three', limits: [limit], leaseMs: 30_000 })).toMatchObject({ kind: 'granted', states: [{ reserved: 90 }] })
    expect((await cache.amounts.reserve({ id: 'four', limits: [limit], leaseMs: 30_000 })).kind).toBe('refused')
    await cache.close()
  })

  test('a billion dollars are counted to the last millionth', async () => {
    await askRedis(server.port, 'FLUSHALL')
    const { amounts, close } = await openCache().then((cache) => ({ amounts: cache.amounts, close: () => cache.close() }))
    const limit = { key: '{x}:money', max: 1_000_000_000_000_000, amount: 999_999_999_999_999, windowMs: undefined, lifeMs: 60_000 }
    await amounts.raise(limit.key, 0, 60_000)
    const claim = { id: 'one', limits: [limit], leaseMs: 30_000 }
    expect(await amounts.reserve(claim)).toMatchObject({ states: [{ reserved: 999_999_999_999_999 }] })
    await amounts.settle(claim, [999_999_999_999_998])
    expect(await amounts.look({ ...claim, limits: [{ ...limit, amount: 0 }] })).toMatchObject({ states: [{ spent: 999_999_999_999_998, reserved: 0 }] })
    await close()
  })
})

describe('memory amounts', () => {
  test('a full store refuses new counts instead of passing them uncounted, and keeps what counts', () => {
    const clock = new FakeClock()
    const store = new MemoryAmounts({ clock, countsMax: 2 })
    const claim = (key: string) => ({ id: key, limits: [{ key, max: 10, amount: 1, windowMs: 1_000, lifeMs: 0 }], leaseMs: 1_000 })
    for (const key of ['a', 'b']) store.reserveNow(claim(key))
    for (const key of ['a', 'b']) store.settleNow(claim(key), [5])
    expect(() => store.reserveNow(claim('c'))).toThrow(CacheUnavailableError)
    expect(store.reserveNow(claim('a'))).toMatchObject({ states: [{ spent: 5 }] })
    clock.advance(2_100)
    expect(store.reserveNow(claim('c')).kind).toBe('granted')
  })
})
