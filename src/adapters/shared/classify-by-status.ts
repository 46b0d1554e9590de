// What an answer means for a key when only its status is known.
import type { ResponseHead } from '../../domain/message.ts'
import type { Verdict } from '../../domain/outcome.ts'
import { parseRetryAfterMs } from './retry-after.ts'

/** Codes of real errors are words; anything else might repeat a part of the request, even the key. */
const PRINTABLE_CODE = /^[A-Za-z]+(?:[_.-][A-Za-z]+)*$|^\d{3,6}$/
const CODE_CHARS_MAX = 48

/** Conservative: one answer of an unknown kind never parks a key, and a refused prompt (403) says nothing about it. */
export function classifyByStatus(head: ResponseHead, nowMs: number, code = ''): Verdict {
  const { status } = head
  const reason = renderReason(status, code)
  if (status < 400) return { outcome: 'served', reason }
  if (status === 401) return { outcome: 'key_rejected', reason }
  if (status === 402) return { outcome: 'quota_exhausted', reason }
  if (status === 429) return { outcome: 'rate_limited', reason, retryAfterMs: parseRetryAfterMs(head.headers, nowMs) }
  if (status < 500) return { outcome: 'request_rejected', reason }
  const retryAfterMs = status === 503 || status === 529 ? parseRetryAfterMs(head.headers, nowMs) : undefined
  // "Come back later" is said before the work, not after it.
  return retryAfterMs === undefined ? { outcome: 'upstream_failed', reason } : { outcome: 'upstream_failed', reason, retryAfterMs, overloaded: true }
}

/** `429`, `401 invalid_api_key`: short, stable, safe to print. */
export function renderReason(status: number, code: string): string {
  return code !== '' && code !== String(status) && code.length <= CODE_CHARS_MAX && PRINTABLE_CODE.test(code) ? `${status} ${code}` : String(status)
}
