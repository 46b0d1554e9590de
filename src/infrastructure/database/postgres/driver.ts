// The driver of `postgres:` databases.
import { PostgresDialect } from 'kysely'
import { StartupError } from '../../../errors.ts'
import type { DatabaseDriver } from '../../catalog.ts'
import { ConnectionPool } from '../connection-pool.ts'
import { coreMigrations } from '../migrations/index.ts'
import type { MigrationList } from '../migrations/index.ts'
import { openServerDatabase } from '../server-database.ts'
import type { ServerAccess } from '../server-database.ts'
import { examineServerDatabase } from '../server-diagnostics.ts'
import type { ServerOptions } from '../server-url.ts'
import { openPostgresConnection } from './connection.ts'
import type { PostgresServerConnection } from './connection.ts'
import { lookAtPostgres } from './diagnostics.ts'
import { parsePostgresUrl } from './options.ts'
import { codeOf, postgresTraits } from './traits.ts'

export const postgres: DatabaseDriver = createPostgresDriver(coreMigrations(postgresTraits))

/** @param migrations others than the product's own only in tests of upgrades */
export function createPostgresDriver(migrations: MigrationList): DatabaseDriver {
  return {
    schemes: ['postgres', 'postgresql'],
    isRemote: true,
    open: async (url, deps) => openServerDatabase(accessPostgres(parsePostgresUrl(url)), migrations, deps),
    examine: (url, { clock }) => examineServerDatabase(accessPostgres(parsePostgresUrl(url)), migrations, clock, lookAtPostgres),
  }
}

function accessPostgres(options: ServerOptions): ServerAccess {
  return {
    traits: postgresTraits,
    place: options.place,
    poolMax: options.poolMax,
    explain: (error) => explain(error, options),
    dialect: ({ max, queryMs, clock }) => {
      const pool: ConnectionPool<PostgresServerConnection> = new ConnectionPool({
        max,
        clock,
        open: (timeoutMs) =>
          openPostgresConnection(options, { queryMs, release: (connection) => pool.release(connection), onReadOnly: () => pool.clear() }, timeoutMs),
      })
      return new PostgresDialect({ pool: { connect: () => pool.acquire(), end: () => pool.close(), options: {} } })
    },
  }
}

function explain(error: unknown, { place, user, database }: ServerOptions): StartupError | undefined {
  const code = codeOf(error)
  if (code === '3D000')
    return new StartupError(78, `${place} has no database "${database}".\n  Create it (create database …), or correct DATABASE_URL or DB_NAME.`)
  if (code.startsWith('28')) {
    return new StartupError(
      78,
      `${place} refuses the user "${user}" or its password.\n  Correct DATABASE_URL, or DB_USER and DB_PASSWORD, or pg_hba.conf at the server.`,
    )
  }
  if (code === '42501' || code === '3F000') {
    return new StartupError(78, `The user "${user}" lacks a privilege at ${place}: ${reasonOf(error)}.\n  Make it the owner of the database.`)
  }
  if (code === '22P05' || code === '22021') {
    return new StartupError(78, `${place} does not store UTF-8.\n  Create the database with encoding 'UTF8'.`)
  }
  if (/does not support SSL/.test(reasonOf(error))) {
    return new StartupError(78, `${place} offers no TLS.\n  Switch TLS on at the server, or write sslmode=disable if nobody can listen on the way.`)
  }
  return undefined
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
