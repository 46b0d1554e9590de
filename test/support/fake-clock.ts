// A clock that only moves when a test says so.
import type { Clock } from '../../src/ports/clock.ts'

export class FakeClock implements Clock {
  #nowMs: number
  #monotonicMs: number

  /** Both clocks start where the test says; the defaults are a date in 2026 and 0. */
  constructor(nowMs = Date.UTC(2026, 0, 1), monotonicMs = 0) {
    this.#nowMs = nowMs
    this.#monotonicMs = monotonicMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  advance(ms: number): void {
    this.#nowMs += ms
    this.#monotonicMs += ms
  }

  /** The wall clock is set by somebody; no time passes. */
  jumpWall(ms: number): void {
    this.#nowMs += ms
  }
}
