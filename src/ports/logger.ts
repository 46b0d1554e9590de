// Where the program says what happens. Events are `noun.verb` and stable; fields are an allow-list in snake_case.
import type { ExchangeRecord } from './exchange-record.ts'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** Values must be plain data. Secrets print as `[secret]`; the implementation redacts the rest. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  /** Never throws, never blocks; bounded: what does not fit is dropped and counted. */
  log(level: LogLevel, event: string, message: string, fields?: LogFields): void
  error(event: string, message: string, fields?: LogFields): void
  warn(event: string, message: string, fields?: LogFields): void
  info(event: string, message: string, fields?: LogFields): void
  debug(event: string, message: string, fields?: LogFields): void
}

/** A line of level `error`, as far as it is for everybody who may see the status. */
export interface RecentError {
  /** Epoch ms. */
  readonly atMs: number
  readonly event: string
  /** Redacted. */
  readonly message: string
  readonly requestId: string | undefined
  readonly upstream: string | undefined
}

export interface AccessLog {
  /** Cheap enough for every request; bounded like Logger. */
  write(record: ExchangeRecord): void
}
