// One attempt's answer as it arrives: decides whether it is the client's answer or only this key's, and hands it on.
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Adapter } from '../adapters/adapter.ts'
import { limits } from '../limits.ts'
import type { PoolKey } from '../services/pool-key.ts'
import { AttemptAborted, type AttemptController, type AttemptHandler, failureOf } from './attempt.ts'
import type { AnswerOwner } from './answer-owner.ts'
import { decodeBody } from './decoded-body.ts'
import { findFirstEvent, mayBecomeError } from './first-event.ts'
import { contentKind, flatHeaders } from './headers.ts'
import { withoutKey } from './mask-key.ts'

export class VendorAnswer implements AttemptHandler {
  readonly key: PoolKey
  /** What the key went through before it was leased for this: see KeyPool.settle. */
  readonly leaseEpoch: number
  readonly adapter: Adapter
  readonly #owner: AnswerOwner
  readonly #nowMs: () => number
  controller: AttemptController | undefined
  wasStarted = false
  status = 0
  headers: Record<string, string | string[] | undefined> = {}
  isEventStream = false
  isAccepted = false
  #isOver = false
  #informational = 0
  /** Collects an error's body, or a stream's first event, until it can be judged. */
  #held: Buffer[] | undefined
  #heldBytes = 0
  #isErrorAnswer = false
  #holdTimer: NodeJS.Timeout | undefined
  /** While another key is asked for: what to do about what comes meanwhile. */
  #deferred: (() => void)[] | undefined

  constructor(owner: AnswerOwner, key: PoolKey, adapter: Adapter, nowMs: () => number) {
    this.#nowMs = nowMs
    this.#owner = owner
    this.key = key
    this.leaseEpoch = key.epoch
    this.adapter = adapter
  }

  /** An event stream whose bytes can be read, and added to, as text. */
  get isPlainEventStream(): boolean {
    return this.isEventStream && this.headers['content-encoding'] === undefined
  }

  onRequestStart(controller: AttemptController): void {
    this.controller = controller
    this.wasStarted = true
    this.#owner.requestStarted()
    if (this.#owner.isOver || this.#isOver) controller.abort(new AttemptAborted('internal', 'client gone'))
  }

  onResponseStart(controller: AttemptController, status: number, headers: IncomingHttpHeaders): void {
    try {
      this.#begin(controller, status, headers)
    } catch (error) {
      this.#crash(error)
    }
  }

  onRequestUpgrade(_controller: AttemptController, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    // The request is over; the connection is the owner's.
    this.controller = undefined
    if (this.#isOver) return void socket.destroy()
    this.#isOver = true
    this.status = status
    this.headers = headers
    this.#guard(() => this.#owner.upgraded(this, socket))
  }

  onResponseData(_controller: AttemptController, chunk: Buffer): void {
    try {
      if (this.#deferred === undefined) this.#take(chunk)
      else this.#deferred.push(() => this.#take(chunk))
    } catch (error) {
      this.#crash(error)
    }
  }

  onResponseEnd(): void {
    this.#guard(() => this.#end())
  }

  onResponseError(_controller: AttemptController | undefined, error: Error): void {
    clearTimeout(this.#holdTimer)
    if (this.#isOver) return
    if (this.#deferred !== undefined) return void this.#deferred.push(() => this.onResponseError(undefined, error))
    this.#isOver = true
    this.#guard(() => this.#owner.failed(this, failureOf(error, this.wasStarted)))
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#crash(error)
    }
  }

  /** Left to the upstream client, an exception would look like the vendor's fault, or like nothing at all. */
  #crash(error: unknown): void {
    clearTimeout(this.#holdTimer)
    this.#isOver = true
    this.#owner.fail(error)
  }

  #begin(controller: AttemptController, status: number, headers: IncomingHttpHeaders): void {
    if (status === 101) return this.abort(new AttemptAborted('upstream_malformed', 'protocol switch without its headers'))
    if (status < 200) {
      if (++this.#informational > limits.informationalMax) this.abort(new AttemptAborted('upstream_malformed', 'too many informational answers'))
      return
    }
    if (status > 599) return this.abort(new AttemptAborted('upstream_malformed', `status ${status}`))
    if (((controller.rawHeaders as unknown[] | undefined)?.length ?? 0) > 2 * limits.responseHeadersMax) {
      return this.abort(new AttemptAborted('upstream_headers_too_large', 'too many headers'))
    }
    this.status = status
    this.headers = headers
    this.#owner.headArrived()
    if (status >= 400) {
      this.#isErrorAnswer = true
      this.#held = []
      return
    }
    const type = headers['content-type']
    this.isEventStream = typeof type === 'string' && contentKind(type).isEventStream
    const hasEnd = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined || status === 204 || status === 304
    if (!this.isEventStream) return this.#accept(!hasEnd)
    // The first event may say that nothing was done after all; as long as another key could take over, wait for it a moment.
    if (!this.#owner.mayRetry || headers['content-encoding'] !== undefined) return this.#accept(true)
    this.#held = []
    this.#holdTimer = setTimeout(() => this.#guard(() => this.#release(true)), limits.firstEventHoldMs)
  }

  #take(chunk: Buffer): void {
    if (this.#held === undefined) return this.#owner.relay(chunk)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#isErrorAnswer) {
      if (this.#heldBytes > limits.classifyBytesMax) this.#judge()
      return
    }
    this.#judgeFirstEvent()
  }

  #end(): void {
    if (this.#deferred === undefined && this.#held !== undefined) {
      if (this.#isErrorAnswer) this.#judge()
      else this.#release(false)
    }
    if (this.#deferred !== undefined) return void this.#deferred.push(() => this.#end())
    if (this.#isOver) return
    this.#isOver = true
    this.#owner.complete(this)
  }

  /** Ends this attempt with a reason of ours; `failed` is called with it. */
  abort(reason: AttemptAborted): void {
    if (this.controller === undefined) this.onResponseError(undefined, reason)
    else this.controller.abort(reason)
  }

  /** Leaves the rest of the answer unread: another attempt took over or the client is gone. */
  drop(): void {
    clearTimeout(this.#holdTimer)
    this.#isOver = true
    this.controller?.abort(new AttemptAborted('internal', 'dropped'))
  }

  #accept(flush: boolean): void {
    this.isAccepted = true
    this.#owner.accept(this, flush)
  }

  #judge(): void {
    const body = Buffer.concat(this.#held as Buffer[])
    const plain = decodeBody(body, this.headers['content-encoding'])
    const head = { status: this.status, headers: flatHeaders(this.headers) }
    const verdict = this.adapter.classify(head, plain?.toString('latin1', 0, limits.classifyBytesMax) ?? '', this.#nowMs())
    this.#held = undefined
    this.#decide(this.#owner.refused(this, verdict), () => {
      const answer = withoutKey({ headers: this.headers, body }, plain, this.key.spec.value)
      this.headers = answer.headers
      this.#accept(false)
      if (answer.body.length > 0) this.#owner.relay(answer.body)
    })
  }

  /** @param takeIt makes the answer the client's, when nothing takes its place */
  #decide(isReplaced: boolean | Promise<boolean>, takeIt: () => void): void {
    if (typeof isReplaced === 'boolean') return this.#decided(isReplaced, takeIt, [])
    const deferred: (() => void)[] = []
    this.#deferred = deferred
    this.controller?.pause()
    isReplaced.then(
      (is) => this.#guard(() => this.#decided(is, takeIt, deferred)),
      (error: unknown) => this.#crash(error),
    )
  }

  #decided(isReplaced: boolean, takeIt: () => void, deferred: readonly (() => void)[]): void {
    const hasWaited = this.#deferred !== undefined
    this.#deferred = undefined
    if (isReplaced) this.#isOver = true
    if (this.#isOver) return
    takeIt()
    for (const work of deferred) work()
    if (hasWaited) this.controller?.resume()
  }

  #judgeFirstEvent(): void {
    const { text, isWhole } = findFirstEvent(Buffer.concat(this.#held as Buffer[]).toString('latin1'))
    if (!isWhole && this.#heldBytes <= limits.classifyBytesMax && mayBecomeError(text)) return
    const verdict = this.adapter.classifyFirstEvent(text)
    if (verdict === undefined) return this.#release(false)
    clearTimeout(this.#holdTimer)
    this.#decide(this.#owner.refused(this, verdict), () => this.#release(false))
    if (this.#isOver) this.#held = undefined
  }

  #release(flush: boolean): void {
    clearTimeout(this.#holdTimer)
    const held = this.#held
    this.#held = undefined
    if (held === undefined || this.#isOver) return
    this.#accept(flush)
    for (const chunk of held) this.#owner.relay(chunk)
  }
}
