// What makes room in the request log: whose turn it is, and which tables go.
import type { Kysely } from 'kysely'
import { GRAINS } from '../../domain/log-segment.ts'
import type { LogAges } from '../../ports/request-log.ts'
import { dropSegment } from './request-log-tables.ts'
import type { EventSchema } from './event-schema.ts'
import type { DatabaseTraits } from './traits.ts'

const RETENTION = 'retention'

/** True when this owner has the lease now: it was free or over, or its own. */
export async function takeLease(db: Kysely<EventSchema>, traits: DatabaseTraits, owner: number, nowMs: number, forMs: number): Promise<boolean> {
  const lease = { owner, until_ms: nowMs + forMs }
  const results = await db
    .updateTable('log_leases')
    .set(lease)
    .where('name', '=', RETENTION)
    .where((eb) => eb.or([eb('until_ms', '<=', nowMs), eb('owner', '=', owner)]))
    .execute()
  if (results.some(({ numUpdatedRows }) => numUpdatedRows > 0n)) return true
  const held = await db.selectFrom('log_leases').select('name').where('name', '=', RETENTION).executeTakeFirst()
  if (held !== undefined) return false
  try {
    await db
      .insertInto('log_leases')
      .values({ name: RETENTION, ...lease })
      .execute()
    return true
  } catch (error) {
    if (traits.isUniqueViolation(error)) return false
    throw error
  }
}

/** Names of the tables that are gone. */
export async function dropOldSegments(db: Kysely<EventSchema>, traits: DatabaseTraits, ages: LogAges): Promise<readonly string[]> {
  const dropped: string[] = []
  for (const kind of ['request', ...GRAINS] as const) {
    const old = await db.selectFrom('log_segments').select('name').where('kind', '=', kind).where('until_ms', '<=', ages[kind]).execute()
    for (const { name } of old) {
      await dropSegment(db, { name, kind }, traits)
      dropped.push(name)
    }
  }
  await db.deleteFrom('log_writers').where('seen_ms', '<', ages.request).execute()
  return dropped
}

/** Rows before sums, and nothing that reaches beyond now. */
export async function dropOldestSegment(db: Kysely<EventSchema>, traits: DatabaseTraits, nowMs: number): Promise<string | undefined> {
  for (const kind of ['request', 'minute'] as const) {
    const past = db.selectFrom('log_segments').select('name').where('kind', '=', kind).where('until_ms', '<=', nowMs)
    const oldest = await past.orderBy('from_ms').limit(1).executeTakeFirst()
    if (oldest === undefined) continue
    await dropSegment(db, { name: oldest.name, kind }, traits)
    return oldest.name
  }
  return undefined
}
