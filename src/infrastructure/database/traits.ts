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
  isUniqueViolation(error: unknown): boolean
  /** True when the database, not the statement, is at fault: busy, gone, full, unreadable. */
  isTransient(error: unknown): boolean
}
