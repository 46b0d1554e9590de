// Carries the mark of a request to the transaction that does its work, so that both are stored together or not at all.
import { AsyncLocalStorage } from 'node:async_hooks'
import { RepeatedRequestError } from '../../ports/store.ts'
import type { IdempotencyRepository, RequestMark } from '../../ports/store.ts'

interface Marking {
  readonly mark: RequestMark
  isStored: boolean
}

export class RequestMarks {
  readonly #current = new AsyncLocalStorage<Marking>()

  run<T>(mark: RequestMark, work: () => Promise<T>): Promise<T> {
    return this.#current.run({ mark, isStored: false }, work)
  }

  /**
   * Runs `commit`, one transaction, which must call `store` before all else. Only the first transaction of a request carries its mark.
   * @throws RepeatedRequestError from `store` when the mark is there already
   */
  async accompany<T>(commit: (store: (idempotency: IdempotencyRepository) => Promise<void>) => Promise<T>): Promise<T> {
    const marking = this.#current.getStore()
    if (marking === undefined || marking.isStored) return commit(async () => {})
    const { key, requestDigest, nowMs } = marking.mark
    const result = await commit(async (idempotency) => {
      if (!(await idempotency.insert(key, requestDigest, 0, '', nowMs))) throw new RepeatedRequestError('This request was done already')
    })
    marking.isStored = true
    return result
  }
}
