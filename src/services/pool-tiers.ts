// The tiers of a pool, in the order in which they are used.
import type { PoolKey } from './pool-key.ts'
import { PoolTier } from './pool-tier.ts'

export class PoolTiers {
  #byNumber = new Map<number, PoolTier>()
  #list: readonly PoolTier[] = []

  /** The first is used before the second. A new list after each rebuild. */
  get list(): readonly PoolTier[] {
    return this.#list
  }

  /** Forgets who is probing: place those keys again. @param tag what the keys have in common; undefined for the whole pool */
  rebuild(poolId: string, keys: Iterable<PoolKey>, tag?: string): void {
    const byNumber = new Map<number, PoolKey[]>()
    for (const key of keys) {
      const tier = byNumber.get(key.spec.tier)
      if (tier === undefined) byNumber.set(key.spec.tier, [key])
      else tier.push(key)
    }
    this.#byNumber = new Map([...byNumber].map(([tier, members]) => [tier, new PoolTier(poolId, tier, members, tag)]))
    this.#list = [...this.#byNumber.values()].sort((a, b) => a.tier - b.tier)
  }

  /** To be called whenever a key changed its state. */
  place(key: PoolKey): void {
    this.#byNumber.get(key.spec.tier)?.place(key)
  }

  /** With nothing ready, a key whose rest is over serves every request: holding them back would only add an outage. */
  findWithoutReady(tried: readonly PoolKey[], nowMs: number): PoolKey | undefined {
    for (const tier of this.#list) {
      const key = tier.findWithoutReady(tried, nowMs)
      if (key !== undefined) return key
    }
    return undefined
  }
}
