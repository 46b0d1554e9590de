// Turns while the cache is there, gone, and back; and the mode that takes several at once.
import { describe, expect, test } from '@jest/globals'
import { CacheUnavailableError, type Cache } from '../../../src/ports/cache.ts'
import { BlockTurnCounterNonExact } from '../../../src/services/block-turn-counter.ts'
import { ExactTurnCounter } from '../../../src/services/turn-counter.ts'
import { AsynchronousCache } from '../../support/asynchronous-cache.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { plainRandom } from './pool-fixture.ts'

const SET = { counterKey: 'turn' }
const gone = { increment: () => Promise.reject(new CacheUnavailableError('gone')) } as unknown as Cache
const startingAt = (fraction: number) => ({ ...plainRandom, fraction: () => fraction })

describe('without the cache', () => {
  test('D4 each process begins at a place of its own, and is exact from there', async () => {
    const starts = new Set<number>()
    for (const fraction of [0, 0.25, 0.5, 0.999_999]) {
      const turns = new ExactTurnCounter(gone, startingAt(fraction))
      const taken = [await turns.next(SET), await turns.next(SET), await turns.next(SET)]
      expect(taken).toEqual([0, 1, 2].map((step) => (taken[0] as number) + step))
      expect(Number.isSafeInteger(taken[0])).toBe(true)
      starts.add(taken[0] as number)
    }
    expect(starts.size).toBe(4)
  })

  test('sets are counted apart, and a shared turn is taken again as soon as there is one', async () => {
    const cache = new AsynchronousCache(new FakeClock())
    let isGone = true
    const flapping = { increment: (key: string, ttlMs: number) => (isGone ? gone : cache).increment(key, ttlMs) } as unknown as Cache
    const turns = new ExactTurnCounter(flapping, startingAt(0))
    expect([await turns.next(SET), await turns.next({ counterKey: 'other' }), await turns.next(SET)]).toEqual([1, 1, 2])
    isGone = false
    expect([await turns.next(SET), await turns.next(SET)]).toEqual([1, 2])
  })
})

describe('several turns at once', () => {
  test('a process asks once per block, gives the turns out in order, and never twice', async () => {
    const cache = new AsynchronousCache(new FakeClock())
    const turns = new BlockTurnCounterNonExact(cache, plainRandom, 10)
    const taken: number[] = []
    for (let i = 0; i < 25; i++) taken.push(await turns.next(SET))
    expect(taken).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
    expect(cache.increments).toBe(3)
  })

  test('processes take different turns, also when many ask at once', async () => {
    const cache = new AsynchronousCache(new FakeClock())
    const processes = [1, 2, 3].map(() => new BlockTurnCounterNonExact(cache, plainRandom, 4))
    const taken = await Promise.all(Array.from({ length: 300 }, (_, i) => (processes[i % 3] as BlockTurnCounterNonExact).next(SET)))
    expect(new Set(taken).size).toBe(300)
    // What is left over is at most one block per process.
    expect(Math.max(...taken)).toBeLessThanOrEqual(300 + 3 * 4)
  })

  test('a look says what the next turn is, inside a block and between two, and takes none', async () => {
    const turns = new BlockTurnCounterNonExact(new AsynchronousCache(new FakeClock()), plainRandom, 3)
    for (let i = 1; i <= 8; i++) {
      expect([await turns.peek(SET), await turns.peek(SET)]).toEqual([i, i])
      expect(await turns.next(SET)).toBe(i)
    }
  })

  test('the rest of a block is dropped when the set of keys changes', async () => {
    const cache = new AsynchronousCache(new FakeClock())
    const turns = new BlockTurnCounterNonExact(cache, plainRandom, 10)
    const set = { counterKey: 'a' }
    expect(await turns.next(set)).toBe(1)
    set.counterKey = 'b'
    expect(await turns.next(set)).toBe(1)
    set.counterKey = 'a'
    expect(await turns.next(set)).toBe(11)
  })

  test('without the cache it counts for itself', async () => {
    const turns = new BlockTurnCounterNonExact(gone, plainRandom, 10)
    const first = await turns.next(SET)
    expect([await turns.next(SET), await turns.next(SET)]).toEqual([first + 1, first + 2])
  })
})
