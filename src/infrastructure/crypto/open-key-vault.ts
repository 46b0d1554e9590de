// Opens the vault of a database: derives the key-encryption key, checks that it is the right one, unwraps or creates the data keys.
import { hkdfSync } from 'node:crypto'
import { StartupError } from '../../errors.ts'
import { SealBrokenError } from '../../ports/key-vault.ts'
import type { KeyVault, SealContext } from '../../ports/key-vault.ts'
import type { Random } from '../../ports/random.ts'
import type { SettingsRepository } from '../../ports/store.ts'
import type { Secret } from '../../domain/secret.ts'
import { openEnvelope, parseEnvelope, sealEnvelope } from './envelope.ts'
import { createKeyVault } from './key-vault.ts'
import type { DataKeys } from './key-vault.ts'

export const DEFAULT_TENANT = 'default'
const CHECK_SETTING = 'vault.check'
/** Names of the settings that a vault is opened with. */
export const VAULT_SETTINGS = [CHECK_SETTING, `vault.dek.${DEFAULT_TENANT}`] as const
const CHECK_PLAIN = 'api-key-rotator'
const KEY_BYTES = 32

export interface OpenKeyVaultDeps {
  readonly store: { transaction<T>(work: (repositories: { readonly settings: SettingsRepository }) => Promise<T>): Promise<T> }
  /** ENCRYPTION_KEY: high-entropy text; the key-encryption key is derived from it. */
  readonly encryption: Secret
  readonly random: Random
  /** Where the data are, for the message about a wrong key: `/app/data/core.db`. */
  readonly place?: string | undefined
}

interface KeyEncryptionKey {
  readonly id: string
  readonly key: Buffer
}

/**
 * The first call on a new database stores a check value and a wrapped data key.
 * @throws StartupError 78 when ENCRYPTION_KEY is not the one the data were sealed with; nothing is changed then.
 */
export async function openKeyVault(deps: OpenKeyVaultDeps): Promise<KeyVault> {
  if (deps.encryption.reveal() === '') throw new StartupError(78, 'ENCRYPTION_KEY is empty. Set it, or remove it so that one is generated.')
  return deps.store.transaction(async ({ settings }) => {
    const kek = await openKeyEncryptionKey(settings, deps)
    const tenants = new Map([[DEFAULT_TENANT, await openDataKeys(settings, DEFAULT_TENANT, kek, deps)]])
    return createKeyVault({ kekId: kek.id, tenants, random: deps.random })
  })
}

async function openKeyEncryptionKey(settings: SettingsRepository, deps: OpenKeyVaultDeps): Promise<KeyEncryptionKey> {
  const stored = await settings.get(CHECK_SETTING)
  if (stored === undefined) {
    const salt = deps.random.bytes(KEY_BYTES)
    const kek = deriveKeyEncryptionKey(deps.encryption, salt)
    const check = sealEnvelope(kek.key, deps.random.bytes(12), CHECK_PLAIN, { kekId: kek.id, dekVersion: 1 }, settingContext(CHECK_SETTING))
    await settings.set(CHECK_SETTING, `${salt.toString('base64url')}:${check}`)
    return kek
  }
  const [salt = '', check = ''] = stored.split(':')
  const kek = deriveKeyEncryptionKey(deps.encryption, Buffer.from(salt, 'base64url'))
  if (!opens(check, kek)) throw wrongKey(check, deps.place)
  return kek
}

/** The salt makes the keys of two databases different even with the same ENCRYPTION_KEY. */
function deriveKeyEncryptionKey(encryption: Secret, salt: Buffer): KeyEncryptionKey {
  const derive = (purpose: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', encryption.reveal(), salt, `api-key-rotator ${purpose} v1`, bytes))
  return { id: derive('kek id', 4).toString('hex'), key: derive('kek', KEY_BYTES) }
}

function opens(check: string, kek: KeyEncryptionKey): boolean {
  try {
    return openEnvelope(kek.key, parseEnvelope(check), settingContext(CHECK_SETTING)) === CHECK_PLAIN
  } catch (error) {
    if (error instanceof SealBrokenError) return false
    throw error
  }
}

async function openDataKeys(settings: SettingsRepository, tenant: string, kek: KeyEncryptionKey, deps: OpenKeyVaultDeps): Promise<DataKeys> {
  const name = `vault.dek.${tenant}`
  const stored = await settings.get(name)
  const version = 1
  if (stored === undefined) {
    const key = deps.random.bytes(KEY_BYTES)
    const head = { kekId: kek.id, dekVersion: version }
    await settings.set(name, sealEnvelope(kek.key, deps.random.bytes(12), key.toString('base64url'), head, settingContext(name)))
    return { current: version, keys: new Map([[version, key]]) }
  }
  try {
    const envelope = parseEnvelope(stored)
    const key = Buffer.from(openEnvelope(kek.key, envelope, settingContext(name)), 'base64url')
    return { current: envelope.dekVersion, keys: new Map([[envelope.dekVersion, key]]) }
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error
    throw new StartupError(
      78,
      `The data key in the setting ${name} is damaged${at(deps.place)}.\n  ENCRYPTION_KEY is right. Restore the database from a backup.`,
    )
  }
}

function settingContext(name: string): SealContext {
  return { table: 'settings', column: 'value', tenant: DEFAULT_TENANT, id: name }
}

function wrongKey(check: string, place: string | undefined): StartupError {
  const kekId = /^v1\.([0-9a-f]{8})\./.exec(check)?.[1] ?? 'unreadable'
  return new StartupError(
    78,
    `ENCRYPTION_KEY does not match the data${at(place)} (check value kid ${kekId}).\n` +
      '  The database was encrypted with another key, and it is unchanged. Restore the old key: ENCRYPTION_KEY, or secrets.json in the data directory.\n' +
      '  Without the old key the stored upstream keys cannot be recovered; upstreams and client keys can.',
  )
}

function at(place: string | undefined): string {
  return place === undefined ? '' : ` in ${place}`
}
