// Issues, changes, rolls and revokes the keys that clients present.
import type { Budget } from '../domain/budget.ts'
import type { ClientKey } from '../domain/client-key.ts'
import { type ClientLimits, setLimits } from '../domain/client-limits.ts'
import { GatewayError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { Random } from '../ports/random.ts'
import type { ClientKeyFilter, Page, PageRequest, Repositories, Store } from '../ports/store.ts'
import { createClientKeyRow, createClientKeySecret, findAccountOf, refuseTooManyClientKeys, refuseUnknownSlugs } from './client-key-entry.ts'
import type { IssuedClientKey } from './client-key-entry.ts'
import { checkRestrictions, renderNetworks } from './client-key-restrictions.ts'
import { assertSeenVersion, nextChangeMs } from './configuration-writer.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'
import { checkBudget, checkLimits } from './spending-rules.ts'

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
  /** Names or globs of models that it may ask LLM upstreams for. */
  readonly models?: readonly string[] | null | undefined
  /** Addresses or CIDRs from which it may be used. */
  readonly networks?: readonly string[] | null | undefined
  /** Replaces all of them; a limit that is absent there is none. */
  readonly limits?: ClientLimits | null | undefined
  readonly budget?: Budget | null | undefined
  readonly expiresAtMs?: number | null | undefined
  /** The account that it belongs to. */
  readonly accountId?: string | null | undefined
}

export type { IssuedClientKey } from './client-key-entry.ts'

export class ClientKeyAdmin {
  readonly #dependencies: ClientKeyAdminDependencies

  constructor(dependencies: ClientKeyAdminDependencies) {
    this.#dependencies = dependencies
  }

  /** @param own the account that the caller is confined to, here and below: other keys are not there */
  list(page: PageRequest, filter: ClientKeyFilter = {}, own?: string): Promise<Page<ClientKey>> {
    return this.#dependencies.store.clientKeys.listPage(page, own === undefined ? filter : { ...filter, accountId: own })
  }

  /** @throws GatewayError not_found */
  async get(id: string, own?: string): Promise<ClientKey> {
    return found(await this.#dependencies.store.clientKeys.findById(id), id, own)
  }

  /** @throws GatewayError validation_failed, conflict when there are limits.clientKeysMax already */
  async issue(input: ClientKeyInput & { readonly name: string }): Promise<IssuedClientKey> {
    const { writer, random } = this.#dependencies
    this.#check(input)
    const issued = createClientKeyRow(input, random.bytes(10), this.#dependencies)
    await writer.change(async (repositories) => {
      await refuseUnknownSlugs(input.upstreams, await findAccountOf(issued.clientKey.accountId, repositories), repositories)
      await refuseTooManyClientKeys(repositories, 1)
      await repositories.clientKeys.insert(issued.clientKey)
    })
    return issued
  }

  /** @throws GatewayError not_found, precondition_failed, validation_failed */
  async update(id: string, input: ClientKeyInput, seenVersions?: readonly number[], own?: string): Promise<ClientKey> {
    this.#check(input)
    return this.#change({ id, seenVersions, own }, async (stored, repositories) => {
      const accountId = input.accountId === undefined ? stored.accountId : (input.accountId ?? undefined)
      await refuseUnknownSlugs(input.upstreams, await findAccountOf(accountId, repositories), repositories)
      return {
        ...stored,
        accountId,
        name: input.name ?? stored.name,
        upstreams: input.upstreams === undefined ? stored.upstreams : (input.upstreams ?? undefined),
        models: input.models === undefined ? stored.models : (input.models ?? undefined),
        networks: input.networks === undefined ? stored.networks : renderNetworks(input.networks),
        limits: input.limits === undefined ? stored.limits : setLimits(input.limits ?? undefined),
        budget: input.budget === undefined ? stored.budget : (input.budget ?? undefined),
        expiresAtMs: input.expiresAtMs === undefined ? stored.expiresAtMs : (input.expiresAtMs ?? undefined),
      }
    })
  }

  /**
   * Replaces the key; the old one stays valid for `overlapMs`. An older overlap ends at once: two values are valid at most.
   * @throws GatewayError not_found, precondition_failed, conflict for a revoked key
   */
  async roll(id: string, overlapMs: number, seenVersions?: readonly number[], own?: string): Promise<IssuedClientKey> {
    const { clock } = this.#dependencies
    const fresh = createClientKeySecret(this.#dependencies)
    const clientKey = await this.#change({ id, seenVersions, own }, (stored) => {
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
  revoke(id: string, seenVersions?: readonly number[], own?: string): Promise<ClientKey> {
    const { clock } = this.#dependencies
    return this.#change({ id, seenVersions, own }, (stored) => ({ ...stored, revokedAtMs: stored.revokedAtMs ?? clock.nowMs() }))
  }

  /** Forgets the key: whoever uses it is told that it is unknown. @throws GatewayError not_found, precondition_failed */
  async remove(id: string, seenVersions?: readonly number[], own?: string): Promise<void> {
    await this.#dependencies.writer.change(async ({ clientKeys }) => {
      assertSeenVersion(found(await clientKeys.findById(id), id, own).updatedAtMs, seenVersions)
      await clientKeys.remove(id)
    })
  }

  #change(
    { id, seenVersions, own }: { readonly id: string; readonly seenVersions: readonly number[] | undefined; readonly own: string | undefined },
    apply: (stored: ClientKey, repositories: Repositories) => ClientKey | Promise<ClientKey>,
  ): Promise<ClientKey> {
    const { writer, clock } = this.#dependencies
    return writer.change(async (repositories) => {
      const stored = found(await repositories.clientKeys.findById(id), id, own)
      assertSeenVersion(stored.updatedAtMs, seenVersions)
      const row = { ...(await apply(stored, repositories)), updatedAtMs: nextChangeMs(clock.nowMs(), stored.updatedAtMs) }
      await repositories.clientKeys.update(row)
      return row
    })
  }

  #check(input: ClientKeyInput): void {
    this.#checkExpiry(input.expiresAtMs)
    checkLimits(input.limits)
    checkBudget(input.budget)
    checkRestrictions(input)
  }

  #checkExpiry(expiresAtMs: number | null | undefined): void {
    if (typeof expiresAtMs !== 'number' || expiresAtMs > this.#dependencies.clock.nowMs()) return
    const errors = [{ path: '/expires_at', message: 'must be in the future' }]
    throw new GatewayError('validation_failed', 'expires_at must be in the future. To end a key now, revoke it.', { errors })
  }
}

/** @throws GatewayError not_found, with the same words for what is not there and what is somebody else's */
function found(key: ClientKey | undefined, id: string, own: string | undefined): ClientKey {
  if (key === undefined || (own !== undefined && key.accountId !== own)) throw new GatewayError('not_found', `There is no client key with the id "${id}".`)
  return key
}
