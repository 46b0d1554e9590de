// What was spent of each budget, kept where a restart and the loss of the cache do not reach it.

/** One addition to what was spent of a budget in one day or month. */
export interface SpentAmount {
  /** Names the budget and its day or month; up to 128 ASCII characters. */
  readonly id: string
  /** Tokens, or millionths of a dollar; a whole number above 0. */
  readonly amount: number
  /** Epoch ms: end of the day or month. */
  readonly endsAtMs: number
}

export interface SpendingRepository {
  /** What was spent under each of these names; absent = nothing. At most limits.spendingRowsPerWrite names. */
  findAll(ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /**
   * Adds amounts, each id once. Call inside a transaction.
   * @param writer names the process
   * @param write its number of this addition, growing: one that was stored before, with its answer lost, is not stored again
   * @returns false when it was stored before
   */
  add(writer: string, write: number, amounts: readonly SpentAmount[], nowMs: number): Promise<boolean>
  /** Forgets what ended limits.spendingKeptMs ago, and writers not heard of for limits.spendingWriterKeptMs; a bounded part at a time. */
  prune(nowMs: number): Promise<void>
}
