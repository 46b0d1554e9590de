// Acceptance row OPS-13: runners killed at any moment lose no job and do no step of one twice; 10,000 jobs.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import type { DatabaseDriver } from '../../src/infrastructure/catalog.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { postgres } from '../../src/infrastructure/database/postgres/driver.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { Store } from '../../src/ports/store.ts'
import type { JobKind } from '../../src/services/job-kind.ts'
import { aJob } from '../contracts/job-queue.contract.ts'
import { createBackground } from '../support/background.ts'
import { createCanary } from '../support/canaries.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import type { RunningDatabase } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'

const KILLS = Number(process.env['JOB_KILLS'] ?? 50)
/** More than one runner can do before it is killed. */
const JOBS_PER_KILL = 20
const STEPS = 5
/** Until a runner must have begun. */
const START_MS = 30_000
/** Each kill is the start of a process, on a machine that may have others to do. */
const TIMEOUT_MS = 300_000
const VICTIM = join(import.meta.dirname, 'job-victim.ts')
const secret = createCanary('kek')

describe('OPS-13 kill -9, SQLite: one runner', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'akr-jobs-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test(
    `${KILLS} kills: every job ends, no step is done twice`,
    async () => {
      await killAndCompare(sqlite, `sqlite:${folder}/core.db`, 1)
    },
    TIMEOUT_MS,
  )
})

describeWith('postgres', 'OPS-13 kill -9, PostgreSQL: three runners that take over from each other', () => {
  let server: RunningDatabase
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  test(
    `${KILLS} kills: every job ends, no step is done twice`,
    async () => {
      await killAndCompare(postgres, await server.createDatabase(), 3)
    },
    TIMEOUT_MS,
  )
})

async function killAndCompare(driver: DatabaseDriver, url: string, runners: number): Promise<void> {
  const ids = await within(driver, url, async (store) => {
    await openKeyVault({ store, encryption: new Secret(secret), random: systemRandom })
    const added: string[] = []
    for (let index = 0; index < KILLS * JOBS_PER_KILL; index++) {
      const { job } = await store.jobs.enqueue(aJob({ payload: STEPS, priority: index % 3, maxAttempts: 50 }))
      added.push(job.id)
    }
    return added
  })
  let kills = 0
  const lane = async (): Promise<void> => {
    while (kills < KILLS) {
      kills++
      const child = await startVictim(url)
      await delay(systemRandom.fraction() * 120)
      await kill(child)
    }
  }
  await Promise.all(Array.from({ length: runners }, lane))
  const unfinished = await within(driver, url, async (store) => (await store.jobs.stats()).byState)
  // Kills when all was done already would prove nothing.
  expect(unfinished.queued + unfinished.running).toBeGreaterThan(0)
  const last = await startVictim(url, 'until done')
  await once(last, 'exit')
  await within(driver, url, async (store) => {
    const wrong: string[] = []
    for (const id of ids) {
      const job = await store.jobs.find(id)
      if (job?.state !== 'succeeded' || job.result !== STEPS) wrong.push(`${id} is ${job?.state}: ${job?.error}`)
      for (let step = 1; step <= STEPS; step++) {
        const times = await store.settings.get(`${id}.${step}`)
        if (times !== '1') wrong.push(`${id} step ${step} was done ${times ?? 0} times`)
      }
    }
    expect(wrong).toEqual([])
    expect(await store.jobs.listHeld()).toEqual([])
  })
}

async function within<T>(driver: DatabaseDriver, url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const { store, events } = await driver.open(new Secret(url), { clock: systemClock, role: 'server' })
  try {
    return await work(store)
  } finally {
    await events.close()
    await store.close()
  }
}

async function startVictim(url: string, mode = 'for ever'): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', VICTIM, url, secret, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Compiled once, not at each of a hundred starts.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'akr-job-victim') },
  })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the runner ended with ${String(code)}`)))
  const silent = delay(START_MS, undefined, { ref: false }).then(() => {
    child.kill('SIGKILL')
    throw new Error(`the runner gave no sign of life within ${START_MS} ms`)
  })
  await Promise.race([once(child.stdout, 'data'), ended, silent])
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`the runner ended by itself with ${child.exitCode}`)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test(
  '10,000 jobs: each once, in order of priority',
  async () => {
    const { store, events } = await sqlite.open(new Secret('sqlite::memory:'), { clock: systemClock, role: 'server' })
    const vault = await openKeyVault({ store, encryption: new Secret(secret), random: systemRandom })
    const order: number[] = []
    const runs = new Map<string, number>()
    const kind: JobKind = {
      name: 'sweep',
      perProcess: 4,
      validate: (payload) => payload as number,
      run: async ({ job }) => {
        order.push(job.priority)
        runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
        return undefined
      },
    }
    const background = createBackground({ store, vault, clock: systemClock, random: systemRandom, logger: new RecordingLogger() }, { kinds: [kind] })
    for (let index = 0; index < 10_000; index++) await store.jobs.enqueue(aJob({ priority: index % 5 }))
    await background.runner.start()
    await until(() => order.length === 10_000, 100_000)
    await until(async () => (await store.jobs.stats()).byState.succeeded === 10_000)
    expect([runs.size, ...new Set(runs.values())]).toEqual([10_000, 1])
    // Four begin side by side, so neighbours may change places; no further.
    const sorted = order.toSorted((a, b) => b - a)
    expect(order.filter((priority, index) => priority !== sorted[index]).length).toBeLessThanOrEqual(40)
    await background.runner.stop()
    await events.close()
    await store.close()
  },
  TIMEOUT_MS,
)
