// Backups of database servers: into a file, and from there into SQLite and into the other server.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { akr } from '../support/command.ts'
import { createTemporaryFolder } from '../support/free-port.ts'
import { createSharedSecrets } from '../support/gateway.ts'
import { ChildUnderTest } from '../support/process.ts'
import { startMariadb, type RunningDatabase } from '../support/servers/mariadb.ts'
import { startPostgres } from '../support/servers/postgres.ts'
import { describeWith } from '../support/servers/required.ts'

const MAIN = join(import.meta.dirname, '../../builds/enterprise/main.ts')
const KEYS = 10_000

interface Report {
  readonly keys_opened: number
  readonly tables: Readonly<Record<string, { rows: number; digest: string }>>
}

const folder = createTemporaryFolder('akr-backup-servers')
const secrets: Record<string, string> = { ...createSharedSecrets() }
const env = { ...secrets, DATA_DIR: folder.path }

let made = 0
const newSqlite = (): string => `sqlite:${join(folder.path, `db-${++made}`, 'core.db')}`
const newFile = (): string => join(folder.path, `file-${++made}.db`)

async function run(word: 'backup' | 'restore', file: string, url: string): Promise<Report> {
  const ended = await akr([word, file, '--json'], { ...env, DATABASE_URL: url })
  if (ended.code !== 0) throw new Error(`${ended.code} ${ended.err}`)
  return JSON.parse(ended.out) as Report
}

describeWith('mariadb', 'with MariaDB', () =>
  describeWith('postgres', 'and PostgreSQL', () => {
    let mariadb: RunningDatabase
    let postgres: RunningDatabase
    let original: Report

    beforeAll(async () => {
      ;[mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()])
    }, 120_000)
    afterAll(async () => {
      await Promise.all([mariadb?.stop(), postgres?.stop()])
      folder.remove()
    })

    describe('between databases', () => {
      test('each server into a file, and from there into SQLite and the other server: the same digests', async () => {
        const source = newSqlite()
        await akr(['upstream', 'add', 'vendor', '--adapter', 'openai', '--name', 'Schlüssel 🔑 ', '--keys', '-'], { ...env, DATABASE_URL: source }, manyKeys())
        await akr(['client', 'add', 'anna'], { ...env, DATABASE_URL: source })
        const stations = [source, await mariadb.createDatabase(), newSqlite(), await postgres.createDatabase(), await mariadb.createDatabase(), newSqlite()]
        original = await run('backup', newFile(), source)
        expect(original.keys_opened).toBe(KEYS)
        for (const [i, to] of stations.entries()) {
          if (i === 0) continue
          const file = newFile()
          expect((await run('backup', file, stations[i - 1] as string)).tables).toEqual(original.tables)
          expect(await run('restore', file, to)).toMatchObject({ tables: original.tables, keys_opened: KEYS })
        }
      }, 180_000)

      test('a restore that is killed leaves a server empty, and the next one succeeds', async () => {
        const file = newFile()
        const source = newSqlite()
        await akr(['upstream', 'add', 'vendor', '--adapter', 'openai', '--keys', '-'], { ...env, DATABASE_URL: source }, manyKeys())
        const { tables } = await run('backup', file, source)
        for (const target of [await mariadb.createDatabase(), await postgres.createDatabase(), newSqlite()]) {
          const child = new ChildUnderTest(process.execPath, [MAIN, 'restore', file], {
            env: { PATH: process.env['PATH'], ...env, DATABASE_URL: target },
            cwd: folder.path,
          })
          await child.waitForOutput(/upstream_keys: 5000 rows/, 60_000)
          await child.kill()
          expect((await run('restore', file, target)).tables).toEqual(tables)
        }
      }, 240_000)
    })
  }),
)

function manyKeys(): string {
  return Array.from({ length: KEYS }, (_, i) => `sk-proj-${String(i).padStart(6, '0')}-${createCanary('x')}`).join('\n')
}
