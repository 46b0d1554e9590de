// What an answer means for a key when the vendor's own error codes are known: a table first, the status last.
import type { ResponseHead } from '../../domain/message.ts'
import type { Outcome, Verdict } from '../../domain/outcome.ts'
import { classifyByStatus, renderReason } from './classify-by-status.ts'
import { type ErrorBody, parseErrorBody } from './error-body.ts'
import { parseRetryAfterMs } from './retry-after.ts'

/** A map and not an object: the codes come from outside, and `constructor` is one too. */
export type CodeTable = ReadonlyMap<string, CodeRule>

export interface CodeRule {
  readonly outcome: Outcome
  readonly definite?: boolean
  readonly overloaded?: boolean
}

/** For vendors that say something only in words; looked at before the codes. The pattern is anchored, so that an echoed prompt cannot match. */
export interface MessageRule extends CodeRule {
  readonly statuses: readonly number[]
  readonly message: RegExp
  /** Stands in the reason instead of the missing code. */
  readonly code: string
}

export interface ClassifierRules {
  /** By `code`, then by `type` of the body. */
  readonly codes: CodeTable
  readonly messages?: readonly MessageRule[]
}

export const KEY_INVALID: CodeRule = { outcome: 'key_rejected', definite: true }
export const KEY_REFUSED: CodeRule = { outcome: 'key_rejected' }
export const QUOTA: CodeRule = { outcome: 'quota_exhausted' }
export const RATE: CodeRule = { outcome: 'rate_limited' }
export const REQUEST: CodeRule = { outcome: 'request_rejected' }
export const OVERLOADED: CodeRule = { outcome: 'upstream_failed', overloaded: true }
export const FAILED: CodeRule = { outcome: 'upstream_failed' }

const OVERLOAD_WORDS = /overload|slow[ _]down|over capacity|at capacity/i

export function createCodeTable(...layers: readonly Readonly<Record<string, CodeRule>>[]): CodeTable {
  return new Map(layers.flatMap((layer) => Object.entries(layer)))
}

export function createClassifier(rules: ClassifierRules): (head: ResponseHead, bodyStart: string, nowMs: number) => Verdict {
  return (head, bodyStart, nowMs) => {
    if (head.status < 400) return classifyByStatus(head, nowMs)
    const body = parseErrorBody(bodyStart)
    if (body === undefined) return classifyByStatus(head, nowMs)
    const retryAfterMs = parseRetryAfterMs(head.headers, nowMs)
    for (const rule of rules.messages ?? []) {
      if (rule.statuses.includes(head.status) && rule.message.test(body.message)) return createVerdict(rule, renderReason(head.status, rule.code), retryAfterMs)
    }
    for (const code of [body.code, body.type]) {
      const rule = rules.codes.get(code)
      if (rule !== undefined) return createVerdict(rule, renderReason(head.status, code), retryAfterMs)
    }
    if (isOverload(head.status, body)) return createVerdict(OVERLOADED, renderReason(head.status, body.code || body.type || 'overloaded'), retryAfterMs)
    const verdict = classifyByStatus(head, nowMs, body.code || body.type)
    return verdict.outcome === 'rate_limited' ? { ...verdict, retryAfterMs } : verdict
  }
}

function isOverload(status: number, body: ErrorBody): boolean {
  return (status === 503 || status === 529) && (OVERLOAD_WORDS.test(body.code) || OVERLOAD_WORDS.test(body.type) || OVERLOAD_WORDS.test(body.message))
}

export function createVerdict(rule: CodeRule, reason: string, retryAfterMs: number | undefined): Verdict {
  return {
    outcome: rule.outcome,
    reason,
    ...(rule.definite === true ? { definite: true } : {}),
    ...(rule.overloaded === true ? { overloaded: true } : {}),
    ...(rule.outcome === 'rate_limited' || rule.overloaded === true ? { retryAfterMs } : {}),
  }
}
