// One line of a batch until its result is known: sent, and sent again while only the moment was wrong.
import type { Batch } from '../domain/batch.ts'
import type { BatchLine } from '../domain/batch-line.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { BatchSender, LineAnswer } from '../ports/batch-sender.ts'
import type { Clock } from '../ports/clock.ts'
import { sleep } from './sleep.ts'

export interface LineToRun {
  readonly batch: Batch
  /** From 1. */
  readonly number: number
  readonly line: BatchLine
  /** The whole line. */
  readonly text: string
}

export interface LineResult {
  /** For the error file. */
  readonly isError: boolean
  /** One line of JSON without its end. */
  readonly text: string
}

export interface LineRunDependencies {
  readonly sender: BatchSender
  readonly clock: Clock
  /** Ends it without a result. */
  readonly signal: AbortSignal
}

/** Answers that are not the request's fault: another try may do better. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529])
const EXPIRED = { code: 'batch_expired', message: 'This request could not be executed before the completion window expired.' }

export class BatchLineRun {
  readonly #what: LineToRun
  readonly #dependencies: LineRunDependencies
  #tries = 0
  #waits = 0

  constructor(what: LineToRun, dependencies: LineRunDependencies) {
    this.#what = what
    this.#dependencies = dependencies
  }

  /** undefined when the signal ended it. */
  async result(): Promise<LineResult | undefined> {
    const { signal, clock } = this.#dependencies
    for (;;) {
      if (signal.aborted) return undefined
      if (clock.nowMs() >= this.#what.batch.expiresAtMs) return this.#error(EXPIRED)
      const result = await this.#attempt()
      if (typeof result !== 'number') return result
      await sleep(Math.min(Math.max(result, limits.batchRetryMs), limits.batchRetryMaxMs), signal)
    }
  }

  /** The result, or ms until the next try. */
  async #attempt(): Promise<LineResult | number | undefined> {
    const { sender, signal } = this.#dependencies
    const { batch, line, text } = this.#what
    try {
      return this.#judge(await sender.send({ owner: batch.owner, target: line.target, line: text }, signal))
    } catch (error) {
      if (signal.aborted) return undefined
      if (!(error instanceof GatewayError)) throw error
      return error.status === 429 || error.status === 503 ? this.#pauseMs(error.details.retryAfterMs) : this.#error(error)
    }
  }

  #judge(answer: LineAnswer): LineResult | number {
    const { status, gatewayCode, retryAfterMs, isCut } = answer
    // Nothing was sent, or no key was free for it: keys and limits come back, and until then the line waits.
    if (gatewayCode !== undefined && (status === 429 || status === 503)) return this.#pauseMs(retryAfterMs)
    if ((isCut || TRANSIENT.has(status)) && ++this.#tries < limits.batchLineTries) return this.#pauseMs(retryAfterMs)
    if (isCut) return this.#error({ code: 'answer_incomplete', message: `The answer broke off, or is longer than ${limits.batchAnswerBytesMax} bytes.` })
    const response = `{"status_code":${status},"request_id":${JSON.stringify(answer.requestId)},"body":${answer.body}}`
    return { isError: status >= 400, text: this.#render(response, 'null') }
  }

  #pauseMs(retryAfterMs: number | undefined): number {
    return retryAfterMs ?? limits.batchRetryMs * 2 ** Math.min(this.#waits++, 6)
  }

  #error({ code, message }: { readonly code: string; readonly message: string }): LineResult {
    return { isError: true, text: this.#render('null', JSON.stringify({ code, message })) }
  }

  #render(response: string, error: string): string {
    const { batch, number, line } = this.#what
    const id = `batch_req_${batch.id.replace('batch_', '')}_${number}`
    return `{"id":${JSON.stringify(id)},"custom_id":${JSON.stringify(line.customId)},"response":${response},"error":${error}}`
  }
}
