// The driver of `mysql:` databases: MySQL 8 and MariaDB.
import { MysqlDialect } from 'kysely'
import { StartupError } from '../../../errors.ts'
import type { DatabaseDriver } from '../../catalog.ts'
import { ConnectionPool } from '../connection-pool.ts'
import { coreMigrations } from '../migrations/index.ts'
import type { MigrationList } from '../migrations/index.ts'
import { openServerDatabase } from '../server-database.ts'
import type { ServerAccess } from '../server-database.ts'
import { examineServerDatabase } from '../server-diagnostics.ts'
import type { ServerOptions } from '../server-url.ts'
import { openMysqlConnection } from './connection.ts'
import type { MysqlServerConnection } from './connection.ts'
import { lookAtMysql } from './diagnostics.ts'
import { parseMysqlUrl } from './options.ts'
import { codeOf, mysqlTraits, numberOf } from './traits.ts'

export const mysql: DatabaseDriver = createMysqlDriver(coreMigrations(mysqlTraits))

/** @param migrations others than the product's own only in tests of upgrades */
export function createMysqlDriver(migrations: MigrationList): DatabaseDriver {
  return {
    schemes: ['mysql', 'mariadb'],
    isRemote: true,
    open: async (url, deps) => openServerDatabase(accessMysql(parseMysqlUrl(url)), migrations, deps),
    examine: (url, { clock }) => examineServerDatabase(accessMysql(parseMysqlUrl(url)), migrations, clock, lookAtMysql),
  }
}

function accessMysql(options: ServerOptions): ServerAccess {
  return {
    traits: mysqlTraits,
    place: options.place,
    poolMax: options.poolMax,
    explain: (error) => explain(error, options),
    dialect: ({ max, queryMs, clock }) => {
      const pool: ConnectionPool<MysqlServerConnection> = new ConnectionPool({
        max,
        clock,
        open: (timeoutMs) =>
          openMysqlConnection(options, { queryMs, release: (connection) => pool.release(connection), onReadOnly: () => pool.clear() }, timeoutMs),
      })
      return new MysqlDialect({
        pool: {
          getConnection: (done) => {
            pool.acquire().then(
              (connection) => done(null, connection),
              (error: unknown) => done(error, undefined as never),
            )
          },
          end: (done) => void pool.close().then(() => done(null)),
        },
      })
    },
  }
}

function explain(error: unknown, { place, user, database }: ServerOptions): StartupError | undefined {
  const number = numberOf(error)
  if (number === 1049)
    return new StartupError(78, `${place} has no database "${database}".\n  Create it (create database …), or correct DATABASE_URL or DB_NAME.`)
  if (number === 1044) return new StartupError(78, `The user "${user}" may not use the database ${place}.\n  Grant it all privileges on this database.`)
  if (number === 1045 || number === 1698) {
    return new StartupError(78, `${place} refuses the user "${user}" or its password.\n  Correct DATABASE_URL, or DB_USER and DB_PASSWORD.`)
  }
  if ([1142, 1227].includes(number)) {
    return new StartupError(78, `The user "${user}" lacks a privilege at ${place}: ${reasonOf(error)}.\n  Grant it all privileges on this database.`)
  }
  if (codeOf(error) === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return new StartupError(78, `${place} offers no TLS.\n  Switch TLS on at the server, or take ssl=true (DB_SSL) out if nobody can listen on the way.`)
  }
  return undefined
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
