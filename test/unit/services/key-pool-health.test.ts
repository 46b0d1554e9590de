// What verdicts do to keys (D12): rests, probes, parking, failing open, and what a person or another process changed meanwhile.
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '../../../src/errors.ts'
import { limits } from '../../../src/limits.ts'
import type { PoolKey } from '../../../src/services/pool-key.ts'
import { aSpec, BAD_PROMPT, createPool, FAILED, GONE, LIMITED, limitedFor, REJECTED, SERVED, specs, type PoolFixture } from './pool-fixture.ts'

const SECOND = 1_000
const MINUTE = 60_000

function thrownBy(work: () => unknown): GatewayError {
  try {
    work()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

function states({ pool }: PoolFixture): string[] {
  return [...pool.keys.values()].map((key) => pool.stateOf(key))
}

/** Leases until it is this key's turn; what comes before is given back unused. */
function leaseOf({ pool, lease }: PoolFixture, key: PoolKey): PoolKey {
  for (let i = 0; i < 1_000; i++) {
    const leased = lease()
    if (leased === key) return leased
    pool.settle(leased, GONE)
  }
  throw new Error(`${key.id} was never leased`)
}

describe('ROT-08 pool exhausted', () => {
  test('the client hears the shortest rest, rounded up; nobody is disabled; the first success comes right after the earliest end', () => {
    const fixture = createPool(specs(3))
    const { clock, pool, lease, key } = fixture
    ;[20_400, 7_200, 90_000].forEach((forMs, index) => pool.settle(leaseOf(fixture, key(index)), limitedFor(forMs)))
    expect(thrownBy(() => lease())).toMatchObject({ code: 'key_pool_cooling_down', status: 429, details: { retryAfterMs: 8_000, shouldRetry: true } })
    clock.advance(7_199)
    expect(thrownBy(() => lease())).toMatchObject({ details: { retryAfterMs: 1_000 } })
    expect(states(fixture)).toEqual(['cooling', 'cooling', 'cooling'])
    clock.advance(1)
    expect(lease()).toBe(key(1))
    pool.settle(key(1), SERVED)
    expect(states(fixture)).toEqual(['cooling', 'ready', 'cooling'])
  })

  test('a pool without keys, or with keys that only a person can bring back, is no_active_keys', () => {
    expect(thrownBy(() => createPool([]).lease())).toMatchObject({ code: 'no_active_keys', status: 503, details: { shouldRetry: false } })
    const disabled = createPool(specs(2, { status: { state: 'disabled', reason: 'disabled by admin', untilMs: undefined, changedAtMs: 1 } }))
    expect(thrownBy(() => disabled.lease()).message).toContain('2 disabled')
    const parked = createPool(specs(1, { status: { state: 'parked', reason: '401', untilMs: undefined, changedAtMs: 1 } }))
    expect(thrownBy(() => parked.lease())).toMatchObject({ code: 'no_active_keys' })
  })
})

describe('rate limits', () => {
  test('without Retry-After the rest doubles with each limit in a row and starts anew after a success', () => {
    const fixture = createPool(specs(1))
    const { clock, pool, lease, key } = fixture
    for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
      pool.settle(lease(), LIMITED)
      expect((key(0).untilMs as number) - clock.nowMs()).toBe(seconds * SECOND)
      clock.advance(seconds * SECOND)
    }
    pool.settle(lease(), SERVED)
    pool.settle(lease(), LIMITED)
    expect((key(0).untilMs as number) - clock.nowMs()).toBe(10 * SECOND)
  })

  test('answers that were under way together are one limit, not several in a row', () => {
    const { clock, pool, lease, key } = createPool(specs(1))
    const together = Array.from({ length: 20 }, () => lease())
    for (const leased of together) {
      pool.settle(leased, LIMITED)
      clock.advance(10)
    }
    expect((key(0).untilMs as number) - clock.nowMs()).toBeLessThanOrEqual(10 * SECOND)
    clock.advance(10 * SECOND)
    pool.settle(lease(), LIMITED)
    expect((key(0).untilMs as number) - clock.nowMs()).toBe(20 * SECOND)
  })

  test('an answer to an earlier request can make a rest longer, never shorter, and does not end it', () => {
    const { clock, pool, lease, key } = createPool(specs(1))
    const [first, second, third, fourth] = [lease(), lease(), lease(), lease()]
    pool.settle(first, limitedFor(60 * SECOND))
    const untilMs = key(0).untilMs
    pool.settle(second, limitedFor(5 * SECOND))
    pool.settle(third, SERVED)
    expect([key(0).state, key(0).untilMs]).toEqual(['cooling', untilMs])
    pool.settle(fourth, limitedFor(90 * SECOND))
    expect((key(0).untilMs as number) - clock.nowMs()).toBe(90 * SECOND)
    clock.advance(89_999)
    expect(pool.stateOf(key(0))).toBe('cooling')
    clock.advance(1)
    expect(pool.stateOf(key(0))).toBe('probing')
  })

  test('used-up quota rests for an hour', () => {
    const { clock, pool, lease, key } = createPool(specs(1))
    pool.settle(lease(), { outcome: 'quota_exhausted', reason: '429 insufficient_quota' })
    expect((key(0).untilMs as number) - clock.nowMs()).toBe(60 * MINUTE)
  })

  test('a wall clock that jumps changes no rest, not even when the configuration is loaded again', () => {
    const { clock, pool, lease, key } = createPool(specs(1))
    pool.settle(lease(), limitedFor(10 * MINUTE))
    for (const jump of [60 * MINUTE, -120 * MINUTE]) {
      clock.jumpWall(jump)
      pool.update(specs(1))
      clock.advance(MINUTE)
      expect(pool.stateOf(key(0))).toBe('cooling')
      const { retryAfterMs } = thrownBy(() => lease()).details
      expect(retryAfterMs).toBe(jump > 0 ? 9 * MINUTE : 8 * MINUTE)
    }
    clock.advance(8 * MINUTE)
    expect(pool.stateOf(key(0))).toBe('probing')
  })
})

describe('probes', () => {
  test('one request at a time tries a key whose rest is over, while others are ready', () => {
    const fixture = createPool(specs(3))
    const { clock, pool, lease, key } = fixture
    pool.settle(leaseOf(fixture, key(0)), limitedFor(SECOND))
    clock.advance(SECOND)
    expect(lease()).toBe(key(0))
    for (let i = 0; i < 20; i++) expect(lease()).not.toBe(key(0))
    pool.settle(key(0), GONE)
    expect(lease()).toBe(key(0))
    pool.settle(key(0), SERVED)
    expect(key(0).state).toBe('ready')
    expect(key(0).reason).toBe('probe: 200')
  })

  test('a request that cannot be sent again is not spent on a probe', () => {
    const fixture = createPool(specs(2))
    const { clock, pool, lease, key } = fixture
    pool.settle(leaseOf(fixture, key(0)), limitedFor(SECOND))
    clock.advance(SECOND)
    for (let i = 0; i < 10; i++) expect(lease([], false)).toBe(key(1))
    expect(lease([], true)).toBe(key(0))
  })

  test('with nothing ready, keys whose rest is over serve every request, the least busy first', () => {
    const fixture = createPool(specs(2))
    const { clock, pool, lease, key } = fixture
    for (const index of [0, 1]) pool.settle(leaseOf(fixture, key(index)), limitedFor(SECOND))
    clock.advance(SECOND)
    const leased = Array.from({ length: 10 }, () => lease([], false))
    expect(leased.filter((one) => one === key(0))).toHaveLength(5)
    expect(key(1).inFlight).toBe(5)
  })

  test('a failed probe rests again: 30 s after a failure, the next step after a limit, parked after a rejection', () => {
    for (const [verdict, state, forMs] of [
      [FAILED, 'cooling', 30 * SECOND],
      [LIMITED, 'cooling', 20 * SECOND],
      [REJECTED, 'parked', 15 * MINUTE],
    ] as const) {
      const { clock, pool, lease, key } = createPool(specs(1))
      pool.settle(lease(), LIMITED)
      clock.advance(10 * SECOND)
      pool.settle(lease(), verdict)
      expect([key(0).state, (key(0).untilMs as number) - clock.nowMs()]).toEqual([state, forMs])
    }
  })

  test('a probe that never reached the vendor says nothing', () => {
    const { clock, pool, lease, key } = createPool(specs(1))
    pool.settle(lease(), LIMITED)
    clock.advance(10 * SECOND)
    pool.settle(lease(), { ...FAILED, isUnsent: true })
    expect(pool.stateOf(key(0))).toBe('probing')
  })
})

describe('UP-10 rejections', () => {
  test('two in a row park, one does not, and a success between them starts anew', () => {
    const fixture = createPool(specs(10))
    const { clock, pool, key } = fixture
    pool.settle(leaseOf(fixture, key(0)), REJECTED)
    expect(key(0).state).toBe('ready')
    pool.settle(leaseOf(fixture, key(0)), SERVED)
    pool.settle(leaseOf(fixture, key(0)), REJECTED)
    expect(key(0).state).toBe('ready')
    pool.settle(leaseOf(fixture, key(0)), REJECTED)
    expect([key(0).state, (key(0).untilMs as number) - clock.nowMs()]).toEqual(['parked', limits.parkedProbeMs])
  })

  test('one is enough when the vendor names the key', () => {
    const { pool, lease, key } = createPool(specs(2))
    const leased = lease()
    pool.settle(leased, { ...REJECTED, reason: '401 invalid_api_key', definite: true })
    expect(leased.state).toBe('parked')
    expect([key(0), key(1)].filter(({ state }) => state === 'ready')).toHaveLength(1)
  })

  test('a parked key is tried again after 15 minutes; a success brings it back, another rejection parks it again', () => {
    const { clock, pool, lease, key } = createPool(specs(1))
    pool.settle(lease(), { ...REJECTED, definite: true })
    clock.advance(limits.parkedProbeMs - 1)
    expect(thrownBy(() => lease())).toBeInstanceOf(GatewayError)
    clock.advance(1)
    pool.settle(lease(), REJECTED)
    expect(key(0).state).toBe('parked')
    clock.advance(limits.parkedProbeMs)
    pool.settle(lease(), SERVED)
    expect(key(0).state).toBe('ready')
  })

  test('100 refused prompts on every key park nobody', () => {
    const fixture = createPool(specs(10))
    for (let i = 0; i < 100; i++) fixture.pool.settle(fixture.lease(), BAD_PROMPT)
    expect(fixture.transitions).toEqual([])
    expect(states(fixture)).toEqual(Array(10).fill('ready'))
  })

  test('the same rejection on three keys within a minute, with no key served, is the upstream’s: nobody is parked from then on', () => {
    const fixture = createPool(specs(10))
    const { clock, pool, lease } = fixture
    const outcomes: string[] = []
    for (let i = 0; i < 10; i++) {
      const key = lease()
      pool.settle(key, { ...REJECTED, definite: true })
      outcomes.push(key.state)
      clock.advance(SECOND)
    }
    expect(outcomes).toEqual(['parked', 'parked', ...Array(8).fill('cooling')])
  })

  test('three bad keys among ten that serve are parked: it is theirs', () => {
    const fixture = createPool(specs(10))
    const { clock, pool, lease, key } = fixture
    const bad = new Set([key(1), key(4), key(7)])
    for (let i = 0; i < 60; i++) {
      const leased = lease()
      pool.settle(leased, bad.has(leased) ? REJECTED : SERVED)
      clock.advance(100)
    }
    expect([...bad].map(({ state }) => state)).toEqual(['parked', 'parked', 'parked'])
    expect(pool.countByState().ready).toBe(7)
  })

  test('rejections more than a minute apart are not one bad day', () => {
    const fixture = createPool(specs(5))
    for (let i = 0; i < 5; i++) {
      const key = fixture.lease()
      fixture.pool.settle(key, { ...REJECTED, definite: true })
      expect(key.state).toBe('parked')
      fixture.clock.advance(limits.upstreamWideWindowMs + 1)
    }
  })
})

describe('failures of the upstream', () => {
  test('five in a row rest a key for 30 s; a success starts anew', () => {
    const fixture = createPool(specs(4))
    const { clock, pool, key } = fixture
    for (let i = 0; i < 4; i++) pool.settle(leaseOf(fixture, key(0)), FAILED)
    pool.settle(leaseOf(fixture, key(0)), SERVED)
    for (let i = 0; i < 4; i++) pool.settle(leaseOf(fixture, key(0)), FAILED)
    expect(key(0).state).toBe('ready')
    pool.settle(leaseOf(fixture, key(0)), FAILED)
    expect([key(0).state, (key(0).untilMs as number) - clock.nowMs()]).toEqual(['cooling', 30 * SECOND])
  })

  test.each([1, 2, 3, 4, 10])('at most half of %i keys rest because of it', (count) => {
    const fixture = createPool(specs(count))
    for (let i = 0; i < 100 * count; i++) fixture.pool.settle(fixture.lease([], false), FAILED)
    expect(fixture.pool.countByState().cooling).toBe(Math.floor(count / 2))
  })

  test('a failing key that was removed makes room for another one to rest', () => {
    const fixture = createPool(specs(2))
    const { pool, key } = fixture
    for (let i = 0; i < 5; i++) pool.settle(leaseOf(fixture, key(0)), FAILED)
    expect(key(0).state).toBe('cooling')
    pool.update([aSpec(1), aSpec(2)])
    for (let i = 0; i < 5; i++) pool.settle(leaseOf(fixture, key(1)), FAILED)
    expect(key(1).state).toBe('cooling')
  })

  test('a connection that could not be made is nobody’s failure (UP-01)', () => {
    const fixture = createPool(specs(2))
    for (let i = 0; i < 20; i++) fixture.pool.settle(fixture.lease(), { ...FAILED, isUnsent: true })
    expect(fixture.transitions).toEqual([])
  })
})

describe('stored states', () => {
  test('a stored state that is newer than the running one is taken over, an older one is not', () => {
    const fixture = createPool(specs(2))
    const { clock, pool, lease, key } = fixture
    pool.settle(leaseOf(fixture, key(0)), limitedFor(60 * SECOND))
    const since = key(0).changedAtMs
    pool.update([aSpec(0, { status: { state: 'ready', reason: 'old', untilMs: undefined, changedAtMs: since - 1 } }), aSpec(1)])
    expect(key(0).state).toBe('cooling')
    pool.update([aSpec(0, { status: { state: 'ready', reason: 'revived by admin', untilMs: undefined, changedAtMs: since + 1 } }), aSpec(1)])
    expect([key(0).state, key(0).reason, key(0).untilMs]).toEqual(['ready', 'revived by admin', undefined])
    clock.advance(60 * SECOND)
    expect(pool.stateOf(key(0))).toBe('ready')
    expect(new Set([lease(), lease()]).size).toBe(2)
  })

  test('a key that rested when the gateway stopped still rests when it starts', () => {
    const nowMs = Date.UTC(2026, 0, 1)
    const { clock, pool, lease, key } = createPool([
      aSpec(0, { status: { state: 'cooling', reason: '429', untilMs: nowMs + 600_000, changedAtMs: nowMs - 1 } }),
    ])
    expect(thrownBy(() => lease())).toMatchObject({ details: { retryAfterMs: 600_000 } })
    clock.advance(600_000)
    expect(lease()).toBe(key(0))
    expect(pool.stateOf(key(0))).toBe('probing')
  })

  test('a rest that ended while the gateway was down, and a probe that was cut off, are tried at once', () => {
    const nowMs = Date.UTC(2026, 0, 1)
    const ended = createPool([aSpec(0, { status: { state: 'cooling', reason: '429', untilMs: nowMs - 5, changedAtMs: nowMs - 10 } })])
    expect(ended.lease()).toBe(ended.key(0))
    const cut = createPool([aSpec(0, { status: { state: 'probing', reason: '429', untilMs: undefined, changedAtMs: nowMs - 10 } })])
    expect(cut.lease()).toBe(cut.key(0))
    cut.pool.settle(cut.key(0), SERVED)
    expect(cut.key(0).state).toBe('ready')
  })

  test('a key disabled by a person while it works stays disabled, whatever its answer says', () => {
    const { pool, lease, key, clock } = createPool(specs(2))
    const leased = [lease(), lease()].find((one) => one === key(0)) as PoolKey
    pool.update([aSpec(0, { status: { state: 'disabled', reason: 'disabled by admin', untilMs: undefined, changedAtMs: clock.nowMs() } }), aSpec(1)])
    for (const verdict of [SERVED, LIMITED, REJECTED]) pool.settle(leased, verdict)
    expect(key(0).state).toBe('disabled')
    for (let i = 0; i < 5; i++) expect(lease()).toBe(key(1))
  })

  test('a person’s "disabled" wins even against a state that the gateway reached a moment later', () => {
    const { pool, lease, key, clock } = createPool(specs(1))
    const disabledAtMs = clock.nowMs()
    clock.advance(5)
    pool.settle(lease(), LIMITED)
    pool.update([aSpec(0, { status: { state: 'disabled', reason: 'disabled by admin', untilMs: undefined, changedAtMs: disabledAtMs } })])
    expect(key(0).state).toBe('disabled')
  })

  test('a key removed during its lease settles without a trace', () => {
    const { pool, lease, key, transitions, clock } = createPool(specs(2))
    const removed = [lease(), lease()].find((one) => one === key(0)) as PoolKey
    pool.update([aSpec(1)])
    pool.settle(removed, LIMITED)
    expect(transitions).toEqual([])
    clock.advance(MINUTE)
    expect(pool.countByState()).toMatchObject({ ready: 1, cooling: 0, probing: 0 })
    for (let i = 0; i < 5; i++) expect(lease()).toBe(key(1))
  })

  test('a lease outlives a new configuration: its place is given back', () => {
    const { pool, lease, key } = createPool(specs(1, { limits: { maxInFlight: 1 } }))
    const leased = lease()
    pool.update(specs(1, { limits: { maxInFlight: 1 }, label: 'renamed' }))
    expect(thrownBy(() => lease())).toMatchObject({ code: 'key_pool_cooling_down' })
    pool.settle(leased, SERVED)
    expect(lease()).toBe(key(0))
    expect(key(0).spec.label).toBe('renamed')
  })
})

test('every change is told once, with where it came from', () => {
  const { clock, pool, lease, key, transitions } = createPool(specs(1))
  pool.settle(lease(), limitedFor(SECOND))
  clock.advance(SECOND)
  pool.settle(lease(), SERVED)
  expect(transitions.map(({ from, outcome, slug }) => [from, outcome, slug])).toEqual([
    ['ready', 'rate_limited', 'openai'],
    ['cooling', 'rested', 'openai'],
    ['probing', 'served', 'openai'],
  ])
  const times = [key(0).changedAtMs]
  expect(times[0]).toBeGreaterThan(0)
})

test('a test by a person leases any key and its answer counts', () => {
  const { pool, key } = createPool(specs(1))
  pool.leaseForProbe(key(0))
  pool.settle(key(0), { ...REJECTED, definite: true })
  expect(key(0).state).toBe('parked')
  pool.leaseForProbe(key(0))
  pool.settle(key(0), SERVED)
  expect(key(0).state).toBe('ready')
  expect(key(0).inFlight).toBe(0)
})
