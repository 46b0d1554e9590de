// One connection to a MySQL or MariaDB server, as Kysely and the pool see it: a statement that does not end in time costs the connection.
import { createConnection } from 'mysql2'
import type { Connection, ConnectionOptions, FieldPacket, QueryError } from 'mysql2'
import type { MysqlPoolConnection, MysqlQueryResult } from 'kysely'
import { limits } from '../../../limits.ts'
import type { ServerConnection } from '../connection-pool.ts'
import { CONNECTION_LOST, QUERY_TIMEOUT, ServerFault, withinTime } from '../server-fault.ts'
import type { ServerOptions } from '../server-url.ts'
import { numberOf, READ_ONLY } from './traits.ts'

/** What the program relies on, whatever the server's own settings are. */
const SESSION = [
  `set session sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ${limits.databaseLockMs / 1_000}, autocommit = 1`,
  'set session transaction isolation level read committed',
]
const BINARY_CHARSET = 63
const CONTROL = /^(begin|commit|rollback)$/

export interface ConnectionUse {
  readonly queryMs: number
  /** Gives the connection back. */
  readonly release: (connection: MysqlServerConnection) => void
  /** The server writes no more: it has become a replica. */
  readonly onReadOnly: () => void
}

export class MysqlServerConnection implements ServerConnection, MysqlPoolConnection {
  readonly config: object = {}
  readonly #raw: Connection
  readonly #use: ConnectionUse
  #isUsable = true

  constructor(raw: Connection, use: ConnectionUse) {
    this.#raw = raw
    this.#use = use
    raw.on('error', () => (this.#isUsable = false))
    raw.on('end', () => (this.#isUsable = false))
  }

  get isUsable(): boolean {
    return this.#isUsable
  }

  get threadId(): number {
    return this.#raw.threadId ?? 0
  }

  connect(): void {}

  query(sql: string, parameters: unknown, done: (error: unknown, result: MysqlQueryResult) => void = () => {}): { stream: never } {
    let timer: NodeJS.Timeout | undefined = setTimeout(() => settle(this.#lateError()), this.#use.queryMs)
    const settle = (error: QueryError | ServerFault | null, rows?: unknown, fields?: readonly FieldPacket[]): void => {
      if (timer === undefined) return
      clearTimeout(timer)
      timer = undefined
      if (error !== null) this.#look(error, sql)
      done(error, error === null ? withText(rows, fields) : [])
    }
    if (this.#isUsable) this.#raw.query(sql, parameters as unknown[], settle)
    else settle(new ServerFault(CONNECTION_LOST, 'the connection is closed'))
    return {
      get stream(): never {
        throw new Error('Streaming is not offered: read in pieces')
      },
    }
  }

  #lateError(): ServerFault {
    this.destroy()
    return new ServerFault(QUERY_TIMEOUT, `no answer within ${this.#use.queryMs} ms`)
  }

  #look(error: unknown, sql: string): void {
    const isReadOnly = READ_ONLY.has(numberOf(error))
    if (isReadOnly || (error as { fatal?: boolean }).fatal === true || CONTROL.test(sql)) this.destroy()
    if (isReadOnly) this.#use.onReadOnly()
  }

  run(sql: string): Promise<MysqlQueryResult> {
    return new Promise((resolve, reject) => {
      this.query(sql, [], (error, result) => (error instanceof Error ? reject(error) : resolve(result)))
    })
  }

  async ping(timeoutMs: number): Promise<void> {
    const answered = new Promise<void>((resolve, reject) => this.#raw.ping((error) => (error === null ? resolve() : reject(error))))
    await withinTime(answered, timeoutMs, () => this.destroy())
  }

  release(): void {
    this.#use.release(this)
  }

  destroy(): void {
    this.#isUsable = false
    this.#raw.destroy()
  }

  end(): void {
    this.#isUsable = false
    this.#raw.end(() => {})
  }
}

/** Ids and names are stored as bytes; the program knows them as text. */
function withText(rows: unknown, fields: readonly FieldPacket[] | undefined): MysqlQueryResult {
  const names = fields?.filter((field) => (field as { characterSet?: number }).characterSet === BINARY_CHARSET).map(({ name }) => name) ?? []
  if (names.length === 0 || !Array.isArray(rows)) return rows as MysqlQueryResult
  for (const row of rows as Record<string, unknown>[]) {
    for (const name of names) {
      const value = row[name]
      if (Buffer.isBuffer(value)) row[name] = value.toString('utf8')
    }
  }
  return rows as MysqlQueryResult
}

/** @throws what the server or the network says, within `timeoutMs` */
export async function openMysqlConnection(options: ServerOptions, use: ConnectionUse, timeoutMs: number): Promise<MysqlServerConnection> {
  const settings: ConnectionOptions = {
    host: options.host,
    port: options.port,
    user: options.user,
    password: options.password.reveal(),
    database: options.database,
    charset: 'utf8mb4_bin',
    connectTimeout: timeoutMs,
    supportBigNumbers: true,
    // Neither a file of this machine nor code made from a server's answer.
    flags: ['-LOCAL_FILES'],
    disableEval: true,
    enableKeepAlive: true,
    ...(options.tls && {
      ssl: { ...(options.tls.ca !== undefined && { ca: options.tls.ca }), rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' },
    }),
  }
  const raw = createConnection(settings)
  const connection = new MysqlServerConnection(raw, use)
  const ready = async (): Promise<void> => {
    await new Promise<void>((resolve, reject) => raw.connect((error) => (error === null ? resolve() : reject(error))))
    for (const sql of SESSION) await connection.run(sql)
  }
  try {
    await withinTime(ready(), timeoutMs, () => connection.destroy())
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}
