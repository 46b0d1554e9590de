// What running jobs promises, whoever announces them: every job once, the urgent ones first, cancelled at once, parked when it is poison, never lost.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import { limits } from '../../src/limits.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Job, JobSignals, Json } from '../../src/ports/job-queue.ts'
import type { Store } from '../../src/ports/store.ts'
import { JobFailedError, type JobContext, type JobKind } from '../../src/services/job-kind.ts'
import { createBackground, type Background, type BackgroundOptions } from '../support/background.ts'
import { createCanary } from '../support/canaries.ts'
import { RecordingLogger } from '../support/redis-cache.ts'
import { until } from '../support/until.ts'
import { aJob } from './job-queue.contract.ts'

/** @param openSignals of another process each time; undefined = none */
export function describeJobRunning(name: string, openSignals: () => Promise<JobSignals | undefined>): void {
  describe(`jobs are run: ${name}`, () => {
    let store: Store
    let close: () => Promise<void>
    const started: Background[] = []
    let ports: Parameters<typeof createBackground>[0]

    /** Retries come at once: only the wall clock is moved, and durations stay true. */
    class HastyClock implements Clock {
      aheadMs = 0
      nowMs = (): number => systemClock.nowMs() + this.aheadMs
      monotonicMs = (): number => systemClock.monotonicMs()
    }
    let clock: HastyClock

    beforeEach(async () => {
      clock = new HastyClock()
      const opened = await sqlite.open(new Secret('sqlite::memory:'), { clock, role: 'server' })
      store = opened.store
      const vault = await openKeyVault({ store, encryption: new Secret(createCanary('kek')), random: systemRandom })
      ports = { store, vault, clock, random: systemRandom, logger: new RecordingLogger() }
      close = async () => {
        await opened.events.close()
        await store.close()
      }
    })
    afterEach(async () => {
      await Promise.all(started.splice(0).map(({ runner }) => runner.stop()))
      await close()
    })

    const begin = async (options: BackgroundOptions): Promise<Background> => {
      const background = createBackground(ports, { signals: await openSignals(), ...options })
      started.push(background)
      return background
    }
    const kindOf = (run: (context: JobContext<Json>) => Promise<Json | undefined>, more: Partial<JobKind> = {}): JobKind => ({
      ...{ name: 'sweep', perProcess: 4, validate: (payload) => payload as Json, run, ...more },
    })
    const stateOf = async (id: string): Promise<string | undefined> => (await store.jobs.find(id))?.state
    const count = async (state: 'succeeded' | 'failed' | 'cancelled' | 'running'): Promise<number> => (await store.jobs.stats()).byState[state]

    test('300 jobs and three processes: each job is run once', async () => {
      const runs = new Map<string, number>()
      const kind = kindOf(async ({ job }) => void runs.set(job.id, (runs.get(job.id) ?? 0) + 1))
      const all = [await begin({ kinds: [kind] }), await begin({ kinds: [kind] }), await begin({ kinds: [kind] })]
      const [first] = all as [Background]
      for (let index = 0; index < 100; index++) await first.jobs.start({ kind: 'sweep', payload: index })
      for (const { runner } of all) await runner.start()
      for (let index = 0; index < 200; index++) await first.jobs.start({ kind: 'sweep', payload: index })
      await until(async () => (await count('succeeded')) === 300)
      expect([runs.size, ...new Set(runs.values())]).toEqual([300, 1])
    })

    test('the highest priority goes first, whatever was queued first', async () => {
      const order: Json[] = []
      const { jobs, runner } = await begin({ kinds: [kindOf(async ({ payload }) => void order.push(payload))], perProcess: 1 })
      for (const priority of [0, -5, 9, 3, 9]) await jobs.start({ kind: 'sweep', payload: priority, priority })
      await runner.start()
      await until(() => order.length === 5)
      expect(order).toEqual([9, 9, 3, 0, -5])
    })

    test('what is queued while it runs is begun; a kind keeps to its number, others have room beside it', async () => {
      let running = 0
      let most = 0
      const gate = Promise.withResolvers<void>()
      const slow = kindOf(
        async () => {
          most = Math.max(most, ++running)
          await gate.promise
          running--
          return undefined
        },
        { name: 'slow', perProcess: 2 },
      )
      const { jobs, runner } = await begin({ kinds: [slow, kindOf(async () => undefined)], perProcess: 3 })
      await runner.start()
      for (let index = 0; index < 5; index++) await jobs.start({ kind: 'slow', payload: index })
      await until(() => running === 2)
      const { job } = await jobs.start({ kind: 'sweep', payload: 1 })
      await until(async () => (await stateOf(job.id)) === 'succeeded')
      gate.resolve()
      await until(async () => (await count('succeeded')) === 6)
      expect(most).toBe(2)
    })

    test('a cancelled job hears of it, from this process and from another one', async () => {
      const kind = kindOf(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))))
      const [runs, asks] = [await begin({ kinds: [kind] }), await begin({ kinds: [kind] })]
      await runs.runner.start()
      for (const by of [runs, asks]) {
        const { job } = await by.jobs.start({ kind: 'sweep', payload: 1 })
        await until(async () => (await stateOf(job.id)) === 'running')
        await by.jobs.cancel(job.id)
        await until(async () => (await stateOf(job.id)) === 'cancelled')
      }
    })

    test('a failure is tried again with growing delays; a job that always fails is parked after five attempts, and one that cannot succeed at once', async () => {
      let tries = 0
      const kind = kindOf(async ({ payload }) => {
        tries++
        if (payload === 'never') throw new JobFailedError('there is no such room')
        if (payload === 'poison' || tries < 3) throw new Error(`broom ${tries} broke`)
        return tries
      })
      const { jobs, runner } = await begin({ kinds: [kind] })
      await runner.start()
      const { job } = await jobs.start({ kind: 'sweep', payload: 'twice' })
      const delays: number[] = []
      const hurry = async (id: string): Promise<boolean> => {
        const found = (await store.jobs.find(id)) as Job
        if (found.state === 'scheduled') {
          delays.push(found.runAtMs - clock.nowMs())
          clock.aheadMs += found.runAtMs - clock.nowMs() + 1
          runner.wake()
        }
        return found.state === 'succeeded' || found.state === 'failed'
      }
      await until(() => hurry(job.id))
      expect(await store.jobs.find(job.id)).toMatchObject({ state: 'succeeded', result: 3, attempts: 3, error: 'broom 2 broke' })
      const poison = await jobs.start({ kind: 'sweep', payload: 'poison' })
      tries = 0
      delays.length = 0
      await until(() => hurry(poison.job.id))
      expect(await store.jobs.find(poison.job.id)).toMatchObject({ state: 'failed', attempts: limits.jobAttemptsMax, error: 'broom 5 broke' })
      expect(tries).toBe(limits.jobAttemptsMax)
      expect(delays).toHaveLength(limits.jobAttemptsMax - 1)
      for (const [index, delay] of delays.entries()) expect(delay).toBeLessThanOrEqual(limits.jobRetryMinMs * 2 ** index)
      const never = await jobs.start({ kind: 'sweep', payload: 'never' })
      await until(() => hurry(never.job.id))
      expect(await store.jobs.find(never.job.id)).toMatchObject({ state: 'failed', attempts: 1, error: 'there is no such room' })
    })

    test('a process that stops gives its job back at the next checkpoint, and another goes on from there', async () => {
      const steps: string[] = []
      const kindFor = (who: string): JobKind =>
        kindOf(async ({ state, checkpoint, progress, signal }) => {
          for (let step = ((state as number | undefined) ?? 0) + 1; step <= 6; step++) {
            if (who === 'first' && step === 4) await new Promise((resolve) => signal.addEventListener('abort', resolve))
            signal.throwIfAborted()
            steps.push(`${who} ${step}`)
            progress(step, 6)
            await checkpoint(step)
          }
          return 'done'
        })
      const [first, second] = [await begin({ kinds: [kindFor('first')] }), await begin({ kinds: [kindFor('second')] })]
      await first.runner.start()
      const { job } = await first.jobs.start({ kind: 'sweep', payload: 1 })
      await until(() => steps.length === 3)
      await first.runner.stop()
      expect(await store.jobs.find(job.id)).toMatchObject({ state: 'queued', checkpoint: 3 })
      await second.runner.start()
      await until(async () => (await stateOf(job.id)) === 'succeeded')
      expect(steps).toEqual(['first 1', 'first 2', 'first 3', 'second 4', 'second 5', 'second 6'])
      expect(await store.jobs.find(job.id)).toMatchObject({ progress: { done: 6, total: 6 }, result: 'done' })
    })

    test('the job of a process that is silent is taken over; what the silent one still says is not stored', async () => {
      const { job } = await store.jobs.enqueue(aJob())
      const dead = await store.jobs.claim('dead', [{ name: 'sweep' }])
      expect(dead?.job.id).toBe(job.id)
      const { runner } = await begin({ kinds: [kindOf(async () => 'alive')], leaseMs: 400 })
      await runner.start()
      await until(async () => (await stateOf(job.id)) === 'succeeded')
      expect(await store.jobs.complete(job.id, 'dead', 'late')).toBe(false)
      expect(await store.jobs.find(job.id)).toMatchObject({ result: 'alive', attempts: 2 })
    })

    test('a long run keeps its lease, although others look', async () => {
      const gate = Promise.withResolvers<void>()
      let runs = 0
      const kind = kindOf(async () => (runs++, await gate.promise, undefined))
      const [one, other] = [await begin({ kinds: [kind], leaseMs: 400 }), await begin({ kinds: [kind], leaseMs: 400 })]
      await one.runner.start()
      const { job } = await one.jobs.start({ kind: 'sweep', payload: 1 })
      await until(() => runs === 1)
      await other.runner.start()
      const [before] = await store.jobs.listHeld()
      // Renewed that often, it was looked at for several times the life of a lease.
      await until(async () => ((await store.jobs.listHeld())[0]?.beat ?? 0) > (before?.beat ?? 0) + 12)
      expect([runs, await stateOf(job.id)]).toEqual([1, 'running'])
      gate.resolve()
      await until(async () => (await stateOf(job.id)) === 'succeeded')
      expect(runs).toBe(1)
    })

    test('of a schedule one run is queued per period, by all processes together, and a late one finds it', async () => {
      const schedules = [{ kind: 'sweep', everyMs: 3_600_000, payload: 'nightly' }]
      const kind = kindOf(async () => undefined)
      const all = [await begin({ kinds: [kind], schedules }), await begin({ kinds: [kind], schedules })]
      clock.aheadMs = 3_600_000 - (clock.nowMs() % 3_600_000) + 1_000
      for (let round = 0; round < 3; round++) await Promise.all(all.map(({ sweep }) => sweep.queueScheduled()))
      expect((await store.jobs.listPage({ page: 1, limit: 10 })).total).toBe(1)
      clock.aheadMs += 3_600_000
      await Promise.all(all.map(({ sweep }) => sweep.queueScheduled()))
      expect((await store.jobs.listPage({ page: 1, limit: 10 })).total).toBe(2)
      const late = await begin({ kinds: [kind], schedules })
      await late.sweep.queueScheduled()
      expect((await store.jobs.listPage({ page: 1, limit: 10 })).total).toBe(2)
    })

    test('no job is begun while requests need the processor', async () => {
      let isBusy = true
      const { jobs, runner } = await begin({ kinds: [kindOf(async () => undefined)], mayBegin: () => !isBusy })
      await runner.start()
      const { job } = await jobs.start({ kind: 'sweep', payload: 1 })
      runner.wake()
      expect(runner.running).toBe(0)
      expect(await stateOf(job.id)).toBe('queued')
      isBusy = false
      await until(async () => (await stateOf(job.id)) === 'succeeded')
    })

    test('who listens hears the way of a job', async () => {
      const gate = Promise.withResolvers<void>()
      const kind = kindOf(async ({ progress }) => (progress(1, 2, 'half'), await gate.promise, undefined))
      const { jobs, runner, events } = await begin({ kinds: [kind] })
      const heard: string[] = []
      events.subscribe(({ state, progress }) => void heard.push(`${state} ${progress.done}`))
      await runner.start()
      await jobs.start({ kind: 'sweep', payload: 1 })
      await until(() => heard.includes('running 1'))
      gate.resolve()
      await until(() => heard.includes('succeeded 1'))
      expect(heard).toEqual(['queued 0', 'running 0', 'running 1', 'succeeded 1'])
    })
  })
}
