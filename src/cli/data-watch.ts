// What looks at data while they are copied: opens every sealed key on its way, and says how far the copy is.
import type { Secret } from '../domain/secret.ts'
import { StartupError } from '../errors.ts'
import { createDigester } from '../infrastructure/crypto/digester.ts'
import { openKeyVault } from '../infrastructure/crypto/open-key-vault.ts'
import type { TransferWatch } from '../infrastructure/database/transfer.ts'
import { systemRandom } from '../infrastructure/system.ts'
import type { KeyVault } from '../ports/key-vault.ts'
import { SEALED_KEY_PLACE } from '../services/snapshot.ts'
import type { CliIo } from './cli-io.ts'
import type { DataSecrets } from './migrate-sources.ts'

/** A line for people every so many rows of a table. */
const PROGRESS_ROWS = 5_000

/**
 * Opens each key, which proves ENCRYPTION_KEY, and digests it, which proves CLIENT_KEY_PEPPER.
 * @param place where the data are, for messages
 * @param onDamaged called with the id of a key that the right ENCRYPTION_KEY does not open; a throw ends the copy
 */
export function createDataWatch(io: CliIo, secrets: DataSecrets, place: string, onDamaged: (id: string) => void): TransferWatch {
  const digester = createDigester(secrets.pepper)
  let vault: KeyVault | undefined
  return {
    onSettings: async (settings) => {
      vault = await openVault(settings, secrets, place)
    },
    onRow: (table, row) => {
      if (table !== 'upstream_keys') return
      const id = String(row.id)
      const value = openKey(vault as KeyVault, id, String(row.sealed_value))
      if (value === undefined) return onDamaged(id)
      if (digester.upstreamKeyDigest(value) === row.value_digest) return
      throw new StartupError(
        78,
        'CLIENT_KEY_PEPPER is not the one that the data were made with: with another one no client key would work. Give the one of the source.',
      )
    },
    onProgress: (table, done) => {
      if (done % PROGRESS_ROWS === 0) io.remark(`${table}: ${done} rows`)
    },
  }
}

/** The vault of the copied settings; it must exist already, nothing is created. */
async function openVault(settings: ReadonlyMap<string, string>, { encryption, previous }: DataSecrets, place: string): Promise<KeyVault> {
  const refuse = async (): Promise<never> => {
    throw new StartupError(78, `${place} was never served by a gateway: it has no encryption check value. There is nothing to copy.`)
  }
  const reading = { get: async (name: string) => settings.get(name), set: refuse, remove: refuse, configVersion: refuse, bumpConfigVersion: refuse }
  return openKeyVault({ store: { transaction: (work) => work({ settings: reading }) }, encryption, previous, random: systemRandom, place })
}

function openKey(vault: KeyVault, id: string, sealed: string): Secret | undefined {
  try {
    return vault.open(sealed, { ...SEALED_KEY_PLACE, id })
  } catch {
    return undefined
  }
}
