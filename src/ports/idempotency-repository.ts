// Where answers are remembered, so that a request that is repeated is done once.

/** Names a request that must be done once, and says what it asked for. */
export interface RequestMark {
  readonly key: string
  readonly requestDigest: string
  readonly nowMs: number
}

export interface IdempotencyRepository {
  /** Status 0: the request was done, its answer is not (yet) stored. */
  find(key: string): Promise<{ requestDigest: string; status: number; body: string } | undefined>
  /** False when the key exists already. Old rows are pruned (limits.idempotencyMs, idempotencyEntriesMax). */
  insert(key: string, requestDigest: string, status: number, body: string, nowMs: number): Promise<boolean>
  /**
   * Runs `work`; the first transaction inside it stores the mark too (with status 0), so that whatever becomes of the answer, the work is never done twice.
   * Call it on the store, not inside a transaction.
   * @throws RepeatedRequestError when the mark is there already; nothing is changed then. And what `work` throws.
   */
  marking<T>(mark: RequestMark, work: () => Promise<T>): Promise<T>
  /** Stores the answer of a request, marked or not. */
  complete(mark: RequestMark, status: number, body: string): Promise<void>
}
