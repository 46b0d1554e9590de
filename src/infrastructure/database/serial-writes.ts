// Write transactions that wait for each other, over all processes of a cluster: what one has read stays true until it commits.
import { CompiledQuery } from 'kysely'
import type { DatabaseConnection, DatabaseIntrospector, Dialect, DialectAdapter, Driver, Kysely, QueryCompiler, TransactionSettings } from 'kysely'

/** The same words on every server; the row is there from the first migration on. */
const LOCK = CompiledQuery.raw(`select name from counters where name = 'config_version' for update`)

const ROLLBACK = CompiledQuery.raw('rollback')

/**
 * A dialect whose transactions take one lock when they begin, as those of SQLite do. Transactions that only read take none.
 * Services read, decide and write: without it two replicas could both decide on what neither will find true.
 */
export class SerialWriteDialect implements Dialect {
  readonly #dialect: Dialect

  readonly #lock: 'lock' | 'no lock'

  /** @param lock `no lock` for tables that nobody decides on: migrations, which have a lock of their own, and the history */
  constructor(dialect: Dialect, lock: 'lock' | 'no lock' = 'lock') {
    this.#dialect = dialect
    this.#lock = lock
  }

  createDriver(): Driver {
    return new SerialWriteDriver(this.#dialect.createDriver(), this.#lock === 'lock')
  }

  createAdapter(): DialectAdapter {
    return this.#dialect.createAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return this.#dialect.createIntrospector(db)
  }

  createQueryCompiler(): QueryCompiler {
    return this.#dialect.createQueryCompiler()
  }
}

class SerialWriteDriver implements Driver {
  readonly #driver: Driver

  readonly #takesLock: boolean

  constructor(driver: Driver, takesLock: boolean) {
    this.#driver = driver
    this.#takesLock = takesLock
  }

  init(): Promise<void> {
    return this.#driver.init()
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return this.#driver.acquireConnection()
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await this.#driver.beginTransaction(connection, settings)
    if (!this.#takesLock || settings.accessMode === 'read only') return
    try {
      await connection.executeQuery(LOCK)
    } catch (error) {
      await this.rollbackTransaction(connection)
      throw error
    }
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#driver.commitTransaction(connection)
  }

  /** A rollback that fails has lost its connection, and with it the transaction: the caller hears why it came to a rollback. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(ROLLBACK).catch(() => undefined)
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return this.#driver.releaseConnection(connection)
  }

  destroy(): Promise<void> {
    return this.#driver.destroy()
  }
}
