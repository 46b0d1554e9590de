// The immutable configuration that requests are served from: loaded from the store, swapped whole (D3).
import { type Account, keyTagsOf, usableUpstreams } from '../domain/account.ts'
import type { ClientKey } from '../domain/client-key.ts'
import type { RouteMatcher } from '../domain/route.ts'
import type { KeyStatus } from '../domain/upstream-key.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyVault } from '../ports/key-vault.ts'
import type { LeaseExplanation, LiveConfiguration, LiveKeys } from '../ports/live.ts'
import type { Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { SnapshotImage } from '../ports/snapshot-file.ts'
import type { Store, StoredRoutes } from '../ports/store.ts'
import { KeyOpener } from './key-opener.ts'
import { KeyPool } from './key-pool.ts'
import type { KeyPoolDependencies } from './key-pool-dependencies.ts'
import { LiveRoutes } from './live-routes.ts'

export interface UpstreamEntry {
  readonly upstream: Upstream
  readonly pool: KeyPool
}

export interface Snapshot {
  readonly version: number
  readonly upstreams: ReadonlyMap<string, UpstreamEntry>
  /** undefined while no route is enabled. */
  readonly routes?: RouteMatcher | undefined
  /** By digest; a rolled key appears under both of its digests. */
  readonly clientKeys: ReadonlyMap<string, LiveClientKey>
}

/** A client key with its account; `upstreams` is what is left after both had their say. */
export interface LiveClientKey extends ClientKey {
  /** undefined for a key of the gateway's own; `gone` refuses it like a disabled account. */
  readonly account?: Account | 'gone' | undefined
  /** By slug: the tag that upstream keys for it must carry. */
  readonly keyTags?: ReadonlyMap<string, string> | undefined
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
  /** Takes over keys of the vault that have changed: called with the rows read, before they are opened. */
  readonly refreshVault?: (() => Promise<void>) | undefined
  /** Told after a configuration from the store was put in force. Must not throw. */
  readonly onLoaded?: ((version: number) => void) | undefined
  /** Told after any configuration was put in force, wherever it came from. Must not throw. */
  readonly onInForce?: (() => void) | undefined
}

type Rows = Pick<SnapshotImage, 'configVersion' | 'upstreams' | 'keys' | 'clientKeys' | 'accounts'> & { readonly routes: StoredRoutes }

export { SEALED_KEY_PLACE } from './key-opener.ts'

export class ConfigurationSnapshot implements LiveConfiguration, LiveKeys {
  readonly #dependencies: SnapshotDependencies
  readonly #pools = new Map<string, KeyPool>()
  readonly #opener: KeyOpener
  readonly #routes: LiveRoutes
  #current: Snapshot | undefined
  #refreshing: Promise<void> | undefined
  #again: Promise<void> | undefined

  constructor(dependencies: SnapshotDependencies) {
    this.#dependencies = dependencies
    this.#opener = new KeyOpener(dependencies.vault, dependencies.logger)
    this.#routes = new LiveRoutes(dependencies.logger)
  }

  /** undefined until the first refresh. */
  get current(): Snapshot | undefined {
    return this.#current
  }

  get routes(): RouteMatcher | undefined {
    return this.#current?.routes
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
    await this.#putInForce({ ...image, routes: { routes: image.routes, unreadable: [] } }, await this.#dependencies.builtInClientKeys(true))
  }

  findPool(id: string): KeyPool | undefined {
    return this.#pools.get(id)
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

  async explainLease(upstreamId: string, tag?: string): Promise<LeaseExplanation | undefined> {
    return this.#pools.get(upstreamId)?.explain(tag)
  }

  lastUsedAtMs(keyId: string): number | undefined {
    for (const pool of this.#pools.values()) {
      const key = pool.keys.get(keyId)
      if (key !== undefined) return key.lastUsedAtMs
    }
    return undefined
  }

  async #load(): Promise<void> {
    const { store } = this.#dependencies
    // Version first: a change that lands while the rows are read is seen by the next look.
    const configVersion = await store.settings.configVersion()
    const [upstreams, keys, routes, clientKeys, accounts, builtIn] = await Promise.all([
      store.upstreams.list(),
      store.keys.listSealed(),
      store.routes.list(),
      store.clientKeys.list(),
      store.accounts.list(),
      this.#dependencies.builtInClientKeys(false),
    ])
    await this.#dependencies.refreshVault?.()
    await this.#putInForce({ configVersion, upstreams, keys, routes, clientKeys, accounts }, builtIn)
    this.#dependencies.onLoaded?.(configVersion)
  }

  async #putInForce({ configVersion: version, upstreams, keys: sealedKeys, routes, clientKeys, accounts }: Rows, builtIn: readonly ClientKey[]): Promise<void> {
    const { metrics, logger } = this.#dependencies
    const specs = await this.#opener.openAll(sealedKeys)
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
    this.#current = { version, upstreams: entries, routes: this.#routes.update(routes), clientKeys: byDigest([...builtIn, ...clientKeys], accounts) }
    this.#dependencies.onInForce?.()
    metrics.configReloaded()
    logger.debug('config.loaded', 'Configuration in force', { config_version: version, upstreams: entries.size, keys: sealedKeys.length })
  }
}

function byDigest(clientKeys: readonly ClientKey[], accounts: readonly Account[]): Map<string, LiveClientKey> {
  const accountById = new Map(accounts.map((account) => [account.id, { account, keyTags: keyTagsOf(account) }]))
  const found = new Map<string, LiveClientKey>()
  for (const stored of clientKeys) {
    const key = stored.accountId === undefined ? stored : withAccount(stored, accountById.get(stored.accountId))
    found.set(key.digest, key)
    if (key.previousDigest !== undefined) found.set(key.previousDigest, key)
  }
  return found
}

function withAccount(key: ClientKey, found: (Pick<LiveClientKey, 'keyTags'> & { readonly account: Account }) | undefined): LiveClientKey {
  if (found === undefined) return { ...key, account: 'gone' }
  const { account, keyTags } = found
  return { ...key, account, upstreams: usableUpstreams(key.upstreams, account), keyTags }
}
