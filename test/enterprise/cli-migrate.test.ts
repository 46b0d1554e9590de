// Owns `akr migrate-db` between real databases: every pair, a kill on the way, and a gateway that serves what was copied.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { createCanary } from '../support/canaries.ts'
import { akr } from '../support/command.ts'
import { createTemporaryFolder } from '../support/free-port.ts'
import { createSharedSecrets, startGateway } from '../support/gateway.ts'
import { ChildUnderTest } from '../support/process.ts'
import { startMariadb, type RunningDatabase } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { describeWith } from '../support/servers/required.ts'

const MAIN = join(import.meta.dirname, '../../builds/enterprise/main.ts')
const KEYS = 10_000

interface Report {
  readonly dry_run: boolean
  readonly keys_opened: number
  readonly took_ms: number
  readonly tables: Readonly<Record<string, { rows: number; digest: string }>>
}

const folder = createTemporaryFolder('akr-migrate')
const secrets: Record<string, string> = { ...createSharedSecrets() }
/** What the commands see besides: nothing but the secrets. */
const env = { ...secrets, DATA_DIR: folder.path, ALLOW_PRIVATE_UPSTREAMS: 'true' }
const vendorKey = createCanary('sk-')
let chaos: ChaosUpstream
let source = ''
let clientKey = ''
let original: Report['tables'] = {}

let made = 0
const newSqlite = (): string => `sqlite:${join(folder.path, `db-${++made}`, 'core.db')}`

async function migrate(from: string, to: string, ...more: readonly string[]): Promise<Report> {
  const ended = await akr(['migrate-db', '--from', from, '--to', to, '--json', ...more], env)
  if (ended.code !== 0) throw new Error(`${ended.code} ${ended.err}`)
  return JSON.parse(ended.out) as Report
}

beforeAll(async () => {
  chaos = await openChaosUpstream()
  source = newSqlite()
  const at = { ...env, DATABASE_URL: source }
  await akr(['upstream', 'add', 'any', '--base-url', chaos.url, '--keys', '-'], at, vendorKey)
  const many = Array.from({ length: KEYS - 1 }, (_, i) => `sk-proj-${String(i).padStart(6, '0')}-${createCanary('x')}`)
  await akr(['upstream', 'add', 'many', '--adapter', 'openai', '--name', 'Schlüssel 🔑 ', '--keys', '-'], at, many.join('\n'))
  const issued = await akr(['client', 'add', 'anna'], at)
  clientKey = issued.out.trim()
  await akr(['client', 'add', 'bert', '--upstream', 'any', '--expires', '2031-01-31'], at)
  original = (await migrate(source, newSqlite(), '--dry-run')).tables
  expect(original.upstream_keys?.rows).toBe(KEYS)
}, 60_000)
afterAll(async () => {
  await chaos?.close()
  folder.remove()
})

describe('without servers', () => {
  test('a dry run reads and checks everything, and does not even create the target', async () => {
    const target = join(folder.path, 'dry', 'core.db')
    const ended = await akr(['migrate-db', '--from', source, '--to', `sqlite:${target}`, '--dry-run'], env)
    expect([ended.code, ended.out]).toEqual([0, expect.stringContaining(`All ${KEYS} upstream keys were opened`)])
    expect(ended.out).toContain('nothing was written')
    expect((await akr(['migrate-db', '--from', `sqlite:${target}`, '--to', newSqlite()], env)).err).toContain('holds no data')
  })

  test('a target that holds something is refused, and replaced only for exactly the number of rows it holds', async () => {
    const target = newSqlite()
    await akr(['client', 'add', 'old'], { ...env, DATABASE_URL: target })
    const refused = await akr(['migrate-db', '--from', source, '--to', target], env)
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/not empty: it holds (\d+) rows .*--replace \1/)])
    const held = Number(/--replace (\d+)/.exec(refused.err)?.[1])
    const wrong = await akr(['migrate-db', '--from', source, '--to', target, '--replace', String(held + 1)], env)
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining(`--replace ${held}`)])
    expect((await akr(['client', 'list'], { ...env, DATABASE_URL: target })).out).toContain('old')
    expect((await migrate(source, target, '--replace', String(held))).tables).toEqual(original)
    expect((await akr(['client', 'list'], { ...env, DATABASE_URL: target })).out).not.toContain('old')
  })

  test('another ENCRYPTION_KEY or CLIENT_KEY_PEPPER is refused before anything is written', async () => {
    for (const [name, value] of Object.entries(createSharedSecrets())) {
      if (name === 'JWT_SECRET') continue
      const target = newSqlite()
      const ended = await akr(['migrate-db', '--from', source, '--to', target], { ...env, [name]: value })
      expect([ended.code, ended.err]).toEqual([78, expect.stringContaining(name)])
      expect((await migrate(source, target)).tables).toEqual(original)
    }
  })

  test('a damaged key, a half URL, the same database twice: refused with what to do', async () => {
    const cases: [readonly string[], RegExp][] = [
      [['--from', source, '--to', source], /same database/],
      [[], /Name the source/],
      [['--from', 'redis://x', '--to', source], /--from has a scheme that is not known/],
      [['--from', `@${join(folder.path, 'none')}`, '--to', source], /cannot be read \(ENOENT\)/],
    ]
    for (const [args, pattern] of cases) {
      const ended = await akr(['migrate-db', ...args], env)
      expect([args, ended.code === 0, ended.err]).toEqual([args, false, expect.stringMatching(pattern)])
    }
    const damaged = newSqlite()
    await migrate(source, damaged)
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(damaged.slice('sqlite:'.length))
    const { id } = db.prepare('select id from upstream_keys order by id desc limit 1').get() as { id: string }
    db.prepare('update upstream_keys set sealed_value = (select sealed_value from upstream_keys order by id limit 1) where id = ?').run(id)
    db.close()
    const target = newSqlite()
    const ended = await akr(['migrate-db', '--from', damaged, '--to', target], env)
    expect([ended.code, ended.err]).toEqual([1, expect.stringContaining(id)])
    expect((await migrate(source, target)).tables).toEqual(original)
  })
})

describeWith('mariadb', 'with MariaDB', () =>
  describeWith('postgres', 'and PostgreSQL', () => {
    let mariadb: RunningDatabase
    let postgres: RunningDatabase
    beforeAll(async () => {
      ;[mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()])
    }, 120_000)
    afterAll(async () => {
      await Promise.all([mariadb?.stop(), postgres?.stop()])
    })

    test('every pair, there and back: the same digests at every station', async () => {
      const stations = [source, await mariadb.createDatabase(), await postgres.createDatabase(), newSqlite()]
      stations.push(await postgres.createDatabase(), await mariadb.createDatabase(), newSqlite())
      for (const [i, to] of stations.entries()) {
        if (i === 0) continue
        const report = await migrate(stations[i - 1] as string, to)
        expect([to, report.tables]).toEqual([to, original])
        expect(report.keys_opened).toBe(KEYS)
      }
    }, 180_000)

    test('killed on the way: the target holds nothing, the source everything, and the next run succeeds', async () => {
      const before = (await migrate(source, newSqlite(), '--dry-run')).tables
      for (const target of [await mariadb.createDatabase(), await postgres.createDatabase(), newSqlite()]) {
        const child = new ChildUnderTest(process.execPath, [MAIN, 'migrate-db', '--from', source, '--to', target], {
          env: { PATH: process.env['PATH'], ...env },
          cwd: folder.path,
        })
        await child.waitForOutput(/upstream_keys: 5000 rows/)
        await child.kill()
        expect((await migrate(source, newSqlite(), '--dry-run')).tables).toEqual(before)
        // Without --replace: nothing of the dead one's work is there.
        expect((await migrate(source, target)).tables).toEqual(original)
      }
    }, 180_000)

    test('the gateway serves on the target with the same client keys, and a URL in a file hides its password', async () => {
      for (const database of [mariadb, postgres]) {
        const target = await database.createDatabase()
        const file = join(folder.path, 'target-url')
        writeFileSync(file, `${target}\n`, { mode: 0o600 })
        const inFile = await akr(['migrate-db', '--from', source, '--to', `@${file}`], env)
        expect([inFile.code, inFile.err]).toEqual([0, expect.not.stringContaining('Every user')])
        expect(inFile.out + inFile.err).not.toContain(new URL(target).password)
        const gateway = await startGateway({ build: 'enterprise', env: { ...secrets, DATABASE_URL: target, ADMIN_PASSWORD: undefined } })
        try {
          const [response] = (await gateway.send('GET', '/proxy/any/ok', { 'X-Proxy-Key': clientKey })).responses
          expect(response?.status).toBe(200)
        } finally {
          await gateway.close()
        }
      }
    }, 120_000)

    test('beside a gateway that writes, the copy is one state of the source', async () => {
      const from = await postgres.createDatabase()
      await migrate(source, from)
      const at = { ...env, DATABASE_URL: from }
      const copying = akr(['migrate-db', '--from', from, '--to', await mariadb.createDatabase(), '--json'], env)
      const writing = akr(['key', 'add', 'any', '-'], at, Array.from({ length: 50 }, () => createCanary('sk-')).join('\n'))
      const [copied, written] = await Promise.all([copying, writing])
      expect([copied.code, copied.err, written.code]).toEqual([0, expect.anything(), 0])
      // All of that write or nothing of it: its rows and the version that it raised belong together.
      const { tables } = JSON.parse(copied.out) as Report
      const hasRows = tables.upstream_keys?.rows !== KEYS
      const hasVersion = tables.counters?.digest !== original.counters?.digest
      expect([tables.upstream_keys?.rows, hasVersion]).toEqual([hasRows ? KEYS + 50 : KEYS, hasRows])
    }, 60_000)
  }),
)
