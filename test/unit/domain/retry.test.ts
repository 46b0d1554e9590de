// The retry matrix of D5, cell by cell.
import { describe, expect, test } from '@jest/globals'
import type { Outcome } from '../../../src/domain/outcome.ts'
import { retryDecision, type RetryFacts } from '../../../src/domain/retry.ts'

const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']
const OTHER = ['POST', 'PATCH']

function facts(method: string, outcome: Outcome, changes: Partial<RetryFacts> = {}): RetryFacts {
  return { method, outcome, isReplaySafe: false, isUnsent: false, isOverloaded: false, attempts: 1, ...changes }
}

describe('D5', () => {
  test.each([...IDEMPOTENT, ...OTHER])('%s: nothing was sent, or the vendor says "overloaded, not processed" → retry, each time', (method) => {
    for (const attempts of [1, 2]) {
      expect(retryDecision(facts(method, 'upstream_failed', { isUnsent: true, attempts }))).toBe('retry')
      expect(retryDecision(facts(method, 'upstream_failed', { isOverloaded: true, attempts }))).toBe('retry')
    }
  })

  test.each([...IDEMPOTENT, ...OTHER])('%s: 429, 401, quota → another key, each time', (method) => {
    for (const outcome of ['rate_limited', 'key_rejected', 'quota_exhausted'] as const) {
      for (const attempts of [1, 2]) expect(retryDecision(facts(method, outcome, { attempts }))).toBe('switch')
    }
  })

  test.each(IDEMPOTENT)('%s: an ambiguous failure → once', (method) => {
    expect(retryDecision(facts(method, 'upstream_failed'))).toBe('retry')
    expect(retryDecision(facts(method, 'upstream_failed', { attempts: 2 }))).toBe('no')
  })

  test.each(OTHER)('%s: an ambiguous failure → no, unless the route or the client says that a replay is safe; then once', (method) => {
    expect(retryDecision(facts(method, 'upstream_failed'))).toBe('no')
    expect(retryDecision(facts(method, 'upstream_failed', { isReplaySafe: true }))).toBe('retry')
    expect(retryDecision(facts(method, 'upstream_failed', { isReplaySafe: true, attempts: 2 }))).toBe('no')
  })

  test.each([...IDEMPOTENT, ...OTHER])('%s: served, the client’s own fault, client gone → never', (method) => {
    for (const outcome of ['served', 'request_rejected', 'client_gone'] as const) {
      expect(retryDecision(facts(method, outcome, { isUnsent: true, isOverloaded: true, isReplaySafe: true }))).toBe('no')
    }
  })
})
