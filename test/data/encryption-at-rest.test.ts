// Acceptance row SEC-01: nothing on disk shows an upstream key or a client key, in any spelling.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { createDigester } from '../../src/infrastructure/crypto/digester.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { coreMigrations } from '../../src/infrastructure/database/migrations/index.ts'
import { createSqliteDriver, sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { sqliteTraits } from '../../src/infrastructure/database/sqlite/traits.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { OpenDatabase } from '../../src/infrastructure/catalog.ts'
import { CanaryScanner, createCanary } from '../support/canaries.ts'
import { aClientKey, aKey, aKeyEvent, anUpstream } from '../support/rows.ts'

const KEYS = 1_000
const ENCRYPTION = new Secret(createCanary('encryption'))
const PEPPER = new Secret(createCanary('pepper'))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'akr-at-rest-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test('SEC-01 at rest: 1,000 keys leave 0 canaries in database, WAL, SHM and backups', async () => {
  const url = new Secret(`sqlite:${folder}/core.db`)
  const values = Array.from({ length: KEYS }, () => createCanary('sk-proj-'))
  const clientKeys = Array.from({ length: 20 }, () => createCanary('sk-akr-'))

  const first = await sqlite.open(url, { clock: systemClock, role: 'server' })
  await store(first, values, clientKeys)
  // Copied by another process: reading the files here would drop SQLite's locks on them.
  execFileSync('cp', ['-r', folder, `${folder}-live`])
  await close(first)

  const upgraded = createSqliteDriver({ ...coreMigrations(sqliteTraits), '9999-test': { up: async () => {} } })
  await close(await upgraded.open(url, { clock: systemClock, role: 'server' }))

  expect(readdirSync(`${folder}-live`)).toEqual(expect.arrayContaining(['core.db', 'core.db-wal', 'core.db-shm', 'logs.db', 'logs.db-wal']))
  expect(readdirSync(folder).filter((name) => name.includes('.backup-'))).toHaveLength(1)
  const scanner = new CanaryScanner()
  for (const canary of [...values, ...clientKeys, ENCRYPTION.reveal(), PEPPER.reveal()]) scanner.add(canary)
  const leaks = [...scanner.scanFiles(`${folder}-live`), ...scanner.scanFiles(folder)]
  rmSync(`${folder}-live`, { recursive: true })
  expect(leaks).toEqual([])

  const control = new CanaryScanner()
  control.add('masked-canary-control')
  expect(control.scanFiles(folder).length).toBeGreaterThan(0)
}, 180_000)

async function store({ store, events }: OpenDatabase, values: readonly string[], clientKeys: readonly string[]): Promise<void> {
  const vault = await openKeyVault({ store, encryption: ENCRYPTION, random: systemRandom })
  const digester = createDigester(PEPPER)
  const upstream = anUpstream()
  await store.upstreams.insert(upstream)
  const keys = values.map((text) => {
    const value = new Secret(text)
    const key = aKey(upstream.id, {
      masked: `masked-canary-control ${text.slice(-4)}`,
      fingerprint: digester.fingerprint(value),
      valueDigest: digester.upstreamKeyDigest(value),
    })
    return { ...key, sealedValue: vault.seal(value, { table: 'upstream_keys', column: 'sealed_value', tenant: 'default', id: key.id }) }
  })
  await store.keys.insertMany(keys)
  for (const raw of clientKeys) await store.clientKeys.insert(aClientKey({ digest: digester.clientKeyDigest(raw) }))
  await events.appendKeyEvents(keys.map((key) => aKeyEvent(key.id)))
  const read = await store.keys.listSealed()
  const opened = read.map((key) => vault.open(key.sealedValue, { table: 'upstream_keys', column: 'sealed_value', tenant: 'default', id: key.id }).reveal())
  expect(new Set(opened)).toEqual(new Set(values))
}

async function close({ store, events }: OpenDatabase): Promise<void> {
  await events.close()
  await store.close()
}
