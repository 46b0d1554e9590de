// The vault of a gateway whose database may come later: everybody holds this one.
import type { Secret } from '../../domain/secret.ts'
import type { KeyVault, SealContext } from '../../ports/key-vault.ts'
import { StoreUnavailableError } from '../../ports/store.ts'

export class LateVault implements KeyVault {
  #vault: KeyVault | undefined

  /** Seals and opens with this vault from now on. */
  use(vault: KeyVault): void {
    this.#vault = vault
  }

  /** @throws StoreUnavailableError while the data keys are not known */
  seal(plain: Secret, context: SealContext): string {
    return this.#known().seal(plain, context)
  }

  /** @throws StoreUnavailableError while the data keys are not known */
  open(envelope: string, context: SealContext): Secret {
    return this.#known().open(envelope, context)
  }

  #known(): KeyVault {
    if (this.#vault === undefined) throw new StoreUnavailableError('The data keys are in the database, which has not been reached since the start')
    return this.#vault
  }
}
