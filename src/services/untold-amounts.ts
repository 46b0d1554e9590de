// What was taken while the shared store was gone, until it can be told.
import { limits } from '../limits.ts'
import type { AmountClaim, PastAmount } from '../ports/amount-store.ts'
import type { Clock } from '../ports/clock.ts'

interface Untold extends Omit<PastAmount, 'ageMs'> {
  /** Monotonic ms. */
  readonly atMs: number
}

export class UntoldAmounts {
  /** Names of budgets: what was spent of them is in the database. */
  readonly budgets = new Set<string>()
  readonly #clock: Clock
  /** Of windows, oldest first. */
  #amounts: Untold[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  remember(claim: AmountClaim, taken: readonly number[]): void {
    const atMs = this.#clock.monotonicMs()
    for (const [index, { key, windowMs }] of claim.limits.entries()) {
      const amount = taken[index] ?? 0
      if (amount <= 0) continue
      if (windowMs === undefined) this.budgets.add(key)
      else if (this.#amounts.push({ key, windowMs, amount, atMs }) > limits.untoldAmountsMax) this.#amounts = this.#amounts.slice(limits.untoldAmountsMax / 2)
    }
  }

  /** Tells all of it. What cannot be told is kept, and the promise rejects. */
  async tell(add: (amounts: readonly PastAmount[]) => Promise<void>, raise: (budgets: readonly string[]) => Promise<void>): Promise<void> {
    const [amounts, budgets] = [this.#amounts, [...this.budgets]]
    this.#amounts = []
    const nowMs = this.#clock.monotonicMs()
    try {
      await raise(budgets)
      for (const key of budgets) this.budgets.delete(key)
      await add(amounts.map(({ atMs, ...amount }) => ({ ...amount, ageMs: nowMs - atMs })))
    } catch (error) {
      this.#amounts = [...amounts, ...this.#amounts]
      throw error
    }
  }
}
