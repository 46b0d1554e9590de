// What the record of an exchange says about each of its attempts.
import type { AttemptRecord } from '../ports/exchange-record.ts'

export class AttemptRecords {
  readonly list: AttemptRecord[] = []
  readonly #exchangeStartedAtMs: number
  #startedAtMs = 0
  #host = ''

  /** All times are monotonic ms. */
  constructor(exchangeStartedAtMs: number) {
    this.#exchangeStartedAtMs = exchangeStartedAtMs
  }

  begin(host: string, nowMs: number): void {
    this.#host = host
    this.#startedAtMs = nowMs
  }

  /** Of the attempt that began last. */
  end(keyId: string, status: number, result: string, reason: string, nowMs: number): void {
    const startMs = this.#startedAtMs - this.#exchangeStartedAtMs
    this.list.push({ keyId, host: this.#host, startMs, durationMs: nowMs - this.#startedAtMs, status, result, reason })
  }
}
