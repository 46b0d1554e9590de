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
   * Adds `by` (default 1) and returns the new value; the first call gives `by`. Atomic over all processes that share the cache.
   * `ttlMs` applies when the counter is created and is not renewed. Counters are never evicted to make room. A counter that
   * holds no number, or none that can be counted on (below 0, above 2^53), starts anew.
   */
  increment(key: string, ttlMs: number, by?: number): Promise<number>
  ping(): Promise<void>
  /** Idempotent; later calls reject with CacheUnavailableError. */
  close(): Promise<void>
}

/** Optional companion: what the processes that share a cache tell each other. Messages are hints: any of them may be lost. */
export interface Broadcast {
  /** Resolves when it was handed over, however many listen. Rejects with CacheUnavailableError. */
  publish(channel: string, message: string): Promise<void>
  /**
   * Calls `onMessage` for every message from now on, this process's own included. A lost connection comes back by
   * itself; `onGap` is called each time it does, because messages may have been missed. Never rejects: while the
   * cache is out of reach there are just no messages. The returned function ends it.
   */
  subscribe(channel: string, onMessage: (message: string) => void, onGap: () => void): () => void
}

/** Optional companion: a cache inside this process can count without a promise. Probed for by the key pool. */
export interface SynchronousCounter {
  incrementNow(key: string, ttlMs: number, by?: number): number
}

export class CacheUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CacheUnavailableError'
  }
}
