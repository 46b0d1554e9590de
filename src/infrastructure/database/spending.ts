// Stores what was spent of budgets.
import type { Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import type { SpendingRepository, SpentAmount } from '../../ports/spending-repository.ts'
import { changedAny } from './query.ts'
import type { CoreSchema } from './schema.ts'

/** Rows that one call of `prune` removes at most. */
const PRUNED_ROWS = 1_000

export class KyselySpendingRepository implements SpendingRepository {
  readonly #db: Kysely<CoreSchema>

  constructor(db: Kysely<CoreSchema>) {
    this.#db = db
  }

  async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (ids.length === 0) return new Map()
    const rows = await this.#db.selectFrom('budget_spending').select(['id', 'spent']).where('id', 'in', ids).execute()
    return new Map(rows.map(({ id, spent }) => [id, Number(spent)]))
  }

  async add(writer: string, write: number, amounts: readonly SpentAmount[], nowMs: number): Promise<boolean> {
    if (!(await this.#isNew(writer, write, nowMs))) return false
    const known = await this.findAll(amounts.map(({ id }) => id))
    const rows = amounts.filter(({ id }) => !known.has(id)).map(({ id, amount, endsAtMs }) => ({ id, spent: amount, ends_at_ms: endsAtMs }))
    if (rows.length > 0) await this.#db.insertInto('budget_spending').values(rows).execute()
    for (const { id, amount } of amounts) {
      if (!known.has(id)) continue
      await this.#db
        .updateTable('budget_spending')
        .set((eb) => ({ spent: eb('spent', '+', amount) }))
        .where('id', '=', id)
        .execute()
    }
    return true
  }

  async prune(nowMs: number): Promise<void> {
    const over = await this.#db
      .selectFrom('budget_spending')
      .select('id')
      .where('ends_at_ms', '<', nowMs - limits.spendingKeptMs)
      .limit(PRUNED_ROWS)
      .execute()
    const ids = over.map(({ id }) => id)
    if (ids.length > 0) await this.#db.deleteFrom('budget_spending').where('id', 'in', ids).execute()
    await this.#db
      .deleteFrom('budget_writers')
      .where('seen_at_ms', '<', nowMs - limits.spendingWriterKeptMs)
      .execute()
  }

  async #isNew(writer: string, write: number, nowMs: number): Promise<boolean> {
    const changed = await this.#db
      .updateTable('budget_writers')
      .set({ last_write: write, seen_at_ms: nowMs })
      .where('id', '=', writer)
      .where('last_write', '<', write)
      .execute()
    if (changedAny(changed)) return true
    const known = await this.#db.selectFrom('budget_writers').select('id').where('id', '=', writer).executeTakeFirst()
    if (known !== undefined) return false
    await this.#db.insertInto('budget_writers').values({ id: writer, last_write: write, seen_at_ms: nowMs }).execute()
    return true
  }
}
