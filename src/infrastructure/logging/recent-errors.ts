// The latest errors that were logged, for people who ask for the status.
import type { RecentError } from '../../ports/logger.ts'
import type { LogEntry } from './log-line.ts'

export class RecentErrors {
  readonly #max: number
  readonly #errors: RecentError[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** @param entry cleaned already; its fields may hold stacks, which are for the log only */
  add({ atMs, event, message, fields }: LogEntry): void {
    const { request_id: requestId, upstream } = fields
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
    this.#errors.push({ atMs, event, message, requestId: text(requestId), upstream: text(upstream) })
    if (this.#errors.length > this.#max) this.#errors.shift()
  }

  /** Newest first. */
  list(): readonly RecentError[] {
    return this.#errors.toReversed()
  }
}
