// One run of one job: what its kind has in hand, and how the run ends.
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import { JobRefusedError } from '../ports/job-queue.ts'
import type { Job, JobLease, JobProgress, JobQueue, JobSignals, JobState, Json } from '../ports/job-queue.ts'
import type { KeyVault } from '../ports/key-vault.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { JobEvents } from './job-events.ts'
import { JobFailedError, JobInterruptedError, type JobContext, type JobKind } from './job-kind.ts'
import { openPart, sealResultPart } from './job-parts.ts'

export interface JobRunDependencies {
  readonly queue: JobQueue
  readonly vault: KeyVault
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly events: JobEvents
  readonly signals: JobSignals | undefined
  /** Everything that `work` changes is recorded as done for the person who started the job. */
  readonly runAs: <T>(job: Job, work: () => T) => T
}

export type Interruption = 'cancelled' | 'lost' | 'stopping'

const REASONS: Readonly<Record<Interruption, string>> = {
  cancelled: 'The job was cancelled',
  lost: 'The lease of the job is lost',
  stopping: 'The gateway stops',
}
/** ms between two times that progress is stored and told. */
const PROGRESS_MS = 1_000
/** ms between two tries to store how a run ended while the database is away. */
const END_RETRY_MS = 500

export class JobRun {
  readonly lease: JobLease
  readonly kind: JobKind
  /** Monotonic ms: since when the lease certainly counts as renewed. */
  renewedAtMs: number
  readonly #dependencies: JobRunDependencies
  readonly #abort = new AbortController()
  #interruption: Interruption | undefined
  #progress: JobProgress
  #isProgressNew = false
  #reportedAtMs: number
  #isOver = false

  /** @param claimedAtMs monotonic ms from before the claim was sent */
  constructor(dependencies: JobRunDependencies, kind: JobKind, lease: JobLease, claimedAtMs: number) {
    this.#dependencies = dependencies
    this.kind = kind
    this.lease = lease
    this.renewedAtMs = claimedAtMs
    this.#reportedAtMs = claimedAtMs
    this.#progress = lease.job.progress
  }

  /** The first reason counts, but for a lost lease, after which nothing may be stored. */
  interrupt(reason: Interruption): void {
    if (this.#interruption === undefined || reason === 'lost') this.#interruption = reason
    this.#abort.abort(new JobInterruptedError(REASONS[reason]))
  }

  /** Never rejects. Resolves when the run is over and its end is stored, or cannot be. */
  async execute(): Promise<void> {
    this.#tell('running')
    try {
      await this.#end(await this.#outcome())
    } catch (error) {
      const { job } = this.lease
      this.#dependencies.logger.error('job.end_lost', 'How a job ended could not be stored: it will be run again', { job_id: job.id, error: String(error) })
    } finally {
      this.#isOver = true
    }
  }

  /** Stores and tells progress that is new and due. */
  async report(): Promise<void> {
    const nowMs = this.#dependencies.clock.monotonicMs()
    if (!this.#isProgressNew || this.#isOver || nowMs - this.#reportedAtMs < PROGRESS_MS) return
    this.#isProgressNew = false
    this.#reportedAtMs = nowMs
    this.#tell('running')
    await this.#renewing(() => this.#dependencies.queue.report(this.lease.job.id, this.lease.token, this.#progress))
  }

  async #outcome(): Promise<() => Promise<boolean>> {
    const { queue, clock } = this.#dependencies
    const { job, token } = this.lease
    try {
      const context = this.#createContext(this.kind.validate(job.payload))
      const result = await this.#dependencies.runAs(job, () => this.kind.run(context))
      return async () => {
        if (this.#isProgressNew) await queue.report(job.id, token, this.#progress)
        return queue.complete(job.id, token, result)
      }
    } catch (error) {
      if (this.#interruption !== undefined) return () => queue.release(job.id, token)
      const message = error instanceof Error ? error.message : String(error)
      const isFinal = error instanceof JobFailedError || (error instanceof GatewayError && error.source === 'client') || job.attempts >= job.maxAttempts
      const fields = { job_id: job.id, kind: job.kind, attempt: job.attempts, error: message }
      if (isFinal) this.#dependencies.logger.error('job.failed', 'A job has failed and is not tried again', fields)
      else this.#dependencies.logger.warn('job.retried', 'A job has failed and is tried again', fields)
      const retryAtMs = isFinal ? undefined : clock.nowMs() + this.#retryMs()
      return () => queue.fail(job.id, token, message, retryAtMs)
    }
  }

  /** Again while the database is away and the lease is certainly ours; after that somebody else runs the job again. */
  async #end(store: () => Promise<boolean>): Promise<void> {
    const { queue, clock } = this.#dependencies
    const {
      token,
      job: { id },
    } = this.lease
    for (;;) {
      if (this.#interruption === 'lost') return
      try {
        await store()
        break
      } catch (error) {
        if (error instanceof JobRefusedError) store = () => queue.fail(id, token, error.message, undefined)
        else if (clock.monotonicMs() - this.renewedAtMs > limits.jobLeaseMs / 2) throw error
        else await pause(END_RETRY_MS)
      }
    }
    const job = await queue.find(id).catch(() => undefined)
    if (job === undefined) return
    this.#dependencies.events.tell(job)
    if (job.state === 'queued' || job.state === 'scheduled') this.#dependencies.signals?.announce(job)
  }

  #createContext(payload: Json): JobContext {
    const { queue, vault } = this.#dependencies
    const { job, token } = this.lease
    return {
      job,
      payload,
      state: job.checkpoint,
      signal: this.#abort.signal,
      progress: (done, total = this.#progress.total, note = this.#progress.note) => {
        this.#progress = { done, total, note }
        this.#isProgressNew = true
      },
      checkpoint: async (state, within) => {
        this.#abort.signal.throwIfAborted()
        this.#isProgressNew = false
        await this.#renewing(() => (within?.jobs ?? queue).report(job.id, token, this.#progress, state))
        this.#abort.signal.throwIfAborted()
      },
      findPart: async (index) => {
        const sealed = await queue.findPart(job.id, index)
        return sealed === undefined ? undefined : openPart(vault, job.id, index, sealed)
      },
      putResultPart: async (index, content, within) => {
        this.#abort.signal.throwIfAborted()
        if (!(await (within?.jobs ?? queue).putResultPart(job.id, token, index, sealResultPart(vault, job.id, index, content)))) this.interrupt('lost')
        this.#abort.signal.throwIfAborted()
      },
    }
  }

  async #renewing(store: () => Promise<boolean>): Promise<void> {
    const sentAtMs = this.#dependencies.clock.monotonicMs()
    if (await store()) this.renewedAtMs = sentAtMs
    else if (!this.#isOver) this.interrupt('lost')
  }

  /** Doubling, at random between half and all of it, so that what failed together does not come back together. */
  #retryMs(): number {
    const ms = Math.min(limits.jobRetryMaxMs, limits.jobRetryMinMs * 2 ** (this.lease.job.attempts - 1))
    return Math.round(ms * (0.5 + this.#dependencies.random.fraction() / 2))
  }

  #tell(state: JobState): void {
    this.#dependencies.events.tell({ ...this.lease.job, state, progress: this.#progress })
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
