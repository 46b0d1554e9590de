// Kysely's SQLite dialect over one database of the SQLite thread.
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { CompiledQuery, DatabaseConnection, DatabaseIntrospector, Dialect, Driver, Kysely, QueryResult, TransactionSettings } from 'kysely'
import { GuardedBatches, RowBatch } from './messages.ts'
import type { SqliteAnswer } from './messages.ts'
import type { SqliteThread } from './thread.ts'

/** SQLite rolls DDL back like anything else; with Kysely's own answer (no) a migration could stop half way. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

export class SqliteThreadDialect implements Dialect {
  readonly #thread: SqliteThread
  readonly #database: number
  readonly #assertWhole: (() => void) | undefined

  /**
   * @param database number of an opened database of this thread
   * @param assertWhole throws when a call or transaction must not begin
   */
  constructor(thread: SqliteThread, database: number, assertWhole?: () => void) {
    this.#thread = thread
    this.#database = database
    this.#assertWhole = assertWhole
  }

  createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }

  createDriver(): Driver {
    return new SqliteThreadDriver(this.#thread, this.#database, this.#assertWhole)
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler()
  }
}

class SqliteThreadDriver implements Driver {
  readonly #connection: SqliteThreadConnection

  constructor(thread: SqliteThread, database: number, assertWhole: (() => void) | undefined) {
    this.#connection = new SqliteThreadConnection(thread, database, assertWhole)
  }

  async init(): Promise<void> {}

  /** One connection; Kysely queues its users because the adapter says so. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async releaseConnection(): Promise<void> {}

  /**
   * IMMEDIATE: a transaction that starts by reading would otherwise fail, not wait, when it comes to write beside another process.
   * One that only reads must not keep others from writing.
   */
  async beginTransaction(_connection: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    await this.#connection.begin(accessMode === 'read only' ? 'begin deferred' : 'begin immediate')
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.commit()
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.rollback()
  }

  async destroy(): Promise<void> {
    await this.#connection.close()
  }
}

class SqliteThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread
  readonly #database: number
  readonly #assertWhole: (() => void) | undefined
  #isInTransaction = false

  constructor(thread: SqliteThread, database: number, assertWhole: (() => void) | undefined) {
    this.#thread = thread
    this.#database = database
    this.#assertWhole = assertWhole
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // What has begun must be able to end. Not when the connection is acquired: Kysely would never give that turn back.
    if (!this.#isInTransaction) this.#assertWhole?.()
    const { rows, changes } = await this.#sendQuery(query)
    return changes === undefined ? { rows: rows as R[] } : { rows: rows as R[], numAffectedRows: BigInt(changes) }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Streaming is not offered: read in pages')
  }

  async begin(statement: string): Promise<void> {
    this.#assertWhole?.()
    await this.#send(statement)
    this.#isInTransaction = true
  }

  async commit(): Promise<void> {
    await this.#send('commit')
    this.#isInTransaction = false
  }

  async rollback(): Promise<void> {
    this.#isInTransaction = false
    await this.#thread.call({ op: 'rollback', database: this.#database })
  }

  async close(): Promise<void> {
    await this.#thread.call({ op: 'close', database: this.#database })
  }

  #sendQuery({ sql, parameters }: CompiledQuery): Promise<SqliteAnswer> {
    const [first] = parameters
    const database = this.#database
    if (first instanceof RowBatch) return this.#thread.call({ op: 'each', database, batch: { sql, rows: first.rows } })
    if (first instanceof GuardedBatches) return this.#thread.call({ op: 'once', database, sql, parameters: first.parameters, batches: first.batches })
    return this.#send(sql, parameters)
  }

  #send(sql: string, parameters: readonly unknown[] = []): Promise<SqliteAnswer> {
    return this.#thread.call({ op: 'query', database: this.#database, sql, parameters })
  }
}
