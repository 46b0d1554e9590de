// The retry matrix of D5: whether a request may be sent again, and on whose account.
import type { Outcome } from './outcome.ts'

export interface RetryFacts {
  readonly method: string
  /** The client sent Idempotency-Key, or the upstream is set to replay ambiguous failures. */
  readonly isReplaySafe: boolean
  /** No byte of the request was written. */
  readonly isUnsent: boolean
  /** The vendor said "overloaded, not processed". */
  readonly isOverloaded: boolean
  readonly outcome: Outcome
  /** Attempts made so far, 1…; ambiguous failures are retried once only. */
  readonly attempts: number
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])

/**
 * - `switch`: with another key, free of charge: the vendor refused before working.
 * - `retry`: at the charge of the retry budget.
 * - `no`: the answer or the failure goes to the client.
 */
export function retryDecision(facts: RetryFacts): 'switch' | 'retry' | 'no' {
  switch (facts.outcome) {
    case 'rate_limited':
    case 'quota_exhausted':
    case 'key_rejected':
      return 'switch'
    case 'upstream_failed':
      if (facts.isUnsent || facts.isOverloaded) return 'retry'
      return (IDEMPOTENT.has(facts.method) || facts.isReplaySafe) && facts.attempts === 1 ? 'retry' : 'no'
    case 'served':
    case 'request_rejected':
    case 'client_gone':
      return 'no'
  }
}
