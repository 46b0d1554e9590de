// What a log line looks like: JSON for machines, one coloured line for people.
import type { LogLevel } from '../../ports/logger.ts'
import type { PlainFields } from './fields.ts'

export interface LogEntry {
  /** Epoch ms. */
  readonly atMs: number
  readonly level: LogLevel
  readonly event: string
  readonly message: string
  readonly fields: PlainFields
}

export type RenderLine = (entry: LogEntry) => string

/** @param constants fields of every line, e.g. `version` and `instance` */
export function createJsonRenderer(constants: PlainFields): RenderLine {
  return ({ atMs, level, event, message, fields }) => JSON.stringify({ ts: new Date(atMs).toISOString(), level, event, msg: message, ...fields, ...constants })
}

const COLOURS: Readonly<Record<LogLevel, string>> = { error: '31', warn: '33', info: '36', debug: '90', trace: '90' }

/** @param colours false where NO_COLOR is set or the output is no terminal */
export function createPrettyRenderer(colours: boolean): RenderLine {
  const paint = (text: string, colour: string): string => (colours ? `\u001b[${colour}m${text}\u001b[0m` : text)
  return ({ atMs, level, event, message, fields }) => {
    const time = new Date(atMs).toISOString().slice(11, 23)
    const details = Object.entries(fields).map(
      ([name, value]) => `${name}=${typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`,
    )
    return `${paint(time, '90')} ${paint(level.padEnd(5), COLOURS[level])} ${oneLine(message)} ${paint([event, ...details].join(' '), '90')}`
  }
}

/** Control characters from outside must not move the cursor or fake a line. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}
