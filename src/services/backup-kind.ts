// The kind of job that writes the configuration database into a file, once when somebody asks for it, or every night.
import type { BackupWriter } from '../ports/backup.ts'
import type { JobKind } from './job-kind.ts'
import type { JobSchedule } from './job-sweep.ts'

const KIND = 'backup'
const HOUR_MS = 3_600_000

/** At 03:00 UTC, or as soon after as a gateway runs. */
export const DAILY_BACKUP: JobSchedule = { kind: KIND, everyMs: 24 * HOUR_MS, offsetMs: 3 * HOUR_MS, payload: null }

export function createBackupKind(writer: BackupWriter): JobKind<null> {
  return {
    name: KIND,
    perCluster: 1,
    startedBy: 'operator',
    uniqueKey: () => KIND,
    validate: () => null,
    run: async ({ job, signal, progress }) => {
      signal.throwIfAborted()
      const { file, bytes, rows, upstreamKeys } = await writer.write(nameOf(job.id, job.createdAtMs), (done) => {
        signal.throwIfAborted()
        progress(done, undefined, 'copying')
      })
      return { file, bytes, rows, upstream_keys: upstreamKeys }
    },
  }
}

/** The same in every run of one job, so that what a run before has finished is found. */
function nameOf(jobId: string, createdAtMs: number): string {
  return `backup-${new Date(createdAtMs).toISOString().replaceAll(/[:-]|\.\d+/g, '')}-${jobId}`
}
