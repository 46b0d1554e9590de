// Owns what a copy of a database must know: every table and column that the migrations make.
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { Secret } from '../../src/domain/secret.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { copyTables, countTarget, proveSource, type TransferWatch } from '../../src/infrastructure/database/transfer.ts'
import { LEFT_BEHIND, TRANSFER_TABLES } from '../../src/infrastructure/database/transfer-tables.ts'
import { systemClock } from '../../src/infrastructure/system.ts'
import { createTemporaryFolder } from '../support/free-port.ts'
import { aKey, anAccount, anUpstream } from '../support/rows.ts'

const folder = createTemporaryFolder('akr-transfer')
afterAll(() => folder.remove())
const quiet: TransferWatch = { onSettings: () => {}, onRow: () => {}, onProgress: () => {} }

let made = 0
async function open(): Promise<{ file: string } & Awaited<ReturnType<typeof sqlite.open>>> {
  const file = join(folder.path, `${++made}.db`)
  return { file, ...(await sqlite.open(new Secret(`sqlite:${file}`), { clock: systemClock, role: 'tool' })) }
}

test('every table and column of the newest schema is carried, or left behind for a reason', async () => {
  const { file, store, events } = await open()
  await events.close()
  await store.close()
  const db = new Database(file, { readonly: true })
  const tables = db
    .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%'")
    .pluck()
    .all() as string[]
  expect(tables.sort()).toEqual([...Object.keys(TRANSFER_TABLES), ...Object.keys(LEFT_BEHIND)].sort())
  for (const [table, columns] of Object.entries(TRANSFER_TABLES)) {
    const found = db.prepare(`select name from pragma_table_info('${table}')`).pluck().all() as string[]
    expect([table, found.sort()]).toEqual([table, Object.keys(columns).sort()])
  }
  db.close()
})

test('a copy that does not equal its source is not kept', async () => {
  const [source, target] = [await open(), await open()]
  await source.store.settings.set('a', '1')
  // A target that changes what it is told, as a database in a lax mode does.
  const changer = new Database(target.file)
  changer.exec("create trigger change after insert on settings begin update settings set value = 'x' where name = new.name; end")
  changer.close()
  await expect(copyTables(source.store, target.store, 0, quiet)).rejects.toThrow(/copy of settings differs.*Nothing was kept/)
  expect(Object.values(await countTarget(target.store)).every((count) => count === 0)).toBe(true)
  for (const { store, events } of [source, target]) {
    await events.close()
    await store.close()
  }
})

test('tags of keys and what accounts are bound to come along', async () => {
  const [source, target] = [await open(), await open()]
  const upstream = anUpstream()
  const keys = [aKey(upstream.id, { tags: ['a', 'b'] }), aKey(upstream.id)]
  const account = anAccount({ bindings: [{ upstream: upstream.slug, keyTag: 'a' }] })
  await source.store.upstreams.insert(upstream)
  await source.store.keys.insertMany(keys)
  await source.store.accounts.insert(account)
  await copyTables(source.store, target.store, 0, quiet)
  expect([await target.store.keys.listSealed(), await target.store.accounts.list()]).toEqual([keys, [account]])
  for (const { store, events } of [source, target]) {
    await events.close()
    await store.close()
  }
})

test('a source that is written meanwhile is copied as it was, and its writers do not wait', async () => {
  const [source, target] = [await open(), await open()]
  for (const name of ['a', 'b']) await source.store.settings.set(name, '1')
  const beside = await sqlite.open(new Secret(`sqlite:${source.file}`), { clock: systemClock, role: 'tool' })
  const before = await proveSource(source.store, quiet)
  const proof = await copyTables(source.store, target.store, 0, { ...quiet, onSettings: () => beside.store.settings.set('b', '2') })
  expect(proof).toEqual(before)
  expect(await target.store.settings.get('b')).toBe('1')
  expect(await source.store.settings.get('b')).toBe('2')
  for (const { store, events } of [source, target, beside]) {
    await events.close()
    await store.close()
  }
})
