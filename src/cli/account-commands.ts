// akr account list | add | rm
import type { Account, AccountBinding } from '../domain/account.ts'
import { limits } from '../limits.ts'
import type { ManagementServices } from '../services/management.ts'
import { type CliIo, renderTable, renderTime } from './cli-io.ts'
import { type LimitOptions, parseBudget, parseLimits, renderLimits, renderSpending } from './client-limit-options.ts'

const ALL = { page: 1, limit: limits.accountsMax }

export interface AddAccountOptions extends LimitOptions {
  readonly upstream?: readonly string[]
}

export async function listAccounts({ accounts }: ManagementServices, io: CliIo, isJson: boolean): Promise<void> {
  const { rows } = await accounts.list(ALL)
  if (isJson) return io.print(JSON.stringify(rows.map(renderAccount), null, 2))
  const cells = rows.map((account) => [
    account.id,
    account.name,
    account.enabled ? 'enabled' : 'disabled',
    account.bindings?.map(renderBinding).join(', ') ?? 'all',
    renderLimits(account.limits, account.budget),
    renderTime(account.createdAtMs),
  ])
  io.print(renderTable(['id', 'name', 'state', 'upstreams', 'limits', 'created'], cells))
}

export async function addAccount({ accounts }: ManagementServices, io: CliIo, name: string, options: AddAccountOptions, isJson: boolean): Promise<void> {
  const bindings = options.upstream?.map(parseBinding)
  const account = await accounts.create({ name, bindings, limits: parseLimits(options), budget: parseBudget(options) })
  io.print(isJson ? JSON.stringify(renderAccount(account), null, 2) : account.id)
}

export async function removeAccount({ accounts }: ManagementServices, io: CliIo, id: string, isCascade: boolean, isJson: boolean): Promise<void> {
  await accounts.remove(id, isCascade)
  io.print(isJson ? JSON.stringify({ removed: id }) : 'Removed the account.')
}

/** `<slug>` or `<slug>:<tag>` */
function parseBinding(text: string): AccountBinding {
  const colon = text.indexOf(':')
  return colon < 0 ? { upstream: text } : { upstream: text.slice(0, colon), keyTag: text.slice(colon + 1) }
}

function renderBinding({ upstream, keyTag }: AccountBinding): string {
  return keyTag === undefined ? upstream : `${upstream}:${keyTag}`
}

function renderAccount(account: Account): Record<string, unknown> {
  const { id, name, enabled, bindings, createdAtMs } = account
  return {
    id,
    name,
    enabled,
    ...renderSpending(account),
    bindings: bindings?.map(({ upstream, keyTag }) => ({ upstream, key_tag: keyTag })) ?? null,
    created_at: renderTime(createdAtMs),
  }
}
