// Brings a database to the schema of this program: looks first, so that a backup can be made before anything changes.
import { Migrator } from 'kysely/migration'
import type { Kysely } from 'kysely'
import { StartupError } from '../../errors.ts'
import type { MigrationList } from './migrations/index.ts'

export interface MigrationPlan {
  /** Names of the applied migrations; empty for a new database. */
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** Applies what is pending, all or none. @throws StartupError 78 */
  run(): Promise<void>
}

/**
 * @param place for messages, e.g. the file
 * @throws StartupError 78 when the database was written by a newer program
 */
export async function planMigrations<T>(db: Kysely<T>, migrations: MigrationList, place: string): Promise<MigrationPlan> {
  const migrator = new Migrator({ db: db as Kysely<unknown>, provider: { getMigrations: async () => ({ ...migrations }) } })
  const applied = await listApplied(db)
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
      if (error !== undefined) {
        throw new StartupError(78, `${place} could not be migrated; it is unchanged. Cause: ${error instanceof Error ? error.message : 'unknown'}`)
      }
    },
  }
}

async function listApplied<T>(db: Kysely<T>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const migrationTable = db as unknown as Kysely<{ kysely_migration: { name: string } }>
  const rows = await migrationTable.selectFrom('kysely_migration').select('name').orderBy('name').execute()
  return rows.map((row) => row.name)
}
