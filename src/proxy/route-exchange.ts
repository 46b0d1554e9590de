// One request that a route takes without a pool: who calls, how often it may, and how it ends.
import type { ClientKey } from '../domain/client-key.ts'
import type { Dialect } from '../domain/dialect.ts'
import { GatewayError } from '../errors.ts'
import type { ExchangeRecord } from '../ports/exchange-record.ts'
import { joinPlaces, type LimitPlace } from '../services/request-limits.ts'
import type { Snapshot } from '../services/snapshot.ts'
import { authenticateCaller, missingKey, whenCounted, withinLimits } from './caller.ts'
import { captureBody, type CapturedBody, tooLarge } from './body.ts'
import { type CleanRequest, findCredential } from './credentials.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import { closeAfter, tellToGoOn } from './early-answer.ts'
import type { Applicant, ExchangeStart, Routed } from './exchange-parts.ts'
import { ExchangeReport } from './exchange-report.ts'
import { answerError } from './gateway-answer.ts'
import type { Flight } from './in-flight.ts'
import { HOPS_HEADER } from './loop-guard.ts'
import { cleanForward, plainHeaders } from './plain-headers.ts'
import { Relay } from './relay.ts'
import type { ParsedTarget } from './target-url.ts'
import { withForwardedTrace } from './trace-headers.ts'

function ignore(): void {}

export abstract class RouteExchange implements Applicant, Flight {
  readonly start: ExchangeStart & { readonly routed: Routed }
  readonly dependencies: DataPlaneDependencies
  readonly relay: Relay
  readonly report = new ExchangeReport()
  dialect: Dialect = 'problem'
  clientKey: ClientKey | undefined = undefined
  isOver = false
  inFlightIndex = -1
  place: LimitPlace | undefined
  /** Requests that went out. */
  attempts = 0

  constructor(start: ExchangeStart & { readonly routed: Routed }, dependencies: DataPlaneDependencies) {
    this.start = start
    this.dependencies = dependencies
    this.relay = new Relay(start.response, start.head.method)
  }

  /** Monotonic ms. */
  abstract readonly deadlineMs: number
  abstract onDeadline(nowMs: number): void
  /** The request may be served. @param presented the client key's text, when the client sent one that the gateway knows */
  protected abstract proceed(presented: string | undefined, snapshot: Snapshot): void
  /** Nobody waits for what is still under way. */
  protected abstract abandon(): void

  run(): void {
    const { request, response } = this.start
    response.on('close', () => {
      if (!response.writableFinished && !this.isOver) this.#leave()
    })
    // Without a listener a broken client connection would be an uncaught error.
    request.on('error', ignore)
    this.attempt(() => this.#admit())
  }

  hold(place: LimitPlace): void {
    if (this.isOver) place.release()
    else this.place = this.place === undefined ? place : joinPlaces(this.place, place)
  }

  capture(kind: 'llm' | 'generic', next: (body: CapturedBody) => void): void {
    const { request, response, head, routed } = this.start
    const { bytesMax } = this.dependencies.bodyBounds[kind]
    if (routed.captured !== undefined) return next(routed.captured.take((bytes) => (this.report.bytesIn += bytes)))
    if (head.contentLength > bytesMax) throw tooLarge(bytesMax)
    if (head.expectsContinue) tellToGoOn(request, response)
    const progressed = (bytes: number): void => void (this.report.bytesIn += bytes)
    // It is sent once, so nothing of it is kept.
    captureBody(request, head, { replayBytesMax: 0, bytesMax }, { take: () => false, progressed }, (body, error) => {
      if (this.isOver) return
      if (error !== undefined) this.fail(error)
      else this.attempt(() => next(body))
    })
  }

  fail(error: unknown): void {
    if (this.isOver) return
    const known = error instanceof GatewayError ? error : this.#internal(error)
    this.report.errorCode = known.code
    const { request, response, requestId } = this.start
    if (known.code === 'request_malformed') closeAfter(request, response)
    this.abandon()
    if (response.headersSent || this.relay.isCommitted) this.relay.breakOff(undefined)
    else {
      const context = { dialect: this.dialect, requestId, attempts: this.attempts, upstream: undefined, rateLimits: this.place?.states }
      const edits = known.code === 'route_denied' ? this.start.routed.route.rewrite?.responseHeaders : undefined
      answerError(request, response, known, { ...context, cors: this.dependencies.cors, edits })
    }
    this.finish(known.status, this.attempts > 0 ? 'upstream_error' : 'rejected')
  }

  protected attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.fail(error)
    }
  }

  protected finish(status: number, outcome: ExchangeRecord['outcome'], isStream = false): void {
    if (this.isOver) return
    this.isOver = true
    const { clock, report, clientAddress, exchangeEnded } = this.dependencies
    const { start } = this
    this.place?.release()
    this.report.clientKey = this.clientKey
    const bytesOut = this.relay.bytesOut
    const end = { upstream: '', status, outcome, attempts: this.attempts, keyId: '', stream: isStream, bytesOut, clientAddress: clientAddress(start.request) }
    report(this.report.render(start, end, { monotonicMs: clock.monotonicMs(), epochMs: clock.nowMs() }))
    exchangeEnded(this)
  }

  /** What a target of the route's own is sent: nothing that belongs to the gateway. */
  protected cleanForTarget(presented: string | undefined, snapshot: Snapshot): CleanRequest {
    const { head, query, trace } = this.start
    const { auth, propagatesTrace } = this.dependencies
    const clean = cleanForward(head, query, presented, (value) => auth.findClientKey(snapshot, value) !== undefined)
    return withForwardedTrace(clean, head.headers, propagatesTrace ? trace : undefined)
  }

  protected headersFor(target: ParsedTarget, clean: CleanRequest, body: CapturedBody): Record<string, string | string[]> {
    const { head, request, routed } = this.start
    const { forwarding, loopGuard } = this.dependencies
    const headers = plainHeaders(clean, routed.route.rewrite?.requestHeaders, target, forwarding.forwardedFacts(request), head, body)
    const hops = loopGuard.hopsTo(target, head)
    if (hops !== undefined) headers[HOPS_HEADER] = hops
    return headers
  }

  #admit(): void {
    const { addressLimit, clientAddress } = this.dependencies
    if (addressLimit === undefined) return this.#identify()
    whenCounted(this, addressLimit.claim(clientAddress(this.start.request)), () => this.#identify())
  }

  #identify(): void {
    const { snapshot: configuration, auth, metrics } = this.dependencies
    const { head, query, routed } = this.start
    const snapshot = configuration.current as Snapshot
    const credential = findCredential(head, query, this.dialect)
    let presented: string | undefined
    if (routed.route.requiresClientKey) {
      if (credential === undefined) {
        metrics.authFailed('proxy', 'missing')
        throw missingKey()
      }
      presented = credential.value
      authenticateCaller(this, snapshot, presented, this.dependencies)
    } else if (credential !== undefined && auth.findClientKey(snapshot, credential.value) !== undefined) presented = credential.value
    withinLimits(this, this.clientKey, this.dependencies, () => this.proceed(presented, snapshot))
  }

  #leave(): void {
    this.finish(499, 'aborted')
    this.abandon()
  }

  #internal(error: unknown): GatewayError {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.dependencies.logger.error('exchange.failed', 'A request failed inside the gateway', {
      request_id: this.start.requestId,
      trace_id: this.start.trace?.traceId,
      span_id: this.start.trace?.spanId,
      error: text,
    })
    return new GatewayError('internal', 'The gateway made a mistake. Its log has the cause under the request id.')
  }
}
