// Remembers answers by their Idempotency-Key, for a bounded time and in bounded number.
import type { Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { IdempotencyRepository, RequestMark } from '../../ports/store.ts'
import { changedAny, inTransaction } from './query.ts'
import type { RequestMarks } from './request-marks.ts'
import type { CoreSchema } from './schema.ts'

export class KyselyIdempotencyRepository implements IdempotencyRepository {
  readonly #db: Kysely<CoreSchema>
  readonly #clock: Clock
  readonly #marks: RequestMarks

  constructor(db: Kysely<CoreSchema>, clock: Clock, marks: RequestMarks) {
    this.#db = db
    this.#clock = clock
    this.#marks = marks
  }

  async find(key: string): Promise<{ requestDigest: string; status: number; body: string } | undefined> {
    const row = await this.#db
      .selectFrom('idempotency')
      .select(['request_digest', 'status', 'body'])
      .where('request_key', '=', key)
      .where('created_at_ms', '>', this.#clock.nowMs() - limits.idempotencyMs)
      .executeTakeFirst()
    return row && { requestDigest: row.request_digest, status: row.status, body: row.body }
  }

  async insert(key: string, requestDigest: string, status: number, body: string, nowMs: number): Promise<boolean> {
    return inTransaction(this.#db, async (db) => {
      await db
        .deleteFrom('idempotency')
        .where('created_at_ms', '<=', nowMs - limits.idempotencyMs)
        .execute()
      const existing = await db.selectFrom('idempotency').select('request_key').where('request_key', '=', key).executeTakeFirst()
      if (existing !== undefined) return false
      await this.#makeRoom(db)
      await db.insertInto('idempotency').values({ request_key: key, request_digest: requestDigest, status, body, created_at_ms: nowMs }).execute()
      return true
    })
  }

  async marking<T>(mark: RequestMark, work: () => Promise<T>): Promise<T> {
    return this.#marks.run(mark, work)
  }

  async complete({ key, requestDigest, nowMs }: RequestMark, status: number, body: string): Promise<void> {
    const updated = await this.#db
      .updateTable('idempotency')
      .set({ status, body })
      .where('request_key', '=', key)
      .where('request_digest', '=', requestDigest)
      .execute()
    if (!changedAny(updated)) await this.insert(key, requestDigest, status, body, nowMs)
  }

  async #makeRoom(db: Kysely<CoreSchema>): Promise<void> {
    const { total } = await db
      .selectFrom('idempotency')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow()
    if (Number(total) < limits.idempotencyEntriesMax) return
    const oldest = await db.selectFrom('idempotency').select('request_key').orderBy('created_at_ms').limit(1).executeTakeFirstOrThrow()
    await db.deleteFrom('idempotency').where('request_key', '=', oldest.request_key).execute()
  }
}
