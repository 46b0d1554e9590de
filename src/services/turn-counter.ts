// Counts turns: exact over all processes that share the cache, local while the cache is gone.
import type { Cache, SynchronousCounter } from '../ports/cache.ts'

/** Counters live this long after their first turn; a new one starts at 1, which costs at most one turn of evenness. */
const COUNTER_TTL_MS = 7 * 86_400_000
const LOCAL_COUNTERS_MAX = 10_000

export class TurnCounter {
  readonly #cache: Cache
  readonly #now: SynchronousCounter | undefined
  readonly #local = new Map<string, number>()

  constructor(cache: Cache) {
    this.#cache = cache
    this.#now = 'incrementNow' in cache ? (cache as Cache & SynchronousCounter) : undefined
  }

  /** The next turn, 1-based. A plain number when the cache is in this process. Never rejects. */
  next(key: string): number | Promise<number> {
    if (this.#now === undefined) return this.#nextShared(key)
    try {
      return this.#now.incrementNow(key, COUNTER_TTL_MS)
    } catch {
      return this.#nextLocal(key)
    }
  }

  async #nextShared(key: string): Promise<number> {
    try {
      return await this.#cache.increment(key, COUNTER_TTL_MS)
    } catch {
      return this.#nextLocal(key)
    }
  }

  #nextLocal(key: string): number {
    if (this.#local.size >= LOCAL_COUNTERS_MAX) this.#local.clear()
    const turn = (this.#local.get(key) ?? 0) + 1
    this.#local.set(key, turn)
    return turn
  }
}
