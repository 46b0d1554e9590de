// One client request with all its attempts: authenticate > resolve > capture > [lease > attempt > settle]* > relay > report.
import type { Duplex } from 'node:stream'
import type { ClientKey } from '../domain/client-key.ts'
import type { Dialect } from '../domain/dialect.ts'
import type { Verdict } from '../domain/outcome.ts'
import type { MeteredAnswer } from '../domain/usage.ts'
import { ERROR_CODES, GatewayError } from '../errors.ts'
import type { ExchangeRecord, TraceContext } from '../ports/exchange-record.ts'
import { joinPlaces, type LimitPlace } from '../services/request-limits.ts'
import { admit } from './admission.ts'
import { answerHeaders } from './answer-headers.ts'
import { AttemptAborted, type AttemptController, type AttemptFailure } from './attempt.ts'
import type { AttemptsOwner } from './answer-owner.ts'
import { Attempts } from './attempts.ts'
import { captureBody, type CapturedBody } from './body.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import type { Destination } from './destination.ts'
import { closeAfter, endUnread, tellToGoOn } from './early-answer.ts'
import { failureError, refusedByVendor, replacesAnswer } from './exchange-errors.ts'
import type { Admission, Applicant, ExchangeStart, UpgradeStart } from './exchange-parts.ts'
import { ExchangeReport } from './exchange-report.ts'
import { answerError } from './gateway-answer.ts'
import type { InFlightEntry } from './in-flight.ts'
import { assertKeyFits } from './key-in-body.ts'
import type { Metering } from './metering.ts'
import { Patience } from './patience.ts'
import { Relay } from './relay.ts'
import { withRouteModel } from './route-model.ts'
import type { VendorAnswer } from './vendor-answer.ts'

function ignore(): void {}

export class Exchange implements Applicant, AttemptsOwner, InFlightEntry {
  readonly start: ExchangeStart
  readonly #dependencies: DataPlaneDependencies
  readonly #relay: Relay
  readonly #patience: Patience
  readonly #report = new ExchangeReport()
  #admission: Admission | undefined
  #attempts: Attempts | undefined
  #metering: Metering | undefined
  /** The answer came to its end. */
  #hasWhole = false
  #heldBytes = 0
  inFlightIndex = -1
  isOver = false
  dialect: Dialect = 'problem'
  clientKey: ClientKey | undefined = undefined
  #place: LimitPlace | undefined

  constructor(start: ExchangeStart, dependencies: DataPlaneDependencies) {
    this.start = start
    this.#dependencies = dependencies
    this.#relay = new Relay(start.response, start.head.method)
    this.#patience = new Patience(start.response, dependencies.clock, dependencies.stalledWriteMs)
  }

  run(): void {
    const { request, response } = this.start
    response.on('close', () => {
      if (!response.writableFinished) this.#clientLeft()
    })
    // Without a listener a broken client connection would be an uncaught error.
    request.on('error', ignore)
    try {
      admit(this, this.#dependencies, (admission) => this.#admitted(admission))
    } catch (error) {
      this.fail(error)
    }
  }

  hold(place: LimitPlace): void {
    if (this.isOver) place.release()
    else this.#place = this.#place === undefined ? place : joinPlaces(this.#place, place)
  }

  capture(kind: 'llm' | 'generic', next: (body: CapturedBody) => void): void {
    const { request, response, head, routed } = this.start
    const bounds = this.#dependencies.bodyBounds[kind]
    if (head.expectsContinue && head.contentLength <= bounds.bytesMax) tellToGoOn(request, response)
    const take = (bytes: number): boolean => {
      if (!this.#dependencies.replayBudget.tryTake(bytes)) return false
      this.#heldBytes += bytes
      return true
    }
    const progressed = (bytes: number): void => {
      this.#report.bytesIn += bytes
      // The vendor's time to answer runs from the end of the upload.
      if (this.#report.firstByteAtMs === undefined && this.#attempts !== undefined) this.requestStarted()
    }
    if (routed?.captured !== undefined) return next(withRouteModel(routed.route, routed.captured.take(progressed)))
    captureBody(request, head, bounds, { take, progressed }, (body, error) => {
      if (this.isOver) return
      if (error !== undefined) return this.fail(error)
      try {
        next(routed === undefined ? body : withRouteModel(routed.route, body))
      } catch (thrown) {
        this.fail(thrown)
      }
    })
  }

  /** Ends the exchange with an error of the gateway's own. */
  fail(error: unknown): void {
    if (this.isOver) return
    if (this.start.upgrade?.isOpen === true) return this.start.upgrade.close()
    const known = error instanceof GatewayError ? error : this.#internal(error)
    this.#report.errorCode = known.code
    const { request, response, requestId, slug } = this.start
    const attempts = this.#attempts?.count ?? 0
    // Whoever sends a path that tries to break out gets no second request on this connection.
    if (known.code === 'request_malformed') closeAfter(request, response)
    this.#abandonAttempt()
    if (response.headersSent || this.#relay.isCommitted) this.#relay.breakOff(undefined)
    else {
      const upstream = this.#admission === undefined ? undefined : slug
      answerError(request, response, known, {
        dialect: this.dialect,
        requestId,
        attempts,
        upstream,
        rateLimits: this.#place?.states,
        cors: this.#dependencies.cors,
      })
    }
    const isExhausted = known.code === 'key_pool_cooling_down' || known.code === 'no_active_keys'
    this.#finish(known.status, isExhausted ? 'exhausted' : attempts > 0 ? 'upstream_error' : 'rejected')
  }

  #admitted(admission: Admission): void {
    const { metrics } = this.#dependencies
    const { destination, body } = admission
    this.#admission = admission
    assertKeyFits(admission, this.isUpgrade)
    if (body.buffer !== undefined) this.#report.bytesIn = body.buffer.length
    this.#patience.begin(destination, this.start.routed?.route.timeoutMs)
    destination.budget.requestStarted()
    metrics.exchangeStarted(destination.upstream.slug)
    this.#attempts = new Attempts(this, admission, this.start.head, this.#dependencies, this.start.startedAtMs)
    this.#attempts.start(false, false)?.catch((error: unknown) => this.fail(error))
  }

  // --- AttemptsOwner: what the current attempt reports ---

  get mayRetry(): boolean {
    return this.#attempts?.mayRetry === true
  }

  get nowMs(): number {
    return this.#patience.nowMs
  }

  attemptSent(): void {
    this.#patience.attemptSent()
  }

  attemptStarted(): void {
    const nowMs = this.#patience.attemptStarted()
    this.#report.firstAttemptAtMs ??= nowMs
  }

  requestStarted(): void {
    this.#patience.requestProgressed()
  }

  headArrived(): void {
    const nowMs = this.#patience.headArrived()
    this.#report.firstByteAtMs ??= nowMs
  }

  get streamsFrom(): string | undefined {
    const answer = this.#attempts?.current
    return answer?.isEventStream === true && answer.isAccepted ? this.start.slug : undefined
  }

  get trace(): TraceContext | undefined {
    return this.start.trace
  }

  get isUpgrade(): boolean {
    return this.start.upgrade !== undefined
  }

  accept(answer: VendorAnswer, flush: boolean): void {
    const { response } = this.start
    if (this.#dependencies.isDraining()) response.shouldKeepAlive = false
    if (this.#isUploading) closeAfter(this.start.request, response)
    const headers = this.#answerHeaders(answer)
    this.#metering = this.#dependencies.meters.begin(this.start.head.method, (this.#admission as Admission).path, answer)
    this.#relay.begin(answer.controller as AttemptController, answer.status, headers, { keepTail: answer.isPlainEventStream, flush })
  }

  #answerHeaders(answer: VendorAnswer): string[] {
    this.#attempts?.answered()
    return answerHeaders(this.start, answer, this.#attempts?.count ?? 0, this.#place, this.#dependencies)
  }

  upgraded(answer: VendorAnswer, socket: Duplex): void {
    // Whatever becomes of it, a broken connection must not be an uncaught error.
    socket.on('error', ignore)
    const upgrade = this.start.upgrade as UpgradeStart
    const fault = this.isOver ? 'client gone' : upgrade.findFault(answer)
    if (fault !== undefined) {
      socket.destroy()
      return this.failed(answer, { code: 'upstream_malformed', reason: fault, isUnsent: false, isFinal: true })
    }
    this.#patience.end()
    const release = (this.#attempts as Attempts).confirm(answer)
    // It stays open like a stream, and is counted among them.
    answer.isEventStream = true
    upgrade.open(socket, this.#answerHeaders(answer), this.#admission as Admission, ({ outcome, bytesIn, bytesOut }) => {
      const isBroken = outcome === 'upstream_error'
      release(isBroken ? { outcome: 'upstream_failed', reason: 'connection closed' } : { outcome: 'client_gone', reason: 'closed' })
      this.#report.bytesIn = bytesIn
      this.#relay.bytesOut = bytesOut
      if (isBroken) this.#report.errorCode = 'upstream_reset'
      this.#finish(101, outcome === 'ok' && this.#report.absorbed.length > 0 ? 'absorbed' : outcome)
    })
  }

  relay(chunk: Buffer): void {
    this.#relay.write(chunk)
    this.#metering?.take(chunk)
    if (!this.#relay.isWhole || this.#relay.isPaused) this.#patience.chunkRelayed(this.#relay.isPaused)
  }

  complete(answer: VendorAnswer): void {
    if (this.isOver) return
    const tail = this.#relay.tailText()
    if (tail !== undefined && answer.status < 300 && answer.adapter.isStreamComplete((this.#admission as Admission).path, tail) === false) {
      return this.failed(answer, { code: 'upstream_stream_interrupted', reason: 'stream ended without its terminator', isUnsent: false })
    }
    if (answer.status < 400) this.#attempts?.settle(answer, { outcome: 'served', reason: String(answer.status) })
    if (this.#isUploading) {
      this.#relay.flush()
      endUnread(this.start.request, this.start.response, Buffer.alloc(0))
    } else this.#relay.end()
    this.#patience.leave()
    this.#hasWhole = true
    this.#finish(answer.status, answer.status >= 400 ? 'upstream_error' : this.#report.absorbed.length > 0 ? 'absorbed' : 'ok')
  }

  refused(answer: VendorAnswer, verdict: Verdict): boolean | Promise<boolean> {
    if (this.isOver) return true
    const attempts = this.#attempts as Attempts
    attempts.settle(answer, verdict)
    const hasAnother = attempts.startAnother(verdict)
    return typeof hasAnother === 'boolean' ? this.#replaced(answer, verdict, hasAnother) : hasAnother.then((has) => this.#replaced(answer, verdict, has))
  }

  #replaced(answer: VendorAnswer, verdict: Verdict, hasAnother: boolean): boolean {
    if (hasAnother) this.#report.absorbed.push(verdict.reason)
    else if (replacesAnswer(verdict)) this.fail(refusedByVendor(verdict, this.#admission as Admission, (this.#attempts as Attempts).count))
    else if (!this.isOver) return false
    answer.drop()
    return true
  }

  failed(answer: VendorAnswer, failure: AttemptFailure): void {
    if (this.isOver) return
    const attempts = this.#attempts as Attempts
    const isClients = ERROR_CODES[failure.code].source === 'client'
    const verdict: Verdict = isClients
      ? { outcome: 'client_gone', reason: failure.reason }
      : { outcome: 'upstream_failed', reason: failure.reason, isUnsent: failure.isUnsent }
    attempts.settle(answer, verdict, failure)
    if (this.#relay.isCommitted) return this.#breakOff(answer, failure)
    const goOn = (hasAnother: boolean): void => {
      if (hasAnother) this.#report.absorbed.push(verdict.reason)
      else this.fail(failureError(failure, this.#destination, attempts.count))
    }
    const hasAnother = (failure.isFinal !== true || attempts.mayGoElsewhere(failure)) && attempts.startAnother(verdict)
    if (typeof hasAnother === 'boolean') goOn(hasAnother)
    else void hasAnother.then(goOn)
  }

  // --- deadlines and the end ---

  get deadlineMs(): number {
    return this.#patience.deadlineMs
  }

  onDeadline(nowMs: number): void {
    const answer = this.#attempts?.current
    if (answer === undefined) return
    const lateness = this.#patience.findLateness(nowMs, this.#relay.isPaused, answer.isAccepted)
    if (lateness === undefined) return
    this.#patience.end()
    if (lateness === 'client') this.start.response.destroy()
    else answer.abort(new AttemptAborted('upstream_timeout', `timeout ${lateness}`))
  }

  get #destination(): Destination {
    return (this.#admission as Admission).destination
  }

  /** The vendor answers before it has the whole request. */
  get #isUploading(): boolean {
    return this.#attempts?.stream !== undefined && !this.start.request.complete
  }

  #breakOff(answer: VendorAnswer, failure: AttemptFailure): void {
    const code = failure.code === 'upstream_timeout' ? failure.code : 'upstream_stream_interrupted'
    const { requestId } = this.start
    const message = `The upstream broke off its answer after ${this.#relay.bytesOut} bytes (${failure.reason}). What arrived is incomplete. [${requestId}]`
    this.#report.errorCode = code
    this.#relay.breakOff(
      answer.isPlainEventStream ? answer.adapter.renderStreamError((this.#admission as Admission).path, code, message, requestId) : undefined,
    )
    this.#patience.leave()
    this.#finish(answer.status, 'upstream_error')
  }

  #clientLeft(): void {
    if (this.isOver) return
    // Before the record is made, which tells of it.
    this.#settleCurrent()
    this.#finish(499, 'aborted')
    this.#abandonAttempt()
  }

  /** Frees the key and the upstream connection of an attempt that nobody waits for any more. */
  #abandonAttempt(): void {
    this.#attempts?.stream?.destroy()
    this.#settleCurrent()
    this.#attempts?.current?.drop()
  }

  #settleCurrent(): void {
    const attempts = this.#attempts
    if (attempts?.current !== undefined) attempts.settle(attempts.current, { outcome: 'client_gone', reason: 'client gone' })
  }

  #internal(error: unknown): GatewayError {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#dependencies.logger.error('exchange.failed', 'A request failed inside the gateway', {
      request_id: this.start.requestId,
      trace_id: this.start.trace?.traceId,
      span_id: this.start.trace?.spanId,
      error: text,
    })
    return new GatewayError('internal', 'The gateway made a mistake. Its log has the cause under the request id.')
  }

  #finish(status: number, outcome: ExchangeRecord['outcome']): void {
    if (this.isOver) return
    this.isOver = true
    const { replayBudget, metrics } = this.#dependencies
    const { slug } = this.start
    if (this.#heldBytes > 0) replayBudget.release(this.#heldBytes)
    if (outcome === 'absorbed') for (const reason of this.#report.absorbed) metrics.failureAbsorbed(slug, reason)
    if (outcome === 'exhausted') metrics.poolExhausted(slug)
    this.#patience.end()
    const account = this.#prepareAccount(status, outcome)
    if (this.#metering === undefined) account(undefined)
    else this.#metering.end(this.#hasWhole, this.#report.bytesIn, account)
  }

  /** What is left to do when it is known what the answer consumed: at once, or as soon as a packed one is unpacked. */
  #prepareAccount(status: number, outcome: ExchangeRecord['outcome']): (metered: MeteredAnswer | undefined) => void {
    const { clock, report, clientAddress, exchangeEnded, prices } = this.#dependencies
    const { start } = this
    const end = {
      // A slug that does not exist is the client's text: it must not become a label.
      upstream: this.#admission === undefined ? '' : start.slug,
      status,
      outcome,
      attempts: this.#attempts?.count ?? 0,
      keyId: this.#attempts?.lastKeyId ?? '',
      stream: this.#attempts?.current?.isEventStream ?? false,
      bytesOut: this.#relay.bytesOut,
      clientAddress: clientAddress(start.request),
    }
    const now = { monotonicMs: clock.monotonicMs(), epochMs: clock.nowMs() }
    return (metered) => {
      this.#report.clientKey = this.clientKey
      this.#report.tries = this.#attempts?.records ?? []
      if (this.#admission?.entry.upstream.kind === 'llm')
        this.#report.tellUsage(start, this.#admission, metered, { prices, key: this.#attempts?.current?.key, atMs: now.epochMs })
      this.#place?.settle(metered?.usage, this.#report.costMicroUsd)
      this.#place?.release()
      report(this.#report.render(start, end, now))
      exchangeEnded(this)
    }
  }
}
