// Jobs and their runner over a real queue, for tests: all kinds of the product that need no data plane, and more if wanted.
import { createAccountProvisioningKind } from '../../src/services/account-provisioning-kind.ts'
import { JobEvents } from '../../src/services/job-events.ts'
import type { JobKind } from '../../src/services/job-kind.ts'
import { JobRunner, type JobRunnerDependencies } from '../../src/services/job-runner.ts'
import { JobSweep, type JobSchedule } from '../../src/services/job-sweep.ts'
import { Jobs } from '../../src/services/jobs.ts'
import { createKeyImportKind } from '../../src/services/key-import-kind.ts'
import { createKeyValidationKind } from '../../src/services/key-validation-kind.ts'
import type { ManagementPorts, ManagementServices } from '../../src/services/management.ts'
import { nextId } from './rows.ts'

export interface Background {
  readonly jobs: Jobs
  /** Not started. */
  readonly runner: JobRunner
  readonly sweep: JobSweep
  readonly events: JobEvents
}

export interface BackgroundOptions extends Partial<Pick<JobRunnerDependencies, 'perProcess' | 'leaseMs' | 'signals' | 'mayBegin' | 'isAlone'>> {
  readonly kinds: readonly JobKind[]
  readonly schedules?: readonly JobSchedule[]
}

type Ports = Pick<ManagementPorts, 'store' | 'vault' | 'clock' | 'random' | 'logger'>

export function createBackground(ports: Ports, options: BackgroundOptions, services?: Pick<ManagementServices, 'auditedStore' | 'audit'>): Background {
  const { schedules = [], signals, leaseMs, kinds } = options
  const events = new JobEvents()
  const common = { ...ports, queue: ports.store.jobs, events, signals }
  const sweep = new JobSweep({ ...common, schedules, leaseMs })
  const runner = new JobRunner({
    ...common,
    sweep,
    instance: nextId('run'),
    isAlone: false,
    mayBegin: () => true,
    runAs: (job, work) => services?.audit.as({ actor: job.createdBy, actorId: undefined, requestId: job.id, network: undefined }, work) ?? work(),
    ...options,
  })
  const jobs = new Jobs({
    ...{ ...ports, store: services?.auditedStore ?? ports.store, kinds, signals, events },
    onQueued: () => runner.wake(),
    onCancelled: () => void runner.checkLeases(),
  })
  return { jobs, runner, sweep, events }
}

/** The kinds of the product that need no data plane. */
export function managementKinds(ports: ManagementPorts, { keyImports, provisioning }: ManagementServices): readonly JobKind[] {
  const kinds = [createKeyValidationKind(ports), createKeyImportKind(keyImports), createAccountProvisioningKind(provisioning)]
  return kinds as unknown as readonly JobKind[]
}
