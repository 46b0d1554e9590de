// What is done for all jobs from time to time: leases of the dead are taken, runs of a schedule are queued, ended jobs are removed.
import { createId } from '../domain/id.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { HeldLease, JobQueue, JobSignals, Json } from '../ports/job-queue.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { JobEvents } from './job-events.ts'

/** A job that is done once per period by all processes together. */
export interface JobSchedule {
  readonly kind: string
  /** Periods are counted from midnight UTC, 1 January 1970, plus the offset. */
  readonly everyMs: number
  readonly offsetMs?: number | undefined
  readonly payload: Json
}

export interface JobSweepDependencies {
  readonly queue: JobQueue
  readonly signals: JobSignals | undefined
  readonly schedules: readonly JobSchedule[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly events: JobEvents
  /** ms without a sign of life after which the holder of a lease is dead. Default limits.jobLeaseMs. */
  readonly leaseMs?: number | undefined
}

interface SeenLease extends HeldLease {
  readonly sinceMs: number
}

const REMOVE_EVERY_MS = 60_000

export class JobSweep {
  readonly #dependencies: JobSweepDependencies
  /** By job: what was seen of leases, and since when it is the same, by our own clock. As many as jobs run. */
  #seen = new Map<string, SeenLease>()
  readonly #slots = new Map<JobSchedule, number>()
  #removedAtMs = 0

  constructor(dependencies: JobSweepDependencies) {
    this.#dependencies = dependencies
    this.#removedAtMs = dependencies.clock.monotonicMs()
  }

  /** @param isAlone no other process uses the database: whatever is held is held by the dead */
  async expireDead(isAlone = false): Promise<void> {
    const { queue, clock, leaseMs = limits.jobLeaseMs, logger, events } = this.#dependencies
    const nowMs = clock.monotonicMs()
    const seen = new Map<string, SeenLease>()
    for (const lease of await queue.listHeld()) {
      const before = this.#seen.get(lease.jobId)
      const isSame = before !== undefined && before.token === lease.token && before.beat === lease.beat
      const now: SeenLease = isSame ? before : { ...lease, sinceMs: nowMs }
      seen.set(lease.jobId, now)
      if (!isAlone && nowMs - now.sinceMs <= leaseMs) continue
      const job = await queue.expire(lease)
      if (job === undefined) continue
      const fields = { job_id: job.id, kind: job.kind, attempt: job.attempts, state: job.state }
      logger.warn('job.expired', 'The process that ran a job is gone: the job is taken from it', fields)
      events.tell(job)
      this.#dependencies.signals?.announce(job)
    }
    this.#seen = seen
  }

  async queueScheduled(): Promise<void> {
    const { queue, schedules, clock, random, signals } = this.#dependencies
    for (const schedule of schedules) {
      const slot = Math.floor((clock.nowMs() - (schedule.offsetMs ?? 0)) / schedule.everyMs)
      if (this.#slots.get(schedule) === slot) continue
      const unique = { key: `${schedule.kind}@${slot * schedule.everyMs + (schedule.offsetMs ?? 0)}`, until: 'removed' } as const
      const id = createId('job', clock.nowMs(), random.bytes(10))
      const { job, isNew } = await queue.enqueue({ id, kind: schedule.kind, payload: schedule.payload, priority: -10, unique })
      this.#slots.set(schedule, slot)
      if (isNew) signals?.announce(job)
    }
  }

  async removeOld(): Promise<void> {
    const { queue, clock } = this.#dependencies
    if (clock.monotonicMs() - this.#removedAtMs < REMOVE_EVERY_MS) return
    this.#removedAtMs = clock.monotonicMs()
    while ((await queue.removeEnded(clock.nowMs() - limits.jobsEndedKeptMs, limits.jobsEndedKept)) === limits.jobsRemovedAtOnce);
  }
}
