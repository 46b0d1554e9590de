// Whose turn it is among the targets of one upstream or route, and who is left out.
import type { Balance } from '../domain/balancing.ts'
import { createTurnCycle } from '../domain/rotation.ts'
import { type TargetState, TargetUse } from './target-state.ts'

/** Outlives a balancer, so that a change of the configuration does not begin a new round. */
export interface TargetTurns {
  next: number
  /** Retries have their own, or the target behind a bad one would get all of its requests. */
  nextRetry: number
}

export interface BalancerParts {
  /** 1 … 32. */
  readonly states: readonly TargetState[]
  readonly weights: readonly number[]
  readonly balance: Balance
  readonly turns: TargetTurns
  /** With every breaker open, refuse instead of trying nevertheless. */
  readonly failFast: boolean
}

/** Sets of usable targets whose turns are remembered. */
const CYCLES_MAX = 16

export class TargetBalancer {
  readonly #parts: BalancerParts
  /** Sets of targets are bits of one number: bit n is the n-th. */
  readonly #all: number
  readonly #cycles = new Map<number, Uint32Array>()

  constructor(parts: BalancerParts) {
    this.#parts = parts
    this.#all = -1 >>> (32 - parts.states.length)
  }

  get states(): readonly TargetState[] {
    return this.#parts.states
  }

  get weights(): readonly number[] {
    return this.#parts.weights
  }

  get balance(): Balance {
    return this.#parts.balance
  }

  /**
   * The target whose turn it is, and the attempt against it. When all are left out it is one of those, unless the breakers are to
   * fail fast (decision 0010): then it is undefined.
   * @param failed the targets that have failed this request already; others are preferred
   * @param mayProbe see CircuitBreaker.admits
   * @param nowMs monotonic
   */
  use(failed: readonly TargetUse[] | undefined, mayProbe: boolean, nowMs: number): TargetUse | undefined {
    const { states, failFast, turns } = this.#parts
    let admitting = 0
    let good = 0
    for (let index = 0; index < states.length; index++) {
      const { breaker, health } = states[index] as TargetState
      if (breaker !== undefined && !breaker.admits(nowMs, mayProbe || failFast)) continue
      admitting |= 1 << index
      if (health.isHealthy) good |= 1 << index
    }
    const anyway = failFast ? 0 : this.#all
    const fresh = failed === undefined ? -1 : ~bitsOf(failed)
    const candidates = good & fresh || admitting & fresh || anyway & fresh || good || admitting || anyway
    if (candidates === 0) return undefined
    const index = this.#choose(candidates, failed === undefined ? turns.next++ : turns.nextRetry++)
    const state = states[index] as TargetState
    // Tried although its breaker is open: then there is no pass, and the result does not count.
    return new TargetUse(index, state, state.breaker?.enter(nowMs, mayProbe || failFast))
  }

  /** There is a usable target that has not failed this request. */
  hasOther(failed: readonly TargetUse[], nowMs: number): boolean {
    const tried = bitsOf(failed)
    return this.#parts.states.some(({ breaker, health }, index) => (tried & (1 << index)) === 0 && health.isHealthy && breaker?.admits(nowMs) !== false)
  }

  /** The first usable target, else the first; takes no turn. */
  findUsable(nowMs: number): number {
    return Math.max(
      0,
      this.#parts.states.findIndex(({ breaker, health }) => health.isHealthy && breaker?.stateAt(nowMs) !== 'open'),
    )
  }

  /** ms until the first open breaker lets a request in. */
  opensInMs(nowMs: number): number {
    return Math.min(...this.#parts.states.map(({ breaker }) => breaker?.opensInMs(nowMs) ?? 0))
  }

  #choose(candidates: number, turn: number): number {
    const cycle = this.#cycleOf(this.#parts.balance === 'least_connections' ? this.#leastBusy(candidates) : candidates)
    return cycle[turn % cycle.length] as number
  }

  #leastBusy(candidates: number): number {
    const { states } = this.#parts
    let least = Infinity
    let tied = 0
    for (let index = 0; index < states.length; index++) {
      if ((candidates & (1 << index)) === 0) continue
      const { inFlight } = states[index] as TargetState
      if (inFlight < least) {
        least = inFlight
        tied = 0
      }
      if (inFlight === least) tied |= 1 << index
    }
    return tied
  }

  #cycleOf(candidates: number): Uint32Array {
    let cycle = this.#cycles.get(candidates)
    if (cycle === undefined) {
      if (this.#cycles.size >= CYCLES_MAX) this.#cycles.clear()
      const { weights, balance } = this.#parts
      const members = [...weights.keys()].filter((index) => (candidates & (1 << index)) !== 0)
      cycle = createTurnCycle(members.map((index) => (balance === 'weighted' ? (weights[index] as number) : 1)))
      for (const [turn, place] of cycle.entries()) cycle[turn] = members[place] as number
      this.#cycles.set(candidates, cycle)
    }
    return cycle
  }
}

function bitsOf(uses: readonly TargetUse[]): number {
  let bits = 0
  for (const { index } of uses) bits |= 1 << index
  return bits
}
