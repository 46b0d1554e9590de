// One client request with all its attempts: authenticate > resolve > capture > [lease > attempt > settle]* > relay > report.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { ClientKey } from '../domain/client-key.ts'
import type { Dialect } from '../domain/dialect.ts'
import type { Verdict } from '../domain/outcome.ts'
import { retryDecision } from '../domain/retry.ts'
import { ERROR_CODES, GatewayError } from '../errors.ts'
import type { PoolKey } from '../services/pool-key.ts'
import type { KeyPool } from '../services/key-pool.ts'
import type { UpstreamEntry } from '../services/snapshot.ts'
import { AttemptAborted, type AttemptFailure } from './attempt.ts'
import { admit } from './admission.ts'
import { captureBody, type CapturedBody } from './body.ts'
import { type CleanRequest, withKey } from './credentials.ts'
import type { DataPlaneDependencies } from './data-plane.ts'
import type { Watched } from './deadlines.ts'
import type { Destination } from './destination.ts'
import { answerError } from './gateway-answer.ts'
import type { InboundHead } from './guard.ts'
import { responseHeaders } from './headers.ts'
import { Relay } from './relay.ts'
import { StallWatch } from './stall-watch.ts'
import { type AnswerOwner, VendorAnswer } from './vendor-answer.ts'

export interface ExchangeStart {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly head: InboundHead
  readonly kind: 'llm' | 'generic'
  readonly slug: string
  /** Raw path behind the slug; empty or starting with `/`. */
  readonly rest: string
  readonly query: string
  readonly requestId: string
  readonly startedAtMs: number
}

/** What authentication and routing found out. */
export interface Admission {
  readonly clientKey: ClientKey
  readonly entry: UpstreamEntry
  readonly destination: Destination
  readonly path: string
  readonly clean: CleanRequest
  readonly body: CapturedBody
}

export class Exchange implements AnswerOwner, Watched {
  readonly start: ExchangeStart
  readonly #dependencies: DataPlaneDependencies
  readonly #relay: Relay
  deadlineMs = Infinity
  isOver = false
  dialect: Dialect = 'problem'
  clientKeyId = ''
  #destination: Destination | undefined
  #pool: KeyPool | undefined
  #clean: CleanRequest | undefined
  #path = ''
  #body: Buffer | undefined
  #stream: Readable | undefined
  #heldBytes = 0
  #tried: PoolKey[] = []
  #answer: VendorAnswer | undefined
  #absorbed: string[] = []
  #errorCode = ''
  #firstAttemptAtMs: number | undefined
  #firstByteAtMs: number | undefined
  #totalDeadlineMs = Infinity
  #bytesIn = 0
  readonly #stall: StallWatch

  constructor(start: ExchangeStart, dependencies: DataPlaneDependencies) {
    this.start = start
    this.#dependencies = dependencies
    this.#relay = new Relay(start.response, start.head.method)
    this.#stall = new StallWatch(start.response, dependencies.stalledWriteMs)
  }

  run(): void {
    const { request, response } = this.start
    response.on('close', () => {
      if (!response.writableFinished) this.#clientLeft()
    })
    // Without a listener a broken client connection would be an uncaught error.
    request.on('error', () => undefined)
    try {
      admit(this, this.#dependencies, (admission) => this.#admitted(admission))
    } catch (error) {
      this.fail(error)
    }
  }

  /** Captures the body; continues with `next` unless the body is refused or the client leaves. */
  capture(destinationKind: 'llm' | 'generic', next: (body: CapturedBody) => void): void {
    const { request, response, head } = this.start
    const bounds = this.#dependencies.bodyBounds[destinationKind]
    if (head.expectsContinue && (head.contentLength < 0 || head.contentLength <= bounds.bytesMax)) response.writeContinue()
    const take = (bytes: number): boolean => {
      if (!this.#dependencies.replayBudget.tryTake(bytes)) return false
      this.#heldBytes += bytes
      return true
    }
    const progressed = (bytes: number): void => {
      this.#bytesIn += bytes
      if (this.#firstByteAtMs === undefined && this.#answer !== undefined) this.requestStarted()
    }
    captureBody(request, head, bounds, { take, progressed }, (body, error) => {
      if (this.isOver) return
      if (error !== undefined) return this.fail(error)
      try {
        next(body)
      } catch (thrown) {
        this.fail(thrown)
      }
    })
  }

  fail(error: unknown): void {
    if (this.isOver) return
    const known = error instanceof GatewayError ? error : this.#internal(error)
    this.#errorCode = known.code
    const { request, response, requestId, slug } = this.start
    const { attempts } = this
    if (response.headersSent || this.#relay.isCommitted) this.#relay.breakOff(undefined)
    else answerError(request, response, known, { dialect: this.dialect, requestId, attempts, upstream: this.#destination === undefined ? undefined : slug })
    const isExhausted = known.code === 'key_pool_cooling_down' || known.code === 'no_active_keys'
    this.#finish(known.status, isExhausted ? 'exhausted' : attempts > 0 ? 'upstream_error' : 'rejected')
  }

  get attempts(): number {
    return this.#tried.length
  }

  /** A failed attempt could be followed by another one. */
  get mayRetry(): boolean {
    return this.#stream === undefined && this.attempts < (this.#destination?.upstream.maxAttempts ?? 0)
  }

  // --- attempts ---

  #admitted({ clientKey, entry, destination, path, clean, body }: Admission): void {
    const { deadlines, clock, metrics } = this.#dependencies
    this.clientKeyId = clientKey.id
    this.#destination = destination
    this.#pool = entry.pool
    this.#path = path
    this.#clean = clean
    this.#body = body.buffer
    this.#stream = body.stream
    if (body.buffer !== undefined) this.#bytesIn = body.buffer.length
    this.#totalDeadlineMs = clock.monotonicMs() + destination.totalMs
    destination.budget.requestStarted()
    metrics.exchangeStarted(destination.upstream.slug)
    deadlines.watch(this)
    this.#attempt(false, false)
  }

  /**
   * Leases a key and sends the request.
   * @param mayReuse a key that was tried already will do: it was not the key's fault
   * @throws GatewayError when the pool has no key for it
   */
  #attempt(isFresh: boolean, mayReuse: boolean): void {
    const pool = this.#pool as KeyPool
    // A request that cannot be sent again must not be spent on a key that may refuse it.
    const mayProbe = this.#stream === undefined && this.attempts + 1 < (this.#destination as Destination).upstream.maxAttempts
    let leased: PoolKey | Promise<PoolKey>
    try {
      leased = pool.lease(this.#tried, mayProbe)
    } catch (error) {
      if (!mayReuse) throw error
      leased = pool.lease([], mayProbe)
    }
    if (leased instanceof Promise) leased.then((key) => this.#send(key, isFresh)).catch((error: unknown) => this.fail(error))
    else this.#send(leased, isFresh)
  }

  #send(key: PoolKey, isFresh: boolean): void {
    const { clock, client, metrics } = this.#dependencies
    const pool = this.#pool as KeyPool
    if (this.isOver) return pool.settle(key, { outcome: 'client_gone', reason: 'client gone' })
    const { upstream, adapter, target, connectMs, firstByteMs } = this.#destination as Destination
    this.#tried.push(key)
    const nowMs = clock.monotonicMs()
    this.#firstAttemptAtMs ??= nowMs
    this.deadlineMs = Math.min(nowMs + connectMs + firstByteMs, this.#totalDeadlineMs)
    const answer = new VendorAnswer(this, key, adapter, clock.nowMs)
    this.#answer = answer
    try {
      const { headers, query, body } = withKey(this.#clean as CleanRequest, upstream.keyPlacement, key.spec.value.reveal(), this.#body)
      const method = this.start.head.method
      if (this.#stream !== undefined && this.start.head.contentLength >= 0) headers.push('content-length', String(this.start.head.contentLength))
      const path = query === '' ? this.#path : `${this.#path}?${query}`
      client.dispatch(target, { method, path, headers, body: body ?? this.#stream, connectMs, isFresh }, answer)
    } catch (error) {
      pool.settle(key, { outcome: 'request_rejected', reason: 'not sent' })
      metrics.attemptFinished(upstream.slug, 'request_rejected')
      this.fail(error instanceof GatewayError ? error : new GatewayError('request_malformed', 'The request cannot be sent to the upstream as it is.', { cause: error }))
    }
  }

  // --- AnswerOwner ---

  requestStarted(): void {
    const { firstByteMs } = this.#destination as Destination
    this.deadlineMs = Math.min(this.#dependencies.clock.monotonicMs() + firstByteMs, this.#totalDeadlineMs)
  }

  headArrived(): void {
    const nowMs = this.#dependencies.clock.monotonicMs()
    this.#firstByteAtMs ??= nowMs
    this.deadlineMs = Math.min(nowMs + (this.#destination as Destination).idleMs, this.#totalDeadlineMs)
  }

  accept(answer: VendorAnswer, flush: boolean): void {
    const { requestId, slug, head, response } = this.start
    if (this.#dependencies.isDraining()) response.shouldKeepAlive = false
    const isBrowser = head.headers.some((name, index) => index % 2 === 0 && name.startsWith('sec-fetch-'))
    const headers = responseHeaders(answer.headers, { requestId, upstream: slug, attempts: this.attempts, isBrowser })
    if (this.#dependencies.exposeKeyHint) headers.push('x-akr-key', answer.key.id)
    this.#relay.begin(answer.controller as NonNullable<typeof answer.controller>, answer.status, headers, { keepTail: answer.isEventStream && answer.headers['content-encoding'] === undefined, flush })
  }

  relay(chunk: Buffer): void {
    this.#relay.write(chunk)
    const nowMs = this.#dependencies.clock.monotonicMs()
    const allowedMs = this.#relay.isPaused ? this.#stall.begin(nowMs) : (this.#destination as Destination).idleMs
    this.deadlineMs = Math.min(nowMs + allowedMs, this.#totalDeadlineMs)
  }

  complete(answer: VendorAnswer): void {
    if (this.isOver) return
    const tail = this.#relay.tailText()
    if (tail !== undefined && answer.status < 300 && answer.adapter.isStreamComplete(this.#path, tail) === false) {
      return this.failed(answer, { code: 'upstream_stream_interrupted', reason: 'stream ended without its terminator', isUnsent: false })
    }
    if (answer.status < 400) this.#settle(answer, { outcome: 'served', reason: String(answer.status) })
    this.#relay.end()
    this.#finish(answer.status, answer.status >= 500 ? 'upstream_error' : this.#absorbed.length > 0 && answer.status < 400 ? 'absorbed' : answer.status < 400 ? 'ok' : 'upstream_error')
  }

  refused(answer: VendorAnswer, verdict: Verdict): boolean {
    if (this.isOver) return true
    this.#settle(answer, verdict)
    if (this.#tryAgain(verdict, false)) {
      answer.drop()
      return true
    }
    if (this.#replacesAnswer(verdict)) {
      answer.drop()
      this.fail(this.#refusedByVendor(verdict))
      return true
    }
    return false
  }

  failed(answer: VendorAnswer, failure: AttemptFailure): void {
    if (this.isOver) return
    const isOwnLimit = ERROR_CODES[failure.code].source === 'client'
    const verdict: Verdict = isOwnLimit ? { outcome: 'client_gone', reason: failure.reason } : { outcome: 'upstream_failed', reason: failure.reason }
    this.#settle(answer, verdict, failure)
    if (this.#relay.isCommitted) return this.#breakOff(answer, failure)
    if (!isOwnLimit && failure.isFinal !== true && this.#tryAgain(verdict, failure.isUnsent)) return
    this.fail(this.#failureError(failure))
  }

  onDeadline(nowMs: number): void {
    const answer = this.#answer
    if (answer === undefined) return
    if (nowMs < this.#totalDeadlineMs && this.#stall.isOn) {
      // The client does not read, or did not until now: its time runs, not the vendor's.
      if (this.#relay.isPaused && this.#stall.isOver(nowMs)) this.start.response.destroy()
      else this.deadlineMs = nowMs + (this.#relay.isPaused ? this.#stall.begin(nowMs) : this.#stall.end((this.#destination as Destination).idleMs))
      return
    }
    const phase = nowMs >= this.#totalDeadlineMs ? 'total' : answer.isAccepted ? 'idle' : 'first_byte'
    this.deadlineMs = Infinity
    answer.abort(new AttemptAborted('upstream_timeout', `timeout ${phase}`))
  }

  // --- the end ---

  #tryAgain(verdict: Verdict, isUnsent: boolean): boolean {
    if (!this.mayRetry) return false
    const { upstream, budget } = this.#destination as Destination
    const { head } = this.start
    const isReplaySafe = upstream.retryAmbiguous || head.headers.includes('idempotency-key')
    const facts = { method: head.method, isReplaySafe, isUnsent, isOverloaded: verdict.overloaded === true, outcome: verdict.outcome, attempts: this.attempts }
    const decision = retryDecision(facts)
    if (decision === 'no' || (decision === 'retry' && !budget.tryTake())) return false
    try {
      this.#attempt(decision === 'retry' && !isUnsent, decision === 'retry')
    } catch {
      // No other key: what this one brought is what there is.
      return false
    }
    this.#absorbed.push(verdict.reason)
    return true
  }

  /** Answers that speak about a pool key are replaced: the client must not take them for an answer about its own key. */
  #replacesAnswer(verdict: Verdict): boolean {
    return verdict.outcome === 'rate_limited' || verdict.outcome === 'quota_exhausted' || (verdict.outcome === 'key_rejected' && verdict.definite === true)
  }

  #refusedByVendor(verdict: Verdict): GatewayError {
    const error = (this.#pool as KeyPool).exhaustedError()
    if (error.code === 'no_active_keys' || verdict.outcome !== 'key_rejected') return error
    const detail = `The vendor refused ${this.attempts} of the keys of '${this.start.slug}' (${verdict.reason}). Check the pool in the gateway's management page; your own client key is fine.`
    return new GatewayError('no_active_keys', detail, { shouldRetry: true })
  }

  #failureError({ code, reason }: AttemptFailure): GatewayError {
    const { upstream, firstByteMs, connectMs } = this.#destination as Destination
    const tries = this.attempts === 1 ? '1 attempt' : `${this.attempts} attempts`
    const limit = reason === 'timeout connect' ? ` within ${connectMs} ms (CONNECT_TIMEOUT)` : reason === 'timeout first_byte' ? ` within ${firstByteMs} ms (PROXY_TIMEOUT)` : ''
    return new GatewayError(code, `${ERROR_CODES[code].title}: '${upstream.slug}', ${reason}${limit}, ${tries}. The gateway itself works.`, code === 'request_too_large' ? {} : { shouldRetry: false })
  }

  #breakOff(answer: VendorAnswer, failure: AttemptFailure): void {
    this.#errorCode = failure.reason.startsWith('timeout') ? 'upstream_timeout' : 'upstream_stream_interrupted'
    const isText = answer.isEventStream && answer.headers['content-encoding'] === undefined
    const message = `The upstream broke off its answer after ${this.#relay.bytesOut} bytes (${failure.reason}). What arrived is incomplete. [${this.start.requestId}]`
    this.#relay.breakOff(isText ? answer.adapter.renderStreamError(this.#path, this.#errorCode, message, this.start.requestId) : undefined)
    this.#finish(answer.status, 'upstream_error')
  }

  #clientLeft(): void {
    if (this.isOver) return
    const answer = this.#answer
    this.#finish(499, 'aborted')
    this.#stream?.destroy()
    if (answer !== undefined) {
      this.#settle(answer, { outcome: 'client_gone', reason: 'client gone' })
      answer.drop()
    }
  }

  #settled: VendorAnswer | undefined

  #settle(answer: VendorAnswer, verdict: Verdict, failure?: AttemptFailure): void {
    if (this.#settled === answer) return
    this.#settled = answer
    const { metrics, recorder } = this.#dependencies
    ;(this.#pool as KeyPool).settle(answer.key, verdict)
    recorder.recordUse(answer.key)
    metrics.attemptFinished(this.start.slug, attemptResult(verdict, failure))
  }

  #internal(error: unknown): GatewayError {
    this.#dependencies.logger.error('exchange.failed', 'A request failed inside the gateway', {
      request_id: this.start.requestId,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    return new GatewayError('internal', 'The gateway made a mistake. The log has the details under the request id.')
  }

  #finish(status: number, outcome: 'ok' | 'absorbed' | 'upstream_error' | 'rejected' | 'exhausted' | 'aborted'): void {
    if (this.isOver) return
    this.isOver = true
    const { deadlines, clock, replayBudget, report, clientAddress, metrics } = this.#dependencies
    deadlines.forget(this)
    if (this.#heldBytes > 0) replayBudget.release(this.#heldBytes)
    const { start } = this
    if (outcome === 'absorbed') for (const reason of this.#absorbed) metrics.failureAbsorbed(start.slug, reason)
    if (outcome === 'exhausted') metrics.poolExhausted(start.slug)
    const nowMs = clock.monotonicMs()
    report({
      requestId: start.requestId,
      // A slug that does not exist is the client's text: it must not become a label.
      upstream: this.#destination === undefined ? '' : start.slug,
      kind: start.kind,
      clientKeyId: this.clientKeyId,
      method: start.head.method,
      path: start.rest,
      status,
      outcome,
      errorCode: this.#errorCode,
      attempts: this.attempts,
      keyId: this.#tried.at(-1)?.id ?? '',
      stream: this.#answer?.isEventStream ?? false,
      durationMs: nowMs - start.startedAtMs,
      overheadMs: this.#firstAttemptAtMs === undefined ? undefined : this.#firstAttemptAtMs - start.startedAtMs,
      firstByteMs: this.#firstByteAtMs === undefined ? undefined : this.#firstByteAtMs - start.startedAtMs,
      bytesIn: this.#bytesIn,
      bytesOut: this.#relay.bytesOut,
      clientAddress: clientAddress(start.request),
      userAgent: headerOf(start.head.headers, 'user-agent'),
    })
    this.#dependencies.exchangeEnded(this)
  }
}

function headerOf(headers: readonly string[], name: string): string {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1] as string
  return ''
}

function attemptResult(verdict: Verdict, failure: AttemptFailure | undefined): string {
  switch (verdict.outcome) {
    case 'served':
      return 'ok'
    case 'rate_limited':
      return 'rate_limited'
    case 'quota_exhausted':
      return 'quota'
    case 'key_rejected':
      return 'unauthorized'
    case 'request_rejected':
      return 'request_rejected'
    case 'client_gone':
      return 'client_gone'
    case 'upstream_failed':
      if (failure === undefined) return 'server_error'
      return failure.code === 'upstream_timeout' ? 'timeout' : failure.isUnsent ? 'connect_error' : 'server_error'
  }
}
