// Stores batches.
import type { Kysely } from 'kysely'
import type { Batch, BatchFault, BatchStatus, BatchTimes } from '../../domain/batch.ts'
import type { BatchRepository } from '../../ports/batch-store.ts'
import type { BatchRow } from './batch-row.ts'
import { changedAny } from './query.ts'
import type { CoreSchema } from './schema.ts'

const OPEN: readonly BatchStatus[] = ['validating', 'in_progress', 'finalizing', 'cancelling']

export class KyselyBatchRepository implements BatchRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async insert(batch: Batch): Promise<void> {
    await this.#db.insertInto('batches').values(toRow(batch)).execute()
  }

  async find(id: string): Promise<Batch | undefined> {
    const row = await this.#db.selectFrom('batches').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async listOf(owner: string, limit: number, after: string | undefined): Promise<readonly Batch[]> {
    let query = this.#db.selectFrom('batches').selectAll().where('owner', '=', owner)
    if (after !== undefined) query = query.where('id', '<', after)
    return (await query.orderBy('id', 'desc').limit(limit).execute()).map(fromRow)
  }

  async countOpen(owner: string): Promise<number> {
    const { total } = await this.#db
      .selectFrom('batches')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .where('owner', '=', owner)
      .where('status', 'in', OPEN)
      .executeTakeFirstOrThrow()
    return Number(total)
  }

  async isReading(fileId: string): Promise<boolean> {
    const batches = this.#db.selectFrom('batches').select('id').where('status', 'in', OPEN)
    return (await batches.where('input_file_id', '=', fileId).limit(1).executeTakeFirst()) !== undefined
  }

  async listOpen(limit: number): Promise<readonly Batch[]> {
    return (await this.#db.selectFrom('batches').selectAll().where('status', 'in', OPEN).orderBy('id').limit(limit).execute()).map(fromRow)
  }

  async update(batch: Batch, from: readonly BatchStatus[]): Promise<boolean> {
    const { status, faults, total, times } = toRow(batch)
    return changedAny(
      await this.#db.updateTable('batches').set({ status, faults, total, times }).where('id', '=', batch.id).where('status', 'in', from).execute(),
    )
  }

  async count(id: string, completed: number, failed: number): Promise<void> {
    await this.#db
      .updateTable('batches')
      .set((eb) => ({ completed: eb('completed', '+', completed), failed: eb('failed', '+', failed) }))
      .where('id', '=', id)
      .execute()
  }

  async removeEnded(beforeMs: number): Promise<number> {
    const results = await this.#db.deleteFrom('batches').where('status', 'not in', OPEN).where('created_at_ms', '<', beforeMs).execute()
    return results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0)
  }
}

function toRow(batch: Batch): BatchRow {
  return {
    id: batch.id,
    owner: batch.owner,
    endpoint: batch.endpoint,
    input_file_id: batch.inputFileId,
    output_file_id: batch.outputFileId,
    error_file_id: batch.errorFileId,
    completion_window: batch.completionWindow,
    metadata: batch.metadata === undefined ? null : JSON.stringify(batch.metadata),
    status: batch.status,
    faults: JSON.stringify(batch.faults),
    total: batch.total,
    completed: batch.completed,
    failed: batch.failed,
    created_at_ms: batch.createdAtMs,
    expires_at_ms: batch.expiresAtMs,
    times: JSON.stringify(batch.times),
  }
}

function fromRow(row: BatchRow): Batch {
  return {
    id: row.id,
    owner: row.owner,
    endpoint: row.endpoint,
    inputFileId: row.input_file_id,
    outputFileId: row.output_file_id,
    errorFileId: row.error_file_id,
    completionWindow: row.completion_window,
    metadata: row.metadata === null ? undefined : (JSON.parse(row.metadata) as Record<string, string>),
    status: row.status,
    faults: JSON.parse(row.faults) as BatchFault[],
    total: Number(row.total),
    completed: Number(row.completed),
    failed: Number(row.failed),
    createdAtMs: Number(row.created_at_ms),
    expiresAtMs: Number(row.expires_at_ms),
    times: JSON.parse(row.times) as BatchTimes,
  }
}
