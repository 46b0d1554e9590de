// Spaces the attempts to connect of the whole process, with jitter, so that a Redis that comes back is not stormed.
import { limits } from '../../../limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'

/** Share of the gap that chance adds to it, so that processes that lost the server together do not return together. */
const JITTER = 0.3

export class Pace {
  readonly #clock: Clock
  readonly #random: Random
  #nextAtMs = Number.NEGATIVE_INFINITY

  constructor(deps: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = deps.clock
    this.#random = deps.random
  }

  /** Takes the next turn. @returns ms until it comes */
  takeTurn(): number {
    const nowMs = this.#clock.monotonicMs()
    const atMs = Math.max(nowMs, this.#nextAtMs)
    this.#nextAtMs = atMs + limits.cacheReconnectGapMs * (1 + JITTER * this.#random.fraction())
    return atMs - nowMs
  }
}
