// A key pool with a clock and a random source that the test owns, a real memory cache, and a list of what happened to its keys.
import { Secret } from '../../../src/domain/secret.ts'
import type { Verdict } from '../../../src/domain/outcome.ts'
import type { KeyStatus } from '../../../src/domain/upstream-key.ts'
import { MemoryCache } from '../../../src/infrastructure/cache/memory/memory-cache.ts'
import type { Cache } from '../../../src/ports/cache.ts'
import type { Random } from '../../../src/ports/random.ts'
import { KeyPool } from '../../../src/services/key-pool.ts'
import type { KeyTransition } from '../../../src/services/key-pool-dependencies.ts'
import type { PoolKey, PoolKeySpec } from '../../../src/services/pool-key.ts'
import { ExactTurnCounter } from '../../../src/services/turn-counter.ts'
import { FakeClock } from '../../support/fake-clock.ts'

export const FRESH: KeyStatus = { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 0 }

export const SERVED: Verdict = { outcome: 'served', reason: '200' }
export const GONE: Verdict = { outcome: 'client_gone', reason: 'client gone' }
export const LIMITED: Verdict = { outcome: 'rate_limited', reason: '429' }
export const REJECTED: Verdict = { outcome: 'key_rejected', reason: '401' }
export const FAILED: Verdict = { outcome: 'upstream_failed', reason: '500' }
export const BAD_PROMPT: Verdict = { outcome: 'request_rejected', reason: '403' }

export function limitedFor(retryAfterMs: number): Verdict {
  return { ...LIMITED, retryAfterMs }
}

/** Random without luck: no jitter. */
export const plainRandom: Random = { bytes: (count) => Buffer.alloc(count, 7), fraction: () => 0 }

export function aSpec(index: number, changes: Partial<PoolKeySpec> = {}): PoolKeySpec {
  const id = `key_${String(index).padStart(6, '0')}`
  return { id, label: '', value: new Secret(`sk-${id}`), weight: 1, tier: 0, limits: {}, status: FRESH, ...changes }
}

export function specs(count: number, changes: Partial<PoolKeySpec> = {}): PoolKeySpec[] {
  return Array.from({ length: count }, (_, index) => aSpec(index, changes))
}

export interface PoolFixture {
  readonly clock: FakeClock
  readonly pool: KeyPool
  readonly transitions: KeyTransition[]
  /** Leases at once; the memory cache never makes anybody wait. */
  lease(tried?: readonly PoolKey[], mayProbe?: boolean): PoolKey
  key(index: number): PoolKey
}

export function createPool(keys: readonly PoolKeySpec[], cache?: Cache): PoolFixture {
  const clock = new FakeClock()
  const transitions: KeyTransition[] = []
  const turns = new ExactTurnCounter(cache ?? new MemoryCache({ clock, entriesMax: 10_000, bytesMax: 1_000_000 }), plainRandom)
  const pool = new KeyPool('ups_1', 'openai', { clock, random: plainRandom, turns, onTransition: (transition) => transitions.push({ ...transition }) })
  pool.update(keys)
  return {
    clock,
    pool,
    transitions,
    lease: (tried = [], mayProbe = true) => {
      const key = pool.lease(tried, mayProbe)
      if (key instanceof Promise) throw new Error('The lease is not synchronous')
      return key
    },
    key: (index) => {
      const key = pool.keys.get(aSpec(index).id)
      if (key === undefined) throw new Error(`There is no key ${index}`)
      return key
    },
  }
}

/** How often each key was leased, in the order of the pool. */
export function countLeases(pool: KeyPool, leased: readonly PoolKey[]): number[] {
  const counts = new Map<string, number>([...pool.keys.keys()].map((id) => [id, 0]))
  for (const key of leased) counts.set(key.id, (counts.get(key.id) ?? 0) + 1)
  return [...counts.values()]
}
