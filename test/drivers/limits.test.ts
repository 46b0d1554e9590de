// The limit stores against their contract, and what only one of them promises.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { MemoryLimits } from '../../src/infrastructure/cache/memory/memory-limits.ts'
import { redis } from '../../src/infrastructure/cache/redis/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import { limits } from '../../src/limits.ts'
import { CacheUnavailableError, type Cache } from '../../src/ports/cache.ts'
import type { LimitStore } from '../../src/ports/limit-store.ts'
import { describeLimitStore } from '../contracts/limit-store.contract.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { askRedis } from '../support/ask-redis.ts'
import { startRedis } from '../support/servers/redis.ts'
import { describeWith } from '../support/servers/required.ts'

describeLimitStore('memory', async () => {
  const clock = new FakeClock()
  const store = new MemoryLimits({ clock })
  return {
    store,
    other: store,
    slackMs: 1,
    advance: async (ms) => clock.advance(ms),
    entries: async () => store.sweep(),
    close: async () => store.close(),
  }
})

describeWith('redis', 'redis limits', () => {
  let server: Awaited<ReturnType<typeof startRedis>>
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server?.stop())

  const openStore = async (): Promise<Cache & LimitStore> =>
    (await redis.open(new Secret(server.url), { clock: systemClock, random: systemRandom })) as Cache & LimitStore
  const size = async (): Promise<number> => Number(/^:(\d+)/.exec(await askRedis(server.port, 'DBSIZE'))?.[1])

  describeLimitStore('redis', async () => {
    await askRedis(server.port, 'FLUSHALL')
    const [store, other] = [await openStore(), await openStore()]
    return {
      store,
      other,
      slackMs: 200,
      // Time is the server's, and only real time moves it.
      advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 1)),
      entries: size,
      close: async () => void (await Promise.all([store.close(), other.close()])),
    }
  })

  test('every key has an end, whatever was done to it', async () => {
    await askRedis(server.port, 'FLUSHALL')
    const store = await openStore()
    const windows = [
      { key: '{x}:exact', max: 3, windowMs: 60_000 },
      { key: '{x}:large', max: 100_000, windowMs: 60_000 },
    ]
    const claim = { id: 'one', windows, slots: [{ key: '{x}:slots', max: 2, leaseMs: 30_000 }] }
    await store.claim(claim)
    await store.renew([claim])
    await store.count([{ claim: { ...claim, windows: windows.map((window) => ({ ...window, key: `${window.key}:past` })) }, ageMs: 10 }])
    const names = (await askRedis(server.port, 'KEYS *')).split('\r\n').filter((line) => line.includes('{x}'))
    expect(names).toHaveLength(5)
    for (const name of names) {
      const lifeMs = Number(/^:(-?\d+)/.exec(await askRedis(server.port, `PTTL ${name}`))?.[1])
      expect({ name, isBounded: lifeMs > 0 && lifeMs <= 61_000 }).toEqual({ name, isBounded: true })
    }
    await store.close()
  })

  test('a server clock that was set back neither doubles a window nor locks it up', async () => {
    await askRedis(server.port, 'FLUSHALL')
    const store = await openStore()
    const window = (key: string): { key: string; max: number; windowMs: number } => ({ key: `{x}:${key}`, max: 2, windowMs: 60_000 })
    const ask = async (key: string): Promise<boolean> => (await store.claim({ id: 'x', windows: [window(key)], slots: [] })).isGranted
    await ask('a')
    const name = (await askRedis(server.port, 'KEYS *')).split('\r\n').find((line) => line.includes('{x}')) as string
    const ahead = (ms: number): Promise<string> => askRedis(server.port, `LSET ${name} 0 ${(Date.now() + ms) * 1_000}`)
    // As if the grant had been made by a clock 5 s ahead: it counts on, and the window still ends.
    await ahead(5_000)
    expect([await ask('a'), await ask('a')]).toEqual([true, false])
    await ahead(3_600_000)
    expect([await ask('a'), await ask('a'), await ask('a')]).toEqual([true, true, false])
    await store.close()
  })

  test('500 grants that were made without the server, in one call', async () => {
    await askRedis(server.port, 'FLUSHALL')
    const store = await openStore()
    const window = { key: '{x}:many', max: 1_000, windowMs: 60_000 }
    await store.count(Array.from({ length: 1_700 }, (_, i) => ({ claim: { id: '', windows: [window], slots: [] }, ageMs: i })))
    expect(await store.claim({ id: 'x', windows: [window], slots: [] })).toMatchObject({ isGranted: false, windows: [{ remaining: 0 }] })
    await store.close()
  })
})

describe('memory limits', () => {
  const window = (key: string, max = 2): { key: string; max: number; windowMs: number } => ({ key, max, windowMs: 1_000 })

  test('random claims: no stretch of the window ever holds more than max', () => {
    for (const max of [1, 3, 50, limits.exactWindowMax + 1]) {
      const clock = new FakeClock()
      const store = new MemoryLimits({ clock })
      const granted: number[] = []
      let seed = max
      for (let i = 0; i < 20_000; i++) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
        // Mostly faster than the limit allows, in uneven steps, at times with a pause.
        clock.advance(seed % 97 === 0 ? 900 : ((seed % 1_000) / 1_000) * (2_000 / max))
        if (store.claimNow({ id: '', windows: [window('k', max)], slots: [] }).isGranted) granted.push(clock.monotonicMs())
      }
      const over = granted.filter((atMs, index) => index >= max && atMs - (granted[index - max] as number) < 1_000)
      expect({ max, over }).toEqual({ max, over: [] })
      expect(granted.length).toBeGreaterThan(max * 2)
    }
  })

  test('counted in parts: a grant at the end of a part counts for the whole window, wherever the stretch begins', () => {
    const clock = new FakeClock()
    const store = new MemoryLimits({ clock })
    const max = limits.exactWindowMax + 1
    const ask = (): boolean => store.claimNow({ id: '', windows: [window('p', max)], slots: [] }).isGranted
    clock.advance(9.9)
    for (let i = 0; i < max; i++) expect(ask()).toBe(true)
    clock.advance(990.2)
    expect(ask()).toBe(false)
    clock.advance(9.9)
    expect(ask()).toBe(true)
  })

  test('full: new keys are refused with an error, known ones go on, nothing is half counted, and room comes back', () => {
    const clock = new FakeClock()
    const store = new MemoryLimits({ clock, entriesMax: 3 })
    const claim = (...keys: string[]): number | undefined =>
      store.claimNow({ id: '', windows: keys.map((key) => window(key)), slots: [] }).windows[0]?.remaining
    expect(claim('a', 'b')).toBe(1)
    expect(() => claim('a', 'c', 'd')).toThrow(CacheUnavailableError)
    expect(claim('a', 'b')).toBe(0)
    expect(claim('c')).toBe(1)
    clock.advance(1_500)
    expect(claim('d', 'e', 'a')).toBe(1)
  })

  test('the times of all windows are bounded too', () => {
    const clock = new FakeClock()
    const store = new MemoryLimits({ clock, timesMax: 4 })
    const claim = (): boolean => store.claimNow({ id: '', windows: [window('a', 100)], slots: [] }).isGranted
    for (let i = 0; i < 4; i++) expect(claim()).toBe(true)
    expect(claim).toThrow(CacheUnavailableError)
    clock.advance(1_000)
    expect(claim()).toBe(true)
  })

  test('closed: every call says so', async () => {
    const store = new MemoryLimits({ clock: new FakeClock() })
    store.close()
    await expect(store.claim({ id: '', windows: [], slots: [] })).rejects.toBeInstanceOf(CacheUnavailableError)
    await expect(store.renew([])).rejects.toBeInstanceOf(CacheUnavailableError)
  })
})
