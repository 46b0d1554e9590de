// Pieces that several repositories need: chunks of long lists, literal search, pages, nested work in one transaction.
import { sql } from 'kysely'
import type { Kysely, RawBuilder, Transaction } from 'kysely'
import type { PageRequest } from '../../ports/store.ts'
import type { DatabaseTraits } from './traits.ts'

/** Values bound by one statement; the smallest limit of the supported databases is SQLite's 32,766. */
const PARAMETERS_MAX = 10_000
/** Rows of one statement of a full read. */
const PIECE_ROWS = 1_000

/** @param parametersEach values that one item binds */
export function* chunks<T>(items: readonly T[], parametersEach = 1): Generator<readonly T[]> {
  const size = Math.max(1, Math.floor(PARAMETERS_MAX / parametersEach))
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}

/** True where any of the columns contains `text` literally, ASCII letters in any case. */
export function contains({ lowered }: Pick<DatabaseTraits, 'lowered'>, columns: readonly string[], text: string): RawBuilder<boolean> {
  // `!` escapes because a backslash means different things in string literals of different databases.
  const pattern = `%${text.replaceAll(/[!%_]/g, '!$&')}%`
  return sql<boolean>`(${sql.join(
    columns.map((column) => sql`${lowered(column)} like lower(${pattern}) escape '!'`),
    sql` or `,
  )})`
}

/** `limit` and `offset` of a 1-based page. */
export function pageWindow(page: PageRequest): { limit: number; offset: number } {
  return { limit: page.limit, offset: (page.page - 1) * page.limit }
}

/** Runs `work` in the transaction that `db` is, or in a new one. */
export async function inTransaction<S, T>(db: Kysely<S>, work: (transaction: Transaction<S>) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db as Transaction<S>) : db.transaction().execute(work)
}

/** Runs `work` on one state of the database, without keeping anybody from writing; in the transaction that `db` is, or in a new one. */
export async function inSnapshot<S, T>(db: Kysely<S>, work: (transaction: Transaction<S>) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db as Transaction<S>)
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work)
}

/**
 * All rows in the order of their ids, read in pieces: no statement runs long, and the main thread, which unpacks each piece in one go, does not stall.
 * @param read the first `limit` rows after the row `last`
 */
export async function readAll<R>(read: (last: R | undefined, limit: number) => Promise<readonly R[]>): Promise<R[]> {
  const all: R[] = []
  for (;;) {
    const rows = await read(all.at(-1), PIECE_ROWS)
    for (const row of rows) all.push(row)
    if (rows.length < PIECE_ROWS) return all
  }
}

/** Null of the database for undefined of the program, and back. */
export const toNull = <T>(value: T | undefined): T | null => value ?? null
export const fromNull = <T>(value: T | null): T | undefined => value ?? undefined

export const changedAny = (results: readonly { numUpdatedRows?: bigint; numDeletedRows?: bigint }[]): boolean =>
  results.some((result) => (result.numUpdatedRows ?? result.numDeletedRows ?? 0n) > 0n)
