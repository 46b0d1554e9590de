// What a kind of work in the background is made of. All kinds are listed in src/wiring/jobs.ts.
import type { Job, Json } from '../ports/job-queue.ts'
import type { Repositories } from '../ports/store.ts'

/** What a run has in hand. */
export interface JobContext<P = Json> {
  /** As it was when the run began. */
  readonly job: Job
  readonly payload: P
  /** What an earlier run has stored; undefined = begin from the start. */
  readonly state: Json | undefined
  /**
   * Aborted when the job is cancelled, its lease is lost, or the process stops: write nothing more and throw soon, `signal.throwIfAborted()` does it.
   * To return means that all is done.
   */
  readonly signal: AbortSignal
  /** Shown to people, stored about once a second. Cheap. */
  progress(done: number, total?: number, note?: string): void
  /**
   * Stores what the next run needs to go on from here, with the progress; attempts start anew. Call it after each piece of work that must not be repeated.
   * @param within the repositories of a transaction: the checkpoint is stored with its other changes or not at all, so that they are never done twice
   * @throws JobInterruptedError when this run has to end: let it through, it undoes the transaction
   */
  checkpoint(state: Json, within?: Repositories): Promise<void>
  /** Bulk that came with the job, opened; undefined after the last part. */
  findPart(index: number): Promise<string | undefined>
  /** Bulk of the result, sealed, given out once; the same index replaces it. @throws JobInterruptedError */
  putResultPart(index: number, content: string, within?: Repositories): Promise<void>
}

/**
 * A run may be interrupted anywhere and begun again, on another process, from its last checkpoint: what it does must be harmless to do twice.
 * An error that it throws counts as a failed attempt and is retried with growing delays; GatewayError and JobFailedError end the job at once.
 */
export interface JobKind<P = Json> {
  /** Lower case, words joined by `_`: what the API calls it. */
  readonly name: string
  /** Runs at once in one process. Default 1. */
  readonly perProcess?: number | undefined
  /** Runs at once in all processes together. Default: no limit. */
  readonly perCluster?: number | undefined
  /** Default limits.jobAttemptsMax. */
  readonly maxAttempts?: number | undefined
  /** Who may start it with `POST /jobs`; undefined = nobody, it is started by another call or by itself. */
  readonly startedBy?: 'operator' | 'admin' | undefined
  /** At most one open job for a key; undefined = as many as are asked for. */
  uniqueKey?(payload: P): string | undefined
  /** @throws GatewayError validation_failed, with paths below /payload */
  validate(payload: unknown): P
  /** Its answer is the result: JSON of at most limits.jobPayloadBytesMax, no secrets. */
  run(context: JobContext<P>): Promise<Json | undefined>
}

/** The run has to end although nothing is wrong with the job: cancelled, lease lost, or the process stops. */
export class JobInterruptedError extends Error {
  constructor(message = 'The run has to end') {
    super(message)
    this.name = 'JobInterruptedError'
  }
}

/** The job cannot be done, now or later: it is not tried again. The message is shown to people. */
export class JobFailedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'JobFailedError'
  }
}
