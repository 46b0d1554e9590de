// Opens the vault of a database: checks that the key-encryption key is the right one, unwraps or creates the data keys.
import { StartupError } from '../../errors.ts'
import { SealBrokenError } from '../../ports/key-vault.ts'
import type { KeyVault } from '../../ports/key-vault.ts'
import type { Random } from '../../ports/random.ts'
import type { SettingsRepository } from '../../ports/store.ts'
import { type Envelope, openEnvelope, parseEnvelope, sealEnvelope } from './envelope.ts'
import {
  at,
  CHECK_SETTING,
  DEFAULT_TENANT,
  deriveKeyEncryptionKey,
  type EncryptionKeys,
  KEY_BYTES,
  type KeyEncryptionKey,
  proveKeys,
  renderCheck,
  settingContext,
} from './key-encryption.ts'
import { createKeyVault } from './key-vault.ts'
import type { DataKeys } from './key-vault.ts'

export { DEFAULT_TENANT }
export const DATA_KEY_SETTING = `vault.dek.${DEFAULT_TENANT}`
/** The data key before the present one, while values are sealed with it: `<kekId in those values>:<envelope>`. */
export const PREVIOUS_DATA_KEY_SETTING = `${DATA_KEY_SETTING}.previous`
/** Names of the settings that a vault is opened with. */
export const VAULT_SETTINGS = [CHECK_SETTING, DATA_KEY_SETTING, PREVIOUS_DATA_KEY_SETTING] as const

export interface OpenKeyVaultDeps extends EncryptionKeys {
  readonly store: { transaction<T>(work: (repositories: { readonly settings: SettingsRepository }) => Promise<T>): Promise<T> }
  readonly random: Random
}

/**
 * The first call on a new database stores a check value and a wrapped data key.
 * @throws StartupError 78 when ENCRYPTION_KEY is not the one the data were sealed with; nothing is changed then.
 */
export async function openKeyVault(deps: OpenKeyVaultDeps): Promise<KeyVault> {
  if (deps.encryption.reveal() === '') throw new StartupError(78, 'ENCRYPTION_KEY is empty. Set it, or remove it so that one is generated.')
  return deps.store.transaction(async ({ settings }) => {
    const kek = await openKeyEncryptionKey(settings, deps)
    const tenants = new Map([[DEFAULT_TENANT, await openDataKeys(settings, kek, deps)]])
    return createKeyVault({ kekId: kek.id, tenants, random: deps.random })
  })
}

async function openKeyEncryptionKey(settings: SettingsRepository, deps: OpenKeyVaultDeps): Promise<KeyEncryptionKey> {
  const stored = await settings.get(CHECK_SETTING)
  if (stored !== undefined) return proveKeys(stored, deps).inForce
  const salt = deps.random.bytes(KEY_BYTES)
  const kek = deriveKeyEncryptionKey(deps.encryption, salt)
  await settings.set(CHECK_SETTING, renderCheck(kek, salt, deps.random))
  return kek
}

async function openDataKeys(settings: SettingsRepository, kek: KeyEncryptionKey, deps: OpenKeyVaultDeps): Promise<DataKeys> {
  const stored = await settings.get(DATA_KEY_SETTING)
  if (stored === undefined) {
    const key = deps.random.bytes(KEY_BYTES)
    await settings.set(DATA_KEY_SETTING, wrapDataKey(kek, key, 1, DATA_KEY_SETTING, deps.random))
    return { current: 1, keys: new Map([[1, key]]) }
  }
  const current = unwrapDataKey(kek, stored, DATA_KEY_SETTING, deps.place)
  const keys = new Map([[current.version, current.key]])
  const earlier = await settings.get(PREVIOUS_DATA_KEY_SETTING)
  if (earlier === undefined) return { current: current.version, keys }
  const [kekId = '', envelope = ''] = earlier.split(':')
  const previous = unwrapDataKey(kek, envelope, PREVIOUS_DATA_KEY_SETTING, deps.place)
  keys.set(previous.version, previous.key)
  return { current: current.version, keys, kekIds: new Map([[previous.version, kekId]]) }
}

export function wrapDataKey(kek: KeyEncryptionKey, key: Buffer, version: number, setting: string, random: Random): string {
  return sealEnvelope(kek.key, random.bytes(12), key.toString('base64url'), { kekId: kek.id, dekVersion: version }, settingContext(setting))
}

/** @throws StartupError 78 */
export function unwrapDataKey(
  kek: KeyEncryptionKey,
  wrapped: string,
  setting: string,
  place: string | undefined,
): { readonly key: Buffer; readonly version: number } {
  try {
    const envelope: Envelope = parseEnvelope(wrapped)
    return { key: Buffer.from(openEnvelope(kek.key, envelope, settingContext(setting)), 'base64url'), version: envelope.dekVersion }
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error
    throw new StartupError(78, `The data key in the setting ${setting} is damaged${at(place)}.\n  ENCRYPTION_KEY is right. Restore the database from a backup.`)
  }
}
