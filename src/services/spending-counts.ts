// Where amounts are counted, as the limiter sees it; and the counts of a gateway that is one process.
import type { AmountAnswer, AmountClaim, AmountStore, SynchronousAmounts } from '../ports/amount-store.ts'
import { CacheUnavailableError } from '../ports/cache.ts'

export interface SpendingCounts {
  reserve(claim: AmountClaim): AmountAnswer | Promise<AmountAnswer>
  look(claim: AmountClaim): Promise<AmountAnswer>
  /** Once per granted claim. Never rejects. */
  settle(claim: AmountClaim, taken: readonly number[]): void
  /** At least so much was spent under a name without a window. Never rejects. */
  raise(key: string, spent: number, lifeMs: number): void | Promise<void>
  /** Goes on with what this process heard last, when nobody else can be asked. False when it heard nothing. */
  trustMemory(key: string, lifeMs: number): boolean
  stop(): void
}

export class LocalCounts implements SpendingCounts {
  readonly #amounts: AmountStore & SynchronousAmounts

  constructor(amounts: AmountStore & SynchronousAmounts) {
    this.#amounts = amounts
  }

  reserve(claim: AmountClaim): AmountAnswer {
    return this.#amounts.reserveNow(kept(claim))
  }

  look(claim: AmountClaim): Promise<AmountAnswer> {
    return this.#amounts.look(claim)
  }

  settle(claim: AmountClaim, taken: readonly number[]): void {
    ignoringAbsence(() => this.#amounts.settleNow(claim, taken))
  }

  raise(key: string, spent: number, lifeMs: number): void {
    ignoringAbsence(() => this.#amounts.raiseNow(key, spent, lifeMs))
  }

  trustMemory(): boolean {
    return false
  }

  stop(): void {}
}

/** Inside a process nothing has to run out: every request ends. */
export function kept(claim: AmountClaim): AmountClaim {
  return { ...claim, leaseMs: Number.MAX_SAFE_INTEGER }
}

/** A full local store only makes the share larger, should it ever be needed. */
export function ignoringAbsence(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof CacheUnavailableError)) throw error
  }
}

/** What a process knows of a budget; 0 when it knows nothing. */
export async function spentIn(local: AmountStore, key: string, lifeMs: number): Promise<number> {
  const answer = await local.look({ id: 'look', limits: [{ key, max: 1, amount: 0, windowMs: undefined, lifeMs }], leaseMs: 1 })
  return answer.kind === 'unknown' ? 0 : (answer.states[0]?.spent ?? 0)
}
