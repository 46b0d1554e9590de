// How a SQLite database is opened: one server, private files, nothing overwritten, damage named.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { StartupError } from '../../src/errors.ts'
import type { OpenDatabase } from '../../src/infrastructure/catalog.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { SqliteThread } from '../../src/infrastructure/database/sqlite/thread.ts'
import { systemClock } from '../../src/infrastructure/system.ts'
import { aKeyEvent, anUpstream } from '../support/rows.ts'

let folder: string
let core: string
const opened: OpenDatabase[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'akr-files-'))
  core = join(folder, 'data', 'core.db')
})
afterEach(async () => {
  for (const database of opened.splice(0)) await close(database)
  rmSync(folder, { recursive: true })
})

async function open(role: 'server' | 'tool' = 'server', file = core): Promise<OpenDatabase> {
  const database = await sqlite.open(new Secret(`sqlite:${file}`), { clock: systemClock, role })
  opened.push(database)
  return database
}

async function close({ store, events }: OpenDatabase): Promise<void> {
  await events.close()
  await store.close()
}

async function refusal(attempt: Promise<unknown>): Promise<StartupError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StartupError)
  return error as StartupError
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('one server', () => {
  test('a second server is refused by name; a tool is not; after close the next server may come', async () => {
    const first = await open()
    const error = await refusal(open())
    expect(error.exitCode).toBe(69)
    expect(error.message).toBe(`another gateway (pid ${process.pid}) already uses ${core}; stop it or give this one its own DATABASE_PATH`)
    const tool = await open('tool')
    expect(await tool.store.settings.bumpConfigVersion()).toBe(1)
    expect(await first.store.settings.configVersion()).toBe(1)
    await close(first)
    expect(await (await open()).store.settings.configVersion()).toBe(1)
  })

  test('a link to the same database is the same database', async () => {
    await open()
    symlinkSync(core, join(folder, 'link.db'))
    expect((await refusal(open('server', join(folder, 'link.db')))).exitCode).toBe(69)
  })

  test('a server killed by SIGKILL leaves the database free', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'open-and-wait.ts'), `sqlite:${core}`], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect((await refusal(open())).message).toContain(`(pid ${child.pid})`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await open()).store.ping()
  })
})

describe('files', () => {
  test('all are private: directory 0700, files 0600', async () => {
    const { store, events } = await open()
    await store.upstreams.insert(anUpstream())
    await events.appendKeyEvents([aKeyEvent('key_1')])
    expect(mode(join(folder, 'data'))).toBe('700')
    const names = readdirSync(join(folder, 'data'))
    expect(names.sort()).toEqual(['core.db', 'core.db-shm', 'core.db-wal', 'core.db.lock', 'core.db.pid', 'logs.db', 'logs.db-shm', 'logs.db-wal'])
    expect(names.map((name) => mode(join(folder, 'data', name)))).toEqual(names.map(() => '600'))
  })

  test('a file that is no database is refused and left byte for byte', async () => {
    const file = join(folder, 'notes.txt')
    for (const text of ['short', 'my notes, nothing else. '.repeat(1_000)]) {
      writeFileSync(file, text)
      const error = await refusal(open('server', file))
      expect(error.exitCode).toBe(78)
      expect(error.message).toContain(`${file} is not a SQLite database`)
      expect(readFileSync(file, 'utf8')).toBe(text)
    }
  })

  test('a damaged database is refused, named, and left byte for byte', async () => {
    const first = await open()
    await first.store.transaction(async ({ upstreams }) => {
      for (let i = 0; i < 300; i++) await upstreams.insert(anUpstream())
    })
    await close(first)
    const bytes = readFileSync(core)
    // An inner page of zeros keeps the header intact, so only a check can see it.
    bytes.fill(0, 5 * 4096, 9 * 4096)
    writeFileSync(core, bytes)
    const error = await refusal(open())
    expect(error.exitCode).toBe(78)
    expect(error.message).toContain(`${core} is damaged`)
    expect(readFileSync(core)).toEqual(bytes)
  })

  test('a cut database is refused', async () => {
    await close(await open())
    truncateSync(core, 3 * 4096 + 100)
    expect((await refusal(open())).message).toContain('is damaged')
  })

  test('a damaged history is put aside, the gateway starts', async () => {
    await close(await open())
    const logs = join(folder, 'data', 'logs.db')
    writeFileSync(logs, 'garbage '.repeat(2_000))
    const { events } = await open()
    await events.appendKeyEvents([aKeyEvent('key_1')])
    expect(await events.listKeyEvents('key_1', 10)).toHaveLength(1)
    expect(readdirSync(join(folder, 'data')).some((name) => name.startsWith('logs.db.damaged-'))).toBe(true)
  })

  test.each(['sqlite:core.db', 'sqlite:', 'sqlite:/tmp/', 'sqlite:/tmp/core.db?mode=ro'])('the URL %s is refused', async (url) => {
    const error = await refusal(sqlite.open(new Secret(url), { clock: systemClock, role: 'server' }))
    expect(error.exitCode).toBe(78)
    expect(error.message).toContain('absolute path')
  })

  test('a directory in the place of the database, or of its parent a file, is refused', async () => {
    mkdirSync(core, { recursive: true })
    expect((await refusal(open())).message).toContain('is not a file')
    writeFileSync(join(folder, 'file'), '')
    expect((await refusal(open('server', join(folder, 'file', 'core.db')))).exitCode).toBe(78)
    expect(existsSync(join(folder, 'file'))).toBe(true)
  })
})

test('the pragmas are those of the decision', async () => {
  const thread = new SqliteThread()
  const file = join(folder, 'core.db')
  const pragma = async (database: number, name: string): Promise<unknown> => {
    const { rows } = await thread.call({ op: 'query', database, sql: `pragma ${name}`, parameters: [] })
    return Object.values(rows[0] as object)[0]
  }
  await thread.call({ op: 'open', database: 1, file, profile: 'core', check: true })
  await thread.call({ op: 'open', database: 2, file: join(folder, 'logs.db'), profile: 'logs', check: true })
  const names = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout', 'trusted_schema', 'cell_size_check']
  expect(await Promise.all(names.map((name) => pragma(1, name)))).toEqual(['wal', 2, 1, 5_000, 0, 1])
  expect(await Promise.all(['journal_mode', 'synchronous', 'auto_vacuum', 'journal_size_limit'].map((name) => pragma(2, name)))).toEqual([
    'wal',
    1,
    2,
    64 * 1024 * 1024,
  ])
  await thread.terminate()
  await expect(thread.call({ op: 'close', database: 1 })).rejects.toThrow('closed')
})

test('waiting for another process’s lock does not hold up this thread, and the write arrives', async () => {
  const server = await open()
  const tool = await open('tool')
  const entered = Promise.withResolvers<void>()
  const leave = Promise.withResolvers<void>()
  const holding = tool.store.transaction(async ({ settings }) => {
    await settings.set('tool', '1')
    entered.resolve()
    await leave.promise
  })
  await entered.promise
  const write = server.store.settings.set('server', '1')
  for (let turn = 0; turn < 1_000; turn++) await new Promise((resolve) => setImmediate(resolve))
  leave.resolve()
  await Promise.all([holding, write])
  expect([await server.store.settings.get('tool'), await tool.store.settings.get('server')]).toEqual(['1', '1'])
})

test('two processes’ transactions that read and then write lose no update and none fails', async () => {
  const both = [await open(), await open('tool')]
  await both[0]?.store.settings.set('total', '0')
  const add = ({ store }: OpenDatabase): Promise<void> =>
    store.transaction(async ({ settings }) => settings.set('total', String(Number(await settings.get('total')) + 1)))
  await Promise.all(Array.from({ length: 100 }, (_, i) => add(both[i % 2] as OpenDatabase)))
  expect(await both[0]?.store.settings.get('total')).toBe('100')
})

test('every call ends when the thread is ended under it, and later ones are refused', async () => {
  const thread = new SqliteThread()
  await thread.call({ op: 'open', database: 1, file: ':memory:', profile: 'core', check: false })
  const slow = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000) select count(*) from n'
  const calls = Array.from({ length: 5 }, () => thread.call({ op: 'query', database: 1, sql: slow, parameters: [] }))
  const ended = Promise.allSettled(calls)
  await thread.terminate()
  const cut = (await ended).filter((result) => result.status === 'rejected')
  expect(cut.length).toBeGreaterThan(0)
  for (const { reason } of cut) expect(reason).toMatchObject({ code: 'AKR_SQLITE_CLOSED' })
  await expect(thread.call({ op: 'close', database: 1 })).rejects.toMatchObject({ code: 'AKR_SQLITE_CLOSED' })
})
