// How long a vendor asks to wait: reads Retry-After and its relatives from the headers of an answer.
import { headerValue, headerValues, type HeaderList } from '../../domain/message.ts'

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e\d{1,3})?$/i
/** The three date forms of RFC 9110; `Date.parse` alone takes almost any text that contains a number. */
const HTTP_DATES = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
]
/** `6m0s`, `1h2m3.5s`, `20ms` */
const DURATION = /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/

/** [when it resets, what is left until then] */
const RESET_HEADERS = [
  ['x-ratelimit-reset-requests', 'x-ratelimit-remaining-requests'],
  ['x-ratelimit-reset-tokens', 'x-ratelimit-remaining-tokens'],
  ['x-ratelimit-reset', 'x-ratelimit-remaining'],
  ['x-rate-limit-reset', 'x-rate-limit-remaining'],
  ['ratelimit-reset', 'ratelimit-remaining'],
] as const

/**
 * Whole ms from now, never negative, not clamped; undefined when the answer does not say. `retry-after-ms` wins over
 * `retry-after`, which wins over rate-limit resets; of several values of one header the longest counts.
 * @param nowMs epoch ms, for dates
 */
export function parseRetryAfterMs(headers: HeaderList, nowMs: number): number | undefined {
  return (
    longest(headerValues(headers, 'retry-after-ms').map((value) => parseNumber(value, 1))) ??
    longest(headerValues(headers, 'retry-after').map((value) => parseNumber(value, 1000) ?? parseHttpDate(value, nowMs))) ??
    parseResetMs(headers, nowMs)
  )
}

/** `37s`, `1.5s`, `6m0s`, `20ms` in whole ms; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const match = text === '' ? null : DURATION.exec(text)
  if (match === null) return undefined
  const [days, hours, minutes, seconds, millis] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number]
  return Math.ceil(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + millis)
}

function longest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function parseNumber(text: string, unitMs: number): number | undefined {
  const value = text.trim()
  // Two headers that a proxy on the way has joined.
  if (/^\d+(?:\s*,\s*\d+)+$/.test(value)) return longest(value.split(',').map((part) => parseNumber(part, unitMs)))
  if (!NUMBER.test(value)) return undefined
  return Math.ceil(Math.min(Math.max(Number(value) * unitMs, 0), Number.MAX_SAFE_INTEGER))
}

function parseHttpDate(text: string, nowMs: number): number | undefined {
  const value = text.trim()
  const atMs = HTTP_DATES.some((form) => form.test(value)) ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) : Number.NaN
  return Number.isNaN(atMs) ? undefined : Math.max(atMs - nowMs, 0)
}

/** A reset counts only for what has run out; vendors send the others too. */
function parseResetMs(headers: HeaderList, nowMs: number): number | undefined {
  return longest(
    RESET_HEADERS.map(([reset, remaining]) => {
      const left = headerValue(headers, remaining)
      if (left !== undefined && Number(left) > 0) return undefined
      const value = headerValue(headers, reset)?.trim() ?? ''
      return NUMBER.test(value) ? parseResetNumber(Number(value), nowMs) : (parseDurationMs(value) ?? parseTimestamp(value, nowMs))
    }),
  )
}

/** Vendors send seconds from now, epoch seconds or epoch ms under the same name; the ranges do not overlap. */
function parseResetNumber(value: number, nowMs: number): number {
  const ms = value >= 1e11 ? value - nowMs : value >= 1e9 ? value * 1000 - nowMs : value * 1000
  return Math.ceil(Math.max(ms, 0))
}

function parseTimestamp(text: string, nowMs: number): number | undefined {
  const atMs = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(atMs) ? undefined : Math.max(atMs - nowMs, 0)
}
