// Seals and opens secrets with the data keys of their tenants.
import { Secret } from '../../domain/secret.ts'
import { SealBrokenError } from '../../ports/key-vault.ts'
import type { KeyVault, SealContext } from '../../ports/key-vault.ts'
import type { Random } from '../../ports/random.ts'
import { openEnvelope, parseEnvelope, sealEnvelope } from './envelope.ts'

/** The data keys of one tenant. */
export interface DataKeys {
  /** The version that seals; every version listed opens. */
  readonly current: number
  /** 256-bit keys by version. */
  readonly keys: ReadonlyMap<number, Buffer>
  /** Key-encryption keys that values of earlier versions name; of the others it is the present one. */
  readonly kekIds?: ReadonlyMap<number, string> | undefined
}

export interface KeyVaultDeps {
  readonly kekId: string
  readonly tenants: ReadonlyMap<string, DataKeys>
  readonly random: Random
}

/** The context needs a known tenant and parts without `|`; anything else is a mistake of the caller and a RangeError. */
export function createKeyVault(deps: KeyVaultDeps): KeyVault {
  const dataKeysOf = (context: SealContext): DataKeys => {
    const dataKeys = deps.tenants.get(context.tenant)
    if (dataKeys === undefined) throw new RangeError(`The tenant ${context.tenant} has no data key`)
    return dataKeys
  }
  return {
    seal: (plain, context) => {
      const { current, keys } = dataKeysOf(context)
      const key = keys.get(current)
      if (key === undefined) throw new RangeError(`The tenant ${context.tenant} lacks its data key ${current}`)
      return sealEnvelope(key, deps.random.bytes(12), plain.reveal(), { kekId: deps.kekId, dekVersion: current }, context)
    },
    open: (text, context) => {
      const envelope = parseEnvelope(text)
      const { keys, kekIds } = dataKeysOf(context)
      const key = keys.get(envelope.dekVersion)
      if (envelope.kekId !== (kekIds?.get(envelope.dekVersion) ?? deps.kekId) || key === undefined) {
        throw new SealBrokenError(`The sealed ${context.column} of ${context.id} needs the key ${envelope.kekId}.${envelope.dekVersion}, which is not in use`)
      }
      return new Secret(openEnvelope(key, envelope, context))
    },
  }
}
