// Hands the histories of keys to the event store: from a bounded queue, because that store may be locked, full or away for long.
import { limits } from '../limits.ts'
import type { Logger } from '../ports/logger.ts'
import type { EventStore, KeyEvent } from '../ports/store.ts'

/** Events per call: large enough to keep up, small enough that a slow event store ends it in time. */
const BATCH = 1_000
/** ms until a failed call is tried again. */
const RETRY_MS = 2_000

export class KeyHistory {
  readonly #events: EventStore
  readonly #logger: Logger
  /** Oldest first; with what is being written never more than limits.keyEventsQueueMax. */
  #queue: KeyEvent[] = []
  #writing = 0
  #busy: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #dropped = 0
  #isFailing = false

  constructor(events: EventStore, logger: Logger) {
    this.#events = events
    this.#logger = logger
  }

  /** Events that were lost since the start because the event store could not take them. */
  get dropped(): number {
    return this.#dropped
  }

  /** Events that wait, those that are being written included. */
  get waiting(): number {
    return this.#queue.length + this.#writing
  }

  add(event: KeyEvent): void {
    this.#queue.push(event)
    this.#dropOldest()
  }

  /** Writes what waits; what cannot be written is kept and tried again by itself. Never rejects. */
  flush(): Promise<void> {
    this.#busy ??= this.#write().finally(() => (this.#busy = undefined))
    return this.#busy
  }

  stop(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH)
      this.#writing = batch.length
      try {
        await this.#events.appendKeyEvents(batch)
        this.#writing = 0
      } catch (error) {
        this.#writing = 0
        this.#queue = [...batch, ...this.#queue]
        this.#dropOldest()
        this.#fail(error)
        return
      }
      if (this.#isFailing) this.#logger.info('key.history_stored', 'Key histories are stored again', { dropped: this.#dropped })
      this.#isFailing = false
    }
  }

  #dropOldest(): void {
    const excess = this.#queue.length + this.#writing - limits.keyEventsQueueMax
    if (excess > 0) this.#dropped += this.#queue.splice(0, excess).length
  }

  #fail(error: unknown): void {
    if (!this.#isFailing) {
      const message = `Key histories cannot be stored now; the newest ${limits.keyEventsQueueMax} events are kept and tried again`
      this.#logger.warn('key.history_failed', message, { error: String(error) })
    }
    this.#isFailing = true
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      void this.flush()
    }, RETRY_MS).unref()
  }
}
