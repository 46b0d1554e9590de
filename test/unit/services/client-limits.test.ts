// Limits of client keys over several processes: the shared store, its loss and its return.
import { describe, expect, test } from '@jest/globals'
import type { ClientLimits } from '../../../src/domain/client-limits.ts'
import type { GatewayError } from '../../../src/errors.ts'
import { MemoryLimits } from '../../../src/infrastructure/cache/memory/memory-limits.ts'
import { MetricCounts } from '../../../src/infrastructure/metrics/metric-counts.ts'
import { systemRandom } from '../../../src/infrastructure/system.ts'
import { clientScope } from '../../../src/services/limit-scopes.ts'
import { type LimitPlace, RequestLimiter } from '../../../src/services/request-limits.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { LeavingLimits } from '../../support/leaving-limits.ts'
import { aClientKey } from '../../support/rows.ts'
import { until } from '../../support/until.ts'

const N = 4
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class Deployment {
  readonly clock = new FakeClock()
  readonly shared = new LeavingLimits(this.clock)
  readonly processes: RequestLimiter[]
  readonly places: LimitPlace[] = []
  readonly key

  constructor(limits: ClientLimits) {
    this.key = aClientKey({ limits })
    this.processes = Array.from({ length: N }, () => this.open())
  }

  open(): RequestLimiter {
    const { clock } = this
    return new RequestLimiter({
      cache: this.shared.cache,
      local: new MemoryLimits({ clock }),
      clock,
      random: systemRandom,
      metrics: new MetricCounts(),
      replicaCount: () => N,
    })
  }

  /** The code of the refusal, or `ok`. */
  async ask(process: number): Promise<string> {
    try {
      this.places.push(await (this.processes[process] as RequestLimiter).claim([clientScope(this.key)]))
      return 'ok'
    } catch (error) {
      return (error as GatewayError).code
    }
  }

  /** How many of `count` are granted, spread over the processes. */
  async burst(count: number): Promise<number> {
    const answers = await Promise.all(Array.from({ length: count }, (_, i) => this.ask(i % N)))
    return answers.filter((answer) => answer === 'ok').length
  }

  /** Time in which the processes notice; each is asked, because they look only when they are. */
  async settle(): Promise<void> {
    this.clock.advance(100)
    for (let i = 0; i < N; i++) await this.ask(i)
    for (let i = 0; i < 10; i++) await turn()
  }
}

describe('RL-03 the shared store is gone', () => {
  test('what the processes grant together stays within the limit and one per process, whatever was granted before', async () => {
    for (const before of [0, 40, 100]) {
      const all = new Deployment({ rpm: 100 })
      const granted = await all.burst(before)
      all.shared.isGone = true
      const during = await all.burst(1_000)
      expect(granted + during).toBeLessThanOrEqual(100 + N)
      expect(granted + during).toBeGreaterThanOrEqual(100)
    }
  })

  test('when it is back it hears what was granted without it: no window has more, and nothing is owed', async () => {
    const all = new Deployment({ rpm: 100 })
    await all.burst(20)
    all.clock.advance(10_000)
    all.shared.isGone = true
    expect(await all.burst(40)).toBe(40)
    all.clock.advance(10_000)
    all.shared.isGone = false
    await all.settle()
    // While others may still have something to tell, each keeps to its share.
    expect(all.places.length + (await all.burst(1_000))).toBeLessThanOrEqual(100)
    all.clock.advance(2_000)
    await all.burst(1_000)
    expect(all.places).toHaveLength(100)
    // The first twenty are over, the others still count.
    all.clock.advance(38_000)
    expect(await all.burst(1_000)).toBe(20)
    all.clock.advance(60_000)
    expect(await all.burst(1_000)).toBe(100)
    expect(await all.burst(10)).toBe(0)
  })

  test('a client that comes through one process alone gets the whole limit again at once', async () => {
    const all = new Deployment({ rpm: 100 })
    all.shared.isGone = true
    for (let i = 0; i < 50; i++) await all.ask(0)
    expect(all.places).toHaveLength(25)
    all.clock.advance(5_000)
    all.shared.isGone = false
    await all.settle()
    all.clock.advance(2_000)
    let granted = 0
    for (let i = 0; i < 200; i++) if ((await all.ask(0)) === 'ok') granted++
    // Its 25 and what settle() asked of the others.
    expect(granted).toBe(100 - 25 - (N - 1))
  })

  test('a process that is back first does not take what the others have granted and not yet told', async () => {
    const all = new Deployment({ rpm: 100 })
    all.shared.isGone = true
    expect(await all.burst(1_000)).toBe(100)
    all.clock.advance(5_000)
    all.shared.isGone = false
    for (let i = 0; i < 5; i++) {
      await all.ask(0)
      await turn()
      await turn()
    }
    for (let i = 0; i < 50; i++) await all.ask(0)
    expect(all.places).toHaveLength(100)
  })

  test('a connection that is lost and back within a moment is no outage: nothing is granted beside the store', async () => {
    const all = new Deployment({ rpm: 100 })
    for (let i = 0; i < 90; i++) await all.ask(0)
    all.shared.isGone = true
    const granted = all.burst(1_000)
    setTimeout(() => (all.shared.isGone = false), 20)
    expect(await granted).toBe(10)
  })

  test('while it is gone nobody waits for it: one look in 100 ms', async () => {
    const all = new Deployment({ rpm: 1_000 })
    all.shared.isGone = true
    await all.ask(0)
    await turn()
    all.shared.calls = 0
    for (let i = 0; i < 50; i++) await all.ask(0)
    await turn()
    expect(all.shared.calls).toBe(1)
    all.clock.advance(100)
    await all.ask(0)
    await turn()
    expect(all.shared.calls).toBe(2)
  })
})

describe('RL-04 in flight', () => {
  test('slots come back once each, also when an exchange is released twice', async () => {
    const all = new Deployment({ maxInFlight: 8 })
    expect(await all.burst(20)).toBe(8)
    for (const place of all.places.splice(0, 4)) {
      place.release()
      place.release()
    }
    await turn()
    expect(await all.burst(20)).toBe(4)
    // The others are still known, and kept.
    for (let i = 0; i < 4; i++) {
      all.clock.advance(10_000)
      for (const process of all.processes) process.renew()
      await turn()
    }
    expect(await all.burst(20)).toBe(0)
  })

  test('slots of a process that died are free when their lease ends; those of a living one are renewed', async () => {
    const all = new Deployment({ maxInFlight: 2 })
    await all.ask(0)
    const dead = all.open()
    await dead.claim([clientScope(all.key)])
    expect(await all.ask(0)).toBe('concurrency_limited')
    for (let i = 0; i < 3; i++) {
      all.clock.advance(10_000)
      all.processes[0]?.renew()
      await turn()
    }
    expect([await all.ask(1), await all.ask(2)]).toEqual(['ok', 'concurrency_limited'])
  })

  test('a store that lost everything learns who is running when it is back', async () => {
    const all = new Deployment({ maxInFlight: 8 })
    expect(await all.burst(8)).toBe(8)
    all.shared.isGone = true
    expect(await all.burst(8)).toBe(0)
    all.shared.forget()
    all.shared.isGone = false
    await all.settle()
    expect(await all.burst(8)).toBe(0)
  })

  test('a claim whose answer was lost leaves nothing behind', async () => {
    const all = new Deployment({ maxInFlight: 4 })
    all.shared.losesAnswers = true
    for (let i = 0; i < N; i++) await all.ask(i)
    all.shared.losesAnswers = false
    await all.settle()
    for (const place of all.places) place.release()
    await turn()
    all.places.length = 0
    expect(await all.burst(4)).toBe(4)
  })
})

test('RL-04 slots that could not be given back are given back when the store is there again', async () => {
  const all = new Deployment({ maxInFlight: 8 })
  expect(await all.burst(8)).toBe(8)
  all.shared.isGone = true
  for (const place of all.places) place.release()
  await turn()
  all.shared.isGone = false
  const watcher = all.open()
  const limits = all.key.limits as ClientLimits
  await until(async () => {
    const place = await Promise.resolve(watcher.claim([clientScope({ ...all.key, limits: { ...limits, maxInFlight: 1 } })])).catch(() => undefined)
    place?.release()
    return place !== undefined
  }, 2_000)
})

test('in one process: no promise, and a full store refuses instead of letting pass', () => {
  const clock = new FakeClock()
  const store = new MemoryLimits({ clock, entriesMax: 1 })
  const limiter = new RequestLimiter({ cache: store as never, local: store, clock, random: systemRandom, metrics: new MetricCounts(), replicaCount: () => 1 })
  const key = aClientKey({ limits: { rpm: 1 } })
  const place = limiter.claim([clientScope(key)])
  expect(place).not.toBeInstanceOf(Promise)
  expect((place as LimitPlace).states).toEqual([{ name: 'rpm', max: 1, windowMs: 60_000, remaining: 0, resetMs: 60_000 }])
  expect(() => limiter.claim([clientScope(key)])).toThrow(
    expect.objectContaining({ code: 'client_rate_limited', details: expect.objectContaining({ retryAfterMs: 60_000, shouldRetry: false }) }),
  )
  expect(() => limiter.claim([clientScope(aClientKey({ limits: { rpm: 1 } }))])).toThrow(expect.objectContaining({ code: 'overloaded' }))
})
