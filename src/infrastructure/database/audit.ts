// Stores the record of changes; nothing here ever changes an entry.
import type { Kysely } from 'kysely'
import type { AuditEntry } from '../../domain/audit.ts'
import type { AuditFilter, AuditRepository } from '../../ports/audit-repository.ts'
import { chunks, fromNull, toNull } from './query.ts'
import type { AuditRow, CoreSchema } from './schema.ts'

const COLUMNS = 12

export class KyselyAuditRepository implements AuditRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async listNewest(limit: number, filter: AuditFilter = {}, beforeId?: string): Promise<readonly AuditEntry[]> {
    let query = this.#db.selectFrom('audit').selectAll()
    if (beforeId !== undefined) query = query.where('id', '<', beforeId)
    if (filter.actor !== undefined) query = query.where('actor', '=', filter.actor)
    if (filter.action !== undefined) query = query.where('action', '=', filter.action)
    if (filter.entity !== undefined) query = query.where('entity', '=', filter.entity)
    if (filter.entityId !== undefined) query = query.where('entity_id', '=', filter.entityId)
    if (filter.fromMs !== undefined) query = query.where('at_ms', '>=', filter.fromMs)
    if (filter.untilMs !== undefined) query = query.where('at_ms', '<', filter.untilMs)
    return (await query.orderBy('id', 'desc').limit(limit).execute()).map(fromRow)
  }

  async listAfter(afterId: string, limit: number): Promise<readonly AuditEntry[]> {
    const rows = await this.#db.selectFrom('audit').selectAll().where('id', '>', afterId).orderBy('id').limit(limit).execute()
    return rows.map(fromRow)
  }

  async findById(id: string): Promise<AuditEntry | undefined> {
    const row = await this.#db.selectFrom('audit').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async insertMany(entries: readonly AuditEntry[]): Promise<void> {
    for (const some of chunks(entries, COLUMNS)) await this.#db.insertInto('audit').values(some.map(toRow)).execute()
  }

  async removeUntil(id: string): Promise<number> {
    const results = await this.#db.deleteFrom('audit').where('id', '<=', id).execute()
    return results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0)
  }
}

function toRow(entry: AuditEntry): AuditRow {
  return {
    id: entry.id,
    at_ms: entry.atMs,
    actor: entry.actor,
    actor_id: toNull(entry.actorId),
    action: entry.action,
    entity: entry.entity,
    entity_id: entry.entityId,
    changes: entry.changes,
    request_id: toNull(entry.requestId),
    network: toNull(entry.network),
    previous_hash: entry.previousHash,
    hash: entry.hash,
  }
}

function fromRow(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    atMs: row.at_ms,
    actor: row.actor,
    actorId: fromNull(row.actor_id),
    action: row.action,
    entity: row.entity,
    entityId: row.entity_id,
    changes: row.changes,
    requestId: fromNull(row.request_id),
    network: fromNull(row.network),
    previousHash: row.previous_hash,
    hash: row.hash,
  }
}
