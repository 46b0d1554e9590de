// Whose turn it is: exactness, weights, tiers, limits, and evenness while the set of ready keys changes.
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '../../../src/errors.ts'
import { CacheUnavailableError, type Cache } from '../../../src/ports/cache.ts'
import type { PoolKey } from '../../../src/services/pool-key.ts'
import { aSpec, countLeases, createPool, GONE, LIMITED, limitedFor, SERVED, specs } from './pool-fixture.ts'

describe('ROT-01 exact round robin', () => {
  test('7 keys, 70,000 leases: each exactly 10,000, in strict cyclic order', () => {
    const { pool, lease } = createPool(specs(7))
    const order: PoolKey[] = []
    for (let i = 0; i < 70_000; i++) {
      const key = lease()
      order.push(key)
      pool.settle(key, SERVED)
    }
    expect(countLeases(pool, order)).toEqual([10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000])
    expect(new Set(order.slice(0, 7)).size).toBe(7)
    expect(order.every((key, index) => index < 7 || key === order[index - 7])).toBe(true)
    const ids = order.slice(0, 7).map(({ id }) => id)
    const first = ids.indexOf(aSpec(0).id)
    expect([...ids.slice(first), ...ids.slice(0, first)]).toEqual(specs(7).map(({ id }) => id))
  })

  test('64 leases open at a time, settled in any order, are as even', () => {
    const { pool, lease } = createPool(specs(7))
    const all: PoolKey[] = []
    const open: PoolKey[] = []
    for (let i = 0; i < 7_000; i++) {
      const key = lease()
      all.push(key)
      open.push(key)
      if (open.length === 64) for (const done of open.splice(0, 64).reverse()) pool.settle(done, SERVED)
    }
    expect(countLeases(pool, all)).toEqual(Array(7).fill(1_000))
    for (const done of open) pool.settle(done, SERVED)
    expect([...pool.keys.values()].map(({ inFlight }) => inFlight)).toEqual(Array(7).fill(0))
  })

  test('a cache that is asked over a promise keeps the same order', async () => {
    let turn = 0
    const cache = { increment: async () => ++turn } as unknown as Cache
    const { pool } = createPool(specs(5), cache)
    const leased = await Promise.all(Array.from({ length: 1_000 }, () => pool.lease([], true)))
    expect(countLeases(pool, leased)).toEqual(Array(5).fill(200))
  })

  test.each(['async', 'sync'])('ROT-05 a cache that refuses (%s) costs nothing but its sharing', async (kind) => {
    const refuse = (): never => {
      throw new CacheUnavailableError('full')
    }
    const cache = (kind === 'sync' ? { incrementNow: refuse } : { increment: async () => refuse() }) as unknown as Cache
    const { pool } = createPool(specs(5), cache)
    const leased: PoolKey[] = []
    for (let i = 0; i < 1_000; i++) leased.push(await pool.lease([], true))
    expect(countLeases(pool, leased)).toEqual(Array(5).fill(200))
  })

  test.each([-5, 0, Number.NaN, Infinity, 2 ** 53 - 10, 2 ** 63])('ROT-04 a counter that stands at %p neither fails nor sticks', async (start) => {
    let turn = start
    const cache = { increment: async () => turn++ } as unknown as Cache
    const { pool } = createPool(specs(3), cache)
    for (let i = 0; i < 30; i++) expect(await pool.lease([], true)).toBeDefined()
  })
})

describe('ROT-06 weights', () => {
  test('5:1:1, 70,000 leases: exactly 50,000 / 10,000 / 10,000 and never more than five in a row', () => {
    const { pool, lease } = createPool([aSpec(0, { weight: 5 }), aSpec(1), aSpec(2)])
    const order: PoolKey[] = []
    for (let i = 0; i < 70_000; i++) {
      const key = lease()
      order.push(key)
      pool.settle(key, SERVED)
    }
    expect(countLeases(pool, order)).toEqual([50_000, 10_000, 10_000])
    expect(order.some((key, index) => index >= 5 && [1, 2, 3, 4, 5].every((back) => order[index - back] === key))).toBe(false)
  })

  test('a changed weight is in force after the update', () => {
    const { pool, lease } = createPool(specs(2))
    lease()
    pool.update([aSpec(0, { weight: 3 }), aSpec(1)])
    expect(
      countLeases(
        pool,
        Array.from({ length: 400 }, () => lease()),
      ),
    ).toEqual([300, 100])
  })
})

describe('ROT-07 one key is always limited', () => {
  test('the other four stay within one of each other, and the bad one is tried once per rest', () => {
    const { clock, pool, lease, key } = createPool(specs(5))
    const bad = key(2)
    const served: PoolKey[] = []
    const triedAt: number[] = []
    for (let request = 0; request < 120 * 200; request++) {
      const tried: PoolKey[] = []
      for (;;) {
        const leased = lease(tried)
        tried.push(leased)
        if (leased === bad) {
          triedAt.push(clock.nowMs())
          pool.settle(leased, limitedFor(30_000))
          continue
        }
        served.push(leased)
        pool.settle(leased, SERVED)
        break
      }
      clock.advance(5)
    }
    const counts = countLeases(pool, served).filter((_, index) => index !== 2)
    const mean = counts.reduce((a, b) => a + b, 0) / 4
    for (const count of counts) expect(Math.abs(count - mean)).toBeLessThanOrEqual(1)
    expect(triedAt).toHaveLength(4)
    for (let i = 1; i < triedAt.length; i++) expect((triedAt[i] as number) - (triedAt[i - 1] as number)).toBeGreaterThanOrEqual(30_000)
  })

  test('many keys that rest and come back at all times do not shift the load to the first ones', () => {
    const { clock, pool, lease } = createPool(specs(20))
    const leased: PoolKey[] = []
    let turn = 0
    // Every third request tires its key for 10 s; requests come every 100 ms, so that the ready keys are hardly twice the same.
    for (let request = 0; request < 20_000; request++) {
      const key = lease([], true)
      leased.push(key)
      pool.settle(key, ++turn % 7 === 0 ? limitedFor(10_000) : SERVED)
      clock.advance(100)
    }
    const counts = countLeases(pool, leased)
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.25)
  })
})

describe('tiers', () => {
  test('a higher tier is used only while no key of a lower one can be', () => {
    const { clock, pool, lease, key } = createPool([aSpec(0), aSpec(1), aSpec(2, { tier: 1 }), aSpec(3, { tier: 5 })])
    for (let i = 0; i < 10; i++) expect(lease().spec.tier).toBe(0)
    pool.settle(key(0), limitedFor(60_000))
    expect(lease()).toBe(key(1))
    pool.settle(key(1), limitedFor(60_000))
    expect(lease()).toBe(key(2))
    expect(lease([key(2)])).toBe(key(3))
    clock.advance(60_000)
    expect(lease().spec.tier).toBe(0)
  })

  test('tiers are ordered by number, whatever the order of the keys', () => {
    const { lease, key } = createPool([aSpec(0, { tier: 10 }), aSpec(1, { tier: 2 }), aSpec(2, { tier: 1 })])
    expect(lease()).toBe(key(2))
  })
})

describe('limits of a key', () => {
  test('max_in_flight: a slow key is passed over while its places are taken', () => {
    const { pool, lease, key } = createPool([aSpec(0, { limits: { maxInFlight: 2 } }), aSpec(1)])
    const leased = Array.from({ length: 10 }, () => lease())
    expect(countLeases(pool, leased)).toEqual([2, 8])
    pool.settle(key(0), SERVED)
    expect(countLeases(pool, [lease(), lease()])[0]).toBe(1)
  })

  test('all places taken: 429 that says one second, and nobody changes state', () => {
    const { pool, lease, transitions } = createPool(specs(2, { limits: { maxInFlight: 1 } }))
    lease()
    lease()
    const error = thrownBy(() => lease())
    expect(error).toMatchObject({ code: 'key_pool_cooling_down', details: { retryAfterMs: 1_000 } })
    expect(transitions).toEqual([])
    expect(pool.countByState().ready).toBe(2)
  })

  test('rpm: so many per minute, and the wait is told', () => {
    const { clock, pool, lease } = createPool(specs(1, { limits: { rpm: 3 } }))
    for (let i = 0; i < 3; i++) pool.settle(lease(), SERVED)
    clock.advance(20_500)
    expect(thrownBy(() => lease())).toMatchObject({ code: 'key_pool_cooling_down', details: { retryAfterMs: 40_000 } })
    clock.advance(39_500)
    expect(lease()).toBeDefined()
  })

  test('rpd: so many per day', () => {
    const { clock, pool, lease } = createPool(specs(1, { limits: { rpd: 2, rpm: 100 } }))
    for (let i = 0; i < 2; i++) pool.settle(lease(), SERVED)
    expect(thrownBy(() => lease())).toMatchObject({ details: { retryAfterMs: 86_400_000 } })
    clock.advance(86_400_000)
    expect(lease()).toBeDefined()
  })
})

test('an exchange uses each key at most once', () => {
  const { lease, key } = createPool(specs(3))
  const tried: PoolKey[] = []
  for (let i = 0; i < 3; i++) tried.push(lease(tried))
  expect(new Set(tried).size).toBe(3)
  expect(thrownBy(() => lease(tried))).toMatchObject({ code: 'key_pool_cooling_down' })
  expect(key(0).inFlight).toBe(1)
})

test('100,000 keys: loaded, leased, cooled and reloaded', () => {
  const all = specs(100_000)
  const { pool, lease } = createPool(all)
  const leased = Array.from({ length: 1_000 }, () => lease())
  expect(new Set(leased).size).toBe(1_000)
  leased.forEach((key, index) => pool.settle(key, index % 100 === 0 ? LIMITED : GONE))
  expect(pool.countByState()).toMatchObject({ ready: 99_990, cooling: 10 })
  pool.update(all)
  expect(pool.countByState()).toMatchObject({ ready: 99_990, cooling: 10 })
  expect(lease()).toBeDefined()
})

function thrownBy(work: () => unknown): GatewayError {
  try {
    work()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}
