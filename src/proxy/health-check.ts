// One health check: GET without any key, over the same client and address rules as every other request.
import { isExpectedStatus, type HealthCheckPolicy } from '../domain/balancing.ts'
import { AttemptAborted, type AttemptController, type AttemptHandler, failureOf, type UpstreamClient } from './attempt.ts'
import type { ParsedTarget } from './target-url.ts'

export interface CheckPlan {
  readonly target: ParsedTarget
  readonly connectMs: number
  readonly policy: HealthCheckPolicy
}

/** @param done called once: whether the target is well, and what was found, in a word or two */
export type CheckDone = (isGood: boolean, reason: string) => void

const HEADERS = ['user-agent', 'api-key-rotator-health-check', 'accept', '*/*']

export function sendHealthCheck(client: UpstreamClient, { target, connectMs, policy }: CheckPlan, done: CheckDone): void {
  const answer = new CheckAnswer(policy, done)
  // A connection of its own: one that is open already would hide that nobody listens any more.
  const request = { method: 'GET', path: policy.path, headers: [...HEADERS], body: undefined, connectMs, isFresh: true }
  try {
    client.dispatch(target, request, answer)
  } catch (error) {
    answer.onResponseError(undefined, error as Error)
  }
}

class CheckAnswer implements AttemptHandler {
  readonly #policy: HealthCheckPolicy
  readonly #done: CheckDone
  readonly #timer: NodeJS.Timeout
  #controller: AttemptController | undefined
  #isOver = false

  constructor(policy: HealthCheckPolicy, done: CheckDone) {
    this.#policy = policy
    this.#done = done
    this.#timer = setTimeout(() => {
      this.#finish(false, 'timeout')
      this.#hangUp()
    }, policy.timeoutMs).unref()
  }

  onRequestStart(controller: AttemptController): void {
    this.#controller = controller
    if (this.#isOver) this.#hangUp()
  }

  onResponseStart(_controller: AttemptController, status: number): void {
    if (status < 200) return
    this.#finish(isExpectedStatus(this.#policy.expectedStatus, status), String(status))
    this.#hangUp()
  }

  onResponseData(): void {
    // Never read: the connection is closed with the head.
  }

  onResponseEnd(): void {
    this.#finish(false, 'no answer')
  }

  onResponseError(_controller: AttemptController | undefined, error: Error): void {
    this.#finish(false, failureOf(error, this.#controller !== undefined).reason)
  }

  #finish(isGood: boolean, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#done(isGood, reason)
  }

  #hangUp(): void {
    this.#controller?.abort(new AttemptAborted('internal', 'checked'))
  }
}
