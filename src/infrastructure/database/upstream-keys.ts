// Stores upstream keys. Values arrive and leave sealed.
import type { Kysely } from 'kysely'
import { KEY_STATES } from '../../domain/upstream-key.ts'
import type { KeyState, KeyStatus, UpstreamKey } from '../../domain/upstream-key.ts'
import type { KeyStatusChange, Page, PageRequest, SealedUpstreamKey, StoredKeyStatus, UpstreamKeyRepository } from '../../ports/store.ts'
import { changedAny, chunks, contains, inTransaction, pageWindow, toNull } from './query.ts'
import type { CoreSchema } from './schema.ts'
import { keyFromRow, keyToRow, sealedKeyFromRow, statusFromRow } from './upstream-key-row.ts'

/** Rows per message of a full read: the main thread unpacks each message in one go and must not stall. */
const READ_ROWS = 1_000
const COLUMNS = 18

export class KyselyUpstreamKeyRepository implements UpstreamKeyRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async listSealed(): Promise<readonly SealedUpstreamKey[]> {
    return inTransaction(this.#db, async (db) => {
      const keys: SealedUpstreamKey[] = []
      for (let last: SealedUpstreamKey | undefined; ; last = keys.at(-1)) {
        let query = db.selectFrom('upstream_keys').selectAll().orderBy('upstream_id').orderBy('id').limit(READ_ROWS)
        if (last !== undefined) {
          const { upstreamId, id } = last
          query = query.where((eb) => eb.or([eb('upstream_id', '>', upstreamId), eb.and([eb('upstream_id', '=', upstreamId), eb('id', '>', id)])]))
        }
        const rows = await query.execute()
        for (const row of rows) keys.push(sealedKeyFromRow(row))
        if (rows.length < READ_ROWS) return keys
      }
    })
  }

  async listPage(
    upstreamId: string,
    page: PageRequest,
    filter: { state?: KeyState | undefined; search?: string | undefined } = {},
  ): Promise<Page<UpstreamKey>> {
    let query = this.#db.selectFrom('upstream_keys').where('upstream_id', '=', upstreamId)
    if (filter.state) query = query.where('state', '=', filter.state)
    if (filter.search) query = query.where(contains(['label', 'masked', 'fingerprint', 'quota_group', 'reason'], filter.search))
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
    if (uses.length === 0) return
    await inTransaction(this.#db, async (db) => {
      for (const use of uses) await db.updateTable('upstream_keys').set({ last_used_at_ms: use.lastUsedAtMs }).where('id', '=', use.id).execute()
    })
  }

  async remove(id: string): Promise<boolean> {
    return changedAny(await this.#db.deleteFrom('upstream_keys').where('id', '=', id).execute())
  }

  async removeAll(upstreamId: string, filter: { state?: KeyState | undefined } = {}): Promise<number> {
    let query = this.#db.deleteFrom('upstream_keys').where('upstream_id', '=', upstreamId)
    if (filter.state) query = query.where('state', '=', filter.state)
    const { numDeletedRows } = await query.executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }
}

const STATUS_SEQUENCE = 'key_state_seq'

/** Takes the next number. The counter's row stays locked until the transaction ends: numbers become visible in their order. */
async function nextStatusSequence(db: Kysely<CoreSchema>): Promise<number> {
  await db
    .updateTable('counters')
    .set((eb) => ({ value: eb('value', '+', 1) }))
    .where('name', '=', STATUS_SEQUENCE)
    .execute()
  return readStatusSequence(db)
}

async function readStatusSequence(db: Kysely<CoreSchema>): Promise<number> {
  const row = await db.selectFrom('counters').select('value').where('name', '=', STATUS_SEQUENCE).executeTakeFirstOrThrow()
  return Number(row.value)
}

function updateStatusQuery(db: Kysely<CoreSchema>, { id, status }: KeyStatusChange, sequence: number) {
  const changes = {
    state: status.state,
    reason: status.reason,
    until_ms: toNull(status.untilMs),
    changed_at_ms: status.changedAtMs,
    state_seq: sequence,
  }
  return db.updateTable('upstream_keys').set(changes).where('id', '=', id).where('changed_at_ms', '<=', status.changedAtMs)
}
