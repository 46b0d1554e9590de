// The victim of OPS-13: runs jobs of the database of argv[2] until it is killed. Each step of a job adds 1 to a row of its own, in one transaction with its checkpoint.
import { writeSync } from 'node:fs'
import { Secret } from '../../src/domain/secret.ts'
import type { DatabaseDriver } from '../../src/infrastructure/catalog.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { JobKind } from '../../src/services/job-kind.ts'
import { sleep } from '../../src/services/sleep.ts'
import { createBackground } from '../support/background.ts'
import { RecordingLogger } from '../support/recording-logger.ts'
import { until } from '../support/until.ts'

const [url = '', secret = '', mode = 'for ever'] = process.argv.slice(2)
const isAlone = url.startsWith('sqlite')
// Only what this one needs: it is started a hundred times.
const load = async (): Promise<DatabaseDriver> =>
  isAlone
    ? (await import('../../src/infrastructure/database/sqlite/driver.ts')).sqlite
    : (await import('../../src/infrastructure/database/postgres/driver.ts')).postgres
const { store } = await (await load()).open(new Secret(url), { clock: systemClock, role: 'server' })
const vault = await openKeyVault({ store, encryption: new Secret(secret), random: systemRandom })
const kind: JobKind = {
  name: 'sweep',
  perProcess: 4,
  maxAttempts: 50,
  validate: (payload) => payload as number,
  run: async ({ job, payload, state, checkpoint, signal }) => {
    for (let step = ((state as number | undefined) ?? 0) + 1; step <= (payload as number); step++) {
      await sleep(systemRandom.fraction() * 10, signal)
      signal.throwIfAborted()
      await store.transaction(async (repositories) => {
        const name = `${job.id}.${step}`
        await repositories.settings.set(name, String(Number((await repositories.settings.get(name)) ?? 0) + 1))
        await checkpoint(step, repositories)
      })
    }
    return payload
  },
}
const ports = { store, vault, clock: systemClock, random: systemRandom, logger: new RecordingLogger() }
const { runner } = createBackground(ports, { kinds: [kind], isAlone, leaseMs: 600 })
await runner.start()
writeSync(1, 'ready\n')
// The runner's timers keep no process alive, and this one has nothing else.
setInterval(() => undefined, 60_000)
if (mode === 'until done') {
  const isOpen = async (): Promise<boolean> => {
    const { queued, running, scheduled } = (await store.jobs.stats()).byState
    return queued + running + scheduled > 0
  }
  await until(async () => !(await isOpen()), 50_000)
  process.exit(0)
}
