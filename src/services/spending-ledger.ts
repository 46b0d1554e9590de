// Keeps what was spent of budgets in the database: off the request path, within limits.spendingFlushMs, each amount exactly once.
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { SpentAmount } from '../ports/spending-repository.ts'
import type { Store } from '../ports/store.ts'

export interface SpendingLedgerDependencies {
  readonly store: Pick<Store, 'spending' | 'transaction'>
  readonly clock: Clock
  readonly logger: Logger
  /** Names this process among those that write; unique over restarts. */
  readonly writer: string
}

interface Write {
  readonly number: number
  readonly amounts: readonly SpentAmount[]
}

const PRUNE_INTERVAL_MS = 3_600_000

export class SpendingLedger {
  /** Told what all processes together have stored of the budgets that were just written. Must not throw. */
  onStored: (totals: ReadonlyMap<string, number>) => void = () => undefined
  readonly #dependencies: SpendingLedgerDependencies
  readonly #waiting = new Map<string, SpentAmount>()
  /** Its answer is not there yet, or was lost: it is tried again as it is, because it may have been stored. */
  #write: Write | undefined
  #writes = 0
  #flushing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isFailing = false
  #prunedAtMs = -Infinity

  constructor(dependencies: SpendingLedgerDependencies) {
    this.#dependencies = dependencies
  }

  /** Nothing more can be kept: whoever would spend must wait. */
  get isFull(): boolean {
    return this.#waiting.size >= limits.unstoredSpendingMax
  }

  add({ id, amount, endsAtMs }: SpentAmount): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.set(id, { id, amount: amount + (waiting?.amount ?? 0), endsAtMs })
    this.#schedule(limits.spendingFlushMs)
  }

  /** What all processes have stored, this one everything. @throws StoreUnavailableError */
  async totals(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.flush()
    const totals = new Map<string, number>()
    for (let from = 0; from < ids.length; from += limits.spendingRowsPerWrite) {
      const some = await this.#dependencies.store.spending.findAll(ids.slice(from, from + limits.spendingRowsPerWrite))
      for (const [id, spent] of some) totals.set(id, spent)
    }
    return totals
  }

  /** Stores everything that waits. @throws StoreUnavailableError; what could not be stored is kept and tried again */
  flush(): Promise<void> {
    if (this.#flushing !== undefined) {
      // What was added after that one began is not in it.
      return this.#waiting.size === 0 ? this.#flushing : this.#flushing.then(() => this.flush())
    }
    if (this.#write === undefined && this.#waiting.size === 0) return Promise.resolve()
    const flushing = this.#storeAll().finally(() => (this.#flushing = undefined))
    this.#flushing = flushing
    return flushing
  }

  /** Stores what it can and ends. */
  async stop(): Promise<void> {
    await this.flush().catch(() => undefined)
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.flush().catch(() => undefined)
    }, ms).unref()
  }

  async #storeAll(): Promise<void> {
    const { logger } = this.#dependencies
    try {
      while (this.#write !== undefined || this.#waiting.size > 0) {
        this.#write ??= this.#take()
        this.onStored(await this.#store(this.#write))
        this.#write = undefined
      }
      this.#isFailing = false
      await this.#prune()
    } catch (error) {
      // Once per outage, not once per try.
      if (!this.#isFailing) logger.warn('spending.store_failed', 'Spending could not be stored; it is kept in memory and tried again', { error: String(error) })
      this.#isFailing = true
      this.#schedule(limits.spendingRetryMs)
      throw error
    }
  }

  #take(): Write {
    const amounts: SpentAmount[] = []
    for (const [id, amount] of this.#waiting) {
      if (amounts.length >= limits.spendingRowsPerWrite) break
      amounts.push(amount)
      this.#waiting.delete(id)
    }
    return { number: ++this.#writes, amounts }
  }

  #store({ number, amounts }: Write): Promise<ReadonlyMap<string, number>> {
    const { store, clock, writer } = this.#dependencies
    return store.transaction(async ({ spending }) => {
      await spending.add(writer, number, amounts, clock.nowMs())
      return spending.findAll(amounts.map(({ id }) => id))
    })
  }

  async #prune(): Promise<void> {
    const { store, clock } = this.#dependencies
    if (clock.monotonicMs() - this.#prunedAtMs < PRUNE_INTERVAL_MS) return
    this.#prunedAtMs = clock.monotonicMs()
    await store.spending.prune(clock.nowMs())
  }
}
