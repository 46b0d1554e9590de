// Sends errors of the gateway itself to an error tracker: few, bounded, each kind once a minute, and never in the way.
import type { ReportAddress } from '../../domain/report-address.ts'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { LogEntry } from '../logging/log-line.ts'
import type { ErrorSink, ReportCounts } from '../logging/open-logging.ts'
import { kindOf, renderEnvelope, type ReportFacts } from './envelope.ts'

export interface ErrorReporterOptions extends Pick<ReportFacts, 'version' | 'build' | 'environment' | 'instance' | 'nodeVersion'> {
  readonly address: ReportAddress
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

interface Kind {
  sentAtMs: number
  suppressed: number
}

const MINUTE_MS = 60_000
const ID_BYTES = 16
/** Kinds that are remembered; above it they are forgotten, and the bound per minute alone holds. */
const KINDS_MAX = 200

export class ErrorReporter implements ErrorSink {
  readonly counts: ReportCounts = { sent: 0, failed: 0, dropped: 0 }
  readonly #options: ErrorReporterOptions
  readonly #kinds = new Map<string, Kind>()
  readonly #waiting: string[] = []
  #sending: Promise<void> | undefined
  #minuteEndsMs = 0
  #inMinute = 0
  #pausedUntilMs = 0
  #isFailing = false

  constructor(options: ErrorReporterOptions) {
    this.#options = options
  }

  report(entry: LogEntry): void {
    const nowMs = this.#options.clock.monotonicMs()
    const kind = this.#kindOf(entry)
    if (!this.#mayReport(kind, nowMs)) {
      kind.suppressed++
      this.counts.dropped++
      return
    }
    this.#waiting.push(this.#render(entry, kind.suppressed))
    kind.sentAtMs = nowMs
    kind.suppressed = 0
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined))
  }

  /** Sends what waits, for at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#sending === undefined) return
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.#sending, new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)))])
    clearTimeout(timer)
  }

  #kindOf(entry: LogEntry): Kind {
    const name = kindOf(entry)
    let kind = this.#kinds.get(name)
    if (kind === undefined) {
      if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear()
      this.#kinds.set(name, (kind = { sentAtMs: -Infinity, suppressed: 0 }))
    }
    return kind
  }

  #mayReport(kind: Kind, nowMs: number): boolean {
    if (nowMs < this.#pausedUntilMs || nowMs - kind.sentAtMs < MINUTE_MS || this.#waiting.length >= limits.errorReportsQueueMax) return false
    if (nowMs >= this.#minuteEndsMs) {
      this.#minuteEndsMs = nowMs + MINUTE_MS
      this.#inMinute = 0
    }
    return ++this.#inMinute <= limits.errorReportsPerMinute
  }

  #render(entry: LogEntry, suppressed: number): string {
    const { clock, random, version, build, environment, instance, nodeVersion } = this.#options
    const facts = { id: random.bytes(ID_BYTES).toString('hex'), sentAtMs: clock.nowMs(), version, build, environment, instance, nodeVersion, suppressed }
    return renderEnvelope(entry, facts)
  }

  async #sendAll(): Promise<void> {
    for (let envelope = this.#waiting.shift(); envelope !== undefined; envelope = this.#waiting.shift()) {
      try {
        await this.#send(envelope)
        this.counts.sent++
        this.#tell(undefined)
      } catch (error) {
        this.counts.failed++
        this.#pause(limits.errorReportsPauseMs)
        this.#tell(error)
      }
    }
  }

  async #send(envelope: string): Promise<void> {
    const { address, version } = this.#options
    const response = await fetch(address.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-sentry-envelope',
        'x-sentry-auth': `Sentry sentry_version=7, sentry_client=api-key-rotator/${version}, sentry_key=${address.publicKey}`,
      },
      body: envelope,
      redirect: 'error',
      signal: AbortSignal.timeout(limits.errorReportMs),
    })
    await response.body?.cancel()
    const waitS = Number(response.headers.get('retry-after'))
    if (response.status === 429 && waitS > 0) this.#pause(Math.min(waitS * 1000, limits.errorReportsPauseMaxMs))
    if (!response.ok) throw new Error(`the error tracker answered ${response.status}`)
  }

  #pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#options.clock.monotonicMs() + ms)
    this.counts.dropped += this.#waiting.splice(0).length
  }

  /** Only changes are worth a line, and none at the level that would be reported itself. */
  #tell(error: unknown): void {
    const isFailing = error !== undefined
    if (isFailing === this.#isFailing) return
    this.#isFailing = isFailing
    const { logger } = this.#options
    if (isFailing) logger.warn('error_reports.failed', 'Error reports cannot be sent; they are dropped and counted for a while', { error })
    else logger.info('error_reports.recovered', 'Error reports are sent again')
  }
}
