// Looks at a database server beside whoever uses it: one connection, no migration, no change.
import { Kysely, sql } from 'kysely'
import type { Clock } from '../../ports/clock.ts'
import type { DatabaseFacts, ServerFacts } from '../diagnostics.ts'
import { planMigrations } from './migrate.ts'
import type { MigrationList } from './migrations/index.ts'
import { type ServerAccess, unopened } from './server-database.ts'
import type { CoreSchema } from './schema.ts'
import { limits } from '../../limits.ts'

/** What one kind of server says about itself. */
export interface ServerLook extends Pick<ServerFacts, 'server' | 'details' | 'advice'> {
  /** Epoch ms by the server's clock, read at this moment. */
  readonly nowMs: number
}

/** @throws StartupError like `open` */
export async function examineServerDatabase(
  access: ServerAccess,
  migrations: MigrationList,
  clock: Clock,
  look: (db: Kysely<CoreSchema>) => Promise<ServerLook>,
): Promise<DatabaseFacts> {
  const { traits, place } = access
  const db = new Kysely<CoreSchema>({ dialect: access.dialect({ max: 1, queryMs: limits.databaseQueryMs, clock }) })
  try {
    await sql`select 1`.execute(db)
    const startedMs = clock.monotonicMs()
    await sql`select 1`.execute(db)
    const latencyMs = clock.monotonicMs() - startedMs
    const { nowMs, ...facts } = await look(db)
    const clockOffsetMs = nowMs + latencyMs / 2 - clock.nowMs()
    const { applied, pending } = await planMigrations(db, migrations, { place, traits })
    return { ...facts, details: [place, ...facts.details], latencyMs, clockOffsetMs, applied, pending }
  } catch (error) {
    throw unopened(access, place, error)
  } finally {
    await db.destroy()
  }
}
