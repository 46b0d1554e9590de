// Keeps requests away from what keeps failing: closed, open, half open. Pure; every time is monotonic ms given by the caller.
import type { CircuitBreakerPolicy } from './balancing.ts'
import { FailureWindow } from './failure-window.ts'

export const BREAKER_STATES = ['closed', 'half_open', 'open'] as const
export type BreakerState = (typeof BREAKER_STATES)[number]

/** `unknown`: the request ended without saying anything about the other side, as when its client left. */
export type BreakerResult = 'ok' | 'failed' | 'unknown'

/** Names the state period in which a request was let in: its result counts in that period only. */
export type Pass = number

export class CircuitBreaker {
  #policy: CircuitBreakerPolicy
  readonly #onChange: (from: BreakerState, to: BreakerState) => void
  #window: FailureWindow
  #state: BreakerState = 'closed'
  #period: Pass = 0
  #changedAtMs = 0
  /** While half open: requests that are out, and those that came back well. */
  #probing = 0
  #passed = 0

  constructor(policy: CircuitBreakerPolicy, onChange: (from: BreakerState, to: BreakerState) => void = () => undefined) {
    this.#policy = policy
    this.#onChange = onChange
    this.#window = new FailureWindow(policy.windowMs)
  }

  get policy(): CircuitBreakerPolicy {
    return this.#policy
  }

  /** The state stays; another window starts empty. */
  configure(policy: CircuitBreakerPolicy): void {
    if (policy.windowMs !== this.#policy.windowMs) this.#window = new FailureWindow(policy.windowMs)
    this.#policy = policy
  }

  stateAt(nowMs: number): BreakerState {
    if (this.#state === 'open' && nowMs - this.#changedAtMs >= this.#policy.openMs) this.#become('half_open', nowMs)
    return this.#state
  }

  countsAt(nowMs: number): { readonly requests: number; readonly failures: number } {
    return this.#window.countsAt(nowMs)
  }

  /** ms until an open breaker lets a request in again; 0 when it is not open. */
  opensInMs(nowMs: number): number {
    return this.stateAt(nowMs) === 'open' ? this.#policy.openMs - (nowMs - this.#changedAtMs) : 0
  }

  /**
   * Whether `enter` would let a request in.
   * @param mayProbe the request can be sent elsewhere when this one fails. Others are let into a half-open breaker only when
   *   none of that kind came for as long as it was open: without them it might never close again.
   */
  admits(nowMs: number, mayProbe = true): boolean {
    const state = this.stateAt(nowMs)
    if (state !== 'half_open') return state === 'closed'
    if (this.#probing + this.#passed >= this.#policy.probes) return false
    return mayProbe || nowMs - this.#changedAtMs >= this.#policy.openMs
  }

  /** Lets a request in. Every pass must be given back exactly once. */
  enter(nowMs: number, mayProbe = true): Pass | undefined {
    if (!this.admits(nowMs, mayProbe)) return undefined
    if (this.#state === 'half_open') this.#probing++
    return this.#period
  }

  leave(pass: Pass, result: BreakerResult, nowMs: number): void {
    // What was sent in another period tells nothing about now.
    if (pass !== this.#period) return
    if (this.#state === 'half_open') return this.#probeEnded(result, nowMs)
    if (result === 'unknown') return
    this.#window.add(result === 'failed', nowMs)
    if (result === 'ok') return
    const { requests, failures } = this.#window.countsAt(nowMs)
    if (requests >= this.#policy.minimumRequests && failures >= requests * this.#policy.failureRatio) this.#become('open', nowMs)
  }

  #probeEnded(result: BreakerResult, nowMs: number): void {
    this.#probing--
    if (result === 'failed') return this.#become('open', nowMs)
    if (result === 'ok' && ++this.#passed >= this.#policy.probes) this.#become('closed', nowMs)
  }

  #become(state: BreakerState, nowMs: number): void {
    const from = this.#state
    this.#state = state
    this.#period++
    this.#changedAtMs = nowMs
    this.#probing = 0
    this.#passed = 0
    if (state === 'closed') this.#window = new FailureWindow(this.#policy.windowMs)
    this.#onChange(from, state)
  }
}
