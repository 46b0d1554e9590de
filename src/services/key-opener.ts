// Opens sealed keys, each once: a change of one row does not open all others again.
import type { Secret } from '../domain/secret.ts'
import type { KeyVault } from '../ports/key-vault.ts'
import type { Logger } from '../ports/logger.ts'
import type { SealedUpstreamKey } from '../ports/store.ts'
import type { PoolKeySpec } from './pool-key.ts'

export const SEALED_KEY_PLACE = { table: 'upstream_keys', column: 'sealed_value', tenant: 'default' } as const

/** Work between two turns of the event loop: so many known keys, or, since opening one is so many times as much, fewer new ones. */
const SLICE = 10_000
const OPENING = 20

interface Opened {
  readonly sealed: string
  readonly value: Secret
}

export class KeyOpener {
  readonly #vault: KeyVault
  readonly #logger: Logger
  #opened = new Map<string, Opened>()
  /** Sealed values that cannot be opened, by key id: each is reported once. */
  #broken = new Map<string, string>()

  constructor(vault: KeyVault, logger: Logger) {
    this.#vault = vault
    this.#logger = logger
  }

  /**
   * What the pools are made of, by upstream id, in the order of the rows; lets other work in between.
   * A key that cannot be opened is used as it was last, or left out when it never could be.
   */
  async openAll(rows: readonly SealedUpstreamKey[]): Promise<Map<string, PoolKeySpec[]>> {
    const opened = new Map<string, Opened>()
    const broken = new Map<string, string>()
    const specs = new Map<string, PoolKeySpec[]>()
    let work = 0
    for (const row of rows) {
      const known = this.#opened.get(row.id)
      const entry = known?.sealed === row.sealedValue ? known : (this.#open(row, broken) ?? known)
      work += entry === known ? 1 : OPENING
      if (work >= SLICE) {
        work = 0
        await new Promise(setImmediate)
      }
      if (entry === undefined) continue
      opened.set(row.id, entry)
      const { id, label, weight, tier, tags, limits: keyLimits, status } = row
      const spec = { id, label, weight, tier, tags, limits: keyLimits, status, value: entry.value }
      const list = specs.get(row.upstreamId)
      if (list === undefined) specs.set(row.upstreamId, [spec])
      else list.push(spec)
    }
    this.#opened = opened
    this.#broken = broken
    return specs
  }

  #open(row: SealedUpstreamKey, broken: Map<string, string>): Opened | undefined {
    try {
      return { sealed: row.sealedValue, value: this.#vault.open(row.sealedValue, { ...SEALED_KEY_PLACE, id: row.id }) }
    } catch (error) {
      broken.set(row.id, row.sealedValue)
      if (this.#broken.get(row.id) !== row.sealedValue) {
        const kept = this.#opened.has(row.id) ? 'its last good value is used' : 'it is not used'
        this.#logger.error('key.seal_broken', `Key ${row.label || row.id} cannot be decrypted; ${kept}`, { key_id: row.id, error: String(error) })
      }
      return undefined
    }
  }
}
