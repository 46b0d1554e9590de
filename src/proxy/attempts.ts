// The attempt loop of one exchange: lease a key, send, settle, and decide whether another attempt may follow (D5).
import type { Readable } from 'node:stream'
import { headerValue } from '../domain/message.ts'
import type { Verdict } from '../domain/outcome.ts'
import { retryDecision } from '../domain/retry.ts'
import { GatewayError } from '../errors.ts'
import type { AttemptRecord } from '../ports/exchange-record.ts'
import type { PoolKey } from '../services/pool-key.ts'
import type { AttemptsOwner } from './answer-owner.ts'
import type { AttemptFailure } from './attempt.ts'
import { AttemptRecords } from './attempt-records.ts'
import { createAttemptRequest } from './attempt-request.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import type { Admission } from './exchange-parts.ts'
import { attemptResult } from './exchange-errors.ts'
import type { InboundHead } from './guard.ts'
import { TargetChoice } from './target-choice.ts'
import { VendorAnswer } from './vendor-answer.ts'

const isStarted = (): boolean => true
const isNotStarted = (): boolean => false

export class Attempts {
  readonly #owner: AttemptsOwner
  readonly #admission: Admission
  readonly #head: InboundHead
  readonly #dependencies: DataPlaneDependencies
  readonly #tried: PoolKey[] = []
  /** undefined with a single target, as almost always. */
  readonly #targets: TargetChoice | undefined
  #settled: VendorAnswer | undefined
  readonly #records: AttemptRecords
  current: VendorAnswer | undefined

  /** @param startedAtMs when the exchange began, monotonic */
  constructor(owner: AttemptsOwner, admission: Admission, head: InboundHead, dependencies: DataPlaneDependencies, startedAtMs: number) {
    this.#owner = owner
    this.#admission = admission
    this.#head = head
    this.#dependencies = dependencies
    this.#records = new AttemptRecords(startedAtMs)
    const { destination } = admission
    this.#targets = destination.balancer === undefined ? undefined : new TargetChoice(destination.balancer, destination)
  }

  get count(): number {
    return this.#tried.length
  }

  get lastKeyId(): string {
    return this.#tried.at(-1)?.id ?? ''
  }

  /** Of those that have ended. */
  get records(): readonly AttemptRecord[] {
    return this.#records.list
  }

  get stream(): Readable | undefined {
    return this.#admission.body.stream
  }

  /** A failed attempt could be followed by another one. */
  get mayRetry(): boolean {
    return this.stream === undefined && this.count < this.#admission.destination.upstream.maxAttempts
  }

  /**
   * Leases a key and sends the request. A promise when the lease takes one.
   * @param mayReuse a key that was tried already will do: it was not the key's fault
   * @throws (or rejects with) GatewayError when the pool has no key for it
   */
  start(isFresh: boolean, mayReuse: boolean): Promise<void> | undefined {
    const leased = this.#lease(mayReuse)
    if (leased instanceof Promise) return leased.then((key) => this.#send(key, isFresh))
    this.#send(leased, isFresh)
    return undefined
  }

  /** Starts another attempt if the matrix, the budget and the pool allow it; whether one was. Never rejects. */
  startAnother(verdict: Verdict): boolean | Promise<boolean> {
    if (!this.mayRetry) return false
    const { upstream, budget } = this.#admission.destination
    const { method, headers } = this.#head
    const isUnsent = verdict.isUnsent === true
    const isReplaySafe = upstream.retryAmbiguous || headerValue(headers, 'idempotency-key') !== undefined
    const facts = { method, isReplaySafe, isUnsent, isOverloaded: verdict.overloaded === true, outcome: verdict.outcome, attempts: this.count }
    const decision = retryDecision(facts)
    if (decision === 'no') return false
    // What one target did not even take costs the others nothing more than a request.
    const isFree = decision === 'switch' || (isUnsent && this.#targets?.hasOther(this.#owner.nowMs) === true)
    if (!isFree && !budget.tryTake()) return false
    try {
      const started = this.start(decision === 'retry' && !isUnsent, decision === 'retry')
      // No other key: what this one brought is what there is.
      return started === undefined ? true : started.then(isStarted, isNotStarted)
    } catch {
      return false
    }
  }

  /** Ends the lease of an answer; later calls for the same answer do nothing. */
  settle(answer: VendorAnswer, verdict: Verdict, failure?: AttemptFailure): void {
    if (this.#settled === answer) return
    this.#settled = answer
    const { metrics, recorder } = this.#dependencies
    const { pool } = this.#admission.entry
    pool.settle(answer.key, verdict, answer.leaseEpoch)
    const { nowMs } = this.#owner
    this.#targets?.settle(verdict, failure, answer.status, nowMs)
    recorder.recordUse(answer.key)
    const result = attemptResult(verdict, failure)
    this.#records.end(answer.key.id, answer.status, result, verdict.reason, nowMs)
    metrics.attemptFinished(pool.slug, result)
  }

  /** The answer has begun: its target works. */
  answered(): void {
    this.#targets?.answered(this.#owner.nowMs)
  }

  /** Whether a failure that is final for its target may be made good by another one. */
  mayGoElsewhere(failure: AttemptFailure): boolean {
    return this.#targets?.mayGoElsewhere(failure, this.#owner.nowMs) === true
  }

  /** The vendor does the work for as long as the connection stands: the returned function ends the lease. */
  confirm(answer: VendorAnswer): (verdict: Verdict) => void {
    this.#settled = answer
    const { metrics, recorder } = this.#dependencies
    const { pool } = this.#admission.entry
    pool.confirm(answer.key, answer.leaseEpoch)
    recorder.recordUse(answer.key)
    metrics.attemptFinished(pool.slug, 'ok')
    this.answered()
    return (verdict) => {
      const { nowMs } = this.#owner
      pool.settle(answer.key, verdict, answer.leaseEpoch)
      this.#targets?.settle(verdict, undefined, answer.status, nowMs)
      this.#records.end(answer.key.id, answer.status, 'ok', verdict.reason, nowMs)
    }
  }

  /** A request that cannot be sent again must not be spent on a key or a target that may refuse it. */
  get #mayProbe(): boolean {
    return this.stream === undefined && this.count + 1 < this.#admission.destination.upstream.maxAttempts
  }

  #lease(mayReuse: boolean): PoolKey | Promise<PoolKey> {
    const { entry, keyTag } = this.#admission
    const { pool } = entry
    const mayProbe = this.#mayProbe
    const reuse = (error: unknown): PoolKey | Promise<PoolKey> => {
      if (!mayReuse) throw error
      return pool.lease([], mayProbe, this.#owner.nowMs, keyTag)
    }
    try {
      const leased = pool.lease(this.#tried, mayProbe, this.#owner.nowMs, keyTag)
      return leased instanceof Promise ? leased.catch(reuse) : leased
    } catch (error) {
      return reuse(error)
    }
  }

  #send(key: PoolKey, isFresh: boolean): void {
    const { destination, entry } = this.#admission
    if (this.#owner.isOver) return entry.pool.settle(key, { outcome: 'client_gone', reason: 'client gone' })
    const targets = this.#targets
    if (targets !== undefined) this.#takeTarget(targets, key)
    this.#tried.push(key)
    this.#owner.attemptStarted()
    this.#records.begin((targets === undefined ? destination.target : targets.target).host, this.#owner.nowMs)
    const answer = new VendorAnswer(this.#owner, key, destination.adapter, this.#dependencies.clock.nowMs)
    this.current = answer
    try {
      const path = targets === undefined ? this.#admission.path : targets.path(this.#admission)
      const tracedAfter = this.#dependencies.propagatesTrace ? this.#tried.length - 1 : undefined
      const target = targets === undefined ? destination.target : targets.target
      const hops = this.#dependencies.loopGuard.hopsTo(target, this.#head)
      const terms = { path, isFresh, isUpgrade: this.#owner.isUpgrade, tracedAfter, trace: this.#owner.trace, hops }
      const request = createAttemptRequest(this.#admission, this.#head, key, terms)
      this.#dependencies.client.dispatch(target, request, answer)
      this.#owner.attemptSent()
    } catch (error) {
      this.settle(answer, { outcome: 'client_gone', reason: 'not sent' })
      this.#owner.fail(
        error instanceof GatewayError ? error : new GatewayError('request_malformed', 'The request cannot be sent to the upstream as it is.', { cause: error }),
      )
    }
  }

  #takeTarget(targets: TargetChoice, key: PoolKey): void {
    try {
      targets.take(this.#mayProbe, this.#owner.nowMs)
    } catch (error) {
      this.#admission.entry.pool.settle(key, { outcome: 'client_gone', reason: 'no target' })
      throw error
    }
  }
}
