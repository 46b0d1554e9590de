// What a pool says of itself: how many of its keys are in which state, and why none can be used.
import type { KeyState } from '../domain/upstream-key.ts'
import { GatewayError } from '../errors.ts'
import type { PoolKey } from './pool-key.ts'

/** Another look at a key that is tried at the moment pays off after this time. */
const PROBE_LOOK_MS = 1_000

export function countByState(keys: Iterable<PoolKey>): Record<KeyState, number> {
  const counts: Record<KeyState, number> = { ready: 0, cooling: 0, probing: 0, parked: 0, disabled: 0 }
  for (const key of keys) counts[key.state]++
  return counts
}

/**
 * What to tell a client when no key can be used: key_pool_cooling_down, or no_active_keys when waiting does not help.
 * @param all those that may be used
 * @param nowMs monotonic
 * @param tag what all of them carry, when others may not be used
 */
export function exhaustedError(slug: string, all: Iterable<PoolKey>, nowMs: number, tag?: string): GatewayError {
  const keys = [...all]
  const counts = countByState(keys)
  const total = keys.length
  const pool = tag === undefined ? `'${slug}'` : `'${slug}' tagged '${tag}'`
  const states = (Object.keys(counts) as KeyState[]).filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`)
  const waitMs = soonestMs(keys, nowMs)
  if (waitMs === Infinity) {
    if (total === 0 && tag !== undefined) {
      const advice = "Ask the gateway's administrator to tag a key, or to change the account's binding."
      return new GatewayError('no_active_keys', `No key of ${pool} is there, and the account of this client key may use no others. ${advice}`, {
        shouldRetry: false,
      })
    }
    const what = total === 0 ? `The pool of ${pool} has no keys.` : `None of the ${total} keys of ${pool} can be used (${states.join(', ')}).`
    return new GatewayError('no_active_keys', `${what} Add or revive a key in the gateway's management page.`, { shouldRetry: false })
  }
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new GatewayError(
    'key_pool_cooling_down',
    `No key of ${pool} can be used now (${states.join(', ')} of ${total}); the next one is ready in ${seconds} s. The vendor's limits are reached, not the gateway's.`,
    { retryAfterMs: seconds * 1000, shouldRetry: seconds <= 10 },
  )
}

/** ms until a key may be usable; Infinity when none becomes so by itself. */
function soonestMs(keys: Iterable<PoolKey>, nowMs: number): number {
  let soonest = Infinity
  for (const key of keys) {
    if (key.state === 'cooling') soonest = Math.min(soonest, key.wakeAtMonotonicMs - nowMs)
    else if (key.state === 'ready') soonest = Math.min(soonest, key.capacityInMs(nowMs))
    else if (key.state === 'probing') soonest = Math.min(soonest, PROBE_LOOK_MS)
  }
  return soonest
}
