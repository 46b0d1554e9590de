// Batches for the request log, numbered like those of one process.
import { positionOf } from '../../src/domain/log-segment.ts'
import type { ExchangeRecord } from '../../src/ports/exchange-record.ts'
import type { LogBatch } from '../../src/ports/request-log.ts'
import { UsageSheet } from '../../src/services/usage-sheet.ts'

/** Makes the batches of one writer. */
export class BatchMaker {
  readonly #writer: number
  readonly #sheet = new UsageSheet()
  #sequence = 0
  #number = 0

  constructor(writer = 1) {
    this.#writer = writer
  }

  make(records: readonly ExchangeRecord[], nowMs = Date.UTC(2026, 10, 20, 18, 30)): LogBatch {
    const entries = records.map((record) => ({ position: positionOf(record.startedAtMs + record.durationMs, this.#writer, this.#number++), record }))
    return { writer: this.#writer, sequence: ++this.#sequence, nowMs, entries, rollUps: this.#sheet.sumUp(records) }
  }
}
