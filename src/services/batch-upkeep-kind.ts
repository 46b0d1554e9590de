// The kind of job that looks after files and batches from time to time.
import type { Batches } from './batches.ts'
import type { JobSchedule } from './job-sweep.ts'
import type { JobKind } from './job-kind.ts'

const KIND = 'batch_upkeep'

export const BATCH_UPKEEP: JobSchedule = { kind: KIND, everyMs: 300_000, payload: null }

export function createBatchUpkeepKind(batches: Batches): JobKind<null> {
  return {
    name: KIND,
    perCluster: 1,
    validate: () => null,
    run: async () => {
      await batches.pickUp()
      return undefined
    },
  }
}
