// One target while the gateway runs: what is in flight, its breaker, what its checks found. Outlives changes of the configuration.
import type { BreakerResult, CircuitBreaker, Pass } from '../domain/circuit-breaker.ts'
import { TargetHealth } from '../domain/target-health.ts'

export class TargetState {
  readonly url: string
  /** Of this process. */
  inFlight = 0
  /** Attempts since the target is known to this process. */
  requests = 0
  breaker: CircuitBreaker | undefined
  /** Epoch ms. */
  breakerChangedAtMs: number | undefined
  health = new TargetHealth()

  constructor(url: string) {
    this.url = url
  }
}

/** One attempt against one target. */
export class TargetUse {
  /** Place of the target in its balancer. */
  readonly index: number
  readonly state: TargetState
  readonly #pass: Pass | undefined
  #isReported = false
  #isOver = false

  constructor(index: number, state: TargetState, pass: Pass | undefined) {
    this.index = index
    this.state = state
    this.#pass = pass
    state.inFlight++
    state.requests++
  }

  /** The target does its work: what happens to the rest of a long answer does not speak against it. */
  answered(nowMs: number): void {
    this.#report('ok', nowMs)
  }

  /** Idempotent. */
  end(result: BreakerResult, nowMs: number): void {
    if (this.#isOver) return
    this.#isOver = true
    this.state.inFlight--
    this.#report(result, nowMs)
  }

  #report(result: BreakerResult, nowMs: number): void {
    if (this.#isReported) return
    this.#isReported = true
    if (this.#pass !== undefined) this.state.breaker?.leave(this.#pass, result, nowMs)
  }
}
