// One connection to a PostgreSQL server, as Kysely and the pool see it: a statement that does not end in time costs the connection.
import { Socket } from 'node:net'
import { Client, DatabaseError, types } from 'pg'
import type { PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { limits } from '../../../limits.ts'
import type { ServerConnection } from '../connection-pool.ts'
import { CONNECTION_LOST, QUERY_TIMEOUT, ServerFault, withinTime } from '../server-fault.ts'
import type { ServerOptions } from '../server-url.ts'
import { READ_ONLY } from './traits.ts'

const INT8 = 20
const CONTROL = /^(begin|commit|rollback|start transaction)\b/
/** ms after which the server ends a transaction whose process has stalled: it holds the lock that all others wait for. */
const STALLED_MS = 10_000

export interface ConnectionUse {
  readonly queryMs: number
  /** Gives the connection back. */
  readonly release: (connection: PostgresServerConnection) => void
  /** The server writes no more: it has become a replica. */
  readonly onReadOnly: () => void
}

export class PostgresServerConnection implements ServerConnection, PostgresPoolClient {
  readonly #client: Client
  readonly #socket: Socket
  readonly #use: ConnectionUse
  #isUsable = true

  constructor(client: Client, socket: Socket, use: ConnectionUse) {
    this.#client = client
    this.#socket = socket
    this.#use = use
    client.on('error', () => (this.#isUsable = false))
    client.on('end', () => (this.#isUsable = false))
  }

  get isUsable(): boolean {
    return this.#isUsable
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query(cursor: object): never
  async query<R>(sql: string | object, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> {
    if (typeof sql !== 'string') throw new Error('Cursors are not offered: read in pieces')
    if (!this.#isUsable) throw new ServerFault(CONNECTION_LOST, 'the connection is closed')
    try {
      const answered = this.#client.query(sql, [...parameters])
      return (await withinTime(answered, this.#use.queryMs, () => this.destroy(), QUERY_TIMEOUT)) as unknown as PostgresQueryResult<R>
    } catch (error) {
      throw this.#look(error, sql)
    }
  }

  /** What pg throws for a lost connection has no code of its own. */
  #look(error: unknown, sql: string): unknown {
    if (error instanceof DatabaseError) {
      const isReadOnly = error.code === READ_ONLY
      if (isReadOnly || CONTROL.test(sql)) this.destroy()
      if (isReadOnly) this.#use.onReadOnly()
      return error
    }
    this.destroy()
    return error instanceof ServerFault ? error : new ServerFault(CONNECTION_LOST, error instanceof Error ? error.message : String(error), { cause: error })
  }

  async ping(timeoutMs: number): Promise<void> {
    await withinTime(this.query('select 1', []), timeoutMs, () => this.destroy())
  }

  /** @param isDiscarded by Kysely, after a failed rollback */
  release(isDiscarded = false): void {
    if (isDiscarded) this.destroy()
    this.#use.release(this)
  }

  destroy(): void {
    this.#isUsable = false
    this.#socket.destroy()
  }

  end(): void {
    this.#isUsable = false
    this.#client.end().catch(() => undefined)
  }
}

/** @throws what the server or the network says, within `timeoutMs` */
export async function openPostgresConnection(options: ServerOptions, use: ConnectionUse, timeoutMs: number): Promise<PostgresServerConnection> {
  const socket = new Socket()
  const client = new Client({
    host: options.host,
    port: options.port,
    user: options.user,
    password: options.password.reveal(),
    database: options.database,
    application_name: 'api-key-rotator',
    stream: () => socket,
    types: { getTypeParser: (oid, format) => (Number(oid) === INT8 ? Number : (types.getTypeParser(oid, format) as unknown)) },
    ssl: options.tls && { ...(options.tls.ca !== undefined && { ca: options.tls.ca }), rejectUnauthorized: true, minVersion: 'TLSv1.2' },
  })
  const connection = new PostgresServerConnection(client, socket, use)
  const ready = async (): Promise<void> => {
    await client.connect()
    const settings = {
      statement_timeout: use.queryMs,
      lock_timeout: limits.databaseLockMs,
      idle_in_transaction_session_timeout: Math.max(STALLED_MS, use.queryMs),
      default_transaction_isolation: 'read committed',
      standard_conforming_strings: 'on',
    }
    const calls = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', false)`)
    await connection.query(`select ${calls.join(', ')}`, [])
  }
  try {
    await withinTime(ready(), timeoutMs, () => connection.destroy())
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}
