// A cache inside this process: bounded, least recently used first out; counters and limits apart, where nothing evicts them.
import { LRUCache } from 'lru-cache'
import { CacheUnavailableError } from '../../../ports/cache.ts'
import type { Cache, SynchronousCounter } from '../../../ports/cache.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { LimitAnswer, LimitClaim, LimitStore, PastGrant, SynchronousLimits } from '../../../ports/limit-store.ts'
import type { HasAmounts } from '../../../ports/amount-store.ts'
import { MemoryAmounts } from './memory-amounts.ts'
import { MemoryLimits } from './memory-limits.ts'
import type { MemoryCacheOptions } from './options.ts'

interface Counter {
  value: number
  readonly expiresAtMs: number
}

/** ms between two searches for expired counters when their space is full. */
const SWEEP_INTERVAL_MS = 1_000

export class MemoryCache implements Cache, SynchronousCounter, LimitStore, SynchronousLimits, HasAmounts {
  readonly amounts: MemoryAmounts
  readonly #clock: Clock
  readonly #countersMax: number
  readonly #entries: LRUCache<string, string>
  readonly #counters = new Map<string, Counter>()
  readonly #limits: MemoryLimits
  #sweptAtMs = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(deps: { readonly clock: Clock } & MemoryCacheOptions) {
    this.#clock = deps.clock
    this.#countersMax = deps.entriesMax
    this.#limits = new MemoryLimits({ clock: deps.clock })
    this.amounts = new MemoryAmounts({ clock: deps.clock })
    this.#entries = new LRUCache({
      max: deps.entriesMax,
      maxSize: deps.bytesMax,
      sizeCalculation: (value, key) => value.length + key.length + 1,
      // lru-cache takes a start of 0 for "no lifetime", and caches the time for 1 ms with a real timer unless told otherwise.
      perf: { now: () => deps.clock.monotonicMs() + 1 },
      ttlResolution: 0,
    })
  }

  async get(key: string): Promise<string | undefined> {
    this.#assertOpen()
    return this.#find(key)
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    this.#assertOpen()
    return keys.map((key) => this.#find(key))
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.#assertOpen()
    assertLifetime(ttlMs)
    this.#counters.delete(key)
    this.#entries.set(key, value, { ttl: ttlMs })
  }

  async delete(key: string): Promise<void> {
    this.#assertOpen()
    this.#counters.delete(key)
    this.#entries.delete(key)
  }

  async increment(key: string, ttlMs: number, by = 1): Promise<number> {
    return this.incrementNow(key, ttlMs, by)
  }

  /** @throws CacheUnavailableError when closed, or when the space for counters is full of living ones. */
  incrementNow(key: string, ttlMs: number, by = 1): number {
    this.#assertOpen()
    const nowMs = this.#clock.monotonicMs()
    const counter = this.#counters.get(key)
    if (counter !== undefined && counter.expiresAtMs > nowMs) return (counter.value += by)
    assertLifetime(ttlMs)
    if (counter === undefined) this.#makeRoom(nowMs)
    this.#counters.set(key, { value: by, expiresAtMs: nowMs + ttlMs })
    return by
  }

  claim(claim: LimitClaim): Promise<LimitAnswer> {
    return this.#limits.claim(claim)
  }

  renew(claims: readonly LimitClaim[]): Promise<void> {
    return this.#limits.renew(claims)
  }

  release(claims: readonly LimitClaim[]): Promise<void> {
    return this.#limits.release(claims)
  }

  count(grants: readonly PastGrant[]): Promise<void> {
    return this.#limits.count(grants)
  }

  claimNow(claim: LimitClaim): LimitAnswer {
    return this.#limits.claimNow(claim)
  }

  adoptNow(claim: LimitClaim): void {
    this.#limits.adoptNow(claim)
  }

  renewNow(claims: readonly LimitClaim[]): void {
    this.#limits.renewNow(claims)
  }

  releaseNow(claims: readonly LimitClaim[]): void {
    this.#limits.releaseNow(claims)
  }

  async ping(): Promise<void> {
    this.#assertOpen()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#entries.clear()
    this.#counters.clear()
    this.#limits.close()
    this.amounts.close()
  }

  #find(key: string): string | undefined {
    const counter = this.#counters.get(key)
    if (counter !== undefined) return counter.expiresAtMs > this.#clock.monotonicMs() ? String(counter.value) : undefined
    return this.#entries.get(key)
  }

  #makeRoom(nowMs: number): void {
    if (this.#counters.size < this.#countersMax) return
    if (nowMs - this.#sweptAtMs >= SWEEP_INTERVAL_MS) {
      this.#sweptAtMs = nowMs
      for (const [key, counter] of this.#counters) {
        if (counter.expiresAtMs <= nowMs) this.#counters.delete(key)
      }
    }
    // Forgetting a living counter would restart it at 1, which callers are promised never happens.
    if (this.#counters.size >= this.#countersMax) throw new CacheUnavailableError(`The memory cache holds ${this.#countersMax} counters already`)
  }

  #assertOpen(): void {
    if (this.#closed) throw new CacheUnavailableError('The memory cache is closed')
  }
}

function assertLifetime(ttlMs: number): void {
  if (!(ttlMs > 0)) throw new RangeError(`A lifetime must be above 0 ms, not ${ttlMs}`)
}
