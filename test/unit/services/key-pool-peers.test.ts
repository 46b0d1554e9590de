// Keys that several processes use: one probe among all of them, shared limits, and what they hear from each other.
import { describe, expect, test } from '@jest/globals'
import { restMs } from '../../../src/domain/cooldown.ts'
import { formatKeyStatuses, parseKeyStatuses } from '../../../src/domain/key-status-message.ts'
import type { KeyStatus } from '../../../src/domain/upstream-key.ts'
import { MemoryCache } from '../../../src/infrastructure/cache/memory/memory-cache.ts'
import { limits } from '../../../src/limits.ts'
import { CacheUnavailableError, type Cache } from '../../../src/ports/cache.ts'
import { CacheKeyPeers } from '../../../src/services/cache-key-peers.ts'
import { KeyPool } from '../../../src/services/key-pool.ts'
import type { PoolKey, PoolKeySpec } from '../../../src/services/pool-key.ts'
import { ExactTurnCounter } from '../../../src/services/turn-counter.ts'
import { AsynchronousCache } from '../../support/asynchronous-cache.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { aSpec, GONE, limitedFor, plainRandom, SERVED, specs } from './pool-fixture.ts'

const MINUTE = 60_000

interface Process {
  readonly pool: KeyPool
  key(index: number): PoolKey
}

/** Two processes on one cache that tell each other nothing but what the test makes them hear. */
function openProcesses(keys: readonly PoolKeySpec[], clock = new FakeClock(), cacheOf = (shared: Cache): Cache => shared) {
  const cache = cacheOf(new AsynchronousCache(clock))
  const limitStore = new MemoryCache({ clock, entriesMax: 1_000, bytesMax: 100_000 })
  const open = (instance: string): Process => {
    const peers = new CacheKeyPeers({ cache, limitStore, amounts: limitStore.amounts, clock, instance, processes: () => 2 })
    const pool = new KeyPool('ups_1', 'up', {
      clock,
      random: plainRandom,
      turns: new ExactTurnCounter(cache, plainRandom),
      onTransition: () => undefined,
      peers,
    })
    pool.update(keys)
    return { pool, key: (index) => pool.keys.get(aSpec(index).id) as PoolKey }
  }
  return { clock, limitStore, a: open('a'), b: open('b') }
}

/** Lets the pool lease until the key comes up; gives the others back. */
async function leaseOf(pool: KeyPool, key: PoolKey): Promise<PoolKey> {
  for (let i = 0; i < 100; i++) {
    const leased = await pool.lease([], true)
    if (leased === key) return leased
    pool.settle(leased, GONE)
  }
  throw new Error(`${key.id} was never leased`)
}

function hear(from: PoolKey, to: KeyPool, clock: FakeClock): void {
  for (const { keyId, status, forMs } of parseKeyStatuses(
    formatKeyStatuses([{ poolId: to.id, keyId: from.id, status: from.status }], clock.nowMs()),
    clock.nowMs(),
  ))
    to.hear(keyId, status, forMs)
}

describe('probes', () => {
  async function rest(): Promise<ReturnType<typeof openProcesses>> {
    const both = openProcesses(specs(3))
    const { clock, a, b } = both
    a.pool.settle(await leaseOf(a.pool, a.key(1)), limitedFor(30_000))
    hear(a.key(1), b.pool, clock)
    clock.advance(30_000)
    return both
  }

  test('ROT-07 of all processes one tries a rested key; the others go on with ready ones', async () => {
    const { a, b, clock } = await rest()
    const leased = await Promise.all([a, b, a, b].map(({ pool }) => pool.lease([], true)))
    expect(leased.filter(({ id }) => id === a.key(1).id)).toHaveLength(1)
    // Nor do they ask again at once, or try while they wait.
    for (let i = 0; i < 10; i++) expect((await b.pool.lease([], true)).id).not.toBe(a.key(1).id)
    clock.advance(limits.probeRightMs)
    expect((await b.pool.lease([], true)).id).toBe(a.key(1).id)
  })

  test('a probe that told nothing lets somebody else try', async () => {
    const { a, b } = await rest()
    a.pool.settle(await leaseOf(a.pool, a.key(1)), GONE)
    expect((await b.pool.lease([], true)).id).toBe(a.key(1).id)
  })

  test('what was sent before the rest neither ends it nor makes room for a second probe', async () => {
    const { a, clock } = openProcesses(specs(2))
    const [early, limited] = [await leaseOf(a.pool, a.key(0)), await leaseOf(a.pool, a.key(0))]
    const epoch = early.epoch
    a.pool.settle(limited, limitedFor(30_000))
    clock.advance(30_000)
    expect(await a.pool.lease([], true)).toBe(a.key(0))
    a.pool.settle(early, SERVED, epoch)
    expect(a.key(0).state).toBe('probing')
    expect(await a.pool.lease([], true)).toBe(a.key(1))
    a.pool.settle(a.key(0), SERVED)
    expect(a.key(0).state).toBe('ready')
  })

  test('without the cache each process decides for itself', async () => {
    const gone = (): Cache =>
      ({
        increment: () => Promise.reject(new CacheUnavailableError('gone')),
        delete: () => Promise.reject(new CacheUnavailableError('gone')),
      }) as unknown as Cache
    const { a, clock } = openProcesses(specs(2), undefined, gone)
    a.pool.settle(await leaseOf(a.pool, a.key(1)), limitedFor(30_000))
    clock.advance(30_000)
    expect(await a.pool.lease([], true)).toBe(a.key(1))
  })
})

describe('limits of a key', () => {
  test('rpm is counted over all processes, and the refused ones use other keys', async () => {
    const { a, b, clock } = openProcesses([aSpec(0, { limits: { rpm: 4 } }), aSpec(1)])
    const leased = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? a : b).pool.lease([], true)))
    expect(leased.filter(({ id }) => id === aSpec(0).id)).toHaveLength(4)
    clock.advance(MINUTE)
    expect((await leaseOf(b.pool, b.key(0))).id).toBe(aSpec(0).id)
  })

  test('max_in_flight is counted over all processes; a settled lease makes room for the other process', async () => {
    const { a, b, clock } = openProcesses([aSpec(0, { limits: { maxInFlight: 1 } }), aSpec(1)])
    const held = await leaseOf(a.pool, a.key(0))
    for (let i = 0; i < 4; i++) expect((await b.pool.lease([], true)).id).toBe(aSpec(1).id)
    a.pool.settle(held, SERVED)
    clock.advance(limits.keyFullAskAgainMs)
    expect((await leaseOf(b.pool, b.key(0))).id).toBe(aSpec(0).id)
  })

  test('all keys full: 429, nothing is leased', async () => {
    const { a, b } = openProcesses([aSpec(0, { limits: { maxInFlight: 1 } })])
    await a.pool.lease([], true)
    await expect(b.pool.lease([], true)).rejects.toMatchObject({ code: 'key_pool_cooling_down' })
    expect(b.key(0).inFlight).toBe(0)
  })

  test('without the store each process keeps to its part, rounded up', async () => {
    const { a, b, limitStore } = openProcesses([aSpec(0, { limits: { rpm: 5 } }), aSpec(1)])
    await limitStore.close()
    const leased = await Promise.all(Array.from({ length: 40 }, (_, i) => (i < 20 ? a : b).pool.lease([], true)))
    expect(leased.filter(({ id }) => id === aSpec(0).id)).toHaveLength(6)
  })
})

describe('what is heard', () => {
  const cooling = (changedAtMs: number): KeyStatus => ({ state: 'cooling', reason: '429', untilMs: changedAtMs + 30_000, changedAtMs })

  test('newer wins, older and equal change nothing', () => {
    const { a, clock } = openProcesses(specs(1))
    const id = a.key(0).id
    expect(a.pool.hear(id, cooling(clock.nowMs()), 30_000)).toBe(true)
    expect(a.pool.hear(id, { state: 'ready', reason: '', untilMs: undefined, changedAtMs: clock.nowMs() }, undefined)).toBe(false)
    expect(a.pool.hear('key_none', cooling(clock.nowMs()), 30_000)).toBe(false)
    expect(a.key(0).state).toBe('cooling')
    clock.advance(30_000)
    expect(a.pool.stateOf(a.key(0))).toBe('probing')
  })

  test('the end of a rest, which each process sees for itself, is older than what another found out since', async () => {
    const { a, b, clock } = openProcesses(specs(2))
    a.pool.settle(await leaseOf(a.pool, a.key(0)), limitedFor(5_000))
    hear(a.key(0), b.pool, clock)
    clock.advance(5_000)
    a.pool.settle(await leaseOf(a.pool, a.key(0)), SERVED)
    clock.advance(60_000)
    expect(b.pool.stateOf(b.key(0))).toBe('probing')
    hear(a.key(0), b.pool, clock)
    expect(b.pool.stateOf(b.key(0))).toBe('ready')
  })

  test.each([10 * MINUTE, -10 * MINUTE])('OPS-07 the other clock is off by %i ms: the rest is as long', async (skewMs) => {
    const { a, b, clock } = openProcesses(specs(2))
    a.pool.settle(await leaseOf(a.pool, a.key(0)), limitedFor(30_000))
    const message = formatKeyStatuses([{ poolId: 'ups_1', keyId: a.key(0).id, status: a.key(0).status }], clock.nowMs())
    clock.jumpWall(-skewMs)
    b.pool.update(specs(2, { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: clock.nowMs() - MINUTE * 60 } }))
    for (const { keyId, status, forMs } of parseKeyStatuses(message, clock.nowMs())) expect(b.pool.hear(keyId, status, forMs)).toBe(true)
    clock.advance(29_999)
    expect(b.pool.stateOf(b.key(0))).toBe('cooling')
    clock.advance(1)
    expect(b.pool.stateOf(b.key(0))).toBe('probing')
  })

  test('OPS-07 a stored rest never lasts longer than it was meant to, nor is it over before it can be', () => {
    const status = cooling(1_000_000)
    expect(restMs(status, 1_000_000)).toBe(30_000)
    expect(restMs(status, 1_010_000)).toBe(20_000)
    expect(restMs(status, 1_000_000 - 10 * MINUTE)).toBe(30_000)
    expect(restMs(status, 1_000_000 + 10 * MINUTE, 5_500)).toBe(24_500)
    expect(restMs(status, 1_000_000 + 10 * MINUTE)).toBeLessThan(0)
    expect(restMs({ ...status, untilMs: undefined }, 0)).toBeUndefined()
    expect(restMs({ ...status, state: 'disabled' }, 0)).toBeUndefined()
  })
})

describe('messages come from outside', () => {
  const nowMs = Date.UTC(2026, 0, 1)
  const good: readonly unknown[] = ['ups_1', 'key_1', 'cooling', '429', nowMs, nowMs + 30_000, 30_000]

  test('a good one is read as it was written', () => {
    const status: KeyStatus = { state: 'parked', reason: 'r'.repeat(1_000), untilMs: nowMs + 60_000, changedAtMs: nowMs }
    expect(parseKeyStatuses(formatKeyStatuses([{ poolId: 'p', keyId: 'k', status }], nowMs), nowMs)).toEqual([
      { poolId: 'p', keyId: 'k', status: { ...status, reason: 'r'.repeat(300) }, forMs: 60_000 },
    ])
  })

  test.each([
    ['not JSON', '{'],
    ['not a list', '{}'],
    ['too long', JSON.stringify([[...good, 'x'.repeat(limits.messageCharsMax)]])],
    ['too many', JSON.stringify(Array.from({ length: limits.keyStatesPerMessage + 1 }, () => good))],
    ['an entry that is none', '[null, 1, "a", {}, []]'],
    ['a state that people give', JSON.stringify([good.with(2, 'disabled')])],
    ['a state that each process gives for itself', JSON.stringify([good.with(2, 'probing')])],
    ['a time that would win for ever', JSON.stringify([good.with(4, 2 ** 53 - 1)])],
    ['a time that is none', JSON.stringify([good.with(4, '1')])],
    ['a rest longer than any', JSON.stringify([good.with(6, limits.cooldownMaxMs + 1)])],
    ['a rest without an end', JSON.stringify([good.with(5, null)])],
    ['a rest that is over', JSON.stringify([good.with(6, 0)])],
    ['a reason without end', JSON.stringify([good.with(3, 'x'.repeat(301))])],
  ])('%s is not believed', (_, message) => {
    expect(parseKeyStatuses(message, nowMs)).toEqual([])
    expect(parseKeyStatuses(JSON.stringify([good]), nowMs)).toHaveLength(1)
  })
})

describe('tokens per minute', () => {
  const limited = specs(2, { limits: { tpm: 100 } })

  test('a key whose tokens of the last minute are used up is skipped by all processes, until they no longer count', async () => {
    const { clock, a, b } = openProcesses(limited)
    const first = await leaseOf(a.pool, a.key(0))
    a.pool.settle(first, SERVED)
    a.pool.countTokens(first, 120)
    for (const { pool, key } of [a, b]) {
      for (let i = 0; i < 6; i++) {
        const leased = await pool.lease([], true)
        expect(leased).toBe(key(1))
        pool.settle(leased, SERVED)
      }
    }
    b.pool.countTokens(b.key(1), 100)
    await expect(b.pool.lease([], true)).rejects.toMatchObject({ code: 'key_pool_cooling_down', details: { retryAfterMs: expect.any(Number) } })
    clock.advance(61_000)
    await leaseOf(b.pool, b.key(0))
    await leaseOf(a.pool, a.key(1))
  })

  test('without the others each process keeps to what it knows', async () => {
    const { a } = openProcesses(specs(1, { limits: { tpm: 100 } }))
    const lone = { ...a }
    a.pool.countTokens(a.key(0), 99)
    expect(a.key(0).isWithinShare(2, 0)).toBe(false)
    expect(a.key(0).isWithinShare(1, 0)).toBe(true)
    lone.pool.countTokens(lone.key(0), 1)
    expect(a.key(0).hasCapacity(0)).toBe(false)
    expect(a.key(0).capacityInMs(0)).toBe(61_000)
    expect(a.key(0).hasCapacity(61_000)).toBe(true)
  })
})
