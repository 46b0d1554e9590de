// The vault of a gateway whose database may come later, and whose keys may change: everybody holds this one.
import type { Secret } from '../../domain/secret.ts'
import { SealBrokenError } from '../../ports/key-vault.ts'
import type { KeyVault, SealContext } from '../../ports/key-vault.ts'
import { StoreUnavailableError } from '../../ports/store.ts'

export class LateVault implements KeyVault {
  #vault: KeyVault | undefined
  /** The one before: values that were read before a change of keys can still be opened. */
  #earlier: KeyVault | undefined

  /** Seals and opens with this vault from now on. */
  use(vault: KeyVault): void {
    this.#earlier = this.#vault
    this.#vault = vault
  }

  /** @throws StoreUnavailableError while the data keys are not known */
  seal(plain: Secret, context: SealContext): string {
    return this.#known().seal(plain, context)
  }

  /** @throws StoreUnavailableError while the data keys are not known */
  open(envelope: string, context: SealContext): Secret {
    const vault = this.#known()
    if (this.#earlier === undefined) return vault.open(envelope, context)
    try {
      return vault.open(envelope, context)
    } catch (error) {
      if (!(error instanceof SealBrokenError)) throw error
      return this.#earlier.open(envelope, context)
    }
  }

  #known(): KeyVault {
    if (this.#vault === undefined) throw new StoreUnavailableError('The data keys are in the database, which has not been reached since the start')
    return this.#vault
  }
}
