// One request to a target of a route's own: no pool, no key, one attempt; bytes go both ways as they come.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pathAfterTarget } from '../domain/route-path.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Snapshot } from '../services/snapshot.ts'
import { type AttemptFailure, failureOf } from './attempt.ts'
import type { CapturedBody } from './body.ts'
import type { CleanRequest } from './credentials.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import { endUnread } from './early-answer.ts'
import type { ExchangeStart, Routed } from './exchange-parts.ts'
import { Patience } from './patience.ts'
import { beginPlainAnswer } from './plain-answer.ts'
import { isRepeatable, plainFailure, speaksAgainstTarget } from './plain-failure.ts'
import type { PlainHandler } from './plain.ts'
import { RouteExchange } from './route-exchange.ts'
import { withRouteModel } from './route-model.ts'
import { type RouteDestination, RouteTargetChoice } from './route-target.ts'
import { TARGET_FAULT_STATUSES } from './target-choice.ts'

export class PlainExchange extends RouteExchange {
  readonly #patience: Patience
  #destination: RouteDestination | undefined
  #choice: RouteTargetChoice | undefined
  #clean: CleanRequest | undefined
  #rest = ''
  #body: CapturedBody = { buffer: undefined, stream: undefined }
  #sent: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #abort: (() => void) | undefined
  #isConnected = false
  #connectByMs = Infinity
  #isStream = false
  #isRepeatable = false

  constructor(start: ExchangeStart & { readonly routed: Routed }, dependencies: DataPlaneDependencies) {
    super(start, dependencies)
    this.#patience = new Patience(start.response, dependencies.clock, dependencies.stalledWriteMs)
  }

  protected proceed(presented: string | undefined, snapshot: Snapshot): void {
    const { head, routed } = this.start
    const { forwarding } = this.dependencies
    const destination = (this.#destination = forwarding.destinations.of(routed.route))
    this.#choice = new RouteTargetChoice(destination)
    this.#clean = this.cleanForTarget(presented, snapshot)
    this.#rest = pathAfterTarget(routed, routed.path)
    // What is not a path is refused before anything of the body is read.
    this.#choice.path(this.#rest, this.#clean.query)
    this.capture('generic', (body) => {
      this.#body = withRouteModel(routed.route, body)
      this.#body.stream?.on('error', (error) => error instanceof GatewayError && this.fail(error))
      this.#isRepeatable = isRepeatable(head.method, this.#body)
      this.#patience.begin(destination)
      this.#send(false)
    })
  }

  #send(isFresh: boolean): void {
    const { head } = this.start
    const { forwarding } = this.dependencies
    const choice = this.#choice as RouteTargetChoice
    const clean = this.#clean as CleanRequest
    const nowMs = this.#patience.nowMs
    // A connection that was stale says nothing about its target, which keeps its turn.
    if (!isFresh) choice.take(this.#isRepeatable && this.attempts + 1 < limits.attemptsDefault, nowMs)
    const { target } = choice
    const path = choice.path(this.#rest, clean.query)
    const headers = this.headersFor(target, clean, this.#body)
    const attempt = ++this.attempts
    this.#isConnected = false
    this.#patience.attemptStarted()
    this.#connectByMs = nowMs + (this.#destination as RouteDestination).connectMs
    this.report.firstAttemptAtMs ??= nowMs
    const body = this.#body.stream ?? Readable.from(this.#body.buffer === undefined ? [] : [this.#body.buffer], { objectMode: false })
    this.#abort = forwarding.client.dispatch({ target, method: head.method, path, headers, body, isFresh }, this.#handlerOf(attempt))
    this.#patience.attemptSent()
  }

  /** What is still to come from an attempt that was given up is nobody's business. */
  #handlerOf(attempt: number): PlainHandler {
    const when = (work: () => void): void => {
      if (!this.isOver && this.attempts === attempt) this.attempt(work)
    }
    return {
      onRequest: (sent) => when(() => this.#onRequest(sent)),
      onResponse: (response) => when(() => this.#onResponse(response)),
      onError: (error) => when(() => this.#onError(error)),
    }
  }

  #onRequest(sent: ClientRequest): void {
    this.#sent = sent
    let informational = 0
    sent.on('information', () => {
      if (++informational > limits.informationalMax) this.#failed({ code: 'upstream_malformed', reason: 'too many informational answers', isUnsent: false })
    })
    if (sent.reusedSocket) return this.#connected()
    sent.socket?.once(this.#choice?.target.isTls === true ? 'secureConnect' : 'connect', () => this.#connected())
  }

  #onResponse(response: IncomingMessage): void {
    this.#response = response
    this.report.firstByteAtMs ??= this.#patience.headArrived()
    this.#choice?.answered(!TARGET_FAULT_STATUSES.has(response.statusCode as number), this.#patience.nowMs)
    const begun = beginPlainAnswer(response, this)
    if ('code' in begun) return this.#failed(begun)
    this.#isStream = begun.isEventStream
    response.on('data', (chunk: Buffer) => {
      this.relay.write(chunk)
      if (!this.relay.isWhole || this.relay.isPaused) this.#patience.chunkRelayed(this.relay.isPaused)
    })
    response.on('end', () => this.#complete(response))
    response.on('close', () => this.#complete(response))
  }

  #onError(error: Error): void {
    const failure = failureOf(error, this.#isConnected)
    // A kept connection that the target closed at the same moment: nothing of this request was looked at.
    const isStale = this.#sent?.reusedSocket === true && this.#response === undefined && failure.code === 'upstream_reset' && this.attempts === 1
    if (isStale && this.#isRepeatable) return this.#send(true)
    this.#failed(failure)
  }

  // --- deadlines and the end ---

  get deadlineMs(): number {
    return this.#isConnected ? this.#patience.deadlineMs : Math.min(this.#patience.deadlineMs, this.#connectByMs)
  }

  onDeadline(nowMs: number): void {
    if (this.isOver) return
    if (!this.#isConnected && nowMs >= this.#connectByMs && nowMs < this.#patience.deadlineMs) {
      return this.#failed({ code: 'upstream_timeout', reason: 'timeout connect', isUnsent: true })
    }
    const lateness = this.#patience.findLateness(nowMs, this.relay.isPaused, this.#response !== undefined)
    if (lateness === undefined) return
    this.#patience.end()
    if (lateness === 'client') this.start.response.destroy()
    else this.#failed({ code: 'upstream_timeout', reason: `timeout ${lateness}`, isUnsent: false })
  }

  protected abandon(): void {
    this.#choice?.end('unknown', this.#patience.nowMs)
    this.#body.stream?.destroy()
    this.#abort?.()
  }

  /** The target answers before it has the whole request. */
  get isUploading(): boolean {
    return this.#body.stream !== undefined && !this.start.request.complete
  }

  #mayGoElsewhere(failure: AttemptFailure, nowMs: number): boolean {
    if (this.relay.isCommitted || this.#response !== undefined || this.attempts >= limits.attemptsDefault) return false
    const mayRepeat = this.#body.stream === undefined && (failure.isUnsent || this.#isRepeatable)
    return mayRepeat && speaksAgainstTarget(failure) && this.#choice?.hasOther(nowMs) === true
  }

  #connected(): void {
    this.#isConnected = true
    this.#patience.requestProgressed()
  }

  #complete(response: IncomingMessage): void {
    if (this.isOver) return
    if (!response.complete) return this.#failed({ code: 'upstream_reset', reason: 'connection closed', isUnsent: false })
    const { request, response: answer } = this.start
    const status = response.statusCode as number
    if (this.isUploading) {
      this.abandon()
      this.relay.flush()
      endUnread(request, answer, Buffer.alloc(0))
    } else this.relay.end()
    this.#choice?.end('ok', this.#patience.nowMs)
    this.#patience.leave()
    this.finish(status, status >= 400 ? 'upstream_error' : 'ok', this.#isStream)
  }

  #failed(failure: AttemptFailure): void {
    if (this.isOver) return
    const nowMs = this.#patience.nowMs
    this.#choice?.end(speaksAgainstTarget(failure) ? 'failed' : 'unknown', nowMs)
    if (this.#mayGoElsewhere(failure, nowMs)) {
      this.#abort?.()
      return this.attempt(() => this.#send(false))
    }
    if (!this.relay.isCommitted) return this.fail(plainFailure(failure, this.start.routed.route, this.#destination as RouteDestination))
    // What arrived is on its way; its end is never a clean one.
    this.report.errorCode = failure.code === 'upstream_timeout' ? failure.code : 'upstream_stream_interrupted'
    this.relay.breakOff(undefined)
    this.#patience.leave()
    this.finish(this.#response?.statusCode ?? 502, 'upstream_error', this.#isStream)
    this.abandon()
  }
}
