// The circuit breaker: its transitions one by one, and what holds whatever happens to it.
import { describe, expect, test } from '@jest/globals'
import { DEFAULT_CIRCUIT_BREAKER, type CircuitBreakerPolicy } from '../../../src/domain/balancing.ts'
import { CircuitBreaker, type BreakerResult, type Pass } from '../../../src/domain/circuit-breaker.ts'
import { createPseudoRandom, type PseudoRandom } from '../pseudo-random.ts'

const POLICY: CircuitBreakerPolicy = { failureRatio: 0.5, minimumRequests: 4, windowMs: 10_000, openMs: 5_000, probes: 2, failFast: false }

function run(breaker: CircuitBreaker, results: readonly BreakerResult[], nowMs: number): void {
  for (const result of results) breaker.leave(breaker.enter(nowMs) as Pass, result, nowMs)
}

describe('transitions', () => {
  test('opens with the ratio, from the minimum on; lets nothing in while open', () => {
    const breaker = new CircuitBreaker(POLICY)
    run(breaker, ['failed', 'failed', 'failed'], 100)
    expect(breaker.stateAt(100)).toBe('closed')
    run(breaker, ['failed'], 100)
    expect(breaker.stateAt(100)).toBe('open')
    expect(breaker.enter(5_099)).toBeUndefined()
    expect(breaker.opensInMs(2_100)).toBe(3_000)
  })

  test('a ratio below the bound leaves it closed', () => {
    const breaker = new CircuitBreaker(POLICY)
    run(breaker, ['ok', 'ok', 'ok', 'failed', 'failed', 'ok', 'ok', 'failed'], 0)
    expect(breaker.stateAt(0)).toBe('closed')
    run(breaker, ['failed', 'failed'], 0)
    expect(breaker.stateAt(0)).toBe('open')
  })

  test('what is older than the window does not count', () => {
    const breaker = new CircuitBreaker(POLICY)
    run(breaker, ['failed', 'failed', 'failed'], 0)
    run(breaker, ['failed'], 10_000)
    expect(breaker.stateAt(10_000)).toBe('closed')
    expect(breaker.countsAt(10_000)).toEqual({ requests: 1, failures: 1 })
  })

  test('half open admits as many as there are probes; all of them must succeed', () => {
    const breaker = new CircuitBreaker(POLICY)
    run(breaker, ['failed', 'failed', 'failed', 'failed'], 0)
    const passes = [breaker.enter(5_000), breaker.enter(5_000)]
    expect(breaker.enter(5_000)).toBeUndefined()
    breaker.leave(passes[0] as Pass, 'ok', 5_100)
    expect(breaker.stateAt(5_100)).toBe('half_open')
    expect(breaker.enter(5_100)).toBeUndefined()
    breaker.leave(passes[1] as Pass, 'ok', 5_200)
    expect(breaker.stateAt(5_200)).toBe('closed')
  })

  test('one failed probe opens it again for the whole time; one that tells nothing gives its place back', () => {
    const breaker = new CircuitBreaker(POLICY)
    run(breaker, ['failed', 'failed', 'failed', 'failed'], 0)
    run(breaker, ['unknown', 'unknown', 'unknown', 'ok'], 5_000)
    expect(breaker.stateAt(5_000)).toBe('half_open')
    run(breaker, ['failed'], 6_000)
    expect(breaker.stateAt(10_999)).toBe('open')
    expect(breaker.stateAt(11_000)).toBe('half_open')
  })

  test('an answer to a request of an earlier period changes nothing', () => {
    const breaker = new CircuitBreaker(POLICY)
    const old = [breaker.enter(0), breaker.enter(0), breaker.enter(0)] as Pass[]
    run(breaker, ['failed', 'failed', 'failed', 'failed'], 0)
    breaker.leave(old[0] as Pass, 'ok', 5_000)
    expect(breaker.stateAt(5_000)).toBe('half_open')
    breaker.leave(old[1] as Pass, 'ok', 5_000)
    breaker.leave(old[2] as Pass, 'failed', 5_000)
    expect(breaker.stateAt(5_000)).toBe('half_open')
  })

  test('a request that could not be repeated is a probe only when no other came for long', () => {
    const breaker = new CircuitBreaker(POLICY)
    run(breaker, ['failed', 'failed', 'failed', 'failed'], 0)
    expect(breaker.admits(5_000, false)).toBe(false)
    expect(breaker.admits(5_000, true)).toBe(true)
    expect(breaker.admits(9_999, false)).toBe(false)
    expect(breaker.admits(10_000, false)).toBe(true)
  })

  test('another configuration keeps the state, and another window starts empty', () => {
    const breaker = new CircuitBreaker(POLICY)
    run(breaker, ['failed', 'failed', 'failed'], 0)
    breaker.configure({ ...POLICY, minimumRequests: 3 })
    expect(breaker.countsAt(0).failures).toBe(3)
    breaker.configure({ ...POLICY, windowMs: 20_000 })
    expect(breaker.countsAt(0).failures).toBe(0)
    run(breaker, ['failed', 'failed', 'failed', 'failed'], 0)
    breaker.configure({ ...POLICY, windowMs: 20_000, openMs: 60_000 })
    expect(breaker.stateAt(59_999)).toBe('open')
  })
})

describe('properties', () => {
  interface Life {
    readonly breaker: CircuitBreaker
    readonly policy: CircuitBreakerPolicy
    readonly random: PseudoRandom
    /** Results that the breaker may have counted, newest last. */
    readonly results: { atMs: number; failed: boolean }[]
  }

  function begin(seed: number): Life {
    const random = createPseudoRandom(seed)
    const policy = {
      failureRatio: 0.05 + 0.95 * random.fraction(),
      minimumRequests: 1 + random.below(20),
      windowMs: 100 + random.below(20_000),
      openMs: 100 + random.below(20_000),
      probes: 1 + random.below(5),
      failFast: false,
    }
    return { breaker: new CircuitBreaker(policy), policy, random, results: [] }
  }

  test('never opens below the minimum or the ratio of the window; half open never has more than its probes out', () => {
    let opened = 0
    let probed = 0
    for (let seed = 1; seed <= 300; seed++) {
      const { breaker, policy, random, results } = begin(seed)
      const failing = random.fraction()
      const out: { pass: Pass; inState: string }[] = []
      let nowMs = random.fraction() * 1e9
      for (let step = 0; step < 400; step++) {
        nowMs += random.fraction() * random.pick([0, 10, policy.windowMs / 20, policy.openMs])
        const before = breaker.stateAt(nowMs)
        if (random.fraction() < 0.6) {
          const pass = breaker.enter(nowMs, random.fraction() < 0.8)
          expect(pass !== undefined && before === 'open').toBe(false)
          if (pass !== undefined) out.push({ pass, inState: before })
        } else if (out.length > 0) {
          const [one] = out.splice(random.below(out.length), 1) as [(typeof out)[number]]
          const result = random.fraction() < 0.1 ? 'unknown' : random.fraction() < failing ? 'failed' : 'ok'
          // What a naive count over all results of the last window would say.
          if (before === 'closed' && result !== 'unknown') results.push({ atMs: nowMs, failed: result === 'failed' })
          breaker.leave(one.pass, result, nowMs)
          if (before === 'closed' && breaker.stateAt(nowMs) === 'open') {
            const inWindow = results.filter(({ atMs }) => atMs > nowMs - policy.windowMs)
            expect(inWindow.length).toBeGreaterThanOrEqual(policy.minimumRequests)
            expect(inWindow.some(({ failed }) => failed)).toBe(true)
            opened++
          }
        }
        const current = breaker.stateAt(nowMs)
        if (current === 'half_open') {
          // Passes of this period: those that a result could still count for.
          const period = Math.max(...out.map(({ pass }) => pass), 0)
          const probing = out.filter(({ pass, inState }) => pass === period && inState === 'half_open').length
          expect(probing).toBeLessThanOrEqual(policy.probes)
          if (probing > 0) probed++
        }
      }
    }
    // Otherwise it would have proved nothing.
    expect(opened).toBeGreaterThan(100)
    expect(probed).toBeGreaterThan(100)
  })

  test('counts exactly what a simple model counts, with failures only', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { breaker, policy, random } = begin(seed)
      const partMs = policy.windowMs / 10
      let nowMs = 0
      const added: number[] = []
      for (let step = 0; step < 100 && breaker.stateAt(nowMs) === 'closed'; step++) {
        nowMs += random.fraction() * partMs * 3
        const part = Math.floor(nowMs / partMs)
        const counted = added.filter((atMs) => part - Math.floor(atMs / partMs) < 10).length
        expect(breaker.countsAt(nowMs)).toEqual({ requests: counted, failures: counted })
        added.push(nowMs)
        run(breaker, ['failed'], nowMs)
        expect(breaker.stateAt(nowMs)).toBe(counted + 1 >= policy.minimumRequests ? 'open' : 'closed')
      }
    }
  })

  test('always closes again when the other side is good, whatever happened before', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { breaker, policy, random } = begin(seed)
      let nowMs = 0
      const old: Pass[] = []
      for (let step = 0; step < random.below(300); step++) {
        nowMs += random.fraction() * policy.openMs
        const pass = breaker.enter(nowMs)
        if (pass === undefined) continue
        if (random.fraction() < 0.1) old.push(pass)
        else breaker.leave(pass, random.pick(['failed', 'failed', 'ok', 'unknown'] as const), nowMs)
      }
      // Requests that are still out end too, sooner or later, in whatever way.
      for (const pass of old) breaker.leave(pass, random.pick(['failed', 'unknown', 'ok'] as const), nowMs)
      nowMs += 2 * policy.openMs
      for (let i = 0; i < policy.probes && breaker.stateAt(nowMs) !== 'closed'; i++) {
        // Even when none of them could be repeated.
        const pass = breaker.enter(nowMs, seed % 2 === 0)
        if (pass === undefined) nowMs += policy.openMs
        breaker.leave((pass ?? breaker.enter(nowMs, false)) as Pass, 'ok', nowMs)
      }
      expect(breaker.stateAt(nowMs)).toBe('closed')
    }
  })

  test('the defaults are sane: they open within five failures and risk one request at a time', () => {
    const breaker = new CircuitBreaker(DEFAULT_CIRCUIT_BREAKER)
    run(breaker, ['failed', 'failed', 'failed', 'failed', 'failed'], 0)
    expect(breaker.stateAt(0)).toBe('open')
    expect(breaker.enter(10_000)).toBeDefined()
    expect(breaker.enter(10_000)).toBeUndefined()
  })
})
