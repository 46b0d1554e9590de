// What differs between databases: everything else is written once over Kysely.
import type { ColumnDataType, ColumnDefinitionBuilder, RawBuilder } from 'kysely'

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
  /** True when a table, column or index to be made is there already. For databases whose DDL does not roll back. */
  isAlreadyThere(error: unknown): boolean
}

/** What a migration needs to know. */
export type SchemaTraits = Pick<DatabaseTraits, 'types' | 'isAlreadyThere'>
