// Issues, changes, rolls and revokes the keys that clients present.
import { CLIENT_KEY_PREFIX, createClientKey } from '../domain/client-key-format.ts'
import type { ClientKey } from '../domain/client-key.ts'
import { type ClientLimits, setLimits } from '../domain/client-limits.ts'
import { createId } from '../domain/id.ts'
import { createMask } from '../domain/masking.ts'
import { Secret } from '../domain/secret.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { Random } from '../ports/random.ts'
import type { Page, PageRequest, Repositories, Store } from '../ports/store.ts'
import { assertSeenVersion, nextChangeMs } from './configuration-writer.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'

export interface ClientKeyAdminDependencies {
  readonly store: Store
  readonly writer: ConfigurationWriter
  readonly clock: Clock
  readonly random: Random
  readonly digester: Digester
}

/** Absent members stay as they are; `null` lifts a restriction. */
export interface ClientKeyInput {
  readonly name?: string | undefined
  /** Slugs it may use. */
  readonly upstreams?: readonly string[] | null | undefined
  /** Replaces all of them; a limit that is absent there is none. */
  readonly limits?: ClientLimits | null | undefined
  readonly expiresAtMs?: number | null | undefined
}

/** The plain key exists only in this answer. */
export interface IssuedClientKey {
  readonly clientKey: ClientKey
  readonly secret: Secret
}

export class ClientKeyAdmin {
  readonly #dependencies: ClientKeyAdminDependencies

  constructor(dependencies: ClientKeyAdminDependencies) {
    this.#dependencies = dependencies
  }

  list(page: PageRequest, search?: string): Promise<Page<ClientKey>> {
    return this.#dependencies.store.clientKeys.listPage(page, { search })
  }

  /** @throws GatewayError not_found */
  async get(id: string): Promise<ClientKey> {
    return found(await this.#dependencies.store.clientKeys.findById(id), id)
  }

  /** @throws GatewayError validation_failed, conflict when there are limits.clientKeysMax already */
  async issue(input: ClientKeyInput & { readonly name: string }): Promise<IssuedClientKey> {
    const { writer, clock, random } = this.#dependencies
    const nowMs = clock.nowMs()
    this.#checkExpiry(input.expiresAtMs)
    checkLimits(input.limits)
    const fresh = this.#createSecret()
    const clientKey: ClientKey = {
      id: createId('cli', nowMs, random.bytes(10)),
      name: input.name,
      source: 'issued',
      digest: fresh.digest,
      masked: fresh.masked,
      upstreams: input.upstreams ?? undefined,
      limits: setLimits(input.limits ?? undefined),
      expiresAtMs: input.expiresAtMs ?? undefined,
      revokedAtMs: undefined,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      lastUsedAtMs: undefined,
      previousDigest: undefined,
      previousUntilMs: undefined,
    }
    await writer.change(async (repositories) => {
      await refuseUnknownSlugs(input.upstreams, repositories)
      const { total } = await repositories.clientKeys.listPage({ page: 1, limit: 1 })
      if (total >= limits.clientKeysMax) throw new GatewayError('conflict', `There are already ${limits.clientKeysMax} client keys, the most that are allowed.`)
      await repositories.clientKeys.insert(clientKey)
    })
    return { clientKey, secret: fresh.secret }
  }

  /** @throws GatewayError not_found, precondition_failed, validation_failed */
  async update(id: string, input: ClientKeyInput, seenVersions?: readonly number[]): Promise<ClientKey> {
    this.#checkExpiry(input.expiresAtMs)
    checkLimits(input.limits)
    return this.#change(id, seenVersions, async (stored, repositories) => {
      await refuseUnknownSlugs(input.upstreams, repositories)
      return {
        ...stored,
        name: input.name ?? stored.name,
        upstreams: input.upstreams === undefined ? stored.upstreams : (input.upstreams ?? undefined),
        limits: input.limits === undefined ? stored.limits : setLimits(input.limits ?? undefined),
        expiresAtMs: input.expiresAtMs === undefined ? stored.expiresAtMs : (input.expiresAtMs ?? undefined),
      }
    })
  }

  /**
   * Replaces the key; the old one stays valid for `overlapMs`. An older overlap ends at once: two values are valid at most.
   * @throws GatewayError not_found, precondition_failed, conflict for a revoked key
   */
  async roll(id: string, overlapMs: number, seenVersions?: readonly number[]): Promise<IssuedClientKey> {
    const { clock } = this.#dependencies
    const fresh = this.#createSecret()
    const clientKey = await this.#change(id, seenVersions, (stored) => {
      if (stored.revokedAtMs !== undefined)
        throw new GatewayError('conflict', `The client key "${stored.name}" is revoked and cannot be rolled. Issue a new one.`)
      const isOverlapping = overlapMs > 0
      return {
        ...stored,
        digest: fresh.digest,
        masked: fresh.masked,
        previousDigest: isOverlapping ? stored.digest : undefined,
        previousUntilMs: isOverlapping ? clock.nowMs() + overlapMs : undefined,
      }
    })
    return { clientKey, secret: fresh.secret }
  }

  /** From now on the key is refused by name; the row stays. Idempotent. @throws GatewayError not_found, precondition_failed */
  revoke(id: string, seenVersions?: readonly number[]): Promise<ClientKey> {
    const { clock } = this.#dependencies
    return this.#change(id, seenVersions, (stored) => ({ ...stored, revokedAtMs: stored.revokedAtMs ?? clock.nowMs() }))
  }

  /** Forgets the key: whoever uses it is told that it is unknown. @throws GatewayError not_found, precondition_failed */
  async remove(id: string, seenVersions?: readonly number[]): Promise<void> {
    await this.#dependencies.writer.change(async ({ clientKeys }) => {
      assertSeenVersion(found(await clientKeys.findById(id), id).updatedAtMs, seenVersions)
      await clientKeys.remove(id)
    })
  }

  #change(
    id: string,
    seenVersions: readonly number[] | undefined,
    apply: (stored: ClientKey, repositories: Repositories) => ClientKey | Promise<ClientKey>,
  ): Promise<ClientKey> {
    const { writer, clock } = this.#dependencies
    return writer.change(async (repositories) => {
      const stored = found(await repositories.clientKeys.findById(id), id)
      assertSeenVersion(stored.updatedAtMs, seenVersions)
      const row = { ...(await apply(stored, repositories)), updatedAtMs: nextChangeMs(clock.nowMs(), stored.updatedAtMs) }
      await repositories.clientKeys.update(row)
      return row
    })
  }

  #createSecret(): { secret: Secret; digest: string; masked: string } {
    const { random, digester } = this.#dependencies
    const plain = createClientKey((count) => random.bytes(count))
    return { secret: new Secret(plain), digest: digester.clientKeyDigest(plain), masked: createMask(plain, [CLIENT_KEY_PREFIX]) }
  }

  #checkExpiry(expiresAtMs: number | null | undefined): void {
    if (typeof expiresAtMs !== 'number' || expiresAtMs > this.#dependencies.clock.nowMs()) return
    const errors = [{ path: '/expires_at', message: 'must be in the future' }]
    throw new GatewayError('validation_failed', 'expires_at must be in the future. To end a key now, revoke it.', { errors })
  }
}

function found(key: ClientKey | undefined, id: string): ClientKey {
  if (key === undefined) throw new GatewayError('not_found', `There is no client key with the id "${id}".`)
  return key
}

const LIMIT_PATHS = { rps: 'rps', rpm: 'rpm', rpd: 'rpd', maxInFlight: 'max_in_flight' } as const

function checkLimits(input: ClientLimits | null | undefined): void {
  const errors = (Object.keys(LIMIT_PATHS) as (keyof typeof LIMIT_PATHS)[]).flatMap((name) => {
    const value = input?.[name]
    const max = name === 'maxInFlight' ? limits.clientInFlightMax : limits.clientRateMax
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return []
    return [{ path: `/limits/${LIMIT_PATHS[name]}`, message: `must be a whole number from 1 to ${max}, or null for none` }]
  })
  if (errors.length > 0)
    throw new GatewayError(
      'validation_failed',
      `A limit of a client key is a whole number from 1 to ${limits.clientRateMax} (max_in_flight: to ${limits.clientInFlightMax}).`,
      { errors },
    )
}

async function refuseUnknownSlugs(slugs: readonly string[] | null | undefined, { upstreams }: Repositories): Promise<void> {
  for (const [index, slug] of (slugs ?? []).entries()) {
    if ((await upstreams.findBySlug(slug)) !== undefined) continue
    const errors = [{ path: `/upstreams/${index}`, message: 'is not the slug of an upstream' }]
    throw new GatewayError('validation_failed', 'The client key names an upstream that does not exist.', { errors })
  }
}
