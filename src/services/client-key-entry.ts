// Makes the row of a client key, and checks what every way to make one must check.
import { isBound } from '../domain/account.ts'
import type { Account } from '../domain/account.ts'
import { CLIENT_KEY_PREFIX, createClientKey } from '../domain/client-key-format.ts'
import type { ClientKey } from '../domain/client-key.ts'
import { setLimits } from '../domain/client-limits.ts'
import { createId } from '../domain/id.ts'
import { createMask } from '../domain/masking.ts'
import { Secret } from '../domain/secret.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { Random } from '../ports/random.ts'
import type { Repositories } from '../ports/store.ts'
import type { ClientKeyInput } from './client-key-admin.ts'
import { renderNetworks } from './client-key-restrictions.ts'

export interface ClientKeyMaking {
  readonly clock: Clock
  readonly random: Random
  readonly digester: Digester
}

/** The plain key exists only in this answer. */
export interface IssuedClientKey {
  readonly clientKey: ClientKey
  readonly secret: Secret
}

/** @param tail random part of the id, at least 10 bytes */
export function createClientKeyRow(input: ClientKeyInput & { readonly name: string }, tail: Buffer, making: ClientKeyMaking): IssuedClientKey {
  const nowMs = making.clock.nowMs()
  const { secret, digest, masked } = createClientKeySecret(making)
  const clientKey: ClientKey = {
    id: createId('cli', nowMs, tail),
    name: input.name,
    source: 'issued',
    digest,
    masked,
    upstreams: input.upstreams ?? undefined,
    models: input.models ?? undefined,
    networks: renderNetworks(input.networks),
    limits: setLimits(input.limits ?? undefined),
    budget: input.budget ?? undefined,
    expiresAtMs: input.expiresAtMs ?? undefined,
    revokedAtMs: undefined,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    lastUsedAtMs: undefined,
    previousDigest: undefined,
    previousUntilMs: undefined,
    accountId: input.accountId ?? undefined,
  }
  return { clientKey, secret }
}

export function createClientKeySecret({ random, digester }: ClientKeyMaking): { secret: Secret; digest: string; masked: string } {
  const plain = createClientKey((count) => random.bytes(count))
  return { secret: new Secret(plain), digest: digester.clientKeyDigest(plain), masked: createMask(plain, [CLIENT_KEY_PREFIX]) }
}

/** @throws GatewayError conflict */
export async function refuseTooManyClientKeys({ clientKeys }: Repositories, added: number): Promise<void> {
  const { total } = await clientKeys.listPage({ page: 1, limit: 1 })
  if (total + added > limits.clientKeysMax)
    throw new GatewayError('conflict', `There are already ${total} client keys; at most ${limits.clientKeysMax} are allowed.`)
}

/**
 * Upstreams that the account is not bound to are as unknown to it as those that do not exist.
 * @throws GatewayError validation_failed
 */
export async function refuseUnknownSlugs(
  slugs: readonly string[] | null | undefined,
  account: Account | undefined,
  { upstreams }: Repositories,
): Promise<void> {
  for (const [index, slug] of (slugs ?? []).entries()) {
    const isUsable = account === undefined || isBound(account, slug)
    if (isUsable && (await upstreams.findBySlug(slug)) !== undefined) continue
    const errors = [{ path: `/upstreams/${index}`, message: 'is not the slug of an upstream' }]
    throw new GatewayError('validation_failed', 'The client key names an upstream that does not exist.', { errors })
  }
}

/** @throws GatewayError validation_failed */
export async function findAccountOf(accountId: string | undefined, { accounts }: Repositories): Promise<Account | undefined> {
  if (accountId === undefined) return undefined
  const account = await accounts.findById(accountId)
  if (account !== undefined) return account
  throw new GatewayError('validation_failed', 'There is no such account.', { errors: [{ path: '/account_id', message: 'is not the id of an account' }] })
}
