// How long operations took, by their name.
import { Histogram } from './histogram.ts'
import { OTHER } from './label-counter.ts'
import { OPERATION_BOUNDS } from './metric-names.ts'

/** Names come from the code; a bound keeps a mistake there from costing memory. */
const OPERATIONS_MAX = 40

export class OperationTimes {
  readonly #histograms = new Map<string, Histogram>()

  readonly observe = (operation: string, durationMs: number): void => {
    let histogram = this.#histograms.get(operation)
    if (histogram === undefined) {
      const name = this.#histograms.size < OPERATIONS_MAX ? operation : OTHER
      histogram = this.#histograms.get(name) ?? new Histogram(OPERATION_BOUNDS)
      this.#histograms.set(name, histogram)
    }
    histogram.observe(durationMs / 1000)
  }

  entries(): Iterable<readonly [operation: string, histogram: Histogram]> {
    return this.#histograms
  }
}
