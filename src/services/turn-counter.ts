// Counts turns: exact over all processes that share the cache, exact within this process while the cache is gone.
import type { Cache, SynchronousCounter } from '../ports/cache.ts'
import type { Random } from '../ports/random.ts'

/** Counters live this long after their first turn; a new one starts at 1, which costs at most one turn of evenness. */
export const TURN_COUNTER_TTL_MS = 7 * 86_400_000
const LOCAL_COUNTERS_MAX = 10_000
/** Local counters begin somewhere below it: large enough that any place in any cycle is as likely, small enough to count on. */
const LOCAL_START_MAX = 2 ** 31

/** The set of keys that turns are counted for. Its counter changes when the set does. */
export interface TurnSet {
  readonly counterKey: string
}

export interface TurnCounter {
  /** The next turn of the set, 1-based. A plain number when nobody has to be asked. Never rejects. */
  next(set: TurnSet): number | Promise<number>
  /** What next would give if nobody else comes first; undefined when nobody knows. Never rejects. */
  peek(set: TurnSet): Promise<number | undefined>
}

export class ExactTurnCounter implements TurnCounter {
  readonly #cache: Cache
  readonly #now: SynchronousCounter | undefined
  readonly #local: LocalTurns

  constructor(cache: Cache, random: Random) {
    this.#cache = cache
    this.#local = new LocalTurns(random)
    this.#now = 'incrementNow' in cache ? (cache as Cache & SynchronousCounter) : undefined
  }

  next({ counterKey }: TurnSet): number | Promise<number> {
    if (this.#now === undefined) return this.#nextShared(counterKey)
    try {
      return this.#now.incrementNow(counterKey, TURN_COUNTER_TTL_MS)
    } catch {
      return this.#local.next(counterKey)
    }
  }

  peek({ counterKey }: TurnSet): Promise<number | undefined> {
    return peekCounter(this.#cache, this.#local, counterKey)
  }

  async #nextShared(counterKey: string): Promise<number> {
    try {
      return await this.#cache.increment(counterKey, TURN_COUNTER_TTL_MS)
    } catch {
      return this.#local.next(counterKey)
    }
  }
}

/** The turn that follows the one stored in the cache, or that of this process while the cache is gone. */
export async function peekCounter(cache: Cache, local: LocalTurns, counterKey: string): Promise<number | undefined> {
  try {
    const taken = Number((await cache.get(counterKey)) ?? 0)
    // A counter that holds no number starts anew.
    return Number.isSafeInteger(taken) && taken >= 0 ? taken + 1 : 1
  } catch {
    return local.peek(counterKey)
  }
}

/** What a process counts alone. All processes begin elsewhere: beginning together, they would all wear out the same key. */
export class LocalTurns {
  readonly #random: Random
  readonly #turns = new Map<string, number>()

  constructor(random: Random) {
    this.#random = random
  }

  next(counterKey: string): number {
    const known = this.#turns.get(counterKey)
    if (known === undefined && this.#turns.size >= LOCAL_COUNTERS_MAX) this.#turns.clear()
    const turn = (known ?? Math.floor(this.#random.fraction() * LOCAL_START_MAX)) + 1
    this.#turns.set(counterKey, turn)
    return turn
  }
  /** undefined before the first turn: where it begins is up to chance. */
  peek(counterKey: string): number | undefined {
    const known = this.#turns.get(counterKey)
    return known === undefined ? undefined : known + 1
  }
}
