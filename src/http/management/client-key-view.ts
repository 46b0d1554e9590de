// A client key as the API takes and shows it.
import { z } from 'zod'
import type { ClientKey } from '../../domain/client-key.ts'
import { limits as bounds } from '../../limits.ts'
import type { ClientKeyInput } from '../../services/client-key-admin.ts'
import { AccountId, refuseAccountId } from './account-view.ts'
import type { SpendingState } from '../../services/spending-limiter.ts'
import { BudgetBody, BudgetView, LimitsBody, LimitsView, parseBudget, parseLimits, renderBudget, renderLimits } from './limits-view.ts'
import { Id, NullableTime, Time, label, renderTime } from './schemas.ts'

const OVERLAP_SECONDS_MAX = 30 * 86_400

export const ClientKeyBody = z.strictObject({
  name: label(100).min(1),
  upstreams: z.array(z.string().max(63)).min(1).max(1000).nullable().optional().describe('Slugs it may use; null = all.'),
  models: z
    .array(z.string().min(1).max(bounds.modelNameCharsMax))
    .min(1)
    .max(bounds.clientRestrictionsMax)
    .nullable()
    .optional()
    .describe('Models it may ask LLM upstreams for, as names or with `*`, e.g. `gpt-4o*`; null = all.'),
  networks: z
    .array(z.string().max(49))
    .min(1)
    .max(bounds.clientRestrictionsMax)
    .nullable()
    .optional()
    .describe('Addresses or CIDRs from which it may be used; null = everywhere.'),
  limits: LimitsBody.nullable().optional().describe('Replaces all limits; absent or null = none.'),
  budget: BudgetBody.nullable().optional().describe('What it may spend in a day or month; null = unlimited.'),
  expires_at: Time.nullable().optional().describe('null = never.'),
  account_id: AccountId,
})

export const ClientKeyChangeBody = ClientKeyBody.partial()

export const RollBody = z.strictObject({
  overlap_seconds: z.int().min(0).max(OVERLAP_SECONDS_MAX).default(86_400).describe('How long the old key stays valid.'),
})

export const ClientKeyView = z.object({
  id: Id,
  name: z.string(),
  source: z.enum(['issued', 'global', 'demo']),
  masked: z.string(),
  state: z.enum(['active', 'expired', 'revoked']),
  account_id: Id.nullable(),
  upstreams: z.array(z.string()).nullable(),
  models: z.array(z.string()).nullable(),
  networks: z.array(z.string()).nullable(),
  limits: LimitsView,
  budget: BudgetView.nullable(),
  expires_at: NullableTime,
  revoked_at: NullableTime,
  previous_until: NullableTime.describe('Until when the key that a roll replaced is still valid.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  last_used_at: NullableTime,
})

export const IssuedView = ClientKeyView.extend({ key: z.string().describe('The key. Shown only in this answer.') })

export function parseInput(body: z.output<typeof ClientKeyChangeBody>, own: string | undefined): ClientKeyInput {
  const { name, upstreams, models, networks, limits, budget, expires_at } = body
  return {
    name,
    upstreams,
    models,
    networks,
    accountId: own === undefined ? body.account_id : refuseAccountId(body.account_id),
    limits: limits && parseLimits(limits),
    budget: budget && parseBudget(budget),
    expiresAtMs: typeof expires_at === 'string' ? Date.parse(expires_at) : expires_at,
  }
}

/** @param spent of its budget; undefined in lists, null when it cannot be read */
export function renderClientKey(key: ClientKey, nowMs: number, spent?: SpendingState | null): Record<string, unknown> {
  const isExpired = key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs
  return {
    id: key.id,
    name: key.name,
    source: key.source,
    masked: key.masked,
    account_id: key.accountId ?? null,
    state: key.revokedAtMs !== undefined ? 'revoked' : isExpired ? 'expired' : 'active',
    upstreams: key.upstreams ?? null,
    models: key.models ?? null,
    networks: key.networks ?? null,
    limits: renderLimits(key.limits),
    budget: renderBudget(key.budget, nowMs, spent),
    expires_at: renderTime(key.expiresAtMs),
    revoked_at: renderTime(key.revokedAtMs),
    previous_until: renderTime(key.previousUntilMs !== undefined && key.previousUntilMs > nowMs ? key.previousUntilMs : undefined),
    created_at: renderTime(key.createdAtMs),
    updated_at: renderTime(key.updatedAtMs),
    last_used_at: renderTime(key.lastUsedAtMs),
  }
}
