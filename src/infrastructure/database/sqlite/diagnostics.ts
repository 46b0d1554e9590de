// Looks at a SQLite database beside whoever uses it.
import { existsSync } from 'node:fs'
import { Kysely, sql } from 'kysely'
import type { Secret } from '../../../domain/secret.ts'
import { StartupError } from '../../../errors.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { DatabaseFacts } from '../../diagnostics.ts'
import { planMigrations } from '../migrate.ts'
import type { MigrationList } from '../migrations/index.ts'
import type { CoreSchema } from '../schema.ts'
import { SqliteThreadDialect } from './dialect.ts'
import { reasonOf } from './files.ts'
import { parseSqliteUrl } from './options.ts'
import { SqliteThread } from './thread.ts'
import { sqliteTraits } from './traits.ts'

const CORE = 1

/** Undefined when there is no such file. @throws StartupError */
export async function examineSqlite(url: Secret, clock: Clock, migrations: MigrationList): Promise<DatabaseFacts | undefined> {
  const files = parseSqliteUrl(url)
  if (files === undefined || !existsSync(files.core)) return undefined
  const thread = new SqliteThread()
  try {
    await thread.call({ op: 'open', database: CORE, file: files.core, profile: 'core', check: false })
    const db = new Kysely<CoreSchema>({ dialect: new SqliteThreadDialect(thread, CORE) })
    const startedMs = clock.monotonicMs()
    const { rows } = await sql<{ version: string }>`select sqlite_version() as version`.execute(db)
    const latencyMs = clock.monotonicMs() - startedMs
    const { applied, pending } = await planMigrations(db, migrations, { place: files.core, traits: sqliteTraits })
    return { server: `SQLite ${rows[0]?.version ?? ''}`, latencyMs, clockOffsetMs: undefined, details: [files.core], advice: [], applied, pending }
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(69, `${files.core} cannot be opened: ${reasonOf(error)}.`)
  } finally {
    await thread.terminate()
  }
}
