// Tokens and cost of one model behind one upstream.
import type { ExchangeRecord } from '../../ports/exchange-record.ts'
import type { TokenUsage } from '../../domain/usage.ts'

/** As in the label `direction`. */
export const DIRECTIONS = ['input', 'output', 'cache_read', 'cache_write', 'reasoning'] as const

export class ModelSeries {
  #input = 0
  #output = 0
  #cacheRead = 0
  #cacheWrite = 0
  #reasoning = 0
  #costMicroUsd: number | undefined

  add(usage: TokenUsage, { costMicroUsd }: ExchangeRecord): void {
    this.#input += usage.input
    this.#output += usage.output
    this.#cacheRead += usage.cacheRead
    this.#cacheWrite += usage.cacheWrite
    this.#reasoning += usage.reasoning
    if (costMicroUsd !== undefined) this.#costMicroUsd = (this.#costMicroUsd ?? 0) + costMicroUsd
  }

  *tokens(): Iterable<{ readonly direction: string; readonly count: number }> {
    const counts = [this.#input, this.#output, this.#cacheRead, this.#cacheWrite, this.#reasoning]
    for (const [index, count] of counts.entries()) yield { direction: DIRECTIONS[index] as string, count }
  }

  /** undefined when no answer of the model had a price. */
  get costUsd(): number | undefined {
    return this.#costMicroUsd === undefined ? undefined : this.#costMicroUsd / 1e6
  }
}
