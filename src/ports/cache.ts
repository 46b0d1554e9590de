// Shared short-lived state that may be lost at any time.

/** Every method may reject with a CacheUnavailableError; absent or expired is `undefined`, never an error. */
export interface Cache {
  get(key: string): Promise<string | undefined>
  /** Same length and order as `keys`. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** @param ttlMs lifetime from now in ms; required, so that nothing lives for ever by accident. */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Idempotent. */
  delete(key: string): Promise<void>
  /**
   * Adds 1 and returns the new value; the first call gives 1. Atomic over all processes that share the cache.
   * `ttlMs` applies when the counter is created and is not renewed. Counters are never evicted to make room.
   */
  increment(key: string, ttlMs: number): Promise<number>
  ping(): Promise<void>
  /** Idempotent; later calls reject with CacheUnavailableError. */
  close(): Promise<void>
}

/** Optional companion: a cache inside this process can count without a promise. Probed for by the key pool. */
export interface SynchronousCounter {
  incrementNow(key: string, ttlMs: number): number
}

export class CacheUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CacheUnavailableError'
  }
}
