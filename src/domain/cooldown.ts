// How long a key rests after an answer: the arithmetic of D12, without clocks.
import { limits } from '../limits.ts'
import type { KeyStatus } from './upstream-key.ts'

/** @returns `retryAfterMs` clamped to what is sensible for one key: 1 s … 1 h. */
export function clampCooldownMs(retryAfterMs: number): number {
  return Math.min(Math.max(retryAfterMs, limits.cooldownMinMs), limits.cooldownMaxMs)
}

/**
 * Rest after a rate limit.
 * @param retryAfterMs what the vendor asked for; undefined = 10 s, doubling with each limit in a row up to 5 min, plus up to 10 % (at most 1 s) of jitter
 * @param streak rate limits in a row before this one, 0…
 * @param fraction 0…1, random
 */
export function rateLimitCooldownMs(retryAfterMs: number | undefined, streak: number, fraction: number): number {
  if (retryAfterMs !== undefined) return clampCooldownMs(retryAfterMs)
  const base = Math.min(limits.cooldownUnknownMs * 2 ** Math.min(streak, 20), limits.cooldownUnknownMaxMs)
  return base + Math.floor(fraction * Math.min(base / 10, 999))
}

/**
 * How long a stored state lasts from now on, in ms; undefined when it does not end by itself, below 0 when it has ended.
 * Whoever stored it may have another time of day: it never lasts longer than it was meant to.
 * @param nowMs epoch ms
 * @param ageMsMax the state is known to be no older, whatever the clocks say
 */
export function restMs(status: KeyStatus, nowMs: number, ageMsMax = Infinity): number | undefined {
  const { state, untilMs, changedAtMs } = status
  if ((state !== 'cooling' && state !== 'parked') || untilMs === undefined) return undefined
  return untilMs - changedAtMs - Math.min(Math.max(0, nowMs - changedAtMs), ageMsMax)
}
