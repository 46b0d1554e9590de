// Counters by label values, with a bound on how many different ones are kept.

/** What is counted beyond the bound goes under this value. */
export const OTHER = 'other'

/** One counter for every distinct value, the rest as `other`. */
export class LabelCounter {
  readonly #counts = new Map<string, number>()
  readonly #valuesMax: number

  constructor(valuesMax: number) {
    this.#valuesMax = valuesMax
  }

  add(value: string): void {
    const count = this.#counts.get(value)
    if (count !== undefined) this.#counts.set(value, count + 1)
    else if (this.#counts.size < this.#valuesMax) this.#counts.set(value, 1)
    else this.#counts.set(OTHER, (this.#counts.get(OTHER) ?? 0) + 1)
  }

  entries(): IterableIterator<[string, number]> {
    return this.#counts.entries()
  }
}
