// A random source that gives the same numbers each time, for property tests.

export interface PseudoRandom {
  /** 0 <= x < 1 */
  fraction(): number
  /** Whole, 0 <= x < below. */
  below(below: number): number
  pick<T>(from: readonly T[]): T
}

export function createPseudoRandom(seed: number): PseudoRandom {
  let state = seed >>> 0
  const fraction = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(fraction() * limit)
  return { fraction, below, pick: (from) => from[below(from.length)] as (typeof from)[number] }
}
