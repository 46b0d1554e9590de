// Counts turns by taking several at once: fewer round trips, at the price of exactness over the processes.
import type { Cache } from '../ports/cache.ts'
import type { Random } from '../ports/random.ts'
import { LocalTurns, peekCounter, TURN_COUNTER_TTL_MS, type TurnCounter, type TurnSet } from './turn-counter.ts'

/** Turns that were taken and not yet given out. */
interface Block {
  readonly counterKey: string
  next: number
  last: number
  taking: Promise<void> | undefined
}

/**
 * Within a process turns follow each other without a gap; between processes they are off by at most one block each. The rest of
 * a block is dropped when the set of keys changes: those turns are nobody's.
 */
export class BlockTurnCounterNonExact implements TurnCounter {
  readonly #cache: Cache
  readonly #size: number
  readonly #local: LocalTurns
  /** One block per living set: sets that are gone take theirs with them. */
  readonly #blocks = new WeakMap<TurnSet, Block>()

  /** @param size turns taken at once, 2… */
  constructor(cache: Cache, random: Random, size: number) {
    this.#cache = cache
    this.#local = new LocalTurns(random)
    this.#size = size
  }

  next(set: TurnSet): number | Promise<number> {
    const { counterKey } = set
    let block = this.#blocks.get(set)
    if (block === undefined || block.counterKey !== counterKey) {
      block = { counterKey, next: 1, last: 0, taking: undefined }
      this.#blocks.set(set, block)
    }
    return block.next <= block.last ? block.next++ : this.#nextTaken(block)
  }

  async peek(set: TurnSet): Promise<number | undefined> {
    const { counterKey } = set
    const block = this.#blocks.get(set)
    if (block?.counterKey === counterKey && block.next <= block.last) return block.next
    return peekCounter(this.#cache, this.#local, counterKey)
  }

  async #nextTaken(block: Block): Promise<number> {
    try {
      while (block.next > block.last) {
        block.taking ??= this.#take(block)
        await block.taking
      }
      return block.next++
    } catch {
      return this.#local.next(block.counterKey)
    }
  }

  async #take(block: Block): Promise<void> {
    try {
      const last = await this.#cache.increment(block.counterKey, TURN_COUNTER_TTL_MS, this.#size)
      block.next = last - this.#size + 1
      block.last = last
    } finally {
      block.taking = undefined
    }
  }
}
