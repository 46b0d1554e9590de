// A cache with limits that several "processes" of one test share, and that can go away and come back.
import { MemoryLimits } from '../../src/infrastructure/cache/memory/memory-limits.ts'
import { type Cache, CacheUnavailableError } from '../../src/ports/cache.ts'
import type { LimitAnswer, LimitClaim, LimitStore, PastGrant } from '../../src/ports/limit-store.ts'
import type { FakeClock } from './fake-clock.ts'

export class LeavingLimits implements LimitStore {
  store: MemoryLimits
  isGone = false
  /** Carries the call out, and loses the answer. */
  losesAnswers = false
  calls = 0
  readonly #clock: FakeClock

  constructor(clock: FakeClock) {
    this.#clock = clock
    this.store = new MemoryLimits({ clock })
  }

  /** As the services see it. */
  get cache(): Cache & LimitStore {
    return this as unknown as Cache & LimitStore
  }

  /** A server that lost everything. */
  forget(): void {
    this.store = new MemoryLimits({ clock: this.#clock })
  }

  ping(): Promise<void> {
    return this.#call(async () => {})
  }

  claim(claim: LimitClaim): Promise<LimitAnswer> {
    return this.#call(() => this.store.claim(claim))
  }

  renew(claims: readonly LimitClaim[]): Promise<void> {
    return this.#call(() => this.store.renew(claims))
  }

  release(claims: readonly LimitClaim[]): Promise<void> {
    return this.#call(() => this.store.release(claims))
  }

  count(grants: readonly PastGrant[]): Promise<void> {
    return this.#call(() => this.store.count(grants))
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    this.calls++
    if (this.isGone) throw new CacheUnavailableError('gone')
    const result = await work()
    if (this.losesAnswers) throw new CacheUnavailableError('the answer was lost')
    return result
  }
}
