// Wires work in the background: the kinds there are, who queues them, who runs them.
import { createId } from '../domain/id.ts'
import type { Job, JobQueue } from '../ports/job-queue.ts'
import { createAccountProvisioningKind } from '../services/account-provisioning-kind.ts'
import { createBackupKind, DAILY_BACKUP } from '../services/backup-kind.ts'
import { JobEvents } from '../services/job-events.ts'
import type { JobKind } from '../services/job-kind.ts'
import { JobRunner } from '../services/job-runner.ts'
import { type JobSchedule, JobSweep } from '../services/job-sweep.ts'
import { Jobs } from '../services/jobs.ts'
import { createKeyImportKind } from '../services/key-import-kind.ts'
import { createKeyValidationKind } from '../services/key-validation-kind.ts'
import { BATCH_SCHEDULES, createBatchKinds } from './batches.ts'
import { createReencrypt } from './key-rotation.ts'
import type { Get, Provide } from './parts.ts'

/** Above this part of the requests that one process may have in flight no job is begun. */
const BUSY = 0.5

function listSchedules(get: Get): readonly JobSchedule[] {
  return [...BATCH_SCHEDULES, ...(get('config').backupDaily ? [DAILY_BACKUP] : [])]
}

export function registerJobs(provide: Provide): void {
  provide('jobEvents', () => new JobEvents())
  provide('jobQueue', createQueue)
  provide('jobKinds', createKinds)
  provide('jobs', createJobs)
  provide('jobRunner', createRunner)
}

/** All there is to be done in the background. */
function createKinds(get: Get): readonly JobKind[] {
  const { keyImports, provisioning } = get('management')
  const validation = createKeyValidationKind({
    ...{ store: get('store'), prober: get('prober'), liveKeys: get('snapshot'), clock: get('clock'), random: get('random') },
  })
  const own = [validation, createKeyImportKind(keyImports), createAccountProvisioningKind(provisioning), createBackupKind(get('stores').backups)]
  const kinds = [...own, ...createBatchKinds(get), createReencrypt(get)]
  return kinds as readonly JobKind[]
}

function createJobs(get: Get): Jobs {
  return new Jobs({
    ...{ store: get('management').auditedStore, kinds: get('jobKinds'), signals: get('jobSignals'), vault: get('vault') },
    ...{ clock: get('clock'), random: get('random'), events: get('jobEvents') },
    onQueued: () => wake(get),
    onCancelled: () => {
      if (get('role') === 'server') void get('jobRunner').checkLeases()
    },
  })
}

/** The stored queue; who queues something by it is heard at once. */
function createQueue(get: Get): Pick<JobQueue, 'enqueue' | 'cancel'> {
  const { jobs } = get('store')
  const told = (job: Job): void => {
    get('jobEvents').tell(job)
    get('jobSignals')?.announce(job)
    wake(get)
  }
  return {
    enqueue: async (row) => {
      const added = await jobs.enqueue(row)
      if (added.isNew) told(added.job)
      return added
    },
    cancel: async (id) => {
      const job = await jobs.cancel(id)
      if (job !== undefined && get('role') === 'server') void get('jobRunner').checkLeases()
      return job
    },
  }
}

/** The command line queues jobs and runs none. */
function wake(get: Get): void {
  if (get('role') === 'server') get('jobRunner').wake()
}

function createRunner(get: Get): JobRunner {
  const [clock, random, logger] = [get('clock'), get('random'), get('logger')]
  const queue = get('store').jobs
  const lifecycle = get('lifecycle')
  const { audit } = get('management')
  const common = { queue, clock, random, logger, events: get('jobEvents'), signals: get('jobSignals') }
  return new JobRunner({
    ...common,
    vault: get('vault'),
    kinds: get('jobKinds'),
    sweep: new JobSweep({ ...common, schedules: listSchedules(get) }),
    instance: createId('run', clock.nowMs(), random.bytes(10)),
    isAlone: get('stores').link === undefined,
    mayBegin: () => !lifecycle.isDraining && get('dataPlane').inFlight < get('config').exchangesMax * BUSY,
    runAs: (job, work) => audit.as({ actor: job.createdBy, actorId: undefined, requestId: job.id, network: undefined }, work),
  })
}
