// A request whose route depends on the model in its body: the body is read first, within the bounds of LLM bodies.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { captureBody, type CapturedBody } from './body.ts'
import type { DataPlaneDependencies } from './data-plane-dependencies.ts'
import { tellToGoOn } from './early-answer.ts'
import type { CapturedEarlier } from './exchange-parts.ts'
import type { InboundHead } from './guard.ts'
import type { Flight } from './in-flight.ts'

export interface RouteBodyEnd {
  captured(body: CapturedBody, earlier: CapturedEarlier): void
  failed(error: unknown): void
}

export class RouteBody implements Flight {
  /** Node's own limit on the time of a request is what runs. */
  readonly deadlineMs = Infinity
  inFlightIndex = -1
  readonly #dependencies: DataPlaneDependencies
  readonly #end: RouteBodyEnd
  #isOver = false
  #arrived = 0
  #progressed: (bytes: number) => void = (bytes) => void (this.#arrived += bytes)

  constructor(dependencies: DataPlaneDependencies, end: RouteBodyEnd) {
    this.#dependencies = dependencies
    this.#end = end
  }

  read(request: IncomingMessage, response: ServerResponse, head: InboundHead): void {
    const { replayBudget, bodyBounds } = this.#dependencies
    let heldBytes = 0
    const take = (bytes: number): boolean => {
      if (!replayBudget.tryTake(bytes)) return false
      heldBytes += bytes
      return true
    }
    // The body may be kept for as long as the client waits for its answer.
    response.once('close', () => {
      replayBudget.release(heldBytes)
      this.#leave()
    })
    request.on('error', () => undefined)
    if (head.expectsContinue && head.contentLength <= bodyBounds.llm.bytesMax) tellToGoOn(request, response)
    captureBody(request, head, bodyBounds.llm, { take, progressed: (bytes) => this.#progressed(bytes) }, (body, error) => {
      if (!this.#leave()) return
      if (error !== undefined) return this.#end.failed(error)
      this.#end.captured(body, {
        take: (progressed) => {
          this.#progressed = progressed
          if (this.#arrived > 0) progressed(this.#arrived)
          return body
        },
      })
    })
  }

  onDeadline(): void {
    // There is none.
  }

  fail(error: unknown): void {
    if (this.#leave()) this.#end.failed(error)
  }

  /** False when it was over already. */
  #leave(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#dependencies.exchangeEnded(this)
    return true
  }
}
