// Changes the keys of a vault: a new data key, wrapped by the key-encryption key that is wanted; the one before is kept until nothing needs it.
import type { KeyRotation, RotationStatus } from '../../ports/key-rotation.ts'
import type { Random } from '../../ports/random.ts'
import type { SettingsRepository, Store } from '../../ports/store.ts'
import { parseEnvelope } from './envelope.ts'
import { CHECK_SETTING, type EncryptionKeys, KEY_BYTES, proveKeys, type ProvenKeys, renderCheck } from './key-encryption.ts'
import { DATA_KEY_SETTING, PREVIOUS_DATA_KEY_SETTING, unwrapDataKey, wrapDataKey } from './open-key-vault.ts'

export interface VaultRotationDeps extends EncryptionKeys {
  readonly store: Pick<Store, 'transaction' | 'settings'>
  readonly random: Random
  /** Opens the vault anew. */
  readonly reload: () => Promise<void>
  /** Told that the configuration has a new version. */
  readonly announce: (version: number) => void
}

export class VaultRotation implements KeyRotation {
  readonly #deps: VaultRotationDeps

  constructor(deps: VaultRotationDeps) {
    this.#deps = deps
  }

  async status(): Promise<RotationStatus> {
    const { settings } = this.#deps.store
    const { wanted, inForce } = await this.#prove(settings)
    const isUnderWay = (await settings.get(PREVIOUS_DATA_KEY_SETTING)) !== undefined
    return { prefix: await prefixOf(settings), isKeyWaiting: wanted.id !== inForce.id, isUnderWay }
  }

  async begin(): Promise<void> {
    const { store, random, place, announce } = this.#deps
    const version = await store.transaction(async ({ settings }) => {
      if ((await settings.get(PREVIOUS_DATA_KEY_SETTING)) !== undefined) return undefined
      const { salt, wanted, inForce } = await this.#prove(settings)
      const old = unwrapDataKey(inForce, await required(settings, DATA_KEY_SETTING), DATA_KEY_SETTING, place)
      // One transaction: whoever opens the vault finds the old keys or the new ones, never half of each.
      await settings.set(CHECK_SETTING, renderCheck(wanted, salt, random))
      await settings.set(DATA_KEY_SETTING, wrapDataKey(wanted, random.bytes(KEY_BYTES), old.version + 1, DATA_KEY_SETTING, random))
      // Under the new key-encryption key: from here on nobody needs the old one.
      const kept = wrapDataKey(wanted, old.key, old.version, PREVIOUS_DATA_KEY_SETTING, random)
      await settings.set(PREVIOUS_DATA_KEY_SETTING, `${inForce.id}:${kept}`)
      return settings.bumpConfigVersion()
    })
    if (version !== undefined) announce(version)
  }

  async finish(): Promise<number> {
    const { store, announce } = this.#deps
    const { left, version } = await store.transaction(async ({ settings, sealed }) => {
      const others = await sealed.countOthers(await prefixOf(settings))
      if (others > 0) return { left: others, version: undefined }
      await settings.remove(PREVIOUS_DATA_KEY_SETTING)
      return { left: 0, version: await settings.bumpConfigVersion() }
    })
    if (version !== undefined) announce(version)
    return left
  }

  async reload(): Promise<void> {
    await this.#deps.reload()
  }

  async #prove(settings: SettingsRepository): Promise<ProvenKeys> {
    return proveKeys(await required(settings, CHECK_SETTING), this.#deps)
  }
}

async function prefixOf(settings: SettingsRepository): Promise<string> {
  const { kekId, dekVersion } = parseEnvelope(await required(settings, DATA_KEY_SETTING))
  return `v1.${kekId}.${dekVersion}.`
}

async function required(settings: SettingsRepository, name: string): Promise<string> {
  const value = await settings.get(name)
  if (value === undefined) throw new Error(`The database lacks the setting ${name}`)
  return value
}
