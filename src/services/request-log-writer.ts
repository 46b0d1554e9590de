// Hands exchanges to the request log in batches, off the hot path: whatever the log does, requests do not feel it and memory stays where it is.
import { positionOf, WRITERS_MAX } from '../domain/log-segment.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { ExchangeObserver, ExchangeRecord } from '../ports/exchange-record.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { LogBatch, RequestLog } from '../ports/request-log.ts'
import { StoreUnavailableError, UniqueViolationError } from '../ports/store-errors.ts'
import type { LogSampling } from './log-sampling.ts'
import { RequestLogQueue } from './request-log-queue.ts'
import { UsageSheet } from './usage-sheet.ts'

export interface RequestLogWriterDependencies {
  readonly log: RequestLog
  readonly sampling: LogSampling
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** ms until a batch that could not be stored is tried again. */
const RETRY_MS = 1_000
/** How often other numbers are tried when somebody has them: of this process, or of a row. */
const NUMBERS_TRIED = 8

/** What is being stored. It stays the same until it is known what became of it, so that it is never stored twice. */
interface Pending {
  readonly records: readonly ExchangeRecord[]
  batch: LogBatch
  renumbered: number
}

export class RequestLogWriter implements ExchangeObserver {
  readonly #dependencies: RequestLogWriterDependencies
  readonly #queue = new RequestLogQueue()
  readonly #sheet = new UsageSheet()
  #pending: Pending | undefined
  #busy: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #writer: number | undefined
  #sequence = 0
  #number = 0
  #stored = 0
  #isFailing = false
  #isClosed = false

  constructor(dependencies: RequestLogWriterDependencies) {
    this.#dependencies = dependencies
  }

  /** Exchanges that were lost since the start: neither their rows nor their sums are stored. */
  get dropped(): number {
    return this.#queue.dropped
  }

  /** Exchanges whose sums are stored, and their rows as far as the budget allows. */
  get stored(): number {
    return this.#stored
  }

  /** Exchanges that wait, those that are being stored included. */
  get waiting(): number {
    return this.#queue.size + (this.#pending?.records.length ?? 0)
  }

  exchangeFinished(record: ExchangeRecord): void {
    if (this.#isClosed) return this.#queue.drop(1)
    this.#queue.push(record, this.#pending?.records.length ?? 0)
    if (this.#busy !== undefined || this.#isFailing) return
    if (this.#queue.size === limits.requestLogBatch) setImmediate(() => void this.flush())
    else this.#timer ??= setTimeout(() => void this.flush(), limits.requestLogBatchMs).unref()
  }

  /** Stores what waits; what cannot be stored is kept and tried again by itself. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#busy ??= this.#write().finally(() => {
      this.#busy = undefined
      if (this.waiting > 0 && !this.#isClosed) {
        this.#timer ??= setTimeout(() => void this.flush(), this.#isFailing ? RETRY_MS : limits.requestLogBatchMs).unref()
      }
    })
    return this.#busy
  }

  /** Stores what waits, for at most this long; what is left then is lost and counted. Idempotent. */
  async close(timeoutMs: number = limits.drainFlushMs): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const endMs = this.#dependencies.clock.monotonicMs() + timeoutMs
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))
    const written = async (): Promise<void> => {
      while (this.waiting > 0 && this.#dependencies.clock.monotonicMs() < endMs) {
        await this.flush()
        if (this.#isFailing) return
      }
    }
    await Promise.race([written(), late])
    clearTimeout(timer)
    clearTimeout(this.#timer)
    this.#queue.drop(this.#pending?.records.length ?? 0)
    this.#queue.clear()
    if (this.dropped > 0)
      this.#dependencies.logger.warn('request_log.dropped', `${this.dropped} exchanges are not in the request log`, { dropped: this.dropped })
  }

  async #write(): Promise<void> {
    do {
      try {
        this.#writer ??= await this.#open()
        this.#pending ??= this.#next(this.#writer)
        if (this.#pending === undefined) return
        await this.#dependencies.log.append(this.#pending.batch)
        this.#stored += this.#pending.records.length
        this.#pending = undefined
        this.#recover()
      } catch (error) {
        if (!this.#resolve(error)) return
      }
    } while (this.#queue.size >= limits.requestLogBatch || (this.#isClosed && this.#queue.size > 0) || this.#pending !== undefined)
  }

  /** Whether to go on at once. */
  #resolve(error: unknown): boolean {
    const pending = this.#pending
    if (error instanceof StoreUnavailableError || pending === undefined) {
      this.#fail(error)
      return false
    }
    if (error instanceof UniqueViolationError && pending.renumbered++ < NUMBERS_TRIED) {
      // Nothing of it is stored. A clock that was set back may have made a number twice.
      this.#number += 1 + Math.floor(this.#dependencies.random.fraction() * limits.requestLogBatch)
      pending.batch = {
        ...pending.batch,
        entries: this.#entriesOf(
          pending.batch.entries.map(({ record }) => record),
          pending.batch.writer,
        ),
      }
      return true
    }
    // A batch that can never be stored must not keep all others waiting.
    this.#queue.drop(pending.records.length)
    this.#pending = undefined
    this.#dependencies.logger.error('request_log.refused', `${pending.records.length} exchanges cannot be stored in the request log and are lost`, {
      error: String(error),
    })
    return true
  }

  #next(writer: number): Pending | undefined {
    const records = this.#queue.take(limits.requestLogBatch)
    if (records.length === 0) return undefined
    const { sampling, clock } = this.#dependencies
    const kept = records.filter((record) => sampling.keeps(record))
    const batch = { writer, sequence: ++this.#sequence, nowMs: clock.nowMs(), entries: this.#entriesOf(kept, writer), rollUps: this.#sheet.sumUp(records) }
    return { records, batch, renumbered: 0 }
  }

  #entriesOf(records: readonly ExchangeRecord[], writer: number): LogBatch['entries'] {
    return records.map((record) => ({ position: positionOf(record.startedAtMs + record.durationMs, writer, this.#number++), record }))
  }

  async #open(): Promise<number> {
    const { log, random, clock } = this.#dependencies
    for (let tries = 0; tries < NUMBERS_TRIED; tries++) {
      const writer = Math.floor(random.fraction() * WRITERS_MAX)
      if (await log.openWriter(writer, clock.nowMs())) return writer
    }
    throw new StoreUnavailableError('No number is free for this writer')
  }

  #fail(error: unknown): void {
    if (!this.#isFailing) {
      const message = `The request log cannot be written now; the newest ${limits.requestLogQueueMax} exchanges are kept and tried again`
      this.#dependencies.logger.warn('request_log.failed', message, { error: String(error) })
    }
    this.#isFailing = true
  }

  #recover(): void {
    if (this.#isFailing) this.#dependencies.logger.info('request_log.stored', 'The request log is written again', { dropped: this.dropped })
    this.#isFailing = false
  }
}
