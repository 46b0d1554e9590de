// Which exchanges get a row while the request log is as large as it may be: fewer and fewer, those that failed last of all. Sums count every exchange.
import type { ExchangeRecord } from '../ports/exchange-record.ts'

interface Step {
  /** Share of the budget that is used, at least. */
  readonly from: number
  /** One of so many is kept… */
  readonly every: number
  /** … and of those that did not go well. */
  readonly everyFailed: number
}

/** The budget may be overrun by a quarter, so that failures can still be found; what comes then is next to nothing. */
const STEPS: readonly Step[] = [
  { from: 1.25, every: 10_000, everyFailed: 1_000 },
  { from: 1.1, every: 100, everyFailed: 1 },
  { from: 1, every: 10, everyFailed: 1 },
  { from: 0, every: 1, everyFailed: 1 },
]

export class LogSampling {
  #step = STEPS.at(-1) as Step
  #seen = 0
  #seenFailed = 0
  #left = 0

  /** 1 of so many exchanges gets a row; 1 = all do. */
  get every(): number {
    return this.#step.every
  }

  /** Exchanges without a row since the start. */
  get left(): number {
    return this.#left
  }

  /** @param used share of the budget. Returns whether another share of the exchanges is kept from now on */
  measure(used: number): boolean {
    const before = this.#step
    this.#step = STEPS.find(({ from }) => used >= from) ?? before
    return this.#step !== before
  }

  keeps(record: ExchangeRecord): boolean {
    const { every, everyFailed } = this.#step
    if (every === 1) return true
    const isKept = record.outcome === 'ok' ? this.#seen++ % every === 0 : this.#seenFailed++ % everyFailed === 0
    if (!isKept) this.#left++
    return isKept
  }
}
