// How long a place stays empty after its worker died.
import { limits } from '../limits.ts'
import type { Random } from '../ports/random.ts'

/** At once the first time, then doubling up to a bound, each with jitter so that workers that died together do not return together. */
export function restartDelayMs(failuresBefore: number, random: Random): number {
  if (failuresBefore === 0) return 0
  const delayMs = Math.min(limits.workerRestartMaxMs, limits.workerRestartMinMs * 2 ** (failuresBefore - 1))
  return Math.round(delayMs * (0.5 + random.fraction() / 2))
}
