// Upgrades: a backup first, all or nothing, never backwards, never under a running server.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { Secret } from '../../src/domain/secret.ts'
import type { DatabaseDriver, OpenDatabase } from '../../src/infrastructure/catalog.ts'
import { coreMigrations } from '../../src/infrastructure/database/migrations/index.ts'
import type { MigrationList } from '../../src/infrastructure/database/migrations/index.ts'
import { createSqliteDriver, sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { sqliteTraits } from '../../src/infrastructure/database/sqlite/traits.ts'
import { limits } from '../../src/limits.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { anUpstream } from '../support/rows.ts'

const clock = new FakeClock()
let folder: string
const opened: OpenDatabase[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'akr-migrations-'))
})
afterEach(async () => {
  for (const database of opened.splice(0)) await close(database)
  rmSync(folder, { recursive: true })
})

async function open(driver: DatabaseDriver, role: 'server' | 'tool' = 'server'): Promise<OpenDatabase> {
  const database = await driver.open(new Secret(`sqlite:${folder}/core.db`), { clock, role })
  opened.push(database)
  return database
}

async function close({ store, events }: OpenDatabase): Promise<void> {
  await events.close()
  await store.close()
}

/** The product's migrations and `count` later ones. */
function later(count: number, extra: MigrationList = {}): DatabaseDriver {
  const table = (i: number) => ({ up: (db: Kysely<unknown>) => db.schema.createTable(`later_${i}`).addColumn('id', 'integer').execute() })
  const more = Object.fromEntries(Array.from({ length: count }, (_, i) => [`9${String(i).padStart(3, '0')}-later`, table(i)]))
  return createSqliteDriver({ ...coreMigrations(sqliteTraits), ...more, ...extra })
}

const backups = (): string[] => readdirSync(folder).filter((name) => name.includes('.backup-'))

test('a new database needs no backup; opening it again migrates nothing', async () => {
  await close(await open(sqlite))
  await close(await open(sqlite))
  expect(backups()).toEqual([])
})

test('a database with data is copied before an upgrade, and the copy is a whole, private database', async () => {
  const before = await open(sqlite)
  const upstream = anUpstream()
  await before.store.upstreams.insert(upstream)
  await close(before)
  const after = await open(later(1))
  expect(await after.store.upstreams.list()).toEqual([upstream])
  const [backup = '', ...others] = backups()
  expect(others).toEqual([])
  expect(backup).toBe(`core.db.backup-${Object.keys(coreMigrations(sqliteTraits)).at(-1)}-20260101T000000000Z`)
  expect(statSync(join(folder, backup)).mode & 0o777).toBe(0o600)
  const restored = await sqlite.open(new Secret(`sqlite:${folder}/${backup}`), { clock, role: 'tool' })
  opened.push(restored)
  expect(await restored.store.upstreams.list()).toEqual([upstream])
})

test('only the newest backups are kept', async () => {
  for (let count = 0; count < limits.backupsKept + 3; count++) {
    await close(await open(later(count)))
    clock.advance(60_000)
  }
  expect(backups()).toHaveLength(limits.backupsKept)
})

test('an upgrade that fails half way leaves the database as it was', async () => {
  const before = await open(sqlite)
  await before.store.settings.set('name', 'value')
  await close(before)
  const failing: MigrationList = {
    '9999-failing': {
      up: async (db) => {
        await sql`update settings set value = 'changed'`.execute(db)
        await sql`insert into no_such_table values (1)`.execute(db)
      },
    },
  }
  await expect(open(later(2, failing))).rejects.toThrow(/could not be migrated; it is unchanged\. Cause: .*no_such_table/)
  expect(await (await open(sqlite)).store.settings.get('name')).toBe('value')
})

test('a database of a newer version is refused', async () => {
  await close(await open(later(1)))
  await expect(open(sqlite)).rejects.toMatchObject({ exitCode: 78, message: expect.stringContaining('was written by a newer version') })
})

test('a tool does not upgrade the database under a running server, and does when there is none', async () => {
  const server = await open(sqlite)
  await expect(open(later(1), 'tool')).rejects.toMatchObject({ exitCode: 69, message: expect.stringContaining(`pid ${process.pid}`) })
  await close(server)
  const tool = await open(later(1), 'tool')
  await tool.store.ping()
  await open(later(1))
})
