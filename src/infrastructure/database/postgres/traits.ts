// PostgreSQL's words for the traits of a database.
import { CompiledQuery, sql } from 'kysely'
import { ServerFault } from '../server-fault.ts'
import type { DatabaseTraits } from '../traits.ts'

/** Serialization failure, deadlock, lock not available in time. */
const CONFLICT = new Set(['40001', '40P01', '55P03'])
export const READ_ONLY = '25006'
/**
 * Connection (08), let in no longer (28, 3D), resources such as disk, memory and connections (53), shut down, killed, cancelled or out of time (57),
 * I/O of the server (58), idle too long (25P03), a damaged page (XX001, XX002).
 */
const UNAVAILABLE = /^(08|28|3D|53|57|58)...$|^(25006|25P03|40001|40P01|55P03|XX001|XX002)$/
const NETWORK = /^(E(CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_)|ERR_(SSL|TLS|SOCKET|STREAM))/

export const postgresTraits: DatabaseTraits = {
  name: 'PostgreSQL',
  types: {
    code: sql`varchar(128) collate "C"`,
    name: sql`varchar(255) collate "C"`,
    text: 'text',
    integer: 'bigint',
    flag: 'smallint',
    serial: 'bigserial',
    serialKey: (column) => column.primaryKey(),
  },
  lowered: (column) => sql`lower(${sql.ref(column)})`,
  isUniqueViolation: (error) => codeOf(error) === '23505',
  isConflict: (error) => CONFLICT.has(codeOf(error)),
  hasIndexIfNotExists: true,
  isMissingTable: (error) => codeOf(error) === '42P01',
  insertRows: ({ table, columns, keys, rows }) => {
    const names = columns.map(({ name }) => name)
    const values = columns.map(({ type }, index) => (type === 'integer' ? `(v->>${index})::bigint` : `v->>${index}`))
    const sums = names.filter((name) => keys?.includes(name) === false).map((name) => `${name} = ${table}.${name} + excluded.${name}`)
    const upsert = keys === undefined ? '' : ` on conflict (${keys.join(', ')}) do update set ${sums.join(', ')}`
    return CompiledQuery.raw(`insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from jsonb_array_elements($1::jsonb) v${upsert}`, [rows])
  },
  dropsInPieces: false,
  spaceOf: (tables) => sql`
    select coalesce(sum(pg_total_relation_size(oid)), 0) as bytes, 0 as free_bytes from pg_class
    where relnamespace = current_schema()::regnamespace and relname in (${sql.join([...tables, ''])})`,
  // Its DDL rolls back: nothing is ever half there.
  isAlreadyThere: () => false,
  isTransient: (error) => error instanceof ServerFault || UNAVAILABLE.test(codeOf(error)) || NETWORK.test(codeOf(error)),
}

export function codeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
