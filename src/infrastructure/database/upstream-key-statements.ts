// Statements on the table of upstream keys that need more than one step.
import type { Kysely } from 'kysely'
import type { KeyState } from '../../domain/upstream-key.ts'
import { type KeyStatusChange, type SealedUpstreamKey, StoreUnavailableError } from '../../ports/store.ts'
import { DATA_KEY_SETTING } from '../crypto/open-key-vault.ts'
import { toNull } from './query.ts'
import type { CoreSchema } from './schema.ts'

/** Rows that one statement removes or changes: none may run long. */
const WRITE_ROWS = 2_000

/** All keys of an upstream, or those in one state, in pieces. Returns how many. */
export async function removeKeys(db: Kysely<CoreSchema>, upstreamId: string, state?: KeyState): Promise<number> {
  for (let removed = 0; ;) {
    let query = db.selectFrom('upstream_keys').select('id').where('upstream_id', '=', upstreamId).orderBy('id').limit(WRITE_ROWS)
    if (state) query = query.where('state', '=', state)
    const ids = (await query.execute()).map(({ id }) => id)
    if (ids.length > 0) await db.deleteFrom('upstream_keys').where('id', 'in', ids).execute()
    removed += ids.length
    if (ids.length < WRITE_ROWS) return removed
  }
}

const STATUS_SEQUENCE = 'key_state_seq'

/** Takes the next number. The counter's row stays locked until the transaction ends: numbers become visible in their order. */
export async function nextStatusSequence(db: Kysely<CoreSchema>): Promise<number> {
  await db
    .updateTable('counters')
    .set((eb) => ({ value: eb('value', '+', 1) }))
    .where('name', '=', STATUS_SEQUENCE)
    .execute()
  return readStatusSequence(db)
}

export async function readStatusSequence(db: Kysely<CoreSchema>): Promise<number> {
  const row = await db.selectFrom('counters').select('value').where('name', '=', STATUS_SEQUENCE).executeTakeFirstOrThrow()
  return Number(row.value)
}

export function updateStatusQuery(db: Kysely<CoreSchema>, { id, status }: KeyStatusChange, sequence: number) {
  const changes = {
    state: status.state,
    reason: status.reason,
    until_ms: toNull(status.untilMs),
    changed_at_ms: status.changedAtMs,
    state_seq: sequence,
  }
  return db.updateTable('upstream_keys').set(changes).where('id', '=', id).where('changed_at_ms', '<=', status.changedAtMs)
}

/**
 * Who has not heard yet of a change of keys must not add values under the old ones: they may be forgotten at any moment. Writers wait for each other, so
 * what is read here stays true.
 * @throws StoreUnavailableError
 */
export async function refuseOldSeals(db: Kysely<CoreSchema>, keys: readonly SealedUpstreamKey[]): Promise<void> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', DATA_KEY_SETTING).executeTakeFirst()
  const prefix = /^v1\.[0-9a-f]{8}\.\d+\./.exec(row?.value ?? '')?.[0]
  if (prefix === undefined || keys.every(({ sealedValue }) => sealedValue.startsWith(prefix))) return
  throw new StoreUnavailableError('The keys that values are sealed with have just been changed. Try again in a moment.')
}
