// akr client list | add | rm
import type { ClientKey } from '../domain/client-key.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { ManagementServices } from '../services/management.ts'
import { type CliIo, renderTable, renderTime } from './cli-io.ts'
import { type LimitOptions, parseBudget, parseLimits, renderLimits, renderSpending } from './client-limit-options.ts'

const ALL = { page: 1, limit: limits.clientKeysMax }

export async function listClients({ clientKeys }: ManagementServices, io: CliIo, isJson: boolean): Promise<void> {
  const { rows } = await clientKeys.list(ALL)
  if (isJson) return io.print(JSON.stringify(rows.map(renderClient), null, 2))
  const cells = rows.map((key) => [
    key.id,
    key.name,
    key.masked,
    key.revokedAtMs === undefined ? 'active' : 'revoked',
    key.upstreams?.join(', ') ?? 'all',
    renderLimits(key.limits, key.budget),
    renderTime(key.expiresAtMs),
    renderTime(key.lastUsedAtMs),
  ])
  io.print(renderTable(['id', 'name', 'key', 'state', 'upstreams', 'limits', 'expires', 'used'], cells))
}

export interface AddClientOptions extends LimitOptions {
  /** Id of an account. */
  readonly account?: string
  readonly upstream?: readonly string[]
  readonly model?: readonly string[]
  readonly network?: readonly string[]
  /** RFC 3339 time or a date. */
  readonly expires?: string
}

/** Prints the key alone on stdout, so that a script can take it. */
export async function addClient({ clientKeys }: ManagementServices, io: CliIo, name: string, options: AddClientOptions, isJson: boolean): Promise<void> {
  const expiresAtMs = options.expires === undefined ? undefined : Date.parse(options.expires)
  if (Number.isNaN(expiresAtMs)) throw new GatewayError('validation_failed', '--expires needs a time such as 2027-01-31 or 2027-01-31T12:00:00Z.')
  const { upstream: upstreams, model: models, network: networks } = options
  const { clientKey, secret } = await clientKeys.issue({
    name,
    upstreams,
    models,
    networks,
    limits: parseLimits(options),
    budget: parseBudget(options),
    accountId: options.account,
    expiresAtMs,
  })
  if (isJson) return io.print(JSON.stringify({ ...renderClient(clientKey), key: secret.reveal() }, null, 2))
  io.print(secret.reveal())
  io.remark(`This is the key of ${name} (${clientKey.id}). It is shown only once.`)
}

export async function removeClient({ clientKeys }: ManagementServices, io: CliIo, id: string, isPurge: boolean, isJson: boolean): Promise<void> {
  await (isPurge ? clientKeys.remove(id) : clientKeys.revoke(id))
  io.print(isJson ? JSON.stringify({ [isPurge ? 'removed' : 'revoked']: id }) : `${isPurge ? 'Removed' : 'Revoked'} the client key.`)
}

function renderClient(key: ClientKey): Record<string, unknown> {
  return {
    id: key.id,
    name: key.name,
    masked: key.masked,
    account_id: key.accountId ?? null,
    upstreams: key.upstreams ?? null,
    models: key.models ?? null,
    networks: key.networks ?? null,
    ...renderSpending(key),
    expires_at: renderTime(key.expiresAtMs) || null,
    revoked_at: renderTime(key.revokedAtMs) || null,
    created_at: renderTime(key.createdAtMs),
    last_used_at: renderTime(key.lastUsedAtMs) || null,
  }
}
