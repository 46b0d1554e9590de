// What requests lease from: the whole pool, or the part of it that carries a tag.
import type { PoolKey } from './pool-key.ts'
import { PoolTiers } from './pool-tiers.ts'

const NOTHING = new PoolTiers()

export class PoolParts {
  readonly whole = new PoolTiers()
  readonly #poolId: string
  /** Ordered as the pool is; empty while no key has a tag. */
  #keysByTag = new Map<string, PoolKey[]>()
  /** Of the tags that somebody has asked for. A part stays the same object for as long as a key carries its tag. */
  readonly #tagged = new Map<string, PoolTiers>()

  constructor(poolId: string) {
    this.#poolId = poolId
  }

  /** Forgets who is probing: place those keys again. @param keys ordered by id */
  rebuild(keys: readonly PoolKey[]): void {
    this.whole.rebuild(this.#poolId, keys)
    this.#keysByTag = groupByTag(keys)
    for (const [tag, tiers] of this.#tagged) {
      const members = this.#keysByTag.get(tag)
      // Emptied too when it goes: whoever waits for a turn in it must find that nothing is left.
      tiers.rebuild(this.#poolId, members ?? [], tag)
      if (members === undefined) this.#tagged.delete(tag)
    }
  }

  /** To be called whenever a key changed its state. */
  place(key: PoolKey): void {
    this.whole.place(key)
    const { tags } = key.spec
    if (tags !== undefined) for (const tag of tags) this.#tagged.get(tag)?.place(key)
  }

  /** Empty when no key carries the tag. */
  tagged(tag: string): PoolTiers {
    return this.#tagged.get(tag) ?? this.#make(tag)
  }

  keysTagged(tag: string): readonly PoolKey[] {
    return this.#keysByTag.get(tag) ?? []
  }

  #make(tag: string): PoolTiers {
    const members = this.#keysByTag.get(tag)
    if (members === undefined) return NOTHING
    const tiers = new PoolTiers()
    tiers.rebuild(this.#poolId, members, tag)
    for (const key of members) tiers.place(key)
    this.#tagged.set(tag, tiers)
    return tiers
  }
}

function groupByTag(keys: readonly PoolKey[]): Map<string, PoolKey[]> {
  const byTag = new Map<string, PoolKey[]>()
  for (const key of keys) {
    const { tags } = key.spec
    if (tags === undefined) continue
    for (const tag of tags) {
      const members = byTag.get(tag)
      if (members === undefined) byTag.set(tag, [key])
      else members.push(key)
    }
  }
  return byTag
}
