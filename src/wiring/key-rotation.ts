// Wires the change of keys.
import { VaultRotation } from '../infrastructure/crypto/vault-rotation.ts'
import type { KeyRotation } from '../ports/key-rotation.ts'
import { createReencryptKind } from '../services/reencrypt-kind.ts'
import type { JobKind } from '../services/job-kind.ts'
import type { Get, Provide } from './parts.ts'

export function registerKeyRotation(provide: Provide): void {
  provide('keyRotation', createKeyRotation)
}

function createKeyRotation(get: Get): KeyRotation {
  const { encryption, previousEncryption: previous } = get('config').secrets
  const stores = get('stores')
  return new VaultRotation({
    store: get('store'),
    random: get('random'),
    ...{ encryption, previous, place: get('config').dataDir },
    reload: () => stores.openVault(),
    announce: (version) => get('shared').configuration.announce(version),
  })
}

export function createReencrypt(get: Get): JobKind<null> {
  const rotation = get('keyRotation')
  return createReencryptKind({ store: get('store'), vault: get('vault'), rotation, digester: get('digester'), logger: get('logger') })
}
