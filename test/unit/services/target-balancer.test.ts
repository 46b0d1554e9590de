// Whose turn it is among targets, who is left out, and what a change of the configuration keeps.
import { describe, expect, test } from '@jest/globals'
import type { Balancing } from '../../../src/domain/balancing.ts'
import { DEFAULT_CIRCUIT_BREAKER, isExpectedStatus } from '../../../src/domain/balancing.ts'
import { TargetHealth } from '../../../src/domain/target-health.ts'
import type { TargetBalancer } from '../../../src/services/target-balancer.ts'
import { TargetRegistry } from '../../../src/services/target-registry.ts'
import type { TargetUse } from '../../../src/services/target-state.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { createPseudoRandom } from '../pseudo-random.ts'

const CHECK = { path: '/', intervalMs: 1_000, timeoutMs: 100, healthyThreshold: 2, unhealthyThreshold: 3, expectedStatus: '200-399' }

function open() {
  const clock = new FakeClock()
  const events: string[] = []
  const log = (...words: unknown[]): void => void events.push(words.find((word) => /^(target|breaker)\./.test(String(word))) as string)
  const logger = { log, error: log, warn: log, info: log, debug: log }
  const registry = new TargetRegistry({ clock, random: { fraction: () => 0, bytes: (count) => Buffer.alloc(count) }, logger })
  const balancerOf = (more: Partial<Balancing> & { weights?: number[]; urls?: string[] } = {}): TargetBalancer | undefined => {
    const weights = more.weights ?? [1, 1, 1]
    const urls = more.urls ?? weights.map((_, index) => `http://t${index}`)
    const targets = urls.map((url, index) => ({ url, weight: weights[index] ?? 1 }))
    return registry.balancerOf('upstream', {
      id: 'ups_1',
      slug: 'up',
      balance: 'round_robin',
      healthCheck: undefined,
      circuitBreaker: undefined,
      targets,
      ...more,
    })
  }
  return { clock, events, registry, balancerOf }
}

function take(balancer: TargetBalancer, count: number, nowMs = 0): number[] {
  return Array.from({ length: count }, () => {
    const use = balancer.use(undefined, true, nowMs) as TargetUse
    use.end('ok', nowMs)
    return use.index
  })
}

/** Opens the breaker of one target. */
function fail(balancer: TargetBalancer, index: number, nowMs = 0): void {
  const { breaker } = balancer.states[index] as TargetBalancer['states'][number]
  while (breaker?.stateAt(nowMs) !== 'open') breaker?.leave(breaker.enter(nowMs) as number, 'failed', nowMs)
}

describe('turns', () => {
  test('round robin ignores weights; weighted follows them', () => {
    const { balancerOf } = open()
    expect(take(balancerOf({ weights: [3, 1, 1] }) as TargetBalancer, 6)).toEqual([0, 1, 2, 0, 1, 2])
    const counts = [0, 0, 0]
    for (const index of take(balancerOf({ weights: [3, 1, 1], balance: 'weighted' }) as TargetBalancer, 500)) counts[index] = (counts[index] as number) + 1
    expect(counts).toEqual([300, 100, 100])
  })

  test('any weights give exact shares in each cycle, also of 32 targets', () => {
    const random = createPseudoRandom(7)
    for (let round = 0; round < 30; round++) {
      const { balancerOf } = open()
      const weights = Array.from({ length: 2 + random.below(31) }, () => 1 + random.below(12))
      const balancer = balancerOf({ weights, balance: 'weighted' }) as TargetBalancer
      const counts = weights.map(() => 0)
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (const index of take(balancer, total)) counts[index] = (counts[index] as number) + 1
      expect(counts).toEqual(weights)
    }
  })

  test('least connections takes the least busy one; ties take turns, whoever is busy', () => {
    const { balancerOf } = open()
    const balancer = balancerOf({ balance: 'least_connections' }) as TargetBalancer
    const held = balancer.use(undefined, true, 0) as TargetUse
    expect(held.index).toBe(0)
    const counts = [0, 0, 0]
    for (const index of take(balancer, 100)) counts[index] = (counts[index] as number) + 1
    expect(counts).toEqual([0, 50, 50])
    held.end('unknown', 0)
    held.end('unknown', 0)
    expect(balancer.states.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0])
  })

  test('a retry goes to a target that has not failed, evenly over the others', () => {
    const { balancerOf } = open()
    const balancer = balancerOf({ circuitBreaker: 'off' }) as TargetBalancer
    const retried = [0, 0, 0]
    for (let i = 0; i < 300; i++) {
      const first = balancer.use(undefined, true, 0) as TargetUse
      first.end(first.index === 1 ? 'failed' : 'ok', 0)
      if (first.index !== 1) continue
      const second = balancer.use([first], true, 0) as TargetUse
      retried[second.index] = (retried[second.index] as number) + 1
    }
    expect(retried).toEqual([50, 0, 50])
  })
})

describe('who is left out', () => {
  test('a target with an open breaker or a bad check; the others stay even', () => {
    const { balancerOf } = open()
    const balancer = balancerOf({ weights: [1, 1, 1, 1] }) as TargetBalancer
    fail(balancer, 1)
    const { health } = balancer.states[2] as TargetBalancer['states'][number]
    for (let i = 0; i < 3; i++) health.observe(false, '503', CHECK, 0)
    expect(take(balancer, 6)).toEqual([0, 3, 0, 3, 0, 3])
    expect(balancer.findUsable(0)).toBe(0)
  })

  test('with all left out every one is tried in turn, and their results do not count', () => {
    const { balancerOf } = open()
    const balancer = balancerOf({ weights: [1, 1] }) as TargetBalancer
    for (const index of [0, 1]) fail(balancer, index)
    expect(take(balancer, 4)).toEqual([0, 1, 0, 1])
    expect(balancer.states.map(({ breaker }) => breaker?.stateAt(0))).toEqual(['open', 'open'])
    const failed = balancer.use(undefined, true, 0) as TargetUse
    expect(balancer.hasOther([failed], 0)).toBe(false)
  })

  test('with fail_fast nobody is tried until the breaker lets a probe in, also when it could not be repeated', () => {
    const { balancerOf } = open()
    const balancer = balancerOf({ weights: [1], circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, failFast: true } }) as TargetBalancer
    fail(balancer, 0)
    expect(balancer.use(undefined, true, 9_999)).toBeUndefined()
    expect(balancer.opensInMs(4_000)).toBe(6_000)
    const probe = balancer.use(undefined, false, 10_000)
    expect(probe?.index).toBe(0)
    expect(balancer.use(undefined, false, 10_000)).toBeUndefined()
    probe?.answered(10_001)
    expect(balancer.use(undefined, false, 10_001)?.index).toBe(0)
  })

  test('an answer that has begun speaks for the target, whatever becomes of it', () => {
    const { balancerOf } = open()
    const balancer = balancerOf({ circuitBreaker: { ...DEFAULT_CIRCUIT_BREAKER, minimumRequests: 1 } }) as TargetBalancer
    const use = balancer.use(undefined, true, 0) as TargetUse
    use.answered(0)
    use.end('failed', 0)
    expect(use.state.breaker?.countsAt(0)).toEqual({ requests: 1, failures: 0 })
  })
})

describe('the configuration changes', () => {
  test('a single target that nobody watches has no balancer; watched, or with a breaker of its own, it has', () => {
    const { balancerOf, registry } = open()
    expect(balancerOf({ weights: [1] })).toBeUndefined()
    expect(registry.list()).toEqual([])
    expect(balancerOf({ weights: [1], healthCheck: CHECK })?.states[0]?.breaker).toBeUndefined()
    expect(balancerOf({ weights: [1], circuitBreaker: DEFAULT_CIRCUIT_BREAKER })?.states[0]?.breaker).toBeDefined()
    expect(balancerOf({ weights: [1], circuitBreaker: 'off' })).toBeUndefined()
    expect(balancerOf({ circuitBreaker: 'off' })?.states[0]?.breaker).toBeUndefined()
  })

  test('a URL keeps its state and the turns go on; a URL that is gone is forgotten, with its events', () => {
    const { balancerOf, registry, events } = open()
    const before = balancerOf() as TargetBalancer
    expect(take(before, 1)).toEqual([0])
    fail(before, 1)
    const late = before.states[2]?.breaker?.enter(0)
    const after = balancerOf({ urls: ['http://t1', 'http://new', 'http://t0'], balance: 'weighted', weights: [2, 1, 1] }) as TargetBalancer
    expect(after.states[0]).toBe(before.states[1])
    expect(after.states[0]?.breaker?.stateAt(0)).toBe('open')
    expect(after.states[2]?.requests).toBe(1)
    expect(events).toEqual(['breaker.opened'])
    for (let i = 0; i < 9; i++) before.states[2]?.breaker?.leave(late as number, 'failed', 0)
    expect(before.states[2]?.breaker?.stateAt(0)).toBe('open')
    expect(events).toEqual(['breaker.opened'])
    expect(balancerOf()?.states[2]).not.toBe(before.states[2])
    registry.keepOnly('upstream', new Set(['ups_2']))
    expect(registry.list()).toEqual([])
  })

  test('without a check there is nobody to bring a target back: it is well again; without a breaker all is forgotten', () => {
    const { balancerOf } = open()
    const checked = balancerOf({ healthCheck: CHECK }) as TargetBalancer
    for (let i = 0; i < 3; i++) checked.states[0]?.health.observe(false, '500', CHECK, 0)
    expect(balancerOf({ healthCheck: { ...CHECK, path: '/other' } })?.states[0]?.health.isHealthy).toBe(false)
    expect(balancerOf()?.states[0]?.health.isHealthy).toBe(true)
    expect(balancerOf({ circuitBreaker: 'off' })?.states[0]?.breaker).toBeUndefined()
  })

  test('a row stored by a version that knows nothing of it is plain round robin with defaults', () => {
    const { registry } = open()
    const old = { id: 'ups_1', slug: 'up', targets: [0, 1].map((index) => ({ url: `http://t${index}`, weight: 9 })) } as unknown as Balancing & {
      id: string
      slug: string
    }
    const balancer = registry.balancerOf('upstream', old) as TargetBalancer
    expect(take(balancer, 4)).toEqual([0, 1, 0, 1])
    expect(balancer.states[0]?.breaker?.policy).toEqual(DEFAULT_CIRCUIT_BREAKER)
  })
})

describe('health checks', () => {
  test('the state changes after as many in a row as configured, and only then', () => {
    const health = new TargetHealth()
    const observed = [false, false, true, false, false, false, false, true, false, true, true].map((isGood) => health.observe(isGood, '', CHECK, 5))
    expect(observed).toEqual([false, false, false, false, false, true, false, false, false, false, true])
    expect(health.isHealthy).toBe(true)
  })

  test('expected statuses', () => {
    expect([199, 200, 399, 400, 404].map((status) => isExpectedStatus('200-399,404', status))).toEqual([false, true, true, false, true])
  })
})
