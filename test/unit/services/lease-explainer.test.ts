// Which key the next request would use: always the one it then uses, and asking changes nothing.
import { describe, expect, test } from '@jest/globals'
import { limits } from '../../../src/limits.ts'
import type { LeaseExplanation } from '../../../src/ports/live.ts'
import { aSpec, BAD_PROMPT, createPool, FAILED, LIMITED, limitedFor, REJECTED, SERVED, specs } from './pool-fixture.ts'
import { createPseudoRandom } from '../pseudo-random.ts'

const reasonsOf = ({ others }: LeaseExplanation): Record<string, string> => Object.fromEntries(others.map(({ keyId, reason }) => [keyId, reason]))

test('over random pools and histories, it names the key that the next request gets, and takes no turn', async () => {
  const random = createPseudoRandom(11)
  let named = 0
  for (let round = 0; round < 60; round++) {
    const count = 1 + random.below(6)
    const keys = Array.from({ length: count }, (_, i) =>
      aSpec(i, { weight: 1 + random.below(3), tier: random.below(2), limits: random.pick([{}, { maxInFlight: 1 }]) }),
    )
    const { pool, lease, clock } = createPool(keys)
    for (let step = 0; step < 40; step++) {
      const told = await pool.explain()
      expect(await pool.explain()).toEqual(told)
      let used: string | undefined
      try {
        const key = lease()
        used = key.id
        if (random.below(5) > 0) pool.settle(key, random.pick([SERVED, SERVED, LIMITED, FAILED, REJECTED, BAD_PROMPT, limitedFor(5_000)]))
      } catch (error) {
        expect(told.why).toBe((error as Error).message)
      }
      expect(told.keyId).toBe(used)
      if (used !== undefined) named++
      expect(told.othersTotal).toBe(count - (used === undefined ? 0 : 1))
      clock.advance(random.below(4_000))
    }
  }
  expect(named).toBeGreaterThan(1_000)
})

describe('why', () => {
  test('each other key with its reason, those first that could be used as well', async () => {
    const { pool, key, clock } = createPool([
      ...specs(3),
      aSpec(3, { limits: { maxInFlight: 1 } }),
      aSpec(4, { tier: 1 }),
      aSpec(5),
      aSpec(6),
      aSpec(7, { status: { state: 'disabled', reason: 'leaked', untilMs: undefined, changedAtMs: 0 } }),
    ])
    pool.leaseForProbe(key(3))
    pool.settle(key(5), limitedFor(60_000))
    pool.settle(key(6), { ...REJECTED, definite: true })
    const told = await pool.explain()
    expect(told.why).toMatch(/^It is its turn \(1\) among the 4 ready keys of tier 0\.$/)
    expect(told.others.map(({ keyId }) => keyId).slice(0, 2)).not.toContain(told.keyId)
    const reasons = reasonsOf(told)
    expect(Object.values(reasons).slice(0, 4)).toEqual([
      'It is ready, and its turn comes later.',
      'It is ready, and its turn comes later.',
      'It is ready; tier 1 is used when no key of a lower tier can be.',
      'One of its own limits is reached.',
    ])
    const restedAt = new Date(clock.nowMs() + 60_000).toISOString()
    expect([reasons[key(5).id], reasons[key(7).id]]).toEqual([`It rests until ${restedAt}: 429.`, 'It is disabled: leaked.'])
    expect(reasons[key(6).id]).toMatch(/^It is parked until .+: 401\.$/)
  })

  test('a key whose rest is over is tried first; once somebody tries it, it is another one’s turn', async () => {
    const { pool, lease, key, clock } = createPool(specs(2))
    pool.settle(key(0), limitedFor(1_000))
    clock.advance(1_001)
    const told = await pool.explain()
    expect([told.keyId, told.why]).toEqual([key(0).id, expect.stringMatching(/^Its rest is over/)])
    expect(lease()).toBe(key(0))
    const then = await pool.explain()
    expect([then.keyId, reasonsOf(then)]).toEqual([key(1).id, { [key(0).id]: 'Its rest is over, and a request tries it at the moment.' }])
  })

  test('at most so many others are named, and all are counted', async () => {
    const told = await createPool(specs(100)).pool.explain()
    expect([told.others.length, told.othersTotal]).toEqual([limits.explainedKeysMax, 99])
  })

  test('a counter that cannot be asked: none is named before this process has counted for itself', async () => {
    const away = { get: () => Promise.reject(new Error('away')), increment: () => Promise.reject(new Error('away')) } as never
    const { pool } = createPool(specs(3), away)
    const told = await pool.explain()
    expect([told.keyId, told.why, told.othersTotal]).toEqual([undefined, expect.stringMatching(/^One of the 3 ready keys of tier 0/), 3])
    await pool.lease([], true)
    const then = await pool.explain()
    expect(await pool.lease([], true)).toMatchObject({ id: then.keyId })
  })
})
