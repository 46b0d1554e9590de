// Stores client keys: digests only, never a key.
import type { Kysely } from 'kysely'
import type { Budget } from '../../domain/budget.ts'
import type { ClientKey } from '../../domain/client-key.ts'
import type { ClientLimits } from '../../domain/client-limits.ts'
import type { ClientKeyFilter, ClientKeyRepository, Page, PageRequest } from '../../ports/store.ts'
import { changedAny, chunks, contains, fromNull, pageWindow, readAll, toNull } from './query.ts'
import type { ClientKeyRow, CoreSchema } from './schema.ts'
import type { DatabaseTraits } from './traits.ts'

const COLUMNS = 18

export class KyselyClientKeyRepository implements ClientKeyRepository {
  readonly #db: Kysely<CoreSchema>
  readonly #traits: DatabaseTraits

  constructor(db: Kysely<CoreSchema>, traits: DatabaseTraits) {
    this.#db = db
    this.#traits = traits
  }

  async list(): Promise<readonly ClientKey[]> {
    return readAll<ClientKey>(async (last, limit) => {
      const rows = await this.#db
        .selectFrom('client_keys')
        .selectAll()
        .where('id', '>', last?.id ?? '')
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(fromRow)
    })
  }

  async listPage(page: PageRequest, filter: ClientKeyFilter = {}): Promise<Page<ClientKey>> {
    let query = this.#db.selectFrom('client_keys')
    if (filter.search) query = query.where(contains(this.#traits, ['name', 'masked'], filter.search))
    if (filter.accountId !== undefined) query = query.where('account_id', '=', filter.accountId)
    const { limit, offset } = pageWindow(page)
    const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    const rows = await query.selectAll().orderBy('id').limit(limit).offset(offset).execute()
    return { rows: rows.map(fromRow), total: Number(total) }
  }

  async findById(id: string): Promise<ClientKey | undefined> {
    const row = await this.#db.selectFrom('client_keys').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }

  async insert(key: ClientKey): Promise<void> {
    await this.#db.insertInto('client_keys').values(toRow(key)).execute()
  }

  async insertMany(keys: readonly ClientKey[]): Promise<void> {
    for (const some of chunks(keys, COLUMNS)) await this.#db.insertInto('client_keys').values(some.map(toRow)).execute()
  }

  async update(key: ClientKey, expectedUpdatedAtMs?: number): Promise<boolean> {
    let query = this.#db.updateTable('client_keys').set(toRow(key)).where('id', '=', key.id)
    if (expectedUpdatedAtMs !== undefined) query = query.where('updated_at_ms', '=', expectedUpdatedAtMs)
    return changedAny(await query.execute())
  }

  async remove(id: string): Promise<boolean> {
    return changedAny(await this.#db.deleteFrom('client_keys').where('id', '=', id).execute())
  }

  async removeOfAccount(accountId: string): Promise<number> {
    const results = await this.#db.deleteFrom('client_keys').where('account_id', '=', accountId).execute()
    return results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0)
  }
}

function toRow(key: ClientKey): ClientKeyRow {
  return {
    id: key.id,
    name: key.name,
    source: key.source,
    digest: key.digest,
    masked: key.masked,
    upstreams: key.upstreams === undefined ? null : JSON.stringify(key.upstreams),
    models: key.models === undefined ? null : JSON.stringify(key.models),
    networks: key.networks === undefined ? null : JSON.stringify(key.networks),
    limits: key.limits === undefined ? null : JSON.stringify(key.limits),
    expires_at_ms: toNull(key.expiresAtMs),
    revoked_at_ms: toNull(key.revokedAtMs),
    created_at_ms: key.createdAtMs,
    updated_at_ms: key.updatedAtMs,
    last_used_at_ms: toNull(key.lastUsedAtMs),
    previous_digest: toNull(key.previousDigest),
    previous_until_ms: toNull(key.previousUntilMs),
    account_id: toNull(key.accountId),
    budget: key.budget === undefined ? null : JSON.stringify(key.budget),
  }
}

function fromRow(row: ClientKeyRow): ClientKey {
  return {
    id: row.id,
    name: row.name,
    source: row.source,
    digest: row.digest,
    masked: row.masked,
    upstreams: row.upstreams === null ? undefined : (JSON.parse(row.upstreams) as string[]),
    models: row.models === null ? undefined : (JSON.parse(row.models) as string[]),
    networks: row.networks === null ? undefined : (JSON.parse(row.networks) as string[]),
    limits: row.limits === null ? undefined : (JSON.parse(row.limits) as ClientLimits),
    expiresAtMs: fromNull(row.expires_at_ms),
    revokedAtMs: fromNull(row.revoked_at_ms),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    lastUsedAtMs: fromNull(row.last_used_at_ms),
    previousDigest: fromNull(row.previous_digest),
    previousUntilMs: fromNull(row.previous_until_ms),
    accountId: fromNull(row.account_id),
    budget: row.budget === null ? undefined : (JSON.parse(row.budget) as Budget),
  }
}
