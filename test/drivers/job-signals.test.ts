// Jobs announced over a real Redis by BullMQ, with the queue in a real database: what a runner promises with signals, without them, and when they are lost.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { bullmq } from '../../src/infrastructure/jobs/bullmq/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { JobSignals } from '../../src/ports/job-queue.ts'
import { describeJobRunning } from '../contracts/job-running.contract.ts'
import { RecordingLogger, type RedisUnderTest, startRedisUnderTest } from '../support/redis-cache.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

describeJobRunning('a table that is looked at', () => Promise.resolve(undefined))

describeWith('redis', 'jobs over BullMQ', () => {
  let server: RedisUnderTest
  const opened: JobSignals[] = []
  beforeAll(async () => {
    server = await startRedisUnderTest()
  })
  afterAll(() => server.stop())
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((signals) => signals.close()))
    await server.observer.flushall()
  })
  const open = async (): Promise<JobSignals> => {
    const signals = await bullmq.open(new Secret(server.url), { clock: systemClock, random: systemRandom, logger: new RecordingLogger() })
    opened.push(signals)
    return signals
  }

  describeJobRunning('BullMQ', open)

  describe('signals', () => {
    const aTicket = (id: string, priority = 0, runAtMs = 0): { id: string; kind: string; priority: number; runAtMs: number } => ({
      ...{ id, kind: 'sweep', priority, runAtMs },
    })

    test('one announcement is heard by one process; a busy one is passed over', async () => {
      const [announcer, busy, free] = [await open(), await open(), await open()]
      const heard = { busy: 0, free: 0 }
      const release = Promise.withResolvers<void>()
      busy.subscribe(() => (heard.busy++, release.promise))
      announcer.announce(aTicket('job_1'))
      await until(() => heard.busy === 1)
      free.subscribe(async () => void heard.free++)
      for (const id of ['job_2', 'job_3', 'job_4']) announcer.announce(aTicket(id))
      await until(() => heard.free === 3)
      expect(heard.busy).toBe(1)
      release.resolve()
    })

    test('a job whose time has not come is announced when it has; nothing is left behind in Redis', async () => {
      const signals = await open()
      let heardAtMs = 0
      signals.subscribe(async () => void (heardAtMs = systemClock.nowMs()))
      const runAtMs = systemClock.nowMs() + 400
      signals.announce(aTicket('job_5', 0, runAtMs))
      await until(() => heardAtMs > 0)
      expect(heardAtMs).toBeGreaterThanOrEqual(runAtMs)
      await until(async () => (await server.observer.keys('*job_5*')).length === 0)
    })

    test('while Redis is away nobody waits, and signals come again when it is back', async () => {
      const signals = await open()
      let heard = 0
      signals.subscribe(async () => void heard++)
      signals.announce(aTicket('job_6'))
      await until(() => heard === 1)
      await server.observer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      signals.announce(aTicket('job_7'))
      await until(() => {
        signals.announce(aTicket(`job_${heard}_${systemRandom.bytes(4).toString('hex')}`))
        return heard > 1
      })
    })
  })
})
