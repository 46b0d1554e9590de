// What a MySQL or MariaDB server says about itself, and what of it should be changed.
import { type Kysely, sql } from 'kysely'
import type { Advice } from '../../diagnostics.ts'
import type { CoreSchema } from '../schema.ts'
import type { ServerLook } from '../server-diagnostics.ts'

/** Rights over the whole server that a gateway never needs. */
const EXCESSIVE = /\b(ALL PRIVILEGES|SUPER|FILE|PROCESS|SHUTDOWN|RELOAD|CREATE USER|GRANT OPTION)\b/g

export async function lookAtMysql(db: Kysely<CoreSchema>): Promise<ServerLook> {
  const { rows } = await sql<Record<'version' | 'comment' | 'charset' | 'connections' | 'read_only' | 'flush', string | number> & { now_s: string }>`
    select version() as version, @@version_comment as comment, @@character_set_database as charset, @@max_connections as connections,
      @@global.read_only as read_only, @@global.innodb_flush_log_at_trx_commit as flush, cast(unix_timestamp(sysdate(3)) as char) as now_s`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('the server answers without a row')
  const advice: Advice[] = [...(await adviseOnRights(db))]
  if (Number(row.read_only) === 1)
    advice.push({ status: 'fail', text: 'The server is read-only (a replica?): the management API cannot store anything. Name the primary in DB_HOST.' })
  if (Number(row.flush) !== 1) {
    advice.push({
      status: 'warn',
      text: `innodb_flush_log_at_trx_commit is ${row.flush}: changes that were confirmed may be lost with the machine. Set it to 1.`,
    })
  }
  return {
    server: `${/mariadb/i.test(`${row.version} ${row.comment}`) ? 'MariaDB' : 'MySQL'} ${String(row.version).replace(/-.*/, '')}`,
    details: [String(row.charset), `max_connections ${row.connections}`],
    advice,
    nowMs: Number(row.now_s) * 1_000,
  }
}

async function adviseOnRights(db: Kysely<CoreSchema>): Promise<readonly Advice[]> {
  const { rows } = await sql<Record<string, string>>`show grants`.execute(db)
  const excessive = new Set(
    rows.flatMap((row) => {
      const grant = Object.values(row)[0] ?? ''
      const [, rights = ''] = /^GRANT (.*?) ON \*\.\* TO /i.exec(grant) ?? []
      const withGrant = rights !== '' && /WITH GRANT OPTION/i.test(grant) ? ['GRANT OPTION'] : []
      return [...(rights.toUpperCase().match(EXCESSIVE) ?? []), ...withGrant]
    }),
  )
  if (excessive.size === 0) return []
  const list = [...excessive].join(', ')
  return [
    {
      status: 'warn',
      text: `The user may do more than it needs, on the whole server: ${list}. Give it its own database only: grant all privileges on <database>.*`,
    },
  ]
}
