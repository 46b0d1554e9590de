// One error line of the log in the form that Sentry and what speaks its protocol take: an envelope with one event.
import type { LogEntry } from '../logging/log-line.ts'

export interface ReportFacts {
  /** 32 hex digits. */
  readonly id: string
  /** Epoch ms. */
  readonly sentAtMs: number
  readonly version: string
  readonly build: string
  readonly environment: string
  /** Tells processes apart. */
  readonly instance: string
  readonly nodeVersion: string
  /** Reports like this one that were not sent since the last one. */
  readonly suppressed: number
}

interface Failure {
  readonly type: string
  readonly value: string
  readonly stack: string
}

const CRASH = 'gateway.crashed'
const FRAMES_MAX = 50
const FRAME = /^\s*at (?:(?:async )?(.+?) \()?(.+?):(\d+):(\d+)\)?$/

/** @param entry cleaned and redacted, as it stands in the log */
export function renderEnvelope(entry: LogEntry, facts: ReportFacts): string {
  const { id, sentAtMs } = facts
  const lines = [{ event_id: id, sent_at: new Date(sentAtMs).toISOString() }, { type: 'event', content_type: 'application/json' }, eventOf(entry, facts)]
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
}

/** What makes two errors the same: where they come from, not what they say. */
export function kindOf(entry: LogEntry): string {
  const failure = findFailure(entry)
  return `${entry.event} ${failure?.type ?? ''} ${failure?.stack.split('\n').find((line) => FRAME.test(line)) ?? entry.message}`
}

function eventOf(entry: LogEntry, facts: ReportFacts): object {
  const { atMs, event, message, fields } = entry
  const { error: _error, trace_id, span_id, ...extra } = fields
  const failure = findFailure(entry)
  return {
    event_id: facts.id,
    timestamp: atMs / 1000,
    platform: 'node',
    level: event === CRASH ? 'fatal' : 'error',
    logger: event,
    server_name: facts.instance,
    release: `api-key-rotator@${facts.version}`,
    environment: facts.environment,
    tags: { event, build: facts.build },
    message: { formatted: message },
    extra: { ...extra, ...(facts.suppressed === 0 ? {} : { suppressed: facts.suppressed }) },
    contexts: { runtime: { name: 'node', version: facts.nodeVersion }, ...(trace_id === undefined ? {} : { trace: { trace_id, span_id } }) },
    ...(failure === undefined
      ? {}
      : { exception: { values: [{ type: failure.type, value: failure.value, stacktrace: { frames: framesOf(failure.stack) } }] } }),
  }
}

/** The field `error` holds an error as the log prints it, or the text of its stack. */
function findFailure({ fields }: LogEntry): Failure | undefined {
  const { error } = fields
  if (typeof error === 'string') {
    const [, type = 'Error', value = error.split('\n', 1)[0] ?? ''] = /^(\w*(?:Error|Exception)\w*): (.*)/.exec(error) ?? []
    return { type, value, stack: error }
  }
  if (typeof error !== 'object' || error === null) return undefined
  const { name, message, stack } = error as Readonly<Record<string, unknown>>
  const textOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)
  return { type: textOf(name, 'Error'), value: textOf(message, ''), stack: textOf(stack, '') }
}

/** Oldest first, as the protocol wants them. */
function framesOf(stack: string): object[] {
  return stack
    .split('\n')
    .flatMap((line) => {
      const [, name, filename, lineno, colno] = FRAME.exec(line) ?? []
      if (filename === undefined) return []
      const inApp = !filename.startsWith('node:') && !filename.includes('node_modules')
      return [{ filename, function: name ?? '<anonymous>', lineno: Number(lineno), colno: Number(colno), in_app: inApp }]
    })
    .slice(0, FRAMES_MAX)
    .reverse()
}
