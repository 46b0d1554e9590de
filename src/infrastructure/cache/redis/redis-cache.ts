// A cache that several processes share, in Redis or Valkey.
import { CacheUnavailableError } from '../../../ports/cache.ts'
import type { Broadcast, Cache } from '../../../ports/cache.ts'
import type { Subscriber } from './broadcast.ts'
import type { LimitAnswer, LimitClaim, LimitStore, PastGrant } from '../../../ports/limit-store.ts'
import type { HasAmounts } from '../../../ports/amount-store.ts'
import { RedisAmounts } from './amounts.ts'
import type { RedisConnection } from './connection.ts'
import { RedisLimits } from './limits.ts'
import { incrementScript } from './scripts.ts'

export class RedisCache implements Cache, Broadcast, LimitStore, HasAmounts {
  readonly amounts: RedisAmounts
  readonly #connection: RedisConnection
  readonly #subscriber: Subscriber
  readonly #limits: RedisLimits

  constructor(deps: { readonly connection: RedisConnection; readonly subscriber: Subscriber }) {
    this.#connection = deps.connection
    this.#subscriber = deps.subscriber
    this.#limits = new RedisLimits(deps.connection)
    this.amounts = new RedisAmounts(deps.connection)
  }

  async get(key: string): Promise<string | undefined> {
    const value = await this.#connection.command('get', key)
    return typeof value === 'string' ? value : undefined
  }

  /** One GET per key, sent in one write: in a Cluster the keys may be anywhere. */
  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#connection.command('set', key, value, 'PX', wholeMs(ttlMs))
  }

  async delete(key: string): Promise<void> {
    await this.#connection.command('del', key)
  }

  async increment(key: string, ttlMs: number, by = 1): Promise<number> {
    const value = await this.#connection.run(incrementScript, [key], [wholeMs(ttlMs), by])
    if (typeof value !== 'number') throw new CacheUnavailableError('Redis counted without a number')
    return value
  }

  async ping(): Promise<void> {
    await this.#connection.ping()
  }

  async publish(channelName: string, message: string): Promise<void> {
    await this.#connection.publish(channelName, message)
  }

  subscribe(channelName: string, onMessage: (message: string) => void, onGap: () => void): () => void {
    return this.#subscriber.subscribe(channelName, onMessage, onGap)
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

  async close(): Promise<void> {
    this.#subscriber.close()
    this.#connection.close()
  }
}

/** Rounded up, so that nothing ends early. @throws RangeError when it is not above 0 */
function wholeMs(ttlMs: number): string {
  if (!(ttlMs > 0)) throw new RangeError(`A lifetime must be above 0 ms, not ${ttlMs}`)
  return String(Math.ceil(ttlMs))
}
