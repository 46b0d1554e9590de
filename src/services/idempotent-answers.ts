// Gives a repeated request the answer of the first one instead of doing it twice.
import { GatewayError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import { RepeatedRequestError, StoreUnavailableError } from '../ports/store.ts'
import type { RequestMark, Store } from '../ports/store.ts'

export interface IdempotentAnswersDependencies {
  readonly store: Store
  readonly digester: Digester
  readonly clock: Clock
}

export interface StoredAnswer {
  readonly status: number
  /** JSON text; empty for an answer without a body. */
  readonly body: string
}

export interface IdempotentRequest {
  /** Who asks, for what, with which Idempotency-Key: together they name the request. */
  readonly scope: readonly string[]
  /** What is asked; only a keyed digest of it is kept. */
  readonly content: string
  /** The answer holds a secret that is shown once: it is not stored, and a repetition is refused with a pointer to the row. */
  readonly isSecret: boolean
}

/** Stored instead of an answer with a secret. */
const SECRET_SHOWN = 'secret-shown'

export class IdempotentAnswers {
  readonly #dependencies: IdempotentAnswersDependencies
  /** Requests that run in this process; bounded by the requests in flight. */
  readonly #running = new Set<string>()

  constructor(dependencies: IdempotentAnswersDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Runs `work` for the first request and remembers its answer for limits.idempotencyMs; failures that changed nothing are not remembered.
   * What `work` changes is stored together with the mark of the request: also when the answer is lost on the way, or this process dies, it is not done twice.
   * @throws GatewayError idempotency_conflict for another content; conflict while the first one runs, or when its answer cannot be given again
   */
  async run(request: IdempotentRequest, work: () => Promise<StoredAnswer>): Promise<StoredAnswer & { isReplay: boolean }> {
    const { digester, clock } = this.#dependencies
    const key = digester.clientKeyDigest(JSON.stringify(request.scope))
    const mark: RequestMark = { key, requestDigest: digester.clientKeyDigest(request.content), nowMs: clock.nowMs() }
    if (this.#running.has(key)) throw new GatewayError('conflict', 'The first request with this Idempotency-Key is still running. Wait for its answer.')
    this.#running.add(key)
    try {
      return (await this.#findAnswer(mark)) ?? { ...(await this.#answer(mark, request.isSecret, work)), isReplay: false }
    } catch (error) {
      if (!(error instanceof RepeatedRequestError)) throw error
      // Another process did it between our look and our write.
      const first = await this.#findAnswer(mark)
      if (first === undefined) throw error
      return first
    } finally {
      this.#running.delete(key)
    }
  }

  async #findAnswer({ key, requestDigest }: RequestMark): Promise<(StoredAnswer & { isReplay: true }) | undefined> {
    const known = await this.#dependencies.store.idempotency.find(key)
    return known && { ...replay(known, requestDigest), isReplay: true }
  }

  async #answer(mark: RequestMark, isSecret: boolean, work: () => Promise<StoredAnswer>): Promise<StoredAnswer> {
    const { idempotency } = this.#dependencies.store
    const answer = await idempotency.marking(mark, work)
    try {
      await idempotency.complete(mark, answer.status, isSecret ? SECRET_SHOWN : answer.body)
    } catch (error) {
      // The work is done and marked: its answer must reach the caller, now that no repetition will get it.
      if (!(error instanceof StoreUnavailableError)) throw error
    }
    return answer
  }
}

function replay(known: StoredAnswer & { requestDigest: string }, contentDigest: string): StoredAnswer {
  if (known.requestDigest !== contentDigest) {
    throw new GatewayError('idempotency_conflict', 'This Idempotency-Key was used for a request with another content. Use a new one for each new request.')
  }
  if (known.status === 0) {
    const message =
      'This request was done before, but its answer was lost on the way, or is still on it. Find the entry in the list; do not repeat the request.'
    throw new GatewayError('conflict', message)
  }
  if (known.body === SECRET_SHOWN) {
    const message = 'This request was done before and its answer held a key that is shown only once. Find the entry in the list and roll it to get a new key.'
    throw new GatewayError('conflict', message)
  }
  return { status: known.status, body: known.body }
}
