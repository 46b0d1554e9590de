// A logger that keeps what it is told.
import type { LogFields, Logger, LogLevel } from '../../src/ports/logger.ts'

export interface LogEntry {
  readonly level: LogLevel
  readonly event: string
  readonly message: string
  readonly fields: LogFields | undefined
}

export class RecordingLogger implements Logger {
  readonly entries: LogEntry[] = []

  log(level: LogLevel, event: string, message: string, fields?: LogFields): void {
    this.entries.push({ level, event, message, fields })
  }
  error(event: string, message: string, fields?: LogFields): void {
    this.log('error', event, message, fields)
  }
  warn(event: string, message: string, fields?: LogFields): void {
    this.log('warn', event, message, fields)
  }
  info(event: string, message: string, fields?: LogFields): void {
    this.log('info', event, message, fields)
  }
  debug(event: string, message: string, fields?: LogFields): void {
    this.log('debug', event, message, fields)
  }

  get events(): string[] {
    return this.entries.map(({ event }) => event)
  }
}
