// Acceptance row SEC-02, and what happens with a wrong ENCRYPTION_KEY.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { StartupError } from '../../src/errors.ts'
import { createKeyVault } from '../../src/infrastructure/crypto/key-vault.ts'
import type { DataKeys } from '../../src/infrastructure/crypto/key-vault.ts'
import { openKeyVault } from '../../src/infrastructure/crypto/open-key-vault.ts'
import { sqlite } from '../../src/infrastructure/database/sqlite/driver.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import { SealBrokenError } from '../../src/ports/key-vault.ts'
import type { KeyVault, SealContext } from '../../src/ports/key-vault.ts'
import type { OpenDatabase } from '../../src/infrastructure/catalog.ts'
import { FakeClock } from '../support/fake-clock.ts'

const PLACE: SealContext = { table: 'upstream_keys', column: 'sealed_value', tenant: 'default', id: 'key_1' }
const ENCRYPTION = new Secret('an encryption key of enough characters')
const opened: OpenDatabase[] = []

afterEach(async () => {
  for (const { store, events } of opened.splice(0)) await Promise.all([store.close(), events.close()])
})

async function openMemoryDatabase(): Promise<OpenDatabase> {
  const database = await sqlite.open(new Secret('sqlite::memory:'), { clock: new FakeClock(), role: 'server' })
  opened.push(database)
  return database
}

function vaultOf(tenants: Record<string, DataKeys>, kekId = '0a1b2c3d'): KeyVault {
  return createKeyVault({ kekId, tenants: new Map(Object.entries(tenants)), random: systemRandom })
}

const oneKey = (key = randomBytes(32), version = 1): DataKeys => ({ current: version, keys: new Map([[version, key]]) })

describe('SEC-02 tamper', () => {
  const key = randomBytes(32)
  // Both tenants share one key here, so that only the binding to the place can refuse a swap.
  const vault = vaultOf({ default: oneKey(key), acme: oneKey(key) })
  const value = new Secret('sk-proj-0123456789abcdefghijklmnopqrstuvwxyz')

  test('what was sealed opens again in its own place, and never twice as the same text', () => {
    const first = vault.seal(value, PLACE)
    const second = vault.seal(value, PLACE)
    expect(first).toMatch(/^v1\.0a1b2c3d\.1\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/)
    expect(first).not.toBe(second)
    expect([vault.open(first, PLACE), vault.open(second, PLACE)].map((secret) => secret.reveal())).toEqual([value.reveal(), value.reveal()])
    for (const odd of ['', 'ключ 🔑', 'x'.repeat(64 * 1024)]) expect(vault.open(vault.seal(new Secret(odd), PLACE), PLACE).reveal()).toBe(odd)
  })

  test.each([
    ['row', { id: 'key_2' }],
    ['tenant', { tenant: 'acme' }],
    ['column', { column: 'other_value' }],
    ['table', { table: 'client_keys' }],
  ])('a ciphertext moved to another %s is refused', (_what, change) => {
    const sealed = vault.seal(value, PLACE)
    const moved = vault.seal(value, { ...PLACE, ...change })
    expect(() => vault.open(sealed, { ...PLACE, ...change })).toThrow(SealBrokenError)
    expect(() => vault.open(moved, PLACE)).toThrow(SealBrokenError)
  })

  test('a separator in a name cannot make two places one', () => {
    expect(() => vault.seal(value, { ...PLACE, table: 'a|b', column: 'c' })).toThrow(RangeError)
    expect(() => vault.open(vault.seal(value, PLACE), { ...PLACE, id: 'key_1|1' })).toThrow(SealBrokenError)
  })

  test.each([12, 8, 4, 0])('a tag cut to %i bytes is refused', (bytes) => {
    const parts = vault.seal(value, PLACE).split('.')
    const cut = [
      ...parts.slice(0, 5),
      Buffer.from(parts[5] as string, 'base64url')
        .subarray(0, bytes)
        .toString('base64url'),
    ].join('.')
    expect(() => vault.open(cut, PLACE)).toThrow(SealBrokenError)
  })

  test('the platform alone would take the 4-byte tag, so the refusal above is ours', () => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    const text = Buffer.concat([cipher.update('x'), cipher.final()])
    const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    expect(() => {
      decipher.setAuthTag(cipher.getAuthTag().subarray(0, 4))
      decipher.update(text)
      decipher.final()
    }).not.toThrow()
  })

  test('1,000 random bit flips anywhere in the text are all refused', () => {
    let refused = 0
    for (let round = 0; round < 1_000; round++) {
      const bytes = Buffer.from(vault.seal(value, PLACE), 'latin1')
      const at = systemRandom.bytes(4).readUInt32BE() % (bytes.length * 8)
      bytes[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7))
      try {
        vault.open(bytes.toString('latin1'), PLACE)
      } catch (error) {
        if (error instanceof SealBrokenError) refused++
      }
    }
    expect(refused).toBe(1_000)
  })

  test('1,000 random bit flips in the decoded bytes are all refused', () => {
    let refused = 0
    for (let round = 0; round < 1_000; round++) {
      const parts = vault.seal(value, PLACE).split('.')
      const part = 3 + (round % 3)
      const bytes = Buffer.from(parts[part] as string, 'base64url')
      const at = systemRandom.bytes(4).readUInt32BE() % (bytes.length * 8)
      bytes[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7))
      parts[part] = bytes.toString('base64url')
      try {
        vault.open(parts.join('.'), PLACE)
      } catch (error) {
        if (error instanceof SealBrokenError) refused++
      }
    }
    expect(refused).toBe(1_000)
  })

  test('an old version is refused once its key is retired, also when it claims to be the new one', () => {
    const sealed = vault.seal(value, PLACE)
    const rotated = vaultOf({ default: oneKey(randomBytes(32), 2) })
    expect(() => rotated.open(sealed, PLACE)).toThrow(SealBrokenError)
    expect(() => rotated.open(sealed.replace('.1.', '.2.'), PLACE)).toThrow(SealBrokenError)
    // Even with the very same key: the version is part of what is authenticated.
    const sameKey = vaultOf({ default: oneKey(key, 2) })
    expect(() => sameKey.open(sealed.replace('.1.', '.2.'), PLACE)).toThrow(SealBrokenError)
    const underway = vaultOf({
      default: {
        current: 2,
        keys: new Map([
          [1, key],
          [2, randomBytes(32)],
        ]),
      },
    })
    expect(underway.open(sealed, PLACE).reveal()).toBe(value.reveal())
    expect(underway.seal(value, PLACE)).toMatch(/^v1\.0a1b2c3d\.2\./)
  })

  test('another key-encryption key, plain text and garbage are refused; nothing is ever used as it is', () => {
    const sealed = vault.seal(value, PLACE)
    expect(() => vaultOf({ default: oneKey(key) }, 'ffffffff').open(sealed, PLACE)).toThrow(SealBrokenError)
    for (const text of ['', value.reveal(), `${sealed}.`, ` ${sealed}`, sealed.replace('v1', 'v0'), sealed.toUpperCase()]) {
      expect(() => vault.open(text, PLACE)).toThrow(SealBrokenError)
    }
  })

  test('no error text carries the value or the envelope', () => {
    const sealed = vault.seal(value, PLACE)
    const error = catchError(() => vault.open(sealed, { ...PLACE, id: 'key_9' }))
    expect(`${error.message}${error.stack}`).not.toContain(value.reveal())
    expect(error.message).not.toContain(sealed.slice(-22))
  })
})

describe('opening the vault of a database', () => {
  test('a vault opened again reads what the first one sealed', async () => {
    const { store } = await openMemoryDatabase()
    const first = await openKeyVault({ store, encryption: ENCRYPTION, random: systemRandom })
    const sealed = first.seal(new Secret('value'), PLACE)
    const second = await openKeyVault({ store, encryption: ENCRYPTION, random: systemRandom })
    expect(second.open(sealed, PLACE).reveal()).toBe('value')
  })

  test('a wrong ENCRYPTION_KEY does not start, says what to do, and changes nothing', async () => {
    const { store } = await openMemoryDatabase()
    await openKeyVault({ store, encryption: ENCRYPTION, random: systemRandom })
    const before = await Promise.all(['vault.check', 'vault.dek.default'].map((name) => store.settings.get(name)))
    const attempt = openKeyVault({ store, encryption: new Secret('another key of enough characters...'), random: systemRandom, place: '/app/data/core.db' })
    const error = await attempt.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StartupError)
    expect(error).toMatchObject({ exitCode: 78 })
    expect((error as Error).message).toMatch(/^ENCRYPTION_KEY does not match the data in \/app\/data\/core\.db \(check value kid [0-9a-f]{8}\)/)
    expect((error as Error).message).toContain('Restore the old key')
    expect(await Promise.all(['vault.check', 'vault.dek.default'].map((name) => store.settings.get(name)))).toEqual(before)
    expect(before).not.toContain(undefined)
  })

  test('a damaged data key is told apart from a wrong ENCRYPTION_KEY', async () => {
    const { store } = await openMemoryDatabase()
    await openKeyVault({ store, encryption: ENCRYPTION, random: systemRandom })
    await store.settings.set('vault.dek.default', String(await store.settings.get('vault.check')).split(':')[1] as string)
    await expect(openKeyVault({ store, encryption: ENCRYPTION, random: systemRandom })).rejects.toThrow(/data key .* is damaged[^]*ENCRYPTION_KEY is right/)
  })

  test('two databases with the same ENCRYPTION_KEY have different keys', async () => {
    const [one, two] = [await openMemoryDatabase(), await openMemoryDatabase()]
    const first = await openKeyVault({ store: one.store, encryption: ENCRYPTION, random: systemRandom })
    const second = await openKeyVault({ store: two.store, encryption: ENCRYPTION, random: systemRandom })
    expect(() => second.open(first.seal(new Secret('value'), PLACE), PLACE)).toThrow(SealBrokenError)
  })

  test('an empty ENCRYPTION_KEY is refused', async () => {
    const { store } = await openMemoryDatabase()
    await expect(openKeyVault({ store, encryption: new Secret(''), random: systemRandom })).rejects.toMatchObject({ exitCode: 78 })
  })
})

function catchError(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('Nothing was thrown')
}
