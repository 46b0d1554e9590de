// The key-encryption key of a database: derived from ENCRYPTION_KEY and the salt of the database, and proved by its check value.
import { hkdfSync } from 'node:crypto'
import type { Secret } from '../../domain/secret.ts'
import { StartupError } from '../../errors.ts'
import { SealBrokenError } from '../../ports/key-vault.ts'
import type { SealContext } from '../../ports/key-vault.ts'
import type { Random } from '../../ports/random.ts'
import { openEnvelope, parseEnvelope, sealEnvelope } from './envelope.ts'

export const DEFAULT_TENANT = 'default'
export const CHECK_SETTING = 'vault.check'
const CHECK_PLAIN = 'api-key-rotator'
export const KEY_BYTES = 32

export interface KeyEncryptionKey {
  readonly id: string
  readonly key: Buffer
}

/** The salt makes the keys of two databases different even with the same ENCRYPTION_KEY. */
export function deriveKeyEncryptionKey(encryption: Secret, salt: Buffer): KeyEncryptionKey {
  const derive = (purpose: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', encryption.reveal(), salt, `api-key-rotator ${purpose} v1`, bytes))
  return { id: derive('kek id', 4).toString('hex'), key: derive('kek', KEY_BYTES) }
}

/** What is stored under CHECK_SETTING. */
export function renderCheck(kek: KeyEncryptionKey, salt: Buffer, random: Random): string {
  const check = sealEnvelope(kek.key, random.bytes(12), CHECK_PLAIN, { kekId: kek.id, dekVersion: 1 }, settingContext(CHECK_SETTING))
  return `${salt.toString('base64url')}:${check}`
}

export interface ProvenKeys {
  readonly salt: Buffer
  /** That of ENCRYPTION_KEY. */
  readonly wanted: KeyEncryptionKey
  /** The one that the data are under: that of ENCRYPTION_KEY, or of ENCRYPTION_KEY_PREVIOUS. */
  readonly inForce: KeyEncryptionKey
}

export interface EncryptionKeys {
  /** ENCRYPTION_KEY: high-entropy text; the key-encryption key is derived from it. */
  readonly encryption: Secret
  /** ENCRYPTION_KEY_PREVIOUS: what the data may still be under. */
  readonly previous?: Secret | undefined
  /** Where the data are, for the message about a wrong key: `/app/data/core.db`. */
  readonly place?: string | undefined
}

/** @param stored what is under CHECK_SETTING @throws StartupError 78 when neither key is the one that the data were sealed with */
export function proveKeys(stored: string, { encryption, previous, place }: EncryptionKeys): ProvenKeys {
  const [saltText = '', check = ''] = stored.split(':')
  const salt = Buffer.from(saltText, 'base64url')
  const wanted = deriveKeyEncryptionKey(encryption, salt)
  if (opens(check, wanted)) return { salt, wanted, inForce: wanted }
  const earlier = previous === undefined ? undefined : deriveKeyEncryptionKey(previous, salt)
  if (earlier !== undefined && opens(check, earlier)) return { salt, wanted, inForce: earlier }
  throw wrongKey(check, place, previous !== undefined)
}

function opens(check: string, kek: KeyEncryptionKey): boolean {
  try {
    return openEnvelope(kek.key, parseEnvelope(check), settingContext(CHECK_SETTING)) === CHECK_PLAIN
  } catch (error) {
    if (error instanceof SealBrokenError) return false
    throw error
  }
}

export function settingContext(name: string): SealContext {
  return { table: 'settings', column: 'value', tenant: DEFAULT_TENANT, id: name }
}

function wrongKey(check: string, place: string | undefined, hasPrevious: boolean): StartupError {
  const kekId = /^v1\.([0-9a-f]{8})\./.exec(check)?.[1] ?? 'unreadable'
  const subject = hasPrevious ? 'Neither ENCRYPTION_KEY nor ENCRYPTION_KEY_PREVIOUS matches' : 'ENCRYPTION_KEY does not match'
  return new StartupError(
    78,
    `${subject} the data${at(place)} (check value kid ${kekId}).\n` +
      '  The database was encrypted with another key, and it is unchanged. Restore the old key: ENCRYPTION_KEY, or secrets.json in the data directory.\n' +
      '  To change the key, set ENCRYPTION_KEY to the new one and ENCRYPTION_KEY_PREVIOUS to the old one (docs/key-rotation.md).\n' +
      '  Without the old key the stored upstream keys cannot be recovered; upstreams and client keys can.',
  )
}

export function at(place: string | undefined): string {
  return place === undefined ? '' : ` in ${place}`
}
