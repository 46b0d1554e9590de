// In which order the keys of one tier take turns: one cycle, computed once per set of ready keys.

/** Turns of one cycle at most (one more per key at worst): above it, weights are rounded to fit. */
export const TURNS_MAX = 50_000

/**
 * The order of one full cycle as indexes into `weights`.
 * Equal weights give 0, 1, 2, …; other weights are spread evenly over the cycle (each index appears exactly
 * `weight / gcd` times, as far apart as possible), so that any prefix is as fair as it can be.
 * @param weights positive integers, at most 1000 each
 */
export function createTurnCycle(weights: readonly number[]): Uint32Array {
  const divisor = weights.reduce(greatestCommonDivisor, 0) || 1
  const whole = weights.map((weight) => weight / divisor)
  const length = whole.reduce((sum, share) => sum + share, 0)
  if (length === weights.length) return Uint32Array.from(weights.keys())

  const shares = length <= TURNS_MAX ? whole : whole.map((share) => Math.max(1, Math.floor((share * TURNS_MAX) / length)))
  const turns: { index: number; position: number }[] = []
  shares.forEach((share, index) => {
    for (let turn = 0; turn < share; turn++) turns.push({ index, position: (turn + 0.5) / share })
  })
  turns.sort((a, b) => a.position - b.position || a.index - b.index)
  return Uint32Array.from(turns, (turn) => turn.index)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
