// Time, injected so that tests can own it.

export interface Clock {
  /** Wall clock, epoch ms. For what is stored or shown: never for durations. */
  nowMs(): number
  /** Monotonic ms with fractions from an arbitrary start. For durations and deadlines. */
  monotonicMs(): number
}
