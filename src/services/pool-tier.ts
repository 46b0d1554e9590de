// The keys of one priority tier and whose turn it is among them.
import { createTurnCycle } from '../domain/rotation.ts'
import { turnCounterName } from './cache-names.ts'
import type { PoolKey } from './pool-key.ts'

export class PoolTier {
  readonly tier: number
  /** All keys of the tier, ordered by id. */
  readonly keys: readonly PoolKey[]
  /** Keys whose rest is over and that wait to be tried. */
  readonly probing = new Set<PoolKey>()
  #ready: PoolKey[] = []
  #cycle: Uint32Array = new Uint32Array()
  #counterKey = ''
  /** Where in the cycle the first turn of this set stands: were it always the first key, sets that change often would wear that key out. */
  #offset = 0
  #isStale = true
  readonly #poolId: string
  readonly #tag: string | undefined

  /** @param tag what the keys have in common; undefined for a tier of the whole pool */
  constructor(poolId: string, tier: number, keys: readonly PoolKey[], tag?: string) {
    this.#poolId = poolId
    this.#tag = tag
    this.tier = tier
    this.keys = keys
  }

  /** To be called whenever a key of this tier changed its state. */
  place(key: PoolKey): void {
    this.#isStale = true
    if (key.state === 'probing') this.probing.add(key)
    else this.probing.delete(key)
  }

  get readyCount(): number {
    this.#refresh()
    return this.#ready.length
  }

  /**
   * The counter that decides whose turn it is. Each set of ready keys has a counter of its own: when a key rests and
   * comes back, every set goes on where it left off, and all keys stay even. Processes that see the same set share it. The keys
   * of a tag count their own turns, even where they are all keys of the tier: two kinds of requests in one row would each see gaps.
   */
  get counterKey(): string {
    this.#refresh()
    return this.#counterKey
  }

  /**
   * The key whose turn it is, skipping forward over keys that cannot be used now.
   * @param turn 1, 2, 3, …: the counter's value
   */
  keyAt(turn: number, isUsable: (key: PoolKey) => boolean): PoolKey | undefined {
    this.#refresh()
    const length = this.#cycle.length
    if (length === 0) return undefined
    // A foreign or wrapped counter must not make the pool stick: any finite number gives a place in the cycle.
    const place = Number.isFinite(turn) ? (((turn - 1) % length) + length) % length : 0
    const start = (place + this.#offset) % length
    for (let step = 0; step < length; step++) {
      const key = this.#ready[this.#cycle[(start + step) % length] as number] as PoolKey
      if (isUsable(key)) return key
    }
    return undefined
  }

  /** A key whose rest is over and that nobody tries at the moment. */
  findProbe(tried: readonly PoolKey[], nowMs: number): PoolKey | undefined {
    for (const key of this.probing) {
      if (!key.probeInFlight && nowMs >= key.probeDeniedUntilMs && !tried.includes(key) && key.hasCapacity(nowMs)) return key
    }
    return undefined
  }

  /** The least busy key that is ready or whose rest is over, whoever tries it. */
  findWithoutReady(tried: readonly PoolKey[], nowMs: number): PoolKey | undefined {
    let best: PoolKey | undefined
    for (const key of this.keys) {
      if (key.state !== 'probing' && key.state !== 'ready') continue
      if (tried.includes(key) || !key.hasCapacity(nowMs)) continue
      if (best === undefined || key.inFlight < best.inFlight) best = key
    }
    return best
  }

  #refresh(): void {
    if (!this.#isStale) return
    this.#isStale = false
    this.#ready = this.keys.filter((key) => key.state === 'ready')
    this.#cycle = createTurnCycle(this.#ready.map((key) => key.spec.weight))
    let sum = 0
    let mix = 0
    for (const key of this.#ready) {
      const value = Math.imul(key.hash ^ Math.imul(key.spec.weight, 0x9e3779b1), 0x85ebca6b) >>> 0
      sum = (sum + value) >>> 0
      mix ^= value
    }
    this.#offset = (Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d) >>> 0) % Math.max(1, this.#cycle.length)
    const set = `${this.#ready.length}:${sum.toString(36)}${(mix >>> 0).toString(36)}`
    this.#counterKey = turnCounterName(this.#poolId, this.tier, set, this.#tag)
  }
}
