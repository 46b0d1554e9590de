// The immutable configuration that requests are served from: loaded from the store, swapped whole (D3).
import type { ClientKey } from '../domain/client-key.ts'
import type { Secret } from '../domain/secret.ts'
import type { KeyStatus } from '../domain/upstream-key.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyVault } from '../ports/key-vault.ts'
import type { LiveConfiguration, LiveKeys } from '../ports/live.ts'
import type { Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { SnapshotImage } from '../ports/snapshot-file.ts'
import type { SealedUpstreamKey, Store } from '../ports/store.ts'
import { limits } from '../limits.ts'
import { KeyPool, type KeyPoolDependencies } from './key-pool.ts'
import type { PoolKeySpec } from './pool-key.ts'

export interface UpstreamEntry {
  readonly upstream: Upstream
  readonly pool: KeyPool
}

export interface Snapshot {
  readonly version: number
  readonly upstreams: ReadonlyMap<string, UpstreamEntry>
  /** By digest; a rolled key appears under both of its digests. */
  readonly clientKeys: ReadonlyMap<string, ClientKey>
}

export interface SnapshotDependencies {
  readonly store: Store
  readonly vault: KeyVault
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly pools: KeyPoolDependencies
  /** Client keys that are not in the store: global keys and, while it is open, the demo's. `isAway`: the store cannot be asked. */
  readonly builtInClientKeys: (isAway: boolean) => Promise<readonly ClientKey[]>
  /** Told after a configuration from the store was put in force. Must not throw. */
  readonly onLoaded?: ((version: number) => void) | undefined
}

type Rows = Pick<SnapshotImage, 'configVersion' | 'upstreams' | 'keys' | 'clientKeys'>

/** How many sealed keys are opened between two turns of the event loop. */
const OPEN_SLICE = 500
export const SEALED_KEY_PLACE = { table: 'upstream_keys', column: 'sealed_value', tenant: 'default' } as const

export class ConfigurationSnapshot implements LiveConfiguration, LiveKeys {
  readonly #dependencies: SnapshotDependencies
  readonly #pools = new Map<string, KeyPool>()
  /** Opened values by key id, so that a change of one row does not open all others again. */
  #opened = new Map<string, { sealed: string; value: Secret }>()
  #current: Snapshot | undefined
  #refreshing: Promise<void> | undefined
  #again: Promise<void> | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(dependencies: SnapshotDependencies) {
    this.#dependencies = dependencies
  }

  /** undefined until the first refresh. */
  get current(): Snapshot | undefined {
    return this.#current
  }

  get pools(): Iterable<KeyPool> {
    return this.#pools.values()
  }

  /** A call during a running refresh waits for one that starts after it: what was stored before the call is seen. */
  refresh(): Promise<void> {
    if (this.#refreshing === undefined) {
      this.#refreshing = this.#load().finally(() => (this.#refreshing = undefined))
      return this.#refreshing
    }
    this.#again ??= this.#refreshing
      .catch(() => undefined)
      .then(() => {
        this.#again = undefined
        return this.refresh()
      })
    return this.#again
  }

  /** Puts a stored image in force while the store is away. A refresh replaces it, whatever its version. */
  async restore(image: SnapshotImage): Promise<void> {
    await this.#putInForce(image, await this.#dependencies.builtInClientKeys(true))
  }

  /** Looks for changes made by other processes until stop(). */
  watch(): void {
    this.#poll = setInterval(() => {
      void this.#refreshIfChanged()
    }, limits.configPollMs).unref()
  }

  stop(): void {
    clearInterval(this.#poll)
  }

  statusOf(keyId: string): KeyStatus | undefined {
    for (const pool of this.#pools.values()) {
      const key = pool.keys.get(keyId)
      if (key === undefined) continue
      pool.stateOf(key)
      return key.status
    }
    return undefined
  }

  lastUsedAtMs(keyId: string): number | undefined {
    for (const pool of this.#pools.values()) {
      const key = pool.keys.get(keyId)
      if (key !== undefined) return key.lastUsedAtMs
    }
    return undefined
  }

  async #refreshIfChanged(): Promise<void> {
    const { store, logger } = this.#dependencies
    try {
      if ((await store.settings.configVersion()) !== this.#current?.version) await this.refresh()
    } catch (error) {
      logger.warn('config.poll_failed', 'The store cannot be reached; the configuration in force is kept', { error: String(error) })
    }
  }

  async #load(): Promise<void> {
    const { store } = this.#dependencies
    // Version first: a change that lands while the rows are read is seen by the next look.
    const configVersion = await store.settings.configVersion()
    const [upstreams, keys, clientKeys, builtIn] = await Promise.all([
      store.upstreams.list(),
      store.keys.listSealed(),
      store.clientKeys.list(),
      this.#dependencies.builtInClientKeys(false),
    ])
    await this.#putInForce({ configVersion, upstreams, keys, clientKeys }, builtIn)
    this.#dependencies.onLoaded?.(configVersion)
  }

  async #putInForce({ configVersion: version, upstreams, keys: sealedKeys, clientKeys }: Rows, builtIn: readonly ClientKey[]): Promise<void> {
    const { metrics, logger } = this.#dependencies
    const specs = await this.#openAll(sealedKeys)
    const entries = new Map<string, UpstreamEntry>()
    const ids = new Set<string>()
    for (const upstream of upstreams) {
      ids.add(upstream.id)
      const pool = this.#pools.get(upstream.id) ?? new KeyPool(upstream.id, upstream.slug, this.#dependencies.pools)
      pool.slug = upstream.slug
      this.#pools.set(upstream.id, pool)
      pool.update(specs.get(upstream.id) ?? [])
      entries.set(upstream.slug, { upstream, pool })
    }
    for (const id of this.#pools.keys()) if (!ids.has(id)) this.#pools.delete(id)
    this.#current = { version, upstreams: entries, clientKeys: this.#byDigest([...builtIn, ...clientKeys]) }
    metrics.configReloaded()
    logger.debug('config.loaded', 'Configuration in force', { config_version: version, upstreams: entries.size, keys: sealedKeys.length })
  }

  async #openAll(sealedKeys: readonly SealedUpstreamKey[]): Promise<Map<string, PoolKeySpec[]>> {
    const opened = new Map<string, { sealed: string; value: Secret }>()
    const specs = new Map<string, PoolKeySpec[]>()
    let fresh = 0
    for (const row of sealedKeys) {
      const known = this.#opened.get(row.id)
      const entry = known?.sealed === row.sealedValue ? known : this.#open(row)
      if (entry === undefined) continue
      if (entry !== known && ++fresh % OPEN_SLICE === 0) await new Promise(setImmediate)
      opened.set(row.id, entry)
      const list = specs.get(row.upstreamId) ?? []
      specs.set(row.upstreamId, list)
      const { id, label, weight, tier, limits: keyLimits, status } = row
      list.push({ id, label, weight, tier, limits: keyLimits, status, value: entry.value })
    }
    this.#opened = opened
    return specs
  }

  /** A key that cannot be opened is left out and reported; it is never used as it is. */
  #open(row: SealedUpstreamKey): { sealed: string; value: Secret } | undefined {
    const { vault, logger } = this.#dependencies
    try {
      return { sealed: row.sealedValue, value: vault.open(row.sealedValue, { ...SEALED_KEY_PLACE, id: row.id }) }
    } catch (error) {
      logger.error('key.seal_broken', `Key ${row.label || row.id} cannot be decrypted and is not used`, { key_id: row.id, error: String(error) })
      return undefined
    }
  }

  #byDigest(clientKeys: readonly ClientKey[]): Map<string, ClientKey> {
    const byDigest = new Map<string, ClientKey>()
    for (const key of clientKeys) {
      byDigest.set(key.digest, key)
      if (key.previousDigest !== undefined) byDigest.set(key.previousDigest, key)
    }
    return byDigest
  }
}
