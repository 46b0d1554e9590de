// What the main thread and the SQLite thread say to each other.

/** Codes of our own, beside SQLite's: the database was closed; its thread has died. */
export const CLOSED = 'AKR_SQLITE_CLOSED'
export const GONE = 'AKR_SQLITE_THREAD_GONE'

/** How a file is used; decides its pragmas. */
export type SqliteProfile = 'core' | 'logs'

export type SqliteRequest =
  | { readonly op: 'open'; readonly database: number; readonly file: string; readonly profile: SqliteProfile; readonly check: boolean }
  | { readonly op: 'query'; readonly database: number; readonly sql: string; readonly parameters: readonly unknown[] }
  /** Runs one statement for each of its rows; all in the transaction that is open. */
  | { readonly op: 'each'; readonly database: number; readonly batch: SqliteBatch }
  /** A transaction of its own: when the guard changes a row, all batches; else nothing. Answers what the guard changed. */
  | { readonly op: 'once'; readonly database: number; readonly sql: string; readonly parameters: readonly unknown[]; readonly batches: readonly SqliteBatch[] }
  /** Ends an open transaction; nothing to do when SQLite has rolled it back by itself. */
  | { readonly op: 'rollback'; readonly database: number }
  /** Takes the exclusive lock of a file until `close` or the end of the process. */
  | { readonly op: 'lock'; readonly database: number; readonly file: string }
  | { readonly op: 'close'; readonly database: number }

export interface SqliteBatch {
  readonly sql: string
  /** JSON: an array of arrays, each the parameters of one run. */
  readonly rows: string
}

/** In the place of a statement's parameters: it runs once for each row. */
export class RowBatch {
  /** JSON. */
  readonly rows: string

  constructor(rows: string) {
    this.rows = rows
  }
}

/** In the place of a guard's parameters: see `once`. */
export class GuardedBatches {
  readonly parameters: readonly unknown[]
  readonly batches: readonly SqliteBatch[]

  constructor(parameters: readonly unknown[], batches: readonly SqliteBatch[]) {
    this.parameters = parameters
    this.batches = batches
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
