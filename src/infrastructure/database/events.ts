// Stores the history of keys, bounded per key and in all.
import type { Insertable, Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import { StoreUnavailableError } from '../../ports/store.ts'
import type { EventStore, KeyEvent } from '../../ports/store.ts'
import { createRun, repeated } from './guard.ts'
import type { Run } from './guard.ts'
import { chunks, fromNull, toNull } from './query.ts'
import type { EventSchema, KeyEventRow } from './event-schema.ts'
import type { DatabaseTraits } from './traits.ts'

const COLUMNS = 7

export class KyselyEventStore implements EventStore {
  readonly #db: Kysely<EventSchema>
  readonly #run: Run
  readonly #traits: DatabaseTraits
  readonly #onClose: (() => Promise<void>) | undefined
  #closed = false

  /** @param onClose runs after the database is closed */
  constructor(db: Kysely<EventSchema>, traits: DatabaseTraits, onClose?: () => Promise<void>) {
    this.#db = db
    this.#traits = traits
    this.#onClose = onClose
    const translate = createRun(traits)
    this.#run = async (work) => {
      if (this.#closed) throw new StoreUnavailableError('The event store is closed')
      return translate(work)
    }
  }

  get isClosed(): boolean {
    return this.#closed
  }

  async appendKeyEvents(events: readonly KeyEvent[]): Promise<void> {
    if (events.length === 0) return
    await this.#run(() =>
      repeated(this.#traits, () =>
        this.#db.transaction().execute(async (db) => {
          for (const part of chunks(events, COLUMNS)) await db.insertInto('key_events').values(part.map(toRow)).execute()
          await pruneKeys(db, [...new Set(events.map((event) => event.keyId))])
          await pruneAll(db)
        }),
      ),
    )
  }

  async listKeyEvents(keyId: string, limit: number): Promise<readonly KeyEvent[]> {
    return this.#run(async () => {
      const rows = await this.#db.selectFrom('key_events').selectAll().where('key_id', '=', keyId).orderBy('seq', 'desc').limit(limit).execute()
      return rows.map(fromRow)
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#db.destroy()
    await this.#onClose?.()
  }
}

async function pruneKeys(db: Kysely<EventSchema>, keyIds: readonly string[]): Promise<void> {
  for (const part of chunks(keyIds)) {
    const crowded = await db
      .selectFrom('key_events')
      .select('key_id')
      .where('key_id', 'in', part)
      .groupBy('key_id')
      .having((eb) => eb.fn.countAll<number>(), '>', limits.keyEventsKept)
      .execute()
    for (const { key_id } of crowded) {
      const last = await db
        .selectFrom('key_events')
        .select('seq')
        .where('key_id', '=', key_id)
        .orderBy('seq', 'desc')
        .offset(limits.keyEventsKept)
        .limit(1)
        .executeTakeFirst()
      if (last !== undefined) await db.deleteFrom('key_events').where('key_id', '=', key_id).where('seq', '<=', last.seq).execute()
    }
  }
}

async function pruneAll(db: Kysely<EventSchema>): Promise<void> {
  const newest = await db.selectFrom('key_events').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  if (newest === undefined || newest.seq <= limits.keyEventsTotalMax) return
  await db
    .deleteFrom('key_events')
    .where('seq', '<=', newest.seq - limits.keyEventsTotalMax)
    .execute()
}

function toRow(event: KeyEvent): Insertable<KeyEventRow> {
  return {
    key_id: event.keyId,
    at_ms: event.atMs,
    from_state: event.from,
    to_state: event.to,
    reason: event.reason,
    actor: event.actor,
    until_ms: toNull(event.untilMs),
  }
}

function fromRow(row: Omit<KeyEventRow, 'seq'>): KeyEvent {
  return {
    keyId: row.key_id,
    atMs: row.at_ms,
    from: row.from_state,
    to: row.to_state,
    reason: row.reason,
    actor: row.actor,
    untilMs: fromNull(row.until_ms),
  }
}
