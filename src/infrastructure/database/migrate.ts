// Brings a database to the schema of this program: looks first, so that a backup can be made before anything changes.
import { Migrator } from 'kysely/migration'
import type { Kysely } from 'kysely'
import { StartupError } from '../../errors.ts'
import type { MigrationList } from './migrations/index.ts'
import type { DatabaseTraits } from './traits.ts'

export interface MigrationPlan {
  /** Names of the applied migrations; empty for a new database. */
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /**
   * Applies what is pending: all or none where DDL rolls back; elsewhere a run that was cut short is finished by the next one.
   * Processes that do this at once wait for each other. @throws StartupError 78, or 69 when the database went away
   */
  run(): Promise<void>
}

export interface MigrationPlace {
  /** For messages, e.g. the file. */
  readonly place: string
  readonly traits: DatabaseTraits
  /** Name of the table that remembers what was applied, when several lists share one database. */
  readonly table?: string
}

const TABLE = 'kysely_migration'

/** @throws StartupError 78 when the database was written by a newer program */
export async function planMigrations<T>(db: Kysely<T>, migrations: MigrationList, { place, traits, table = TABLE }: MigrationPlace): Promise<MigrationPlan> {
  const migrator = new Migrator({
    db: db as Kysely<unknown>,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: table,
    migrationLockTableName: `${table}_lock`,
  })
  const applied = await listApplied(db, table)
  const unknown = applied.filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length > 0) {
    throw new StartupError(
      78,
      `${place} was written by a newer version (it has the migration ${unknown[0]}).\n  Use that version again, or restore a backup made before the upgrade.`,
    )
  }
  return {
    applied,
    pending: Object.keys(migrations).filter((name) => !applied.includes(name)),
    run: async () => {
      const { error } = await migrator.migrateToLatest()
      if (error !== undefined) throw failed(error, place, traits, db.getExecutor().adapter.supportsTransactionalDdl === true)
    },
  }
}

function failed(error: unknown, place: string, traits: DatabaseTraits, isUndone: boolean): StartupError {
  const cause = error instanceof Error ? error.message : 'unknown'
  const state = isUndone ? 'it is unchanged' : 'it may be half way. Start again: it continues where it stopped'
  return new StartupError(traits.isTransient(error) ? 69 : 78, `${place} could not be migrated; ${state}. Cause: ${cause}`)
}

async function listApplied<T>(db: Kysely<T>, table: string): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === table)) return []
  const migrationTable = db as unknown as Kysely<Record<string, { name: string }>>
  const rows = await migrationTable.selectFrom(table).select('name').orderBy('name').execute()
  return rows.map((row) => row.name)
}
