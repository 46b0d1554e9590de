// The words of MySQL and MariaDB for the traits of a database.
import { CompiledQuery, sql } from 'kysely'
import { ServerFault } from '../server-fault.ts'
import type { DatabaseTraits } from '../traits.ts'

/** The server has undone the statement or the transaction and says: again. 1205 lock wait, 1213 deadlock. */
const CONFLICT = new Set([1205, 1213])
/** Writes are refused: option, read-only table space, read-only transaction, replica. */
export const READ_ONLY = new Set([1290, 1792, 1836])
const UNAVAILABLE = new Set([
  ...CONFLICT,
  ...READ_ONLY,
  // Disk or memory full, table full, unreadable.
  3,
  126,
  127,
  1021,
  1026,
  1030,
  1037,
  1038,
  1041,
  1114,
  1135,
  // Too many connections, or not let in: the password or the rights were changed under a running gateway.
  1040,
  1042,
  1043,
  1044,
  1045,
  1047,
  1049,
  1129,
  1130,
  1203,
  1226,
  1698,
  // Shutting down, killed, interrupted, out of time.
  1053,
  1077,
  1079,
  1080,
  1152,
  1158,
  1159,
  1160,
  1161,
  1180,
  1184,
  1317,
  1927,
  1969,
  3024,
  3169,
  4031,
])
/** Of Node and of mysql2 itself. */
const NETWORK = /^(E(CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_)|PROTOCOL_|ERR_(SSL|TLS|SOCKET|STREAM)|HANDSHAKE_)/

export const mysqlTraits: DatabaseTraits = {
  name: 'The database server',
  types: {
    // Bytes: no collation of both MySQL and MariaDB counts trailing spaces.
    code: sql`varbinary(128)`,
    name: sql`varbinary(1020)`,
    text: sql`longtext character set utf8mb4 collate utf8mb4_bin`,
    integer: 'bigint',
    flag: 'smallint',
    serial: 'bigint',
    serialKey: (column) => column.primaryKey().autoIncrement(),
  },
  lowered: (column) => sql`lower(convert(${sql.ref(column)} using utf8mb4))`,
  isUniqueViolation: (error) => [1062, 1586].includes(numberOf(error)),
  isConflict: (error) => CONFLICT.has(numberOf(error)),
  hasIndexIfNotExists: false,
  isMissingTable: (error) => [1146, 1051].includes(numberOf(error)),
  insertRows: ({ table, columns, keys, rows }) => {
    const names = columns.map(({ name }) => name)
    const types = columns.map(({ name, type }, index) => `${name} ${type === 'integer' ? 'bigint' : 'mediumtext character set utf8mb4'} path '$[${index}]'`)
    const sums = names.filter((name) => keys?.includes(name) === false).map((name) => `${name} = ${table}.${name} + values(${name})`)
    const upsert = keys === undefined ? '' : ` on duplicate key update ${sums.join(', ')}`
    const source = `json_table(?, '$[*]' columns (${types.join(', ')})) v`
    return CompiledQuery.raw(`insert into ${table} (${names.join(', ')}) select ${names.map((name) => `v.${name}`).join(', ')} from ${source}${upsert}`, [rows])
  },
  dropsInPieces: false,
  spaceOf: (tables) => sql`
    select coalesce(sum(data_length + index_length), 0) as bytes, 0 as free_bytes from information_schema.tables
    where table_schema = database() and table_name in (${sql.join([...tables, ''])})`,
  refreshSpaceOf: (table) => sql`analyze table ${sql.table(table)}`,
  // 1050 table, 1060 column, 1061 index.
  isAlreadyThere: (error) => [1050, 1060, 1061].includes(numberOf(error)),
  isTransient: (error) => error instanceof ServerFault || UNAVAILABLE.has(numberOf(error)) || NETWORK.test(codeOf(error)),
}

/** The server's number of an error; 0 for an error that is not the server's. */
export function numberOf(error: unknown): number {
  // Errors of the system carry a negative errno.
  const errno: unknown = (error as { errno?: unknown } | null)?.errno
  return typeof errno === 'number' && errno > 0 ? errno : 0
}

export function codeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
