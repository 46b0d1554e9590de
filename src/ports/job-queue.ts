// Work in the background: what is to be done, who does it, how far it is. Stored, so that nothing is lost when a process or a cache is.
import type { Page, PageRequest } from './store.ts'

/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** `scheduled` is a queued job whose time has not come; `failed` also is one that was parked after its last try. */
export const JOB_STATES = ['scheduled', 'queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type JobState = (typeof JOB_STATES)[number]

export interface JobProgress {
  readonly done: number
  /** undefined = not known (yet). */
  readonly total: number | undefined
  /** For people, at most limits.jobNoteCharsMax characters. */
  readonly note: string
}

export interface Job {
  /** `job_…`; sorts by creation time. */
  readonly id: string
  readonly kind: string
  readonly state: JobState
  /** Higher goes first; 0 is the default. */
  readonly priority: number
  readonly payload: Json
  /** Where a run left off; undefined before the first checkpoint. */
  readonly checkpoint: Json | undefined
  readonly progress: JobProgress
  /** Of a job that succeeded. */
  readonly result: Json | undefined
  /** Of the last try that failed; empty when none did. */
  readonly error: string
  /** Runs begun since the last checkpoint, the present one included. */
  readonly attempts: number
  readonly maxAttempts: number
  /** Not before this time, epoch ms. */
  readonly runAtMs: number
  /** Whose it is; undefined = the gateway's. */
  readonly accountId: string | undefined
  /** Name of the person, or `gateway`. */
  readonly createdBy: string
  /** A running job that is to stop. */
  readonly isCancelRequested: boolean
  readonly createdAtMs: number
  /** Start of the latest run. */
  readonly startedAtMs: number | undefined
  readonly completedAtMs: number | undefined
}

/** As lists show it. */
export type JobSummary = Omit<Job, 'payload' | 'checkpoint' | 'result'>

export interface NewJob {
  /** `createId('job', …)` */
  readonly id: string
  readonly kind: string
  /** At most limits.jobPayloadBytesMax as JSON. No secrets: those go into sealed `parts`. */
  readonly payload: Json
  readonly priority?: number | undefined
  /** Epoch ms; default: at once. */
  readonly runAtMs?: number | undefined
  readonly maxAttempts?: number | undefined
  /**
   * At most one stored job has this key. `until: 'finished'` frees it when the job ends, so that there is one such job at a time; `'removed'` keeps it
   * as long as the row exists, so that what belongs to a moment (a nightly run) is done once, whoever comes late.
   */
  readonly unique?: { readonly key: string; readonly until: 'finished' | 'removed' } | undefined
  readonly accountId?: string | undefined
  readonly createdBy?: string | undefined
  readonly total?: number | undefined
  /** Bulk beside the payload, each at most limits.jobPartBytesMax; stored with the job or not at all, read with `findPart`, removed when the job ends. */
  readonly parts?: readonly string[] | undefined
}

/** The right to run one job: valid until it is given back, or was not renewed for the time after which others may think its holder dead. */
export interface JobLease {
  readonly job: Job
  /** Differs from claim to claim. */
  readonly token: string
}

/** A lease as others see it: whoever sees the same token and beat for longer than a lease lasts, by its own monotonic clock, knows that its holder is dead. */
export interface HeldLease {
  readonly jobId: string
  readonly token: string
  /** Grows with every renewal. */
  readonly beat: number
}

export interface JobFilter {
  readonly state?: JobState | undefined
  readonly kind?: string | undefined
  readonly accountId?: string | undefined
}

export interface JobStats {
  readonly byState: Readonly<Record<JobState, number>>
  /** Kinds that have stored jobs. */
  readonly byKind: readonly { readonly kind: string; readonly state: JobState; readonly count: number }[]
  /** Epoch ms: since when the oldest job that could run waits. */
  readonly oldestQueuedAtMs: number | undefined
}

/**
 * At-least-once: a job whose holder died is run again from its last checkpoint, so what a run does must be harmless to do twice.
 * Two leases of one job never are valid at the same time. Times that are compared between processes come from no clock but the monotonic one of the looker.
 * Every method may reject with StoreUnavailableError. What takes a token answers false when the lease is not valid any more: stop then, and write nothing.
 */
export interface JobQueue {
  /** `isNew` false: a job with this unique key was there already, and is returned. @throws JobRefusedError above limits.jobsOpenMax, or too large */
  enqueue(job: NewJob): Promise<{ readonly job: Job; readonly isNew: boolean }>
  /**
   * Begins the job that is due, by priority, then by age; undefined when there is none.
   * @param kinds those that may be begun now; `max` is how many of a kind may run in all processes together
   */
  claim(token: string, kinds: readonly { readonly name: string; readonly max?: number | undefined }[]): Promise<JobLease | undefined>
  /** Says to the others that the holder of these leases lives. */
  renew(tokens: readonly string[]): Promise<void>
  /** Those of these leases that are valid, and whose jobs are to stop. Cheap: nothing is written. */
  look(tokens: readonly string[]): Promise<readonly { readonly token: string; readonly isCancelRequested: boolean }[]>
  /** Stores how far it is; with a checkpoint, attempts start anew from 1. Counts as a renewal. */
  report(jobId: string, token: string, progress: JobProgress, checkpoint?: Json): Promise<boolean>
  /** The end: `succeeded`. */
  complete(jobId: string, token: string, result: Json | undefined): Promise<boolean>
  /** The end of a try. `retryAtMs` undefined: the end of the job, `failed`. A job that is to stop ends as `cancelled`. */
  fail(jobId: string, token: string, error: string, retryAtMs: number | undefined): Promise<boolean>
  /** Gives a job back that was interrupted and not at fault: it does not count as an attempt. A job that is to stop ends as `cancelled`. */
  release(jobId: string, token: string): Promise<boolean>
  /** All leases in force. */
  listHeld(): Promise<readonly HeldLease[]>
  /**
   * Takes a lease from a holder that is dead, if it still has this token and beat: the job is queued again, or ends as `failed` after its last attempt, or as
   * `cancelled`. Returns the job if it was taken.
   */
  expire(lease: HeldLease): Promise<Job | undefined>
  /** A job that waits ends as `cancelled` at once, a running one is told to stop; undefined when there is no such job. What has ended stays as it is. */
  cancel(jobId: string): Promise<Job | undefined>
  find(jobId: string): Promise<Job | undefined>
  /** Newest first. */
  listPage(page: PageRequest, filter?: JobFilter): Promise<Page<JobSummary>>
  stats(): Promise<JobStats>
  /** Parts are counted from 0. */
  findPart(jobId: string, index: number): Promise<string | undefined>
  /** Bulk of the result, which outlives the end of the job; replaces a part of the same index. False when the lease is not valid. */
  putResultPart(jobId: string, token: string, index: number, content: string): Promise<boolean>
  /** Gives the result parts and forgets them: a second call gives none. */
  takeResultParts(jobId: string): Promise<readonly string[]>
  /** Removes jobs that ended before this time, oldest first, and those above `keep` ended ones. At most limits.jobsRemovedAtOnce; returns how many. */
  removeEnded(beforeMs: number, keep: number): Promise<number>
}

/**
 * Says when there is work, so that nobody has to look all the time. Hints: any of them may be lost or come twice, and a runner that hears nothing looks
 * from time to time.
 */
export interface JobSignals {
  /** A job waits. Never rejects, never waits for the network. */
  announce(job: Pick<Job, 'id' | 'kind' | 'priority' | 'runAtMs'>): void
  /**
   * Calls `onWork` when a job may be due. One call goes to one process, and the next comes to this process only when its promise is settled, so that a
   * busy one is passed over. The returned function ends it.
   */
  subscribe(onWork: () => Promise<void>): () => Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** The job cannot be stored; the message says why, and what to do. */
export class JobRefusedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'JobRefusedError'
  }
}
