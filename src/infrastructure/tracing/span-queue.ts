// Exchanges on their way to the collector: bounded, sent in small pieces, counted when they are lost, never in the way of a request.
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { limits } from '../../limits.ts'
import type { ExchangeObserver, ExchangeRecord, TraceContext } from '../../ports/exchange-record.ts'
import type { Logger } from '../../ports/logger.ts'

export interface SpanCounts {
  exported: number
  /** The collector refused them or was out of reach. */
  failed: number
  /** The queue was full. */
  dropped: number
}

export interface SpanQueueOptions {
  readonly render: (record: ExchangeRecord, trace: TraceContext) => readonly ReadableSpan[]
  /** Rejects when the collector does not take them. */
  readonly send: (spans: readonly ReadableSpan[]) => Promise<void>
  /** Whether a trace is recorded that nobody asks for. */
  readonly isChosen: (traceId: string) => boolean
  readonly logger: Logger
}

export class SpanQueue implements ExchangeObserver {
  readonly counts: SpanCounts = { exported: 0, failed: 0, dropped: 0 }
  readonly #options: SpanQueueOptions
  #waiting: ExchangeRecord[] = []
  #sending = 0
  #timer: NodeJS.Timeout | undefined
  #isFailing = false
  #isClosed = false
  #onIdle: (() => void) | undefined

  constructor(options: SpanQueueOptions) {
    this.#options = options
  }

  exchangeFinished(record: ExchangeRecord): void {
    const { trace } = record
    if (trace?.isSampled !== true) return
    // Whoever has no client key must not be able to fill the queue by asking for a trace.
    if (trace.parentSpanId !== '' && record.clientKeyId === '' && !this.#options.isChosen(trace.traceId)) return
    if (this.#isClosed || this.#waiting.length >= limits.traceQueueMax) {
      this.counts.dropped += 1 + record.tries.length
      return
    }
    this.#waiting.push(record)
    if (this.#waiting.length >= limits.traceBatchMax) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), limits.traceFlushMs).unref()
  }

  /** Sends what waits, for at most limits.drainFlushMs; what is left is counted as dropped. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#flush()
    if (this.#sending > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#onIdle = resolve
      const timer = setTimeout(resolve, limits.drainFlushMs)
      await promise
      clearTimeout(timer)
    }
    for (const { tries } of this.#waiting.splice(0)) this.counts.dropped += 1 + tries.length
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#waiting.length > 0 && this.#sending < limits.traceExportsMax) void this.#sendSome(this.#waiting.splice(0, limits.traceBatchMax))
    if (this.#sending === 0 && this.#waiting.length === 0) this.#onIdle?.()
  }

  async #sendSome(records: readonly ExchangeRecord[]): Promise<void> {
    const { render, send } = this.#options
    this.#sending++
    let count = 0
    try {
      const spans = records.flatMap((record) => render(record, record.trace as TraceContext))
      count = spans.length
      await send(spans)
      this.counts.exported += count
      this.#tell(undefined)
    } catch (error) {
      this.counts.failed += count
      this.#tell(error)
    }
    this.#sending--
    // A collector that is away is not asked again at once; what comes meanwhile waits, and above the bound it is dropped.
    if (this.#isClosed || (!this.#isFailing && this.#waiting.length >= limits.traceBatchMax)) this.#flush()
    else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), limits.traceFlushMs).unref()
  }

  /** Only changes are worth a line. */
  #tell(error: unknown): void {
    const isFailing = error !== undefined
    if (isFailing === this.#isFailing) return
    this.#isFailing = isFailing
    const { logger } = this.#options
    if (isFailing) logger.warn('tracing.failed', 'Traces cannot be sent; they are dropped and counted until the collector takes them again', { error })
    else logger.info('tracing.recovered', 'The collector takes traces again')
  }
}
