// Tells whoever wants to know in this process what becomes of jobs.
import type { JobProgress, JobState } from '../ports/job-queue.ts'

export interface JobEvent {
  readonly id: string
  readonly kind: string
  readonly state: JobState
  readonly progress: JobProgress
  readonly error: string
  readonly accountId: string | undefined
}

export type JobListener = (event: JobEvent) => void

/** Progress of one job comes at most about once a second. Listeners must not throw. */
export class JobEvents {
  readonly #listeners = new Set<JobListener>()

  /** The returned function ends it. */
  subscribe(listener: JobListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell({ id, kind, state, progress, error, accountId }: JobEvent): void {
    for (const listener of this.#listeners) listener({ id, kind, state, progress, error, accountId })
  }
}
