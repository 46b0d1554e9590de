// Which fields may be logged, and how their values become plain, short, redacted data.
import { Secret } from '../../domain/secret.ts'
import { redactText } from '../../domain/redact.ts'

/** An allow-list: a field that is not here is named in `unlisted_fields` and its value is left out. */
export const FIELD_NAMES: ReadonlySet<string> = new Set(
  `
  request_id trace_id span_id client_id client_name client_key_id client_ip user_agent user_id username role actor network surface
  upstream upstream_id upstreams kind adapter slug target host port address upstream_host upstream_status
  method route path status outcome attempts attempt key_id key_last4 keys fingerprint masked state from to until reason result
  duration_ms overhead_ms ttft_ms latency_ms delay_ms timeout_ms stream bytes_in bytes_out bytes limit
  error_code error_source error code stack phase signal exit_code
  model input_tokens output_tokens tokens_estimated cost_usd_est
  build version node database cache file url names name listen admin_listen data_dir generated
  config_version migrations rows count total dropped created removed duplicates invalid pending in_flight streams
  worker_id workers pid
  level warnings event hint docs_url session_id event_id job_id table column setting value_set
  `
    .trim()
    .split(/\s+/),
)

const SECRET_NAME = /key$|secret|token|passw|pwd|credential|authorization|cookie|pepper/i
const PUBLIC_KEY_NAME = /(?:masked|public|primary|foreign)_?key$/i

/** Ids of traces look like secrets; ours are none. */
const TRACE_FIELDS: ReadonlySet<string> = new Set(['trace_id', 'span_id'])
const TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/

const STRING_CHARS_MAX = 2_000
const ITEMS_MAX = 50
const DEPTH_MAX = 4

export type PlainFields = Readonly<Record<string, unknown>>

/** @param withStack adds the stack of errors; only for the log, never for clients */
export function cleanFields(fields: Readonly<Record<string, unknown>>, withStack: boolean): PlainFields {
  const clean: Record<string, unknown> = {}
  const unlisted: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    if (TRACE_FIELDS.has(name) && typeof value === 'string' && TRACE_ID.test(value)) clean[name] = value
    else if (FIELD_NAMES.has(name)) clean[name] = cleanValue(value, withStack, 0)
    else if (unlisted.length < ITEMS_MAX) unlisted.push(redactText(name.slice(0, 64)))
  }
  if (unlisted.length > 0) clean['unlisted_fields'] = unlisted
  return clean
}

function cleanValue(value: unknown, withStack: boolean, depth: number): unknown {
  if (typeof value === 'string') return cleanString(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object') return `[${typeof value}]`
  if (value instanceof Secret) return '[secret]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (depth >= DEPTH_MAX) return '[…]'
  if (value instanceof Error) return cleanError(value, withStack, depth)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (Array.isArray(value) || value instanceof Set) return [...value].slice(0, ITEMS_MAX).map((item) => cleanValue(item, withStack, depth + 1))
  return cleanObject(value, withStack, depth)
}

function cleanObject(value: object, withStack: boolean, depth: number): PlainFields {
  const entries: [string, unknown][] = value instanceof Map ? [...value].map(([key, item]) => [String(key), item]) : Object.entries(value)
  const clean: Record<string, unknown> = {}
  for (const [name, item] of entries.slice(0, ITEMS_MAX)) {
    if (item === undefined) continue
    const isSecret = SECRET_NAME.test(name) && !PUBLIC_KEY_NAME.test(name) && typeof item !== 'number' && typeof item !== 'boolean'
    clean[redactText(name.slice(0, 64))] = isSecret ? '[redacted]' : cleanValue(item, withStack, depth + 1)
  }
  return clean
}

/** A client's error text may quote what was sent, so every part of it goes through the redactor. */
function cleanError(error: Error, withStack: boolean, depth: number): PlainFields {
  const { code } = error as { code?: unknown }
  return {
    name: cleanString(error.name),
    message: cleanString(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.cause === undefined ? {} : { cause: cleanValue(error.cause, false, depth + 1) }),
    ...(withStack && error.stack !== undefined ? { stack: cleanString(error.stack) } : {}),
  }
}

export function cleanString(text: string): string {
  // Cut after redaction: a cut in the middle would hide a secret's beginning from the redactor.
  const clean = redactText(text.length > STRING_CHARS_MAX * 4 ? text.slice(0, STRING_CHARS_MAX * 4) : text)
  return clean.length > STRING_CHARS_MAX ? `${clean.slice(0, STRING_CHARS_MAX)}…` : clean
}
