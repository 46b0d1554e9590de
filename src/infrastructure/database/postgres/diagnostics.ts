// What a PostgreSQL server says about itself, and what of it should be changed.
import { type Kysely, sql } from 'kysely'
import type { Advice } from '../../diagnostics.ts'
import type { CoreSchema } from '../schema.ts'
import type { ServerLook } from '../server-diagnostics.ts'

interface Row {
  readonly version: string
  readonly encoding: string
  readonly connections: string
  readonly replica: boolean
  readonly read_only: string
  readonly synchronous: string
  readonly now_ms: number | string
  readonly rolsuper: boolean
  readonly rolcreaterole: boolean
  readonly rolcreatedb: boolean
  readonly rolreplication: boolean
}

export async function lookAtPostgres(db: Kysely<CoreSchema>): Promise<ServerLook> {
  const { rows } = await sql<Row>`
    select current_setting('server_version') as version, current_setting('server_encoding') as encoding, current_setting('max_connections') as connections,
      pg_is_in_recovery() as replica, current_setting('default_transaction_read_only') as read_only, current_setting('synchronous_commit') as synchronous,
      (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms, rolsuper, rolcreaterole, rolcreatedb, rolreplication
    from pg_roles where rolname = current_user`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('the server answers without a row')
  const advice: Advice[] = []
  if (row.replica || row.read_only === 'on') {
    advice.push({ status: 'fail', text: 'The server is read-only (a standby?): the management API cannot store anything. Name the primary in DB_HOST.' })
  }
  if (row.synchronous === 'off') {
    advice.push({ status: 'warn', text: 'synchronous_commit is off: changes that were confirmed may be lost with the machine. Set it to on.' })
  }
  const rights = { SUPERUSER: row.rolsuper, CREATEROLE: row.rolcreaterole, CREATEDB: row.rolcreatedb, REPLICATION: row.rolreplication }
  const excessive = Object.entries(rights).flatMap(([name, has]) => (has ? [name] : []))
  if (excessive.length > 0) {
    advice.push({ status: 'warn', text: `The role may do more than it needs: ${excessive.join(', ')}. Give it a role that only owns its database.` })
  }
  return {
    server: `PostgreSQL ${row.version.replace(/ .*/, '')}`,
    details: [row.encoding, `max_connections ${row.connections}`],
    advice,
    nowMs: Number(row.now_ms),
  }
}
