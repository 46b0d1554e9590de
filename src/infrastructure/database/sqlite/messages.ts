// What the main thread and the SQLite thread say to each other.

/** Codes of our own, beside SQLite's: the database was closed; its thread has died. */
export const CLOSED = 'AKR_SQLITE_CLOSED'
export const GONE = 'AKR_SQLITE_THREAD_GONE'

/** How a file is used; decides its pragmas. */
export type SqliteProfile = 'core' | 'logs'

export type SqliteRequest =
  | { readonly op: 'open'; readonly database: number; readonly file: string; readonly profile: SqliteProfile; readonly check: boolean }
  | { readonly op: 'query'; readonly database: number; readonly sql: string; readonly parameters: readonly unknown[] }
  /** Runs one statement for each row of `rows`, JSON arrays of its parameters; all in the transaction that is open. */
  | { readonly op: 'each'; readonly database: number; readonly sql: string; readonly rows: string }
  /** Ends an open transaction; nothing to do when SQLite has rolled it back by itself. */
  | { readonly op: 'rollback'; readonly database: number }
  /** Takes the exclusive lock of a file until `close` or the end of the process. */
  | { readonly op: 'lock'; readonly database: number; readonly file: string }
  | { readonly op: 'close'; readonly database: number }

/** In the place of a statement's parameters: it runs once for each row. */
export class RowBatch {
  /** JSON. */
  readonly rows: string

  constructor(rows: string) {
    this.rows = rows
  }
}

export interface SqliteAnswer {
  readonly rows: readonly unknown[]
  /** Rows changed; undefined for statements that only read. */
  readonly changes: number | undefined
}

export interface SqliteCall {
  readonly id: number
  readonly request: SqliteRequest
}

export type SqliteReply =
  { readonly id: number; readonly answer: SqliteAnswer } | { readonly id: number; readonly error: { readonly code: string; readonly message: string } }
