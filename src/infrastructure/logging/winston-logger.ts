// The Logger port over winston: fields cleaned, lines rendered, output bounded.
import { Writable } from 'node:stream'
import winston from 'winston'
import type { Clock } from '../../ports/clock.ts'
import type { LogFields, Logger, LogLevel } from '../../ports/logger.ts'
import { cleanFields, cleanString } from './fields.ts'
import { LEVELS, type LevelSwitch } from './level-switch.ts'
import type { LogEntry, RenderLine } from './log-line.ts'
import type { OutputQueue } from './output-queue.ts'

interface WinstonLoggerDependencies {
  readonly output: OutputQueue
  readonly clock: Clock
  readonly levels: LevelSwitch
  readonly render: RenderLine
  /** Told of every line at level `error`, cleaned. */
  readonly onError: (entry: LogEntry) => void
}

const MESSAGE = Symbol.for('message')

export class WinstonLogger implements Logger {
  readonly #clock: Clock
  readonly #levels: LevelSwitch
  readonly #winston: winston.Logger
  readonly #onError: (entry: LogEntry) => void

  constructor({ output, clock, levels, render, onError }: WinstonLoggerDependencies) {
    this.#clock = clock
    this.#levels = levels
    this.#onError = onError
    const sink = new Writable({
      objectMode: true,
      write(info: Record<symbol, string>, _encoding, done) {
        output.write(info[MESSAGE] as string)
        done()
      },
    })
    this.#winston = winston.createLogger({
      levels: { ...LEVELS },
      level: 'trace',
      format: winston.format((info) => Object.assign(info, { [MESSAGE]: render(info['entry'] as LogEntry) }))(),
      transports: [new winston.transports.Stream({ stream: sink })],
    })
  }

  log(level: LogLevel, event: string, message: string, fields: LogFields = {}): void {
    if (!this.#levels.allows(level)) return
    try {
      const entry: LogEntry = { atMs: this.#clock.nowMs(), level, event, message: cleanString(message), fields: cleanFields(fields, level === 'error') }
      this.#winston.log({ level, message: event, entry })
      if (level === 'error') this.#onError(entry)
    } catch {
      // A field with a throwing getter must not break the caller.
      const entry: LogEntry = { atMs: this.#clock.nowMs(), level, event, message: 'This line could not be rendered', fields: {} }
      this.#winston.log({ level, message: event, entry })
    }
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
}
