// Puts the logging of one process together: queue, level, logger and access log.
import type { Writable } from 'node:stream'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AccessLog, Logger, LogLevel, RecentError } from '../../ports/logger.ts'
import { JsonAccessLog, PrettyAccessLog } from './access-log.ts'
import { LevelSwitch } from './level-switch.ts'
import { unfailing } from '../unfailing.ts'
import { createJsonRenderer, createPrettyRenderer, type LogEntry } from './log-line.ts'
import { OutputQueue } from './output-queue.ts'
import { RecentErrors } from './recent-errors.ts'
import { WinstonLogger } from './winston-logger.ts'

export interface LoggingOptions {
  /** stdout. */
  readonly stream: Writable
  readonly clock: Clock
  readonly level: LogLevel
  readonly format: 'json' | 'pretty'
  /** Colours in `pretty`. */
  readonly colours: boolean
  readonly version: string
  /** Tells processes apart, e.g. the host name. */
  readonly instance: string
  /** Tells the processes of one instance apart, which then share stdout. Default: there is one. */
  readonly worker?: string | undefined
}

export interface Logging {
  readonly logger: Logger
  readonly accessLog: AccessLog
  /** In force at once, for both. */
  setLevel(level: LogLevel): void
  level(): LogLevel
  /**
   * Writes what people must see as it is: the set-up link, the first client key. Not redacted, whatever the level.
   * In `json` it is a line with `event` and `msg`, in `pretty` the bare text.
   */
  announce(event: string, text: string): void
  /** Lines lost since the start. */
  dropped(): number
  /** Lines that wait to be written. */
  waiting(): number
  /** Every line at level `error` is told to it from now on. */
  reportErrorsTo(sink: ErrorSink): void
  /** undefined while errors are reported nowhere. */
  errorReports(): Readonly<ReportCounts> | undefined
  /** The latest errors, newest first. */
  recentErrors(): readonly RecentError[]
  /** Writes what is waiting, for at most limits.drainFlushMs. Idempotent. */
  close(): Promise<void>
}

/** Where errors are reported besides the log. */
export interface ErrorSink {
  /** Never blocks. */
  report(entry: LogEntry): void
  /** Sends what waits, for at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
  readonly counts: Readonly<ReportCounts>
}

export interface ReportCounts {
  sent: number
  failed: number
  /** Too many, too much alike, or while the tracker was away. */
  dropped: number
}

/** Bytes that one write to a pipe keeps together (Linux); POSIX asks for 512. Lines of several processes mix above it. */
const PIPE_BUF = 4096

export function openLogging(options: LoggingOptions): Logging {
  const { stream, clock, version, instance } = options
  const { worker } = options
  const constants: Readonly<Record<string, string>> = worker === undefined ? { version, instance } : { version, instance, worker }
  const render = options.format === 'json' ? createJsonRenderer(constants) : createPrettyRenderer(options.colours)
  const entryOf = (level: LogLevel, event: string, message: string, fields: LogEntry['fields'] = {}): LogEntry => ({
    atMs: clock.nowMs(),
    level,
    event,
    message,
    fields,
  })
  const output = new OutputQueue({
    stream,
    linesMax: limits.logQueueLinesMax,
    bytesMax: limits.logQueueBytesMax,
    ...(worker === undefined ? {} : { writeBytesMax: PIPE_BUF }),
    renderDropped: (count) => render(entryOf('warn', 'log.dropped', `${count} log lines were dropped: their reader is too slow`, { dropped: count })),
  })
  const levels = new LevelSwitch(options.level)
  const dependencies = { output, clock, levels }
  const recentErrors = new RecentErrors(limits.recentErrorsMax)
  let sink: ErrorSink | undefined
  const onError = (entry: LogEntry): void => {
    recentErrors.add(entry)
    sink?.report(entry)
  }
  return {
    logger: unfailing(new WinstonLogger({ ...dependencies, render, onError }), 'logger'),
    accessLog: unfailing(options.format === 'json' ? new JsonAccessLog(dependencies, constants) : new PrettyAccessLog(dependencies, render), 'accessLog'),
    setLevel: (level) => levels.set(level),
    level: () => levels.level,
    announce: (event, text) => output.write(options.format === 'json' ? render(entryOf('info', event, text)) : text),
    dropped: () => output.dropped,
    waiting: () => output.waiting,
    recentErrors: () => recentErrors.list(),
    reportErrorsTo: (given) => (sink = given),
    errorReports: () => sink?.counts,
    // Both at once: together they must not take longer than either may.
    close: async () => void (await Promise.all([sink?.close(limits.drainFlushMs), output.close(limits.drainFlushMs)])),
  }
}
