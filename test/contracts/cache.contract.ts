// What every cache promises, above all where caches differ. Run against each driver by test/drivers/*.
import { afterEach, describe, expect, test } from '@jest/globals'
import { CacheUnavailableError } from '../../src/ports/cache.ts'
import type { Cache } from '../../src/ports/cache.ts'

export interface CacheUnderTest {
  readonly cache: Cache
  /** Lets this much time pass for the cache. */
  advance(ms: number): Promise<void>
}

const MINUTE = 60_000

/** @param open a new, empty cache each time */
export function describeCache(name: string, open: () => Promise<CacheUnderTest>): void {
  const opened: Cache[] = []
  const openOne = async (): Promise<CacheUnderTest> => {
    const one = await open()
    opened.push(one.cache)
    return one
  }

  describe(`cache contract: ${name}`, () => {
    afterEach(async () => {
      for (const cache of opened.splice(0)) await cache.close()
    })

    test('what was set is read back; absent is undefined, not an error', async () => {
      const { cache } = await openOne()
      await cache.set('a', 'one', MINUTE)
      expect(await cache.get('a')).toBe('one')
      expect(await cache.get('b')).toBeUndefined()
      await cache.set('a', 'two', MINUTE)
      expect(await cache.get('a')).toBe('two')
    })

    test('getMany keeps length and order, with repeats and gaps', async () => {
      const { cache } = await openOne()
      await cache.set('a', '1', MINUTE)
      await cache.set('b', '2', MINUTE)
      expect(await cache.getMany(['b', 'missing', 'a', 'b'])).toEqual(['2', undefined, '1', '2'])
      expect(await cache.getMany([])).toEqual([])
    })

    test('an entry expires after its lifetime, not before, and a new set renews it', async () => {
      const { cache, advance } = await openOne()
      await cache.set('a', 'one', 1_000)
      await advance(900)
      expect(await cache.get('a')).toBe('one')
      await cache.set('a', 'two', 1_000)
      await advance(900)
      expect(await cache.get('a')).toBe('two')
      await advance(200)
      expect(await cache.get('a')).toBeUndefined()
      expect(await cache.getMany(['a'])).toEqual([undefined])
    })

    test('reading does not renew a lifetime', async () => {
      const { cache, advance } = await openOne()
      await cache.set('a', 'one', 1_000)
      for (let i = 0; i < 3; i++) {
        await advance(300)
        await cache.get('a')
      }
      await advance(200)
      expect(await cache.get('a')).toBeUndefined()
    })

    test('delete removes, twice over without complaint', async () => {
      const { cache } = await openOne()
      await cache.set('a', 'one', MINUTE)
      await cache.increment('n', MINUTE)
      for (const key of ['a', 'a', 'n', 'never']) await cache.delete(key)
      expect(await cache.getMany(['a', 'n'])).toEqual([undefined, undefined])
      expect(await cache.increment('n', MINUTE)).toBe(1)
    })

    test('the first increment gives 1, later ones count, and get shows the number', async () => {
      const { cache } = await openOne()
      expect([await cache.increment('n', MINUTE), await cache.increment('n', MINUTE), await cache.increment('m', MINUTE)]).toEqual([1, 2, 1])
      expect(await cache.getMany(['n', 'm'])).toEqual(['2', '1'])
    })

    test('increment by more than one takes that many numbers at once', async () => {
      const { cache } = await openOne()
      expect([await cache.increment('n', MINUTE, 10), await cache.increment('n', MINUTE), await cache.increment('n', MINUTE, 5)]).toEqual([10, 11, 16])
    })

    test('increment does not extend the lifetime of a counter', async () => {
      const { cache, advance } = await openOne()
      await cache.increment('n', 1_000)
      await advance(900)
      expect(await cache.increment('n', 1_000)).toBe(2)
      await advance(200)
      expect(await cache.get('n')).toBeUndefined()
      expect(await cache.increment('n', 1_000)).toBe(1)
    })

    test('500 increments at once give 500 different numbers', async () => {
      const { cache } = await openOne()
      const numbers = await Promise.all(Array.from({ length: 500 }, () => cache.increment('n', MINUTE)))
      expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    })

    test('keys and values of any text arrive unchanged', async () => {
      const { cache } = await openOne()
      const texts = ['', ' ', '🔑 4-byte', 'line\nbreak', 'a:b:*?[]', 'A', 'a', 'x'.repeat(64 * 1024)]
      for (const [i, text] of texts.entries()) await cache.set(`key ${text.slice(0, 100)} ${i}`, text, MINUTE)
      for (const [i, text] of texts.entries()) expect(await cache.get(`key ${text.slice(0, 100)} ${i}`)).toBe(text)
      await cache.set('Case', 'upper', MINUTE)
      expect(await cache.get('case')).toBeUndefined()
    })

    test('a lifetime that is not above 0 is refused', async () => {
      const { cache } = await openOne()
      for (const ttlMs of [0, -1, Number.NaN]) {
        await expect(cache.set('a', 'one', ttlMs)).rejects.toThrow(RangeError)
        await expect(cache.increment('n', ttlMs)).rejects.toThrow(RangeError)
      }
    })

    test('after close every call says that the cache is gone, and close itself may be repeated', async () => {
      const { cache } = await openOne()
      await cache.ping()
      await cache.close()
      await cache.close()
      const calls = [cache.get('a'), cache.getMany(['a']), cache.set('a', '1', MINUTE), cache.delete('a'), cache.increment('n', MINUTE), cache.ping()]
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(CacheUnavailableError) })
      }
    })
  })
}
