// The rules of D12: what an attempt's verdict means for the state of its key.
import { clampCooldownMs, rateLimitCooldownMs } from '../domain/cooldown.ts'
import type { Verdict } from '../domain/outcome.ts'
import type { KeyState } from '../domain/upstream-key.ts'
import { limits } from '../limits.ts'
import type { PoolKey } from './pool-key.ts'

/** What should happen to a key; undefined where nothing does. `forMs` is how long, for cooling and parked. */
export interface Change {
  readonly to: KeyState
  readonly reason: string
  readonly forMs: number | undefined
}

/** What the rules need to know about the pool around the key. */
export interface PoolView {
  readonly size: number
  /** Keys resting because of the upstream's failures, not their own. */
  readonly failing: number
  /** True when the rejection is the upstream's and not the keys': many keys at once, none served. */
  isUpstreamWide(key: PoolKey, reason: string): boolean
  fraction(): number
}

export function judge(key: PoolKey, verdict: Verdict, pool: PoolView): Change | undefined {
  switch (verdict.outcome) {
    case 'served':
      key.rateLimitStreak = 0
      key.rejectionStreak = 0
      key.failureStreak = 0
      return recovered(key, verdict.reason)
    case 'request_rejected':
      // The vendor looked at the request, so it accepted the key.
      key.rejectionStreak = 0
      return recovered(key, verdict.reason)
    case 'rate_limited': {
      // Requests that were under way together are one limit, not several in a row.
      if (key.state === 'cooling' && verdict.retryAfterMs === undefined) return undefined
      const forMs = rateLimitCooldownMs(verdict.retryAfterMs, key.rateLimitStreak++, pool.fraction())
      return { to: 'cooling', reason: verdict.reason, forMs }
    }
    case 'quota_exhausted':
      return { to: 'cooling', reason: verdict.reason, forMs: limits.quotaCooldownMs }
    case 'key_rejected':
      return judgeRejection(key, verdict, pool)
    case 'upstream_failed':
      return judgeFailure(key, verdict, pool)
    case 'client_gone':
      return undefined
  }
}

function recovered(key: PoolKey, reason: string): Change | undefined {
  return key.state === 'probing' || key.state === 'parked' ? { to: 'ready', reason: `probe: ${reason}`, forMs: undefined } : undefined
}

function judgeRejection(key: PoolKey, verdict: Verdict, pool: PoolView): Change | undefined {
  key.rejectionStreak++
  if (pool.isUpstreamWide(key, verdict.reason)) {
    return { to: 'cooling', reason: `${verdict.reason} on many keys`, forMs: limits.failureCooldownMs }
  }
  if (verdict.definite === true || key.rejectionStreak >= limits.rejectionsToPark || key.state === 'probing') {
    return { to: 'parked', reason: verdict.reason, forMs: limits.parkedProbeMs }
  }
  return undefined
}

function judgeFailure(key: PoolKey, verdict: Verdict, pool: PoolView): Change | undefined {
  if (verdict.isUnsent === true) return undefined
  key.failureStreak++
  const isPoolFailing = pool.failing + 1 > pool.size * limits.failureCooldownShareMax
  if (key.state === 'probing') return { to: 'cooling', reason: verdict.reason, forMs: limits.failureCooldownMs }
  // Failing open: when most keys fail it is the upstream, and resting them all would only add an outage of our own.
  if (isPoolFailing) return undefined
  if (verdict.retryAfterMs !== undefined) return { to: 'cooling', reason: verdict.reason, forMs: clampCooldownMs(verdict.retryAfterMs) }
  if (key.failureStreak < limits.failuresToCool) return undefined
  return { to: 'cooling', reason: verdict.reason, forMs: limits.failureCooldownMs }
}
