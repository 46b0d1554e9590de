// A histogram that costs a few comparisons per observation and is turned into Prometheus' form when it is scraped.

export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  /** @param bounds upper bounds in the metric's unit, ascending, without +Inf */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#sum += value
  }

  /** Cumulative counts per bound, the last one for +Inf. */
  collect(): { readonly buckets: readonly { readonly bound: string; readonly count: number }[]; readonly sum: number; readonly count: number } {
    let count = 0
    const buckets = [...this.#counts].map((own, i) => {
      count += own
      return { bound: i < this.#bounds.length ? String(this.#bounds[i]) : '+Inf', count }
    })
    return { buckets, sum: this.#sum, count }
  }
}
