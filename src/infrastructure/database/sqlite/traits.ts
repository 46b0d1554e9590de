// SQLite's words for the traits of a database.
import { CompiledQuery, sql } from 'kysely'
import type { BulkInsert, DatabaseTraits } from '../traits.ts'
import { CLOSED, GONE, GuardedBatches, RowBatch } from './messages.ts'
import { codeOf, SqliteFault } from './thread.ts'

const UNIQUE = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_ROWID'])
/** Primary codes; extended ones such as SQLITE_IOERR_WRITE begin with them. */
const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|CORRUPT|NOTADB|PROTOCOL|NOMEM|PERM|AUTH)(_|$)/

/** Pages of 4 KiB that one step frees: a few ms, in which nobody else is served by this thread. */
const COMPACTED_PAGES = 256

export const sqliteTraits: DatabaseTraits = {
  name: 'SQLite',
  types: {
    code: 'text',
    name: 'text',
    text: 'text',
    integer: 'integer',
    flag: 'integer',
    serial: sql`integer`,
    serialKey: (column) => column.primaryKey().autoIncrement(),
  },
  lowered: (column) => sql`lower(${sql.ref(column)})`,
  isUniqueViolation: (error) => UNIQUE.has(codeOf(error)),
  isTransient: (error) => UNAVAILABLE.test(codeOf(error)) || codeOf(error) === CLOSED || codeOf(error) === GONE,
  // One writer at a time, and who waits too long is told that the database is busy.
  isConflict: () => false,
  hasIndexIfNotExists: true,
  isMissingTable: (error) => error instanceof SqliteFault && /^no such table/.test(error.message),
  insertRows: ({ table, columns, keys, rows }) => {
    const names = columns.map(({ name }) => name)
    const values = `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`
    return CompiledQuery.raw(keys === undefined ? values : `${values} ${addTo(table, names, keys)}`, [new RowBatch(rows)])
  },
  // Each message to the thread and back costs both of them more than a few rows.
  insertOnce: (guard, inserts) => {
    const batches = inserts.map(({ sql, parameters }) => ({ sql, rows: (parameters[0] as RowBatch).rows }))
    return CompiledQuery.raw(guard.sql, [new GuardedBatches(guard.parameters, batches)])
  },
  // Everybody shares one thread, and a table is taken apart page by page.
  dropsInPieces: true,
  inKeyOrder: sql`without rowid`,
  spaceOf: () =>
    sql`select page_count * page_size as bytes, freelist_count * page_size as free_bytes from pragma_page_count, pragma_page_size, pragma_freelist_count`,
  compact: sql`pragma incremental_vacuum(${sql.lit(COMPACTED_PAGES)})`,
  // Its DDL rolls back: nothing is ever half there.
  isAlreadyThere: () => false,
}

function addTo(table: string, names: readonly string[], keys: NonNullable<BulkInsert['keys']>): string {
  const sums = names.filter((name) => !keys.includes(name)).map((name) => `${name} = ${table}.${name} + excluded.${name}`)
  return `on conflict (${keys.join(', ')}) do update set ${sums.join(', ')}`
}
