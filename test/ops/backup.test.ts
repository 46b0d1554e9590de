// Backups in one file: restored on an empty machine with and without the key, made while a gateway writes, made by a gateway itself.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { limits } from '../../src/limits.ts'
import { createCanary } from '../support/canaries.ts'
import { akr, type Ended } from '../support/command.ts'
import { createTemporaryFolder } from '../support/free-port.ts'
import { createSharedSecrets, type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const KEYS = 10_000
const PIECE = 50

interface Report {
  readonly keys_opened: number
  readonly keys_damaged: readonly string[]
  readonly tables: Readonly<Record<string, { rows: number; digest: string }>>
}

const folder = createTemporaryFolder('akr-backup')
afterAll(() => folder.remove())
const secrets: Record<string, string> = { ...createSharedSecrets() }
const vendorKeys = Array.from({ length: KEYS }, (_, i) => `sk-proj-${String(i).padStart(6, '0')}-${createCanary('x')}`)

let made = 0
const newDir = (): string => join(folder.path, `dir-${++made}`)
const newFile = (): string => join(folder.path, `file-${++made}`, 'akr.db')
const envOf = (dir: string): Record<string, string> => ({ ...secrets, DATA_DIR: dir, DATABASE_URL: `sqlite:${join(dir, 'core.db')}` })

async function succeed(word: 'backup' | 'restore', file: string, dir: string): Promise<Report> {
  const ended = await akr([word, file, '--json'], envOf(dir))
  if (ended.code !== 0) throw new Error(`${ended.code} ${ended.err}`)
  return JSON.parse(ended.out) as Report
}

const restore = (file: string, dir: string, changes: Record<string, string> = {}): Promise<Ended> => akr(['restore', file], { ...envOf(dir), ...changes })

const source = newDir()
let backup = ''
let original: Report

beforeAll(async () => {
  await akr(['upstream', 'add', 'vendor', '--adapter', 'openai', '--name', 'Schlüssel 🔑', '--keys', '-'], envOf(source), vendorKeys.join('\n'))
  await akr(['client', 'add', 'anna'], envOf(source))
  backup = newFile()
  original = await succeed('backup', backup, source)
}, 60_000)

describe('a backup', () => {
  test('is one file that only its owner reads, and holds no key in the clear', () => {
    expect(original).toMatchObject({ keys_opened: KEYS, keys_damaged: [] })
    expect(readdirSync(join(backup, '..'))).toEqual(['akr.db'])
    expect(statSync(backup).mode & 0o777).toBe(0o600)
    const bytes = readFileSync(backup)
    for (const key of [vendorKeys[0], vendorKeys.at(-1), ...Object.values(secrets)]) expect(bytes.includes(key as string)).toBe(false)
  })

  test('never replaces a file', async () => {
    const before = statSync(backup).mtimeMs
    const ended = await akr(['backup', backup], envOf(source))
    expect([ended.code, ended.err]).toEqual([1, expect.stringContaining('exists already')])
    expect(statSync(backup).mtimeMs).toBe(before)
  })

  test('of nothing is refused', async () => {
    const [dir, file] = [newDir(), newFile()]
    const ended = await akr(['backup', file], envOf(dir))
    expect([ended.code, ended.err, existsSync(file)]).toEqual([1, expect.stringContaining('nothing to back up'), false])
  })
})

describe('a restore', () => {
  test('into an empty folder: the same digests, and every key is what it was', async () => {
    const dir = newDir()
    const before = readFileSync(backup)
    const report = await succeed('restore', backup, dir)
    expect(report).toMatchObject({ tables: original.tables, keys_opened: KEYS, keys_damaged: [] })
    expect(statSync(join(dir, 'core.db')).mode & 0o777).toBe(0o600)
    expect(readFileSync(backup).equals(before)).toBe(true)
    expect(readdirSync(dir)).toEqual(['core.db'])
    // What lies in the database now, read anew.
    expect(await succeed('backup', newFile(), dir)).toMatchObject({ tables: original.tables, keys_opened: KEYS })
  }, 60_000)

  test('without the ENCRYPTION_KEY or with another one writes nothing', async () => {
    const dir = newDir()
    const { ENCRYPTION_KEY: _, ...others } = envOf(dir)
    const without = await akr(['restore', backup], others)
    expect([without.code, without.err]).toEqual([78, expect.stringContaining('ENCRYPTION_KEY')])
    for (const [name, value] of Object.entries(createSharedSecrets())) {
      if (name === 'JWT_SECRET') continue
      const other = await restore(backup, dir, { [name]: value })
      expect([other.code, other.err]).toEqual([78, expect.stringContaining(name)])
    }
    expect(existsSync(dir) ? readdirSync(dir) : []).toEqual([])
  })

  test('replaces nothing: neither data nor a database that was only started once', async () => {
    const dir = newDir()
    await akr(['upstream', 'list'], envOf(dir))
    const ended = await restore(backup, dir)
    expect([ended.code, ended.err]).toEqual([1, expect.stringMatching(/not empty: it holds \d+ rows/)])
    expect((await restore(backup, source)).code).toBe(1)
    expect((await succeed('backup', newFile(), source)).tables).toEqual(original.tables)
  })

  test('puts core.db back beside the logs.db of a gateway that has lost it', async () => {
    const dir = newDir()
    await akr(['upstream', 'list'], envOf(dir))
    renameSync(join(dir, 'core.db'), join(dir, 'lost'))
    for (const name of ['core.db-wal', 'core.db-shm']) if (existsSync(join(dir, name))) renameSync(join(dir, name), join(dir, `lost${name.slice(7)}`))
    expect((await succeed('restore', backup, dir)).tables).toEqual(original.tables)
    expect((await akr(['upstream', 'list'], envOf(dir))).out).toContain('vendor')
  })

  test('refuses what is no backup, or a damaged one', async () => {
    const [dir, file] = [newDir(), newFile()]
    mkdirSync(join(file, '..'))
    writeFileSync(file, 'not a database')
    expect(await restore(file, dir)).toMatchObject({ code: 1, err: expect.stringContaining('is not a backup') })
    expect(await restore(`${file}.none`, dir)).toMatchObject({ code: 78, err: expect.stringContaining('does not exist') })
    const bytes = readFileSync(backup)
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 65_536)
    writeFileSync(file, bytes)
    const ended = await restore(file, dir)
    expect([ended.code === 0, ended.err]).toEqual([false, expect.stringContaining(`${file} is damaged`)])
    expect(existsSync(dir) ? readdirSync(dir) : []).toEqual([])
  })

  test('copies a key that nobody can open, and names it', async () => {
    const [dir, file] = [newDir(), newFile()]
    await succeed('restore', backup, dir)
    const db = new Database(join(dir, 'core.db'))
    const id = db.prepare('select id from upstream_keys limit 1').pluck().get() as string
    db.prepare("update upstream_keys set sealed_value = 'v1.broken' where id = ?").run(id)
    db.close()
    expect(await succeed('backup', file, dir)).toMatchObject({ keys_damaged: [id], keys_opened: KEYS - 1 })
    const ended = await restore(file, newDir())
    expect([ended.code, ended.err]).toEqual([0, expect.stringContaining(id)])
  }, 60_000)
})

describe('a gateway that serves', () => {
  let gateway: Gateway
  const dir = newDir()
  const files = (): string[] => readdirSync(join(dir, 'backups'))

  beforeAll(async () => {
    await succeed('restore', backup, dir)
    gateway = await startGateway({ dataDir: dir, env: { ...secrets, GLOBAL_PROXY_KEYS: createCanary('ck-'), ADMIN_PASSWORD: createCanary('pw-') } })
  }, 60_000)
  afterAll(() => gateway?.close())

  async function runJob(): Promise<Record<string, unknown>> {
    const { id } = await gateway.admin.expectOk('POST', '/jobs', { kind: 'backup' })
    let job = await gateway.admin.expectOk('GET', `/jobs/${id}`)
    await until(async () => {
      job = await gateway.admin.expectOk('GET', `/jobs/${id}`)
      return job.status === 'succeeded' || job.status === 'failed'
    }, 60_000)
    expect(job.status).toBe('succeeded')
    return job.result as Record<string, unknown>
  }

  test('is backed up in one state while it writes: by the command, and by its own job', async () => {
    const upstreams = await gateway.admin.expectOk('GET', '/upstreams?limit=100')
    const id = upstreams.data.find(({ slug }: { slug: string }) => slug === 'vendor').id
    let isOver = false
    let pieces = 0
    const writing = (async () => {
      while (!isOver) {
        const keys = Array.from({ length: PIECE }, () => ({ value: `sk-proj-${createCanary('late')}` }))
        await gateway.admin.expectOk('POST', `/upstreams/${id}/keys/import`, { keys })
        pieces++
      }
    })()
    await until(() => pieces > 0)
    const file = newFile()
    const begun = pieces
    const [byHand, byJob] = await Promise.all([succeed('backup', file, dir), runJob()])
    const during = pieces - begun
    isOver = true
    await writing
    expect(during).toBeGreaterThan(0)
    // Each import is one transaction: all of its keys are in the file or none.
    for (const [path, rows] of [
      [file, byHand.tables.upstream_keys?.rows ?? 0],
      [String(byJob.file), Number(byJob.upstream_keys)],
    ] as const) {
      expect((rows - KEYS) % PIECE).toBe(0)
      const restored = await succeed('restore', path, newDir())
      expect(restored).toMatchObject({ keys_opened: rows, keys_damaged: [] })
    }
    expect(statSync(String(byJob.file)).mode & 0o777).toBe(0o600)
  }, 120_000)

  test('keeps a bounded number of its own backups, the newest', async () => {
    writeFileSync(join(dir, 'backups', 'mine.db'), 'not of the gateway')
    mkdirSync(join(dir, 'backups', '.backup-draft-killed'))
    let last = ''
    for (let run = 0; run <= limits.backupFilesKept; run++) last = String((await runJob()).file)
    expect(files().filter((name) => name.startsWith('backup-'))).toHaveLength(limits.backupFilesKept)
    expect(existsSync(last)).toBe(true)
    expect(files()).toContain('mine.db')
    expect(files()).not.toContain('.backup-draft-killed')
  }, 120_000)
})

test('with BACKUP_DAILY a gateway makes one by itself, and after a new start none again', async () => {
  const dir = newDir()
  const files = (): string[] => (existsSync(join(dir, 'backups')) ? readdirSync(join(dir, 'backups')).filter((name) => name.startsWith('backup-')) : [])
  const env = { ...secrets, ADMIN_PASSWORD: createCanary('pw-') }
  mkdirSync(dir)
  const first = await startGateway({ dataDir: dir, env })
  expect((await first.admin.expectOk('GET', '/jobs?kind=backup')).total).toBe(0)
  await first.close()
  for (let start = 0; start < 2; start++) {
    const gateway = await startGateway({ dataDir: dir, env: { ...env, BACKUP_DAILY: 'true' } })
    await until(async () => (await gateway.admin.expectOk('GET', '/jobs?kind=backup&status=succeeded')).total === 1)
    expect((await gateway.admin.expectOk('GET', '/jobs?kind=backup')).total).toBe(1)
    await gateway.close()
  }
  expect(files()).toHaveLength(1)
}, 60_000)
