// A WebSocket to a target of a route's own: no pool, no key, one attempt.
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { pathAfterTarget } from '../../domain/route-path.ts'
import { limits } from '../../limits.ts'
import type { Snapshot } from '../../services/snapshot.ts'
import { AttemptAborted, type AttemptController, type AttemptFailure, type AttemptHandler, failureOf } from '../attempt.ts'
import type { UpgradeStart } from '../exchange-parts.ts'
import { editedResponseHeaders } from '../header-edits.ts'
import { flatHeaders, isBrowser } from '../headers.ts'
import { plainFailure } from '../plain-failure.ts'
import { pushRateLimits } from '../rate-limit-headers.ts'
import { RouteExchange } from '../route-exchange.ts'
import { type RouteDestination, RouteTargetChoice } from '../route-target.ts'
import { TARGET_FAULTS, TARGET_FAULT_STATUSES } from '../target-choice.ts'

const NO_BODY = { buffer: undefined, stream: undefined }

export class ForwardedUpgrade extends RouteExchange implements AttemptHandler {
  #destination: RouteDestination | undefined
  #choice: RouteTargetChoice | undefined
  #controller: AttemptController | undefined
  #status = 0
  #wasStarted = false
  deadlineMs = Infinity

  protected proceed(presented: string | undefined, snapshot: Snapshot): void {
    const { routed } = this.start
    const { forwarding, client } = this.dependencies
    const destination = forwarding.destinations.of(routed.route)
    const choice = new RouteTargetChoice(destination)
    this.#destination = destination
    const clean = this.cleanForTarget(presented, snapshot)
    const { connectMs } = destination
    choice.take(false, this.#nowMs)
    this.#choice = choice
    const { target } = choice
    const path = choice.path(pathAfterTarget(routed, routed.path), clean.query)
    const headers = flatHeaders(this.headersFor(target, clean, NO_BODY))
    this.attempts++
    this.report.firstAttemptAtMs = this.#wait(connectMs + destination.firstByteMs)
    client.dispatch(target, { method: 'GET', path, headers, body: undefined, connectMs, isFresh: false, isUpgrade: true }, this)
  }

  onDeadline(): void {
    this.deadlineMs = Infinity
    const late = new AttemptAborted('upstream_timeout', this.#status === 0 ? 'timeout first_byte' : 'timeout idle')
    if (this.#controller === undefined) this.#failed(late.failure)
    else this.#controller.abort(late)
  }

  override fail(error: unknown): void {
    if (this.#upgrade.isOpen) this.#upgrade.close()
    else super.fail(error)
  }

  protected abandon(): void {
    this.#controller?.abort(new AttemptAborted('internal', 'client gone'))
  }

  // --- AttemptHandler ---

  onRequestStart(controller: AttemptController): void {
    this.#controller = controller
    this.#wasStarted = true
    if (this.isOver) this.abandon()
    else this.#wait((this.#destination as RouteDestination).firstByteMs)
  }

  onRequestUpgrade(_controller: AttemptController, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    socket.on('error', () => undefined)
    // The request is over; the connection is ours.
    this.#controller = undefined
    this.deadlineMs = Infinity
    const fault = this.isOver ? 'client gone' : this.#upgrade.findFault({ status, headers })
    if (fault !== undefined) {
      socket.destroy()
      return this.#failed({ code: 'upstream_malformed', reason: fault, isUnsent: false })
    }
    this.#choice?.answered(true, this.#nowMs)
    this.attempt(() =>
      this.#upgrade.open(socket, this.#answerHeaders(headers), { clientKey: this.clientKey, entry: undefined }, ({ outcome, bytesIn, bytesOut }) => {
        this.report.bytesIn = bytesIn
        this.relay.bytesOut = bytesOut
        this.#choice?.end(outcome === 'upstream_error' ? 'failed' : 'ok', this.#nowMs)
        if (outcome === 'upstream_error') this.report.errorCode = 'upstream_reset'
        this.finish(101, outcome, true)
      }),
    )
  }

  onResponseStart(controller: AttemptController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 102 && status < 200) return
    if (status < 200 || status > 599) return controller.abort(new AttemptAborted('upstream_malformed', `status ${status}`))
    this.#status = status
    this.#choice?.answered(!TARGET_FAULT_STATUSES.has(status), this.#nowMs)
    this.#wait((this.#destination as RouteDestination).idleMs)
    this.attempt(() => this.relay.begin(controller, status, this.#answerHeaders(headers), { keepTail: false, flush: true }))
  }

  onResponseData(_controller: AttemptController, chunk: Buffer): void {
    this.#wait((this.#destination as RouteDestination).idleMs)
    this.relay.write(chunk)
  }

  onResponseEnd(): void {
    if (this.isOver) return
    this.#choice?.end('ok', this.#nowMs)
    this.relay.end()
    this.finish(this.#status, this.#status >= 400 ? 'upstream_error' : 'ok')
  }

  onResponseError(_controller: AttemptController | undefined, error: Error): void {
    this.#failed(failureOf(error, this.#wasStarted))
  }

  get #nowMs(): number {
    return this.dependencies.clock.monotonicMs()
  }

  get #upgrade(): UpgradeStart {
    return this.start.upgrade as UpgradeStart
  }

  #failed(failure: AttemptFailure): void {
    if (this.isOver) return
    this.#choice?.end(TARGET_FAULTS.has(failure.code) ? 'failed' : 'unknown', this.#nowMs)
    this.fail(plainFailure(failure, this.start.routed.route, this.#destination as RouteDestination))
  }

  #answerHeaders(answer: IncomingHttpHeaders): string[] {
    const { request, requestId, head, routed } = this.start
    const cors = this.dependencies.cors?.headersFor(request.headers.origin)
    const options = { requestId, upstream: undefined, attempts: this.attempts, isBrowser: isBrowser(head.headers), cors }
    const headers = editedResponseHeaders(answer, routed.route.rewrite?.responseHeaders, options)
    if (this.place !== undefined) pushRateLimits(headers, this.place.states)
    return headers
  }

  /** @returns now */
  #wait(forMs: number): number {
    const nowMs = this.#nowMs
    this.deadlineMs = nowMs + Math.min(forMs, limits.totalTimeoutMs)
    return nowMs
  }
}
