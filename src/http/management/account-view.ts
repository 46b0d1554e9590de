// How accounts are written and shown, and what belongs to them.
import { z } from 'zod'
import type { Account } from '../../domain/account.ts'
import type { Upstream } from '../../domain/upstream.ts'
import { GatewayError } from '../../errors.ts'
import { limits as bounds } from '../../limits.ts'
import type { AccountInput } from '../../services/account-admin.ts'
import type { SpendingState } from '../../services/spending-limiter.ts'
import { BudgetBody, BudgetView, LimitsBody, LimitsView, parseBudget, parseLimits, renderBudget, renderLimits } from './limits-view.ts'
import { KeyTag } from './key-view.ts'
import { Id, label, renderTime } from './schemas.ts'

export const AccountId = Id.nullable().optional().describe('The account that it belongs to; null = none. Only people of the whole gateway may name it.')

const BindingBody = z.strictObject({
  upstream: z.string().min(1).max(63).describe('Slug.'),
  key_tag: KeyTag.optional().describe('Its requests use only upstream keys that carry this tag; absent = all.'),
})

export const AccountBody = z.strictObject({
  name: label(100).min(1).optional().describe('Unique. A new account must have one.'),
  enabled: z.boolean().optional().describe('false refuses its client keys and signs its people out.'),
  priority: z.int().min(-1_000_000).max(1_000_000).optional().describe('Kept for the program that provisions accounts.'),
  verification_enabled: z.boolean().optional().describe('Kept for the program that provisions accounts.'),
  limits: LimitsBody.nullable().optional().describe('What all its client keys may send together; absent or null = none.'),
  budget: BudgetBody.nullable().optional().describe('What all its client keys may spend together in a day or month; null = unlimited.'),
  bindings: z.array(BindingBody).max(bounds.accountBindingsMax).nullable().optional().describe('Upstreams that it may use; null = all.'),
})

/** With `count`, as many accounts are made. */
export const NewAccountBody = AccountBody.extend({
  count: z
    .int()
    .min(1)
    .max(bounds.accountsPerJobMax)
    .optional()
    .describe(`Makes this many accounts, each with a client key: up to ${bounds.accountsPerCallMax} at once, up to ${bounds.accountsPerJobMax} as a job.`),
})

export const AccountView = z.object({
  id: Id,
  name: z.string(),
  enabled: z.boolean(),
  status: z.enum(['enabled', 'disabled']),
  priority: z.int(),
  verification_enabled: z.boolean(),
  limits: LimitsView,
  budget: BudgetView.nullable(),
  bindings: z.array(z.object({ upstream: z.string(), key_tag: z.string().optional() })).nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})

export function parseAccount(body: z.output<typeof AccountBody>): AccountInput {
  const { name, enabled, priority, verification_enabled: verificationEnabled, limits, budget, bindings } = body
  const given = { limits: limits && parseLimits(limits), budget: budget && parseBudget(budget) }
  return {
    name,
    enabled,
    priority,
    verificationEnabled,
    ...given,
    bindings: bindings?.map(({ upstream, key_tag: keyTag }) => ({ upstream, keyTag })) ?? bindings,
  }
}

/** @param spent of its budget; undefined in lists, null when it cannot be read */
export function renderAccount(account: Account, nowMs: number, spent?: SpendingState | null): z.input<typeof AccountView> {
  return {
    id: account.id,
    name: account.name,
    enabled: account.enabled,
    status: account.enabled ? 'enabled' : 'disabled',
    priority: account.priority,
    verification_enabled: account.verificationEnabled,
    limits: renderLimits(account.limits),
    budget: renderBudget(account.budget, nowMs, spent),
    bindings: account.bindings?.map(({ upstream, keyTag }) => (keyTag === undefined ? { upstream } : { upstream, key_tag: keyTag })) ?? null,
    created_at: renderTime(account.createdAtMs) as string,
    updated_at: renderTime(account.updatedAtMs) as string,
  }
}

/** What people of an account see of an upstream: how to call it, not how it is reached or what keys it has. */
export const BoundUpstreamView = z.object({
  id: Id,
  slug: z.string(),
  name: z.string(),
  kind: z.enum(['llm', 'generic']),
  adapter: z.string(),
  enabled: z.boolean(),
  proxy_path: z.string().describe('Where clients call it.'),
})

export function renderBoundUpstream({ id, slug, name, kind, adapter, enabled }: Upstream): z.input<typeof BoundUpstreamView> {
  return { id, slug, name, kind, adapter, enabled, proxy_path: `/${kind === 'llm' ? 'llm' : 'proxy'}/${slug}` }
}

/** The account of something new: that of the person, or for people of the whole gateway the one that they name. @throws GatewayError validation_failed */
export function accountFor(named: string | null | undefined, own: string | undefined): string | null | undefined {
  return own === undefined ? named : (refuseAccountId(named) ?? own)
}

/** @throws GatewayError validation_failed */
export function refuseAccountId(named: string | null | undefined): undefined {
  if (named === undefined) return undefined
  const errors = [{ path: '/account_id', message: 'is not a known field' }]
  throw new GatewayError('validation_failed', 'Invalid input: /account_id is not a known field for people of an account.', { errors })
}
