// The memory cache against the contract, and what only it promises: bounds.
import { describe, expect, test } from '@jest/globals'
import { systemRandom } from '../../src/infrastructure/system.ts'
import { Secret } from '../../src/domain/secret.ts'
import { StartupError } from '../../src/errors.ts'
import { memory } from '../../src/infrastructure/cache/memory/driver.ts'
import { MemoryCache } from '../../src/infrastructure/cache/memory/memory-cache.ts'
import { parseMemoryCacheUrl } from '../../src/infrastructure/cache/memory/options.ts'
import { limits } from '../../src/limits.ts'
import { CacheUnavailableError } from '../../src/ports/cache.ts'
import { describeCache } from '../contracts/cache.contract.ts'
import { FakeClock } from '../support/fake-clock.ts'

describeCache('memory', async () => {
  const clock = new FakeClock()
  return { cache: await memory.open(new Secret('memory:'), { clock, random: systemRandom }), advance: async (ms) => clock.advance(ms) }
})

describe('memory cache', () => {
  test('the least recently used entry makes room, a counter never does', async () => {
    const cache = new MemoryCache({ clock: new FakeClock(), entriesMax: 3, bytesMax: 1_000 })
    for (const key of ['a', 'b', 'c']) await cache.set(key, key, 1_000)
    cache.incrementNow('n', 1_000)
    await cache.get('a')
    await cache.set('d', 'd', 1_000)
    expect(await cache.getMany(['a', 'b', 'c', 'd', 'n'])).toEqual(['a', undefined, 'c', 'd', '1'])
  })

  test('the bytes of all entries are bounded', async () => {
    const cache = new MemoryCache({ clock: new FakeClock(), entriesMax: 1_000, bytesMax: 100 })
    for (let i = 0; i < 10; i++) await cache.set(`key${i}`, 'x'.repeat(30), 1_000)
    const kept = (await cache.getMany(Array.from({ length: 10 }, (_, i) => `key${i}`))).filter((value) => value !== undefined)
    expect(kept).toHaveLength(2)
  })

  test('a full space for counters refuses new ones, keeps counting the old, and takes new ones when some have expired', () => {
    const clock = new FakeClock()
    const cache = new MemoryCache({ clock, entriesMax: 2, bytesMax: 100 })
    cache.incrementNow('short', 500)
    cache.incrementNow('long', 60_000)
    expect(() => cache.incrementNow('new', 1_000)).toThrow(CacheUnavailableError)
    expect(cache.incrementNow('long', 60_000)).toBe(2)
    clock.advance(1_500)
    expect(cache.incrementNow('new', 1_000)).toBe(1)
    expect(cache.incrementNow('long', 60_000)).toBe(3)
  })

  test('its URL is parsed, with defaults and refusals', () => {
    expect(parseMemoryCacheUrl(new Secret('memory:'))).toEqual({ entriesMax: limits.cacheEntriesMax, bytesMax: limits.cacheBytesMax })
    expect(parseMemoryCacheUrl(new Secret('memory:?entriesMax=10'))).toEqual({ entriesMax: 10, bytesMax: limits.cacheBytesMax })
    for (const url of ['memory:?entriesMax=0', 'memory:?entriesMax=x', 'memory:?entriesMax=', 'memory:?max=3']) {
      expect(() => parseMemoryCacheUrl(new Secret(url))).toThrow(StartupError)
    }
  })
})
