// Who is calling: finds the client key behind a presented credential, and says what is wrong with it.
import type { ClientKey } from '../domain/client-key.ts'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { CacheCounts } from '../ports/metrics.ts'
import { DEMO_CLIENT_KEY } from './built-in-client-keys.ts'
import type { LiveClientKey, Snapshot } from './snapshot.ts'

export interface ClientAuthDependencies {
  readonly digester: Digester
  readonly clock: Clock
  /** Counts how often a digest was known already. */
  readonly lookups?: CacheCounts
}

/** Digests that were computed lately, of known and of unknown credentials each; the credential is the map's key and never leaves it. */
const DIGESTS_MAX = 10_000
/** Longer credentials are nobody's: they are not worth remembering. */
const REMEMBERED_CHARS_MAX = 256

const DEMO_IS_OVER =
  "The client key 'demo' works from private addresses only, and until set-up is finished (DEMO_MODE=on keeps it). Issue a client key in the gateway's management page, or with: akr client add <name>"

export class ClientAuth {
  readonly #dependencies: ClientAuthDependencies
  readonly #lookups: CacheCounts
  readonly #known = new Map<string, string>()
  /** Apart from the others, so that a flood of wrong keys pushes out none that is right. */
  readonly #unknown = new Map<string, string>()
  /** Made for a configuration when somebody first asks. */
  readonly #owners = new WeakMap<Snapshot, Map<string, LiveClientKey>>()

  constructor(dependencies: ClientAuthDependencies) {
    this.#dependencies = dependencies
    this.#lookups = dependencies.lookups ?? { hits: 0, misses: 0 }
  }

  /** The client key with this credential, whatever its state; undefined when the gateway does not know it. */
  findClientKey(snapshot: Snapshot, credential: string): LiveClientKey | undefined {
    return snapshot.clientKeys.get(this.#digest(snapshot, credential))
  }

  /**
   * @param isPrivatePeer whether the caller is on a private address: the demo's key works only from there
   * @throws GatewayError invalid_client_key, client_key_revoked, client_key_expired, account_disabled
   */
  authenticate(snapshot: Snapshot, credential: string, isPrivatePeer: () => boolean): LiveClientKey {
    const digest = this.#digest(snapshot, credential)
    const key = snapshot.clientKeys.get(digest)
    if (key === undefined || (key.source === 'demo' && !isPrivatePeer())) {
      if (credential === DEMO_CLIENT_KEY) throw new GatewayError('invalid_client_key', DEMO_IS_OVER)
      throw new GatewayError(
        'invalid_client_key',
        `Unknown client key (${hint(credential)}). It may have been deleted or belong to another gateway. Ask the gateway's administrator for a client key.`,
      )
    }
    this.assertUsable(key)
    if (digest === key.previousDigest && (key.previousUntilMs ?? 0) <= this.#dependencies.clock.nowMs()) {
      throw new GatewayError('client_key_revoked', `The client key '${key.name}' was replaced by a newer one. Use the new key.`)
    }
    return key
  }

  /** @throws GatewayError client_key_revoked, client_key_expired, account_disabled */
  assertUsable(key: LiveClientKey): void {
    if (key.revokedAtMs !== undefined) {
      throw new GatewayError('client_key_revoked', `The client key '${key.name}' was revoked. Ask the gateway's administrator for a new one.`)
    }
    if (key.account !== undefined && (key.account === 'gone' || !key.account.enabled)) {
      throw new GatewayError('account_disabled', `The account of the client key '${key.name}' is disabled. Ask the gateway's administrator to enable it.`)
    }
    if (key.expiresAtMs !== undefined && key.expiresAtMs <= this.#dependencies.clock.nowMs()) {
      throw new GatewayError('client_key_expired', `The client key '${key.name}' expired on ${new Date(key.expiresAtMs).toISOString()}. Ask for a new one.`)
    }
  }

  /** The client key that owns something here, by its name for that, see ownerOf; undefined when it is gone. */
  findOwner(snapshot: Snapshot, owner: string): LiveClientKey | undefined {
    let owners = this.#owners.get(snapshot)
    if (owners === undefined) {
      owners = new Map()
      for (const key of snapshot.clientKeys.values()) owners.set(ownerOf(key), key)
      this.#owners.set(snapshot, owners)
    }
    return owners.get(owner)
  }

  #digest(snapshot: Snapshot, credential: string): string {
    const known = this.#known.get(credential)
    if (known === undefined) {
      this.#lookups.misses++
      return this.#compute(snapshot, credential)
    }
    this.#lookups.hits++
    return known
  }

  #compute({ clientKeys }: Snapshot, credential: string): string {
    const digest = this.#unknown.get(credential) ?? this.#dependencies.digester.clientKeyDigest(credential)
    if (credential.length > REMEMBERED_CHARS_MAX) return digest
    const isKnown = clientKeys.has(digest)
    if (isKnown) this.#unknown.delete(credential)
    const digests = isKnown ? this.#known : this.#unknown
    if (digests.size >= DIGESTS_MAX) digests.clear()
    digests.set(credential, digest)
    return digest
  }
}

/** Names a client key for what it owns. Keys that nobody stored are numbered by their place in a list, which may change: their digest goes with it. */
export function ownerOf(key: ClientKey): string {
  return key.source === 'issued' ? key.id : `${key.id}.${key.digest.slice(0, 32)}`
}

/** Enough to recognise one's own key, too little to use: nothing of a short one. */
function hint(credential: string): string {
  return credential.length < 24 ? `${credential.length} characters` : `…${credential.slice(-4)}`
}
