// Opens a database on a server: migrates once per cluster, then hands out the source of truth and the history, each with its own connections.
import { Kysely, sql } from 'kysely'
import type { Dialect } from 'kysely'
import { StartupError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DatabaseDeps, OpenDatabase } from '../catalog.ts'
import { KyselyEventStore } from './events.ts'
import { planMigrations } from './migrate.ts'
import { eventMigrations } from './migrations/index.ts'
import type { MigrationList } from './migrations/index.ts'
import { KyselyRequestLog } from './request-log.ts'
import type { EventSchema } from './event-schema.ts'
import { timed } from './query-times.ts'
import type { CoreSchema } from './schema.ts'
import { SerialWriteDialect } from './serial-writes.ts'
import { KyselyStore } from './store.ts'
import type { DatabaseTraits } from './traits.ts'

export interface ServerAccess {
  readonly traits: DatabaseTraits
  /** `host:port/database`, for messages. */
  readonly place: string
  readonly poolMax: number
  /** A dialect over a pool of its own. */
  dialect(pool: { readonly max: number; readonly queryMs: number; readonly clock: Clock }): Dialect
  /** What a person has to change when the server refuses us; undefined when that is not the reason. */
  explain(error: unknown): StartupError | undefined
}

/** TLS errors of Node, when it does not trust what the server shows. */
const CERTIFICATE = /^(ERR_TLS_CERT_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH)/
const EVENT_TABLES = 'kysely_event_migration'

/** @throws StartupError 78 when the URL, the rights or the data are wrong, 69 when the server is out of reach */
export async function openServerDatabase(access: ServerAccess, migrations: MigrationList, deps: DatabaseDeps): Promise<OpenDatabase> {
  const { traits, place, poolMax } = access
  await migrate(access, migrations, deps)
  const core = access.dialect({ max: poolMax, queryMs: limits.databaseQueryMs, clock: deps.clock })
  const history = access.dialect({ max: Math.min(poolMax, limits.databaseHistoryConnections), queryMs: limits.databaseQueryMs, clock: deps.clock })
  const store = new KyselyStore({
    db: new Kysely<CoreSchema>({ dialect: new SerialWriteDialect(core), ...timed(deps.observeQuery) }),
    traits,
    clock: deps.clock,
  })
  const historyDb = new Kysely<EventSchema>({ dialect: new SerialWriteDialect(history, 'no lock'), ...timed(deps.observeQuery) })
  const events = new KyselyEventStore(historyDb, traits)
  const requestLog = new KyselyRequestLog({ db: historyDb, traits, clock: deps.clock, isClosed: () => events.isClosed })
  try {
    await store.ping()
    return { store, events, requestLog }
  } catch (error) {
    await events.close()
    await store.close()
    throw unopened(access, place, error)
  }
}

async function migrate(access: ServerAccess, migrations: MigrationList, { clock, logger }: DatabaseDeps): Promise<void> {
  const { traits, place } = access
  // One connection: the migrator's lock belongs to it, and its statements may take long.
  const db = new Kysely<EventSchema>({
    dialect: new SerialWriteDialect(access.dialect({ max: 1, queryMs: limits.databaseMigrationQueryMs, clock }), 'no lock'),
  })
  try {
    await sql`select 1`.execute(db)
    for (const plan of [
      await planMigrations(db, migrations, { place, traits }),
      await planMigrations(db, eventMigrations(traits), { place, traits, table: EVENT_TABLES }),
    ]) {
      if (plan.pending.length === 0) continue
      await plan.run()
      logger?.info('database.migrated', `Migrated the database to ${plan.pending.at(-1) ?? ''}`, { migrations: plan.pending })
    }
  } catch (error) {
    throw unopened(access, place, error)
  } finally {
    await db.destroy()
  }
}

/** What a person can act on, out of whatever was thrown. */
export function unopened(access: ServerAccess, place: string, error: unknown): StartupError {
  if (error instanceof StartupError) return error
  const explained = access.explain(error)
  if (explained !== undefined) return explained
  const reason = error instanceof Error ? error.message : String(error)
  if (certificateCodeOf(error) !== undefined) {
    return new StartupError(
      78,
      `The certificate of ${place} is not trusted: ${reason}.\n  Give its authority with sslCa=/path/ca.pem, and use the name that the certificate has.`,
    )
  }
  return new StartupError(69, `The database ${place} cannot be reached: ${reason}.\n  Start it, or correct DATABASE_URL, or DB_HOST and DB_PORT.`)
}

/** Of the error or of what caused it; mysql2 has a code of its own for all of TLS. */
function certificateCodeOf(error: unknown): string | undefined {
  for (let current = error; typeof current === 'object' && current !== null; current = (current as { cause?: unknown }).cause) {
    const { code, message } = current as { code?: unknown; message?: unknown }
    if (typeof code === 'string' && CERTIFICATE.test(code)) return code
    if (code === 'HANDSHAKE_SSL_ERROR' && /certificate|altname/i.test(String(message))) return code
  }
  return undefined
}
