// Stores upstream keys. Values arrive and leave sealed.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { KEY_STATES } from '../../domain/upstream-key.ts'
import type { KeyState, KeyStatus, UpstreamKey } from '../../domain/upstream-key.ts'
import type { KeyStatusChange, Page, PageRequest, SealedUpstreamKey, StoredKeyStatus, UpstreamKeyFilter, UpstreamKeyRepository } from '../../ports/store.ts'
import { changedAny, chunks, contains, inSnapshot, inTransaction, pageWindow, readAll } from './query.ts'
import type { CoreSchema } from './schema.ts'
import type { DatabaseTraits } from './traits.ts'
import { nextStatusSequence, readStatusSequence, removeKeys, updateStatusQuery, refuseOldSeals } from './upstream-key-statements.ts'
import { keyFromRow, keyToRow, sealedKeyFromRow, statusFromRow, tagsToRow } from './upstream-key-row.ts'

const COLUMNS = 19
/** So that a statement changes WRITE_ROWS at most. */
const PARAMETERS_PER_USE = 5

export class KyselyUpstreamKeyRepository implements UpstreamKeyRepository {
  readonly #db: Kysely<CoreSchema>
  readonly #traits: DatabaseTraits

  constructor(db: Kysely<CoreSchema>, traits: DatabaseTraits) {
    this.#db = db
    this.#traits = traits
  }

  async listSealed(): Promise<readonly SealedUpstreamKey[]> {
    return inSnapshot(this.#db, (db) =>
      readAll<SealedUpstreamKey>(async (last, limit) => {
        let query = db.selectFrom('upstream_keys').selectAll().orderBy('upstream_id').orderBy('id').limit(limit)
        if (last !== undefined) {
          const { upstreamId, id } = last
          query = query.where((eb) => eb.or([eb('upstream_id', '>', upstreamId), eb.and([eb('upstream_id', '=', upstreamId), eb('id', '>', id)])]))
        }
        return (await query.execute()).map(sealedKeyFromRow)
      }),
    )
  }

  async listPage(upstreamId: string, page: PageRequest, filter: UpstreamKeyFilter = {}): Promise<Page<UpstreamKey>> {
    let query = this.#db.selectFrom('upstream_keys').where('upstream_id', '=', upstreamId)
    if (filter.state) query = query.where('state', '=', filter.state)
    // No tag holds a quotation mark: in quotation marks it is found as a whole.
    if (filter.tag) query = query.where(contains(this.#traits, ['tags'], JSON.stringify(filter.tag)))
    if (filter.search) query = query.where(contains(this.#traits, ['label', 'masked', 'fingerprint', 'quota_group', 'reason'], filter.search))
    const { limit, offset } = pageWindow(page)
    const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
    const rows = await query.selectAll().orderBy('id').limit(limit).offset(offset).execute()
    return { rows: rows.map(keyFromRow), total: Number(total) }
  }

  async countByState(upstreamId: string): Promise<Readonly<Record<KeyState, number>>> {
    const rows = await this.#db
      .selectFrom('upstream_keys')
      .select((eb) => ['state', eb.fn.countAll<number>().as('total')])
      .where('upstream_id', '=', upstreamId)
      .groupBy('state')
      .execute()
    const counts = Object.fromEntries(KEY_STATES.map((state) => [state, 0])) as Record<KeyState, number>
    for (const row of rows) counts[row.state] = Number(row.total)
    return counts
  }

  async findById(id: string): Promise<SealedUpstreamKey | undefined> {
    const row = await this.#db.selectFrom('upstream_keys').selectAll().where('id', '=', id).executeTakeFirst()
    return row && sealedKeyFromRow(row)
  }

  async findExistingDigests(upstreamId: string, digests: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    for (const part of chunks(digests)) {
      const rows = await this.#db
        .selectFrom('upstream_keys')
        .select('value_digest')
        .where('upstream_id', '=', upstreamId)
        .where('value_digest', 'in', part)
        .execute()
      for (const row of rows) found.add(row.value_digest)
    }
    return found
  }

  async insertMany(keys: readonly SealedUpstreamKey[]): Promise<void> {
    if (keys.length === 0) return
    await inTransaction(this.#db, async (db) => {
      await refuseOldSeals(db, keys)
      for (const part of chunks(keys, COLUMNS)) await db.insertInto('upstream_keys').values(part.map(keyToRow)).execute()
    })
  }

  async update(key: UpstreamKey): Promise<boolean> {
    const changes = {
      label: key.label,
      weight: key.weight,
      tier: key.tier,
      quota_group: key.quotaGroup,
      limits: JSON.stringify(key.limits),
      tags: tagsToRow(key.tags),
      updated_at_ms: key.updatedAtMs,
    }
    return changedAny(await this.#db.updateTable('upstream_keys').set(changes).where('id', '=', key.id).execute())
  }

  async updateStatus(id: string, status: KeyStatus): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      const sequence = await nextStatusSequence(db)
      return changedAny(await updateStatusQuery(db, { id, status }, sequence).execute())
    })
  }

  async updateStatuses(changes: readonly KeyStatusChange[]): Promise<void> {
    if (changes.length === 0) return
    await inTransaction(this.#db, async (db) => {
      const sequence = await nextStatusSequence(db)
      // In one order everywhere: processes that store the same keys at once wait for each other instead of locking each other out.
      const ordered = [...changes].sort((a, b) => (a.id < b.id ? -1 : 1))
      for (const change of ordered) await updateStatusQuery(db, change, sequence).where('state', '<>', 'disabled').execute()
    })
  }

  async statusSequence(): Promise<number> {
    return readStatusSequence(this.#db)
  }

  async listStatusesSince(sequence: number, limit: number): Promise<readonly StoredKeyStatus[]> {
    const page = await this.#db
      .selectFrom('upstream_keys')
      .select('state_seq')
      .where('state_seq', '>', sequence)
      .orderBy('state_seq')
      .orderBy('id')
      .limit(1)
      .offset(limit - 1)
      .executeTakeFirst()
    let query = this.#db
      .selectFrom('upstream_keys')
      .select(['id', 'upstream_id', 'state', 'reason', 'until_ms', 'changed_at_ms', 'state_seq'])
      .where('state_seq', '>', sequence)
    if (page !== undefined) query = query.where('state_seq', '<=', page.state_seq)
    const rows = await query.orderBy('state_seq').orderBy('id').execute()
    return rows.map((row) => ({ id: row.id, upstreamId: row.upstream_id, status: statusFromRow(row), sequence: Number(row.state_seq) }))
  }

  async updateLastUsed(uses: readonly { id: string; lastUsedAtMs: number }[]): Promise<void> {
    // In one order everywhere: processes that store the same keys at once wait for each other instead of locking each other out.
    const ordered = [...uses].sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const part of chunks(ordered, PARAMETERS_PER_USE)) {
      const times = part.map(({ id, lastUsedAtMs }) => sql`when ${id} then ${sql.lit(Math.trunc(lastUsedAtMs))}`)
      const value = sql<number>`case id ${sql.join(times, sql` `)} else last_used_at_ms end`
      const ids = part.map(({ id }) => id)
      await this.#db.updateTable('upstream_keys').set({ last_used_at_ms: value }).where('id', 'in', ids).execute()
    }
  }

  async remove(id: string): Promise<boolean> {
    return changedAny(await this.#db.deleteFrom('upstream_keys').where('id', '=', id).execute())
  }

  async removeAll(upstreamId: string, filter: { state?: KeyState | undefined } = {}): Promise<number> {
    return inTransaction(this.#db, (db) => removeKeys(db, upstreamId, filter.state))
  }
}
