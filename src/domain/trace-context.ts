// W3C trace context: what clients say about the trace they are in, and what is said to upstreams.
import type { HeaderList } from './message.ts'

/** What a valid `traceparent` says. */
export interface TraceParent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string
  readonly isSampled: boolean
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const TRACESTATE_CHARS_MAX = 512
const TRACESTATE_MEMBERS_MAX = 32
const TRACESTATE_MEMBER = /^[ \t]*(?:[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])?[ \t]*$/

/** undefined when there is none, when there are several, and when it is not exactly what the standard says: a new trace begins then. */
export function findTraceParent(headers: HeaderList): TraceParent | undefined {
  let text: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'traceparent') continue
    if (text !== undefined) return undefined
    text = headers[i + 1]
  }
  return text === undefined ? undefined : parseTraceParent(text)
}

export function parseTraceParent(text: string): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(text) ?? []
  // Later versions may append fields, version 00 has none.
  if (version === undefined || (version === '00' && rest !== undefined)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function renderTraceParent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}

/** All `tracestate` headers as one value; undefined when there is none or it is not what the standard says: it is left out then. */
export function findTraceState(headers: HeaderList): string | undefined {
  let text: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === 'tracestate') text = text === undefined ? (headers[i + 1]) : `${text},${headers[i + 1] as string}`
  }
  if (text === undefined || text.length > TRACESTATE_CHARS_MAX) return undefined
  const members = text.split(',')
  if (members.length > TRACESTATE_MEMBERS_MAX || !members.every((member) => TRACESTATE_MEMBER.test(member))) return undefined
  return text.trim() === '' ? undefined : text
}

/**
 * The span of one attempt: it follows from the exchange's own, so that nothing has to be remembered between the attempt and its record.
 * @param attempt 0 for the first one
 */
export function attemptSpanId(spanId: string, attempt: number): string {
  const last = (Number.parseInt(spanId.slice(12), 16) + attempt + 1) & 0xffff
  return spanId.slice(0, 12) + last.toString(16).padStart(4, '0')
}
