// Owns the sealed snapshot file: it gives back what went in, or nothing at all.
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { createSnapshotFile } from '../../src/infrastructure/snapshot-file.ts'
import { systemClock, systemRandom } from '../../src/infrastructure/system.ts'
import type { SnapshotImage } from '../../src/ports/snapshot-file.ts'
import { aClientKey, aKey, aRoute, anAccount, anUpstream } from '../support/rows.ts'

const ENCRYPTION_KEY = 'an encryption key of enough characters'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'akr-snapshot-'))
  path = join(folder, 'snapshot.bin')
})
afterEach(() => rmSync(folder, { recursive: true }))

function openFile(encryption = ENCRYPTION_KEY) {
  return createSnapshotFile({ path, encryption: new Secret(encryption), clock: systemClock, random: systemRandom })
}

function anImage(keys = 3): SnapshotImage {
  const upstream = anUpstream()
  return {
    configVersion: 7,
    savedAtMs: 1_800_000_000_000,
    vaultSettings: { 'vault.check': 'salt:check', 'vault.dek.default': 'wrapped' },
    upstreams: [upstream],
    routes: [aRoute(), aRoute({ match: { path: '/a/:b' }, rateLimit: { requests: 1, windowMs: 1_000 } })],
    keys: Array.from({ length: keys }, (_, index) => aKey(upstream.id, { label: `label-${index} "é\n`, ...(index === 0 ? { tags: ['a'] } : {}) })),
    clientKeys: [aClientKey({ upstreams: ['one'] }), aClientKey({ previousDigest: 'old', previousUntilMs: 5 }), aClientKey({ accountId: 'acc_1' })],
    accounts: [anAccount({ limits: { rpm: 3 }, bindings: [{ upstream: 'one', keyTag: 'a' }] })],
  }
}

test('what was written comes back, private to its owner, and nothing of it can be read in the file', async () => {
  const image = anImage(1_700)
  await openFile().write(image)
  expect(await openFile().read()).toEqual(image)
  expect(await openFile().peek()).toEqual({ configVersion: 7, writtenAtMs: expect.any(Number) as unknown })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const text = readFileSync(path).toString('latin1')
  for (const secret of ['label-1', 'wrapped', image.clientKeys[0]?.digest, image.keys[0]?.sealedValue]) expect(text).not.toContain(secret)
  expect(readdirSync(folder)).toEqual(['snapshot.bin'])
})

test('no file is no error; every write has a key of its own', async () => {
  expect(await openFile().read()).toBeUndefined()
  expect(await openFile().peek()).toBeUndefined()
  await openFile().write(anImage())
  const first = readFileSync(path)
  await openFile().write(anImage())
  expect(readFileSync(path).equals(first)).toBe(false)
})

describe('refused whole', () => {
  const HEAD_BYTES = 72
  const damage = (at: number): void => {
    const bytes = readFileSync(path)
    bytes[at] = (bytes[at] as number) ^ 1
    writeFileSync(path, bytes)
  }

  test('one flipped bit anywhere', async () => {
    await openFile().write(anImage())
    const whole = readFileSync(path)
    // Every byte of the head, and a sample of text and tag.
    for (let at = 0; at < whole.length; at += at < HEAD_BYTES || at > whole.length - 17 ? 1 : 97) {
      writeFileSync(path, whole)
      damage(at)
      await expect(openFile().read()).rejects.toMatchObject({ name: 'SnapshotRefusedError' })
    }
  })

  test('a file that was cut, has more than it should, or is none of ours', async () => {
    for (const change of [
      () => truncateSync(path, statSync(path).size - 1),
      () => truncateSync(path, HEAD_BYTES),
      () => truncateSync(path, 9),
      () => truncateSync(path, 0),
      () => appendFileSync(path, 'x'),
      () => writeFileSync(path, 'SQLite format 3\0'),
    ]) {
      await openFile().write(anImage())
      change()
      await expect(openFile().read()).rejects.toMatchObject({ name: 'SnapshotRefusedError' })
    }
  })

  test('sealed with another ENCRYPTION_KEY: the message says so', async () => {
    await openFile('another encryption key of enough characters').write(anImage())
    await expect(openFile().read()).rejects.toThrow('another ENCRYPTION_KEY')
    expect(await openFile().peek()).toBeUndefined()
  })

  test('a newer format: the message says so', async () => {
    await openFile().write(anImage())
    const bytes = readFileSync(path)
    bytes[7] = 2
    writeFileSync(path, bytes)
    await expect(openFile().read()).rejects.toThrow('format 2 of a newer version')
  })
})

test('a write that fails leaves the old file and no draft; drafts that a crash left are removed in time', async () => {
  await openFile().write(anImage())
  const broken = { ...anImage(), get clientKeys(): never[] { throw new Error('gone') } } // prettier-ignore
  await expect(openFile().write(broken)).rejects.toThrow('gone')
  expect(await openFile().read()).toMatchObject({ configVersion: 7 })
  expect(readdirSync(folder)).toEqual(['snapshot.bin'])
  const [old, fresh] = ['.snapshot.bin-aa.tmp', '.snapshot.bin-bb.tmp'].map((name) => join(folder, name)) as [string, string]
  writeFileSync(old, 'x')
  writeFileSync(fresh, 'x')
  utimesSync(old, 1, 1)
  await openFile().write(anImage())
  expect(readdirSync(folder).sort()).toEqual(['.snapshot.bin-bb.tmp', 'snapshot.bin'])
})

test('several writers at once leave one whole file', async () => {
  const images = Array.from({ length: 8 }, (_, index) => ({ ...anImage(600), configVersion: index }))
  await Promise.all(images.map((image) => openFile().write(image)))
  const left = await openFile().read()
  expect(images).toContainEqual(left)
})
