// The driver of `sqlite:` databases: opens core.db and logs.db in the SQLite thread, guards, backs up, migrates.
import { existsSync, renameSync, statSync } from 'node:fs'
import { Kysely, sql } from 'kysely'
import { StartupError } from '../../../errors.ts'
import { limits } from '../../../limits.ts'
import type { DatabaseDeps, DatabaseDriver, OpenDatabase } from '../../catalog.ts'
import { KyselyEventStore } from '../events.ts'
import { planMigrations } from '../migrate.ts'
import type { MigrationPlan } from '../migrate.ts'
import { coreMigrations, eventMigrations } from '../migrations/index.ts'
import type { MigrationList } from '../migrations/index.ts'
import { KyselyRequestLog } from '../request-log.ts'
import type { EventSchema } from '../event-schema.ts'
import { timed } from '../query-times.ts'
import type { CoreSchema } from '../schema.ts'
import { KyselyStore } from '../store.ts'
import { SqliteThreadDialect } from './dialect.ts'
import { examineSqlite } from './diagnostics.ts'
import { backupPath, createPrivate, prepareFile, pruneBackups, readPid, reasonOf, removeFile, writePid } from './files.ts'
import { FileWatch } from './file-watch.ts'
import type { SqliteProfile } from './messages.ts'
import { parseSqliteUrl } from './options.ts'
import type { SqliteFiles } from './options.ts'
import { codeOf, SqliteThread } from './thread.ts'
import { sqliteTraits } from './traits.ts'

const LOCK = 1
const CORE = 2
const LOGS = 3
const MEMORY: SqliteFiles = { core: ':memory:', logs: ':memory:', lock: '', pid: '' }

export const sqlite: DatabaseDriver = createSqliteDriver(coreMigrations(sqliteTraits))

/** @param migrations of core.db; others than the product's own only in tests of upgrades */
export function createSqliteDriver(migrations: MigrationList): DatabaseDriver {
  return {
    schemes: ['sqlite'],
    open: async (url, deps) => {
      const named = parseSqliteUrl(url)
      const files = named && resolveFiles(named)
      const thread = new SqliteThread()
      try {
        return await openFiles(thread, files ?? MEMORY, migrations, deps)
      } catch (error) {
        await thread.terminate()
        throw error
      }
    },
    examine: async (url, { clock }) => examineSqlite(url, clock, migrations),
  }
}

/** The same files under their real names, so that two links to one database are seen as one. */
function resolveFiles(files: SqliteFiles): SqliteFiles {
  // logs.db is made after core.db: alone, it tells of a database that is gone. An empty one in its place would lock everybody out.
  if (!existsSync(files.core) && existsSync(files.logs)) {
    const message = `${files.core} is gone, although a gateway has run here (${files.logs} is its history), and no empty database is put in its place.`
    throw new StartupError(78, `${message}\n  Restore a backup: the newest ${files.core}.backup-… or your own. To begin anew, move ${files.logs} away as well.`)
  }
  const core = prepareFile(files.core)
  return core === files.core ? files : { ...files, core, lock: `${core}.lock`, pid: `${core}.pid` }
}

async function openFiles(thread: SqliteThread, files: SqliteFiles, migrations: MigrationList, deps: DatabaseDeps): Promise<OpenDatabase> {
  const server = deps.role === 'server'
  if (server && files !== MEMORY) await takeOwnership(thread, files)
  await openDatabase(thread, CORE, files.core, 'core', server)
  const watch = server && files !== MEMORY ? new FileWatch(files.core, deps.logger) : undefined
  const core = new Kysely<CoreSchema>({ dialect: new SqliteThreadDialect(thread, CORE, watch?.assertWhole), ...timed(deps.observeQuery) })
  const plan = await planMigrations(core, migrations, { place: files.core, traits: sqliteTraits })
  if (plan.pending.length > 0) await migrateCore(thread, core, plan, files, deps)
  const logs = await openLogs(thread, files, deps)
  await watch?.start()

  let open = 2
  const closed = async (): Promise<void> => {
    if (--open === 0) await thread.terminate()
  }
  const events = new KyselyEventStore(logs, sqliteTraits, closed)
  const store = new KyselyStore({
    db: core,
    traits: sqliteTraits,
    clock: deps.clock,
    onClose: async () => {
      watch?.stop()
      if (server && files !== MEMORY) await releaseOwnership(thread, files)
      await closed()
    },
  })
  const requestLog = new KyselyRequestLog({ db: logs, traits: sqliteTraits, clock: deps.clock, isClosed: () => events.isClosed })
  return { store, events, requestLog, fault: () => watch?.fault }
}

async function openDatabase(thread: SqliteThread, database: number, file: string, profile: SqliteProfile, check: boolean): Promise<void> {
  try {
    await thread.call({ op: 'open', database, file, profile, check })
  } catch (error) {
    throw unopened(file, error)
  }
}

function unopened(file: string, error: unknown): StartupError {
  const code = codeOf(error)
  if (code === 'SQLITE_NOTADB') {
    return new StartupError(78, `${file} is not a SQLite database, and it is left as it is. Set DATABASE_PATH to another file.`)
  }
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new StartupError(
      78,
      `${file} is damaged (${reasonOf(error)}), and it is left as it is.\n  Restore a backup: the newest ${file}.backup-… or your own.`,
    )
  }
  return new StartupError(69, `${file} cannot be opened: ${reasonOf(error)}.`)
}

async function takeOwnership(thread: SqliteThread, files: SqliteFiles): Promise<void> {
  try {
    prepareFile(files.lock)
    await thread.call({ op: 'lock', database: LOCK, file: files.lock })
  } catch (error) {
    if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error instanceof StartupError ? error : unopened(files.lock, error)
    throw new StartupError(69, `another gateway (pid ${readPid(files.pid)}) already uses ${files.core}; stop it or give this one its own DATABASE_PATH`)
  }
  writePid(files.pid)
}

async function releaseOwnership(thread: SqliteThread, files: SqliteFiles): Promise<void> {
  removeFile(files.pid)
  await thread.call({ op: 'close', database: LOCK })
}

async function migrateCore(thread: SqliteThread, db: Kysely<CoreSchema>, plan: MigrationPlan, files: SqliteFiles, deps: DatabaseDeps): Promise<void> {
  // A tool of a newer version must not change the tables under a running server; without one it becomes the owner for a moment.
  const borrow = deps.role === 'tool' && files !== MEMORY
  if (borrow) await takeOwnership(thread, files)
  const version = plan.applied.at(-1)
  if (version !== undefined && files !== MEMORY) {
    const backup = backupPath(files.core, version, deps.clock.nowMs())
    createPrivate(backup)
    await sql`vacuum into ${backup}`.execute(db)
    pruneBackups(files.core, limits.backupsKept)
    deps.logger?.info('database.backed_up', `Copied the database to ${backup} before its migration`, { path: backup })
  }
  await plan.run()
  deps.logger?.info('database.migrated', `Migrated the database to ${plan.pending.at(-1) ?? ''}`, { migrations: plan.pending })
  if (borrow) await releaseOwnership(thread, files)
}

async function openLogs(thread: SqliteThread, files: SqliteFiles, deps: DatabaseDeps): Promise<Kysely<EventSchema>> {
  const file = files === MEMORY ? files.logs : prepareFile(files.logs)
  try {
    await openDatabase(thread, LOGS, file, 'logs', deps.role === 'server' && isSmall(file))
  } catch (error) {
    if (deps.role !== 'server' || !(error instanceof StartupError) || error.exitCode !== 78) throw error
    // History may be lost, service may not: a damaged logs.db is put aside.
    const aside = `${file}.damaged-${deps.clock.nowMs()}`
    renameSync(file, aside)
    for (const suffix of ['-wal', '-shm']) removeFile(`${file}${suffix}`)
    deps.logger?.warn('database.history_lost', `${file} was damaged and is now ${aside}; the history of keys starts anew`, { path: aside })
    await openDatabase(thread, LOGS, prepareFile(file), 'logs', false)
  }
  const db = new Kysely<EventSchema>({ dialect: new SqliteThreadDialect(thread, LOGS), ...timed(deps.observeQuery) })
  await (await planMigrations(db, eventMigrations(sqliteTraits), { place: file, traits: sqliteTraits })).run()
  return db
}

/** What is checked as a whole at each start: a large log would hold the start up for long. Damage in it is found when it is read. */
const CHECKED_BYTES_MAX = 64 * 1024 * 1024

function isSmall(file: string): boolean {
  return file === MEMORY.logs || statSync(file).size <= CHECKED_BYTES_MAX
}
