// One request to a target of a route's own: no pool, no key, one attempt; bytes go both ways as they come.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pathAfterTarget } from '../domain/route-path.ts'
import type { RouteAction } from '../domain/route.ts'
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
import { plainFailure } from './plain-failure.ts'
import { cleanForward, plainHeaders } from './plain-headers.ts'
import type { PlainHandler } from './plain.ts'
import { RouteExchange } from './route-exchange.ts'
import { withRouteModel } from './route-model.ts'
import { type RouteDestination, routeDestination } from './route-target.ts'

export class PlainExchange extends RouteExchange implements PlainHandler {
  readonly #patience: Patience
  #destination: RouteDestination | undefined
  #clean: CleanRequest | undefined
  #path = ''
  #body: CapturedBody = { buffer: undefined, stream: undefined }
  #sent: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #abort: (() => void) | undefined
  #isConnected = false
  #connectByMs = Infinity
  #isStream = false

  constructor(start: ExchangeStart & { readonly routed: Routed }, dependencies: DataPlaneDependencies) {
    super(start, dependencies)
    this.#patience = new Patience(start.response, dependencies.clock, dependencies.stalledWriteMs)
  }

  protected proceed(presented: string | undefined, snapshot: Snapshot): void {
    const { head, query, routed } = this.start
    const { auth, forwarding } = this.dependencies
    const action = routed.route.action as Extract<RouteAction, { type: 'forward' }>
    const destination = routeDestination(routed.route, action, forwarding.timeouts)
    this.#destination = destination
    this.#clean = cleanForward(head, query, presented, (value) => auth.findClientKey(snapshot, value) !== undefined)
    this.#path = destination.pathFor(pathAfterTarget(routed, routed.path), this.#clean.query)
    this.capture('generic', (body) => {
      this.#body = withRouteModel(routed.route, body)
      this.#body.stream?.on('error', (error) => error instanceof GatewayError && this.fail(error))
      this.#patience.begin(destination)
      this.#send(false)
    })
  }

  #send(isFresh: boolean): void {
    const { head, request, routed } = this.start
    const { forwarding } = this.dependencies
    const destination = this.#destination as RouteDestination
    const { target, connectMs } = destination
    const edits = routed.route.rewrite?.requestHeaders
    const headers = plainHeaders(this.#clean as CleanRequest, edits, target, forwarding.forwardedFacts(request), head, this.#body)
    this.attempts++
    this.#isConnected = false
    const nowMs = this.#patience.attemptStarted()
    this.#connectByMs = nowMs + connectMs
    this.report.firstAttemptAtMs ??= nowMs
    const body = this.#body.stream ?? Readable.from(this.#body.buffer === undefined ? [] : [this.#body.buffer], { objectMode: false })
    this.#abort = forwarding.client.dispatch({ target, method: head.method, path: this.#path, headers, body, isFresh }, this)
    this.#patience.attemptSent()
  }

  // --- PlainHandler ---

  onRequest(sent: ClientRequest): void {
    this.#sent = sent
    let informational = 0
    sent.on('information', () => {
      if (++informational > limits.informationalMax) this.#failed({ code: 'upstream_malformed', reason: 'too many informational answers', isUnsent: false })
    })
    if (sent.reusedSocket) return this.#connected()
    sent.socket?.once((this.#destination as RouteDestination).target.isTls ? 'secureConnect' : 'connect', () => this.#connected())
  }

  onResponse(response: IncomingMessage): void {
    if (this.isOver) return void this.#abort?.()
    this.#response = response
    this.report.firstByteAtMs ??= this.#patience.headArrived()
    this.attempt(() => {
      const begun = beginPlainAnswer(response, this)
      if ('code' in begun) return this.#failed(begun)
      this.#isStream = begun.isEventStream
      response.on('data', (chunk: Buffer) => {
        this.relay.write(chunk)
        if (!this.relay.isWhole || this.relay.isPaused) this.#patience.chunkRelayed(this.relay.isPaused)
      })
      response.on('end', () => this.#complete(response))
      response.on('close', () => this.#complete(response))
    })
  }

  onError(error: Error): void {
    if (this.isOver) return
    const failure = failureOf(error, this.#isConnected)
    // A kept connection that the target closed at the same moment: nothing of this request was looked at.
    const isStale = this.#sent?.reusedSocket === true && this.#response === undefined && failure.code === 'upstream_reset' && this.attempts === 1
    const isRepeatable = this.#body.buffer === undefined && this.#body.stream === undefined && /^(?:GET|HEAD|OPTIONS)$/.test(this.start.head.method)
    if (isStale && isRepeatable) return this.attempt(() => this.#send(true))
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
    this.#body.stream?.destroy()
    this.#abort?.()
  }

  /** The target answers before it has the whole request. */
  get isUploading(): boolean {
    return this.#body.stream !== undefined && !this.start.request.complete
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
    this.#patience.leave()
    this.finish(status, status >= 400 ? 'upstream_error' : 'ok', this.#isStream)
  }

  #failed(failure: AttemptFailure): void {
    if (this.isOver) return
    const destination = this.#destination as RouteDestination
    if (!this.relay.isCommitted) return this.fail(plainFailure(failure, this.start.routed.route, destination))
    // What arrived is on its way; its end is never a clean one.
    this.report.errorCode = failure.code === 'upstream_timeout' ? failure.code : 'upstream_stream_interrupted'
    this.relay.breakOff(undefined)
    this.#patience.leave()
    this.finish(this.#response?.statusCode ?? 502, 'upstream_error', this.#isStream)
    this.abandon()
  }
}
