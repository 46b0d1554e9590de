// Exchanges on their way to the request log: in a ring with two bounds, from which the oldest go first and are counted.
import { limits } from '../limits.ts'
import type { ExchangeRecord } from '../ports/exchange-record.ts'

/** Bytes that a record takes besides its texts, by measurement; and one of its tries. */
const RECORD_BYTES = 700
const TRY_BYTES = 250

export class RequestLogQueue {
  readonly #slots: (ExchangeRecord | undefined)[] = []
  #first = 0
  #size = 0
  #bytes = 0
  #dropped = 0

  get size(): number {
    return this.#size
  }

  /** By estimate. */
  get bytes(): number {
    return this.#bytes
  }

  /** Records that were dropped since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** @param busy how many of the bound are taken by records that were taken from here and are not stored yet */
  push(record: ExchangeRecord, busy: number): void {
    const slots = limits.requestLogQueueMax
    while (this.#size + busy >= slots) this.#dropOldest()
    this.#slots[(this.#first + this.#size) % slots] = record
    this.#size++
    this.#bytes += weigh(record)
    while (this.#bytes > limits.requestLogQueueBytesMax && this.#size > 1) this.#dropOldest()
  }

  /** The oldest ones, at most so many. */
  take(max: number): ExchangeRecord[] {
    return Array.from({ length: Math.min(max, this.#size) }, () => this.#shift())
  }

  /** Counts records that nobody will store any more. */
  drop(count: number): void {
    this.#dropped += count
  }

  clear(): void {
    while (this.#size > 0) this.#dropOldest()
  }

  #dropOldest(): void {
    this.#shift()
    this.#dropped++
  }

  #shift(): ExchangeRecord {
    const record = this.#slots[this.#first] as ExchangeRecord
    // Frees the record; the slot is used again.
    this.#slots[this.#first] = undefined
    this.#first = (this.#first + 1) % limits.requestLogQueueMax
    this.#size--
    this.#bytes -= weigh(record)
    return record
  }
}

function weigh({ path, userAgent, tries }: ExchangeRecord): number {
  return RECORD_BYTES + path.length + userAgent.length + TRY_BYTES * tries.length
}
