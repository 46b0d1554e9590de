// Gives a repeated request the answer of the first one instead of doing it twice.
import { GatewayError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { Store } from '../ports/store.ts'

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
   * Runs `work` for the first request and remembers its answer for limits.idempotencyMs; failures are not remembered.
   * @throws GatewayError idempotency_conflict for another content, conflict while the first one runs or when its secret is gone
   */
  async run(request: IdempotentRequest, work: () => Promise<StoredAnswer>): Promise<StoredAnswer & { isReplay: boolean }> {
    const { store, digester, clock } = this.#dependencies
    const key = digester.clientKeyDigest(JSON.stringify(request.scope))
    const contentDigest = digester.clientKeyDigest(request.content)
    if (this.#running.has(key)) throw new GatewayError('conflict', 'The first request with this Idempotency-Key is still running. Wait for its answer.')
    this.#running.add(key)
    try {
      const known = await store.idempotency.find(key)
      if (known !== undefined) return { ...replay(known, contentDigest), isReplay: true }
      const answer = await work()
      await store.idempotency.insert(key, contentDigest, answer.status, request.isSecret ? SECRET_SHOWN : answer.body, clock.nowMs())
      return { ...answer, isReplay: false }
    } finally {
      this.#running.delete(key)
    }
  }
}

function replay(known: StoredAnswer & { requestDigest: string }, contentDigest: string): StoredAnswer {
  if (known.requestDigest !== contentDigest) {
    throw new GatewayError('idempotency_conflict', 'This Idempotency-Key was used for a request with another content. Use a new one for each new request.')
  }
  if (known.body === SECRET_SHOWN) {
    const message = 'This request was done before and its answer held a key that is shown only once. Find the entry in the list and roll it to get a new key.'
    throw new GatewayError('conflict', message)
  }
  return { status: known.status, body: known.body }
}
