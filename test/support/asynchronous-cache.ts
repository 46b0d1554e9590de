// Owns a memory cache that is asked over promises, as one on a server is, and that can be made to keep its callers waiting.
import { MemoryCache } from '../../src/infrastructure/cache/memory/memory-cache.ts'
import type { Cache } from '../../src/ports/cache.ts'
import type { Clock } from '../../src/ports/clock.ts'

export class AsynchronousCache implements Cache {
  readonly #cache: MemoryCache
  #gate: Promise<void> | undefined
  #open: (() => void) | undefined
  /** Increments asked for, whether they were answered or not. */
  increments = 0

  constructor(clock: Clock) {
    this.#cache = new MemoryCache({ clock, entriesMax: 10_000, bytesMax: 1_000_000 })
  }

  /** From now on increments wait. */
  hold(): void {
    this.#gate ??= new Promise((resolve) => (this.#open = resolve))
  }

  letGo(): void {
    this.#open?.()
    this.#gate = undefined
  }

  async increment(key: string, ttlMs: number, by?: number): Promise<number> {
    this.increments++
    await this.#gate
    return this.#cache.increment(key, ttlMs, by)
  }

  get(key: string): Promise<string | undefined> {
    return this.#cache.get(key)
  }

  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    return this.#cache.getMany(keys)
  }

  set(key: string, value: string, ttlMs: number): Promise<void> {
    return this.#cache.set(key, value, ttlMs)
  }

  delete(key: string): Promise<void> {
    return this.#cache.delete(key)
  }

  ping(): Promise<void> {
    return this.#cache.ping()
  }

  close(): Promise<void> {
    return this.#cache.close()
  }
}
