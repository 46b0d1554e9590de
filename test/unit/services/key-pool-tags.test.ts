// The part of a pool that carries a tag: only its keys, turns of its own, and the same rests, probes and tiers as the whole.
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '../../../src/errors.ts'
import { KeyPool } from '../../../src/services/key-pool.ts'
import type { PoolKey, PoolKeySpec } from '../../../src/services/pool-key.ts'
import { ExactTurnCounter } from '../../../src/services/turn-counter.ts'
import { AsynchronousCache } from '../../support/asynchronous-cache.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { createPseudoRandom } from '../pseudo-random.ts'
import { aSpec, BAD_PROMPT, createPool, FAILED, FRESH, LIMITED, limitedFor, plainRandom, REJECTED, SERVED, type PoolFixture } from './pool-fixture.ts'

const TAGS = ['a', 'b', 'c'] as const
type Tag = (typeof TAGS)[number] | undefined

function leaseTagged({ pool, clock }: Pick<PoolFixture, 'pool' | 'clock'>, tag: Tag, tried: readonly PoolKey[] = [], mayProbe = true): PoolKey {
  const key = pool.lease(tried, mayProbe, clock.monotonicMs(), tag)
  if (key instanceof Promise) throw new Error('The lease is not synchronous')
  return key
}

function thrownBy(work: () => unknown): GatewayError {
  try {
    work()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

const carries = (key: PoolKey, tag: Tag): boolean => tag === undefined || key.spec.tags?.includes(tag) === true

test('over random pools, every tag and the whole each see their keys in strict cyclic order, whatever the others lease in between', () => {
  const random = createPseudoRandom(7)
  for (let round = 0; round < 100; round++) {
    const count = 2 + random.below(8)
    const keys = Array.from({ length: count }, (_, i) => aSpec(i, { tags: TAGS.filter(() => random.below(2) === 0) }))
    const fixture = createPool(keys)
    const orders = new Map<Tag, PoolKey[]>()
    for (let step = 0; step < 600; step++) {
      const tag = random.pick<Tag>([undefined, ...TAGS])
      if (![...fixture.pool.keys.values()].some((key) => carries(key, tag))) {
        expect(thrownBy(() => leaseTagged(fixture, tag)).code).toBe('no_active_keys')
        continue
      }
      const key = leaseTagged(fixture, tag)
      fixture.pool.settle(key, SERVED)
      orders.set(tag, [...(orders.get(tag) ?? []), key])
    }
    for (const [tag, order] of orders) {
      const members = [...fixture.pool.keys.values()].filter((key) => carries(key, tag))
      expect(new Set(order.slice(0, members.length))).toEqual(new Set(members))
      expect(order.every((key, index) => index < members.length || key === order[index - members.length])).toBe(true)
    }
  }
})

test('over random histories: no key without the tag, none twice in an exchange, and none refused while one with the tag is ready', async () => {
  const random = createPseudoRandom(23)
  let served = 0
  let refused = 0
  for (let round = 0; round < 60; round++) {
    const count = 1 + random.below(7)
    const specs = (): PoolKeySpec[] =>
      Array.from({ length: count }, (_, i) =>
        aSpec(i, { tier: random.below(2), weight: 1 + random.below(2), tags: random.below(3) === 0 ? undefined : TAGS.filter(() => random.below(2) === 0) }),
      )
    const fixture = createPool(specs())
    const { pool, clock } = fixture
    for (let step = 0; step < 60; step++) {
      if (random.below(10) === 0) pool.update(specs())
      const tag = random.pick<Tag>([undefined, ...TAGS])
      const told = await pool.explain(tag)
      const tried: PoolKey[] = []
      try {
        for (let attempt = 0; attempt < 3; attempt++) {
          const key = leaseTagged(fixture, tag, tried)
          expect([carries(key, tag), tried.includes(key)]).toEqual([true, false])
          if (attempt === 0) expect(told.keyId).toBe(key.id)
          const tiers = [...pool.keys.values()]
            .filter((other) => carries(other, tag) && other.state === 'ready' && !tried.includes(other))
            .map(({ spec }) => spec.tier)
          if (key.state === 'ready') expect(key.spec.tier).toBe(Math.min(...tiers))
          tried.push(key)
          served++
          if (random.below(8) > 0) pool.settle(key, random.pick([SERVED, SERVED, LIMITED, FAILED, REJECTED, BAD_PROMPT, limitedFor(5_000)]))
        }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        refused++
        const left = [...pool.keys.values()].filter((key) => carries(key, tag) && !tried.includes(key))
        expect(left.filter((key) => pool.stateOf(key) === 'ready')).toEqual([])
        if (tried.length === 0) expect([told.keyId, told.why]).toEqual([undefined, error.message])
      }
      clock.advance(random.below(20_000))
    }
  }
  expect([served > 2_000, refused > 300]).toEqual([true, true])
})

describe('live changes', () => {
  test('a key that loses its tag is not leased for it again; one that gets it takes its turns at once', () => {
    const fixture = createPool([aSpec(0, { tags: ['a'] }), aSpec(1, { tags: ['a'] }), aSpec(2)])
    const { pool, key } = fixture
    const lease = (): PoolKey => leaseTagged(fixture, 'a')
    expect(new Set([lease(), lease()])).toEqual(new Set([key(0), key(1)]))
    pool.update([aSpec(0, { tags: ['a'] }), aSpec(1), aSpec(2)])
    expect(new Set([lease(), lease(), lease()])).toEqual(new Set([key(0)]))
    pool.update([aSpec(0, { tags: ['b'] }), aSpec(1), aSpec(2)])
    expect(thrownBy(lease)).toMatchObject({ code: 'no_active_keys', details: { shouldRetry: false } })
    expect(thrownBy(lease).message).toMatch(/^No key of 'openai' tagged 'a' is there/)
    pool.update([aSpec(0), aSpec(1), aSpec(2, { tags: ['a', 'b'] })])
    expect([lease(), leaseTagged(fixture, 'b')]).toEqual([key(2), key(2)])
  })

  test('a rest that is over is tried by a request of the tag, also when nobody asked for the tag before', () => {
    const fixture = createPool([aSpec(0, { tags: ['a'] }), aSpec(1)])
    const { pool, clock, key } = fixture
    pool.settle(key(0), limitedFor(5_000))
    expect(thrownBy(() => leaseTagged(fixture, 'a'))).toMatchObject({ code: 'key_pool_cooling_down', details: { retryAfterMs: 5_000 } })
    expect(thrownBy(() => leaseTagged(fixture, 'a')).message).toMatch(/^No key of 'openai' tagged 'a' can be used now \(1 cooling of 1\)/)
    clock.advance(5_000)
    pool.stateOf(key(0))
    expect(leaseTagged(fixture, 'a')).toBe(key(0))
    expect(key(0).probeInFlight).toBe(true)
    // The one probe counts for the whole pool as well.
    expect(leaseTagged(fixture, undefined)).toBe(key(1))
  })

  test('a higher tier of the tag serves while the lower one rests, and keys of lower tiers without the tag do not', () => {
    const fixture = createPool([aSpec(0), aSpec(1, { tier: 1, tags: ['a'] }), aSpec(2, { tier: 2, tags: ['a'] })])
    const { pool, key } = fixture
    expect(leaseTagged(fixture, 'a')).toBe(key(1))
    pool.settle(key(1), limitedFor(60_000))
    expect(leaseTagged(fixture, 'a')).toBe(key(2))
    expect(leaseTagged(fixture, undefined)).toBe(key(0))
  })
})

describe('turns over a promise', () => {
  function open(keys: readonly PoolKeySpec[]) {
    const clock = new FakeClock()
    const cache = new AsynchronousCache(clock)
    const make = (): KeyPool => {
      const pool = new KeyPool('ups_1', 'openai', {
        clock,
        random: plainRandom,
        turns: new ExactTurnCounter(cache, plainRandom),
        onTransition: () => undefined,
      })
      pool.update(keys)
      return pool
    }
    return { clock, cache, pools: [make(), make()] as const }
  }

  test('two processes share the turns of a tag exactly, beside those of the whole', async () => {
    const { clock, pools } = open([aSpec(0, { tags: ['a'] }), aSpec(1, { tags: ['a'] }), aSpec(2, { tags: ['a'] }), aSpec(3)])
    const counts: Record<string, Record<string, number>> = { a: {}, whole: {} }
    await Promise.all(
      Array.from({ length: 2_400 }, async (_, index) => {
        const tag = index % 4 < 2 ? 'a' : undefined
        const { id } = await (pools[index % 2] as KeyPool).lease([], true, clock.monotonicMs(), tag)
        const tally = counts[tag ?? 'whole'] as Record<string, number>
        tally[id] = (tally[id] ?? 0) + 1
      }),
    )
    expect(Object.values(counts['a'] ?? {})).toEqual([400, 400, 400])
    expect(Object.values(counts['whole'] ?? {})).toEqual([300, 300, 300, 300])
  })

  test('a tag that goes while its turn is on the way is not served with what is left of the pool', async () => {
    const { clock, cache, pools } = open([aSpec(0, { tags: ['a'] }), aSpec(1)])
    cache.hold()
    const waiting = pools[0].lease([], true, clock.monotonicMs(), 'a')
    pools[0].update([aSpec(0, { status: FRESH }), aSpec(1)])
    cache.letGo()
    await expect(waiting).rejects.toMatchObject({ code: 'no_active_keys' })
  })
})
