// What differs between databases: everything else is written once over Kysely.
import type { ColumnDataType, ColumnDefinitionBuilder, CompiledQuery, RawBuilder } from 'kysely'

type ColumnType = ColumnDataType | RawBuilder<unknown>

/** Column types for migrations. Text that identifies something compares byte for byte on every database. */
export interface ColumnTypes {
  /** Ids, digests, state names: up to 128 ASCII characters, binary collation. */
  readonly code: ColumnType
  /** Names that people give: up to 255 characters, binary collation. */
  readonly name: ColumnType
  /** JSON, sealed values, answers: at least 16 MiB. */
  readonly text: ColumnType
  /** Epoch ms and counts: 64-bit signed. */
  readonly integer: ColumnType
  /** 0 or 1. */
  readonly flag: ColumnType
  /** A growing number that the database assigns. */
  readonly serial: ColumnType
  readonly serialKey: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
}

/** Many rows in one statement, as one text: a value of its own for each column of each row would cost more than the rows. */
export interface BulkInsert {
  /** These names are ours, never a person's. */
  readonly table: string
  readonly columns: readonly { readonly name: string; readonly type: 'integer' | 'text' }[]
  /** A unique key: a row that is there already is added to, in all other columns. Without it rows are only inserted. */
  readonly keys?: readonly string[]
  /** JSON: an array of arrays in the order of the columns; no nulls. */
  readonly rows: string
}

export interface DatabaseTraits {
  /** For messages: `SQLite`. */
  readonly name: string
  readonly types: ColumnTypes
  /** The column in lower case, ASCII letters at least, for searches. */
  lowered(column: string): RawBuilder<string>
  isUniqueViolation(error: unknown): boolean
  /** True when the database, not the statement, is at fault: busy, gone, full, unreadable. */
  isTransient(error: unknown): boolean
  /** True when the database has undone a statement only because others were in its way: the same transaction may be run again from its start. */
  isConflict(error: unknown): boolean
  isMissingTable(error: unknown): boolean
  /** Whether `create index if not exists` is understood. */
  readonly hasIndexIfNotExists: boolean
  insertRows(insert: BulkInsert): CompiledQuery
  /** A transaction in one statement, where that spares much: stores all `inserts` (of insertRows) when `guard` changes a row, else nothing; tells what the guard changed. */
  insertOnce?(guard: CompiledQuery, inserts: readonly CompiledQuery[]): CompiledQuery
  /** Dropping a large table keeps everybody waiting: it is emptied before, a little at a time. */
  readonly dropsInPieces: boolean
  /** Ends the making of a table that is kept in the order of its key, where that is not the rule. */
  readonly inKeyOrder?: RawBuilder<unknown>
  /** `bytes` of these tables, and what of it is empty; of the whole file where there is one. */
  spaceOf(tables: readonly string[]): RawBuilder<{ bytes: number | string | null; free_bytes: number | string }>
  /** Makes spaceOf see a table as it is now, where the database only remembers how it was. */
  refreshSpaceOf?(table: string): RawBuilder<unknown>
  /** Gives a few empty pages back to the file system, where that is not the server's affair. */
  readonly compact?: RawBuilder<unknown>
  /** True when a table, column or index to be made is there already. For databases whose DDL does not roll back. */
  isAlreadyThere(error: unknown): boolean
}

/** What a migration needs to know. */
export type SchemaTraits = Pick<DatabaseTraits, 'types' | 'isAlreadyThere'>
