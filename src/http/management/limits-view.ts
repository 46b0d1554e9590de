// How limits and budgets of client keys and accounts are written and shown.
import { z } from 'zod'
import { type Budget, MICRO_USD, periodAt } from '../../domain/budget.ts'
import type { ClientLimits } from '../../domain/client-limits.ts'
import { limits as bounds } from '../../limits.ts'
import type { SpendingLimiter, SpendingState } from '../../services/spending-limiter.ts'
import type { SpendingMeter } from '../../services/spending-meters.ts'
import { renderTime } from './schemas.ts'

const rate = z.int().min(1).max(bounds.clientRateMax).nullable().optional()

export const LimitsBody = z.strictObject({
  rps: rate.describe('Requests in any second.'),
  rpm: rate.describe('Requests in any minute.'),
  rpd: rate.describe('Requests in any 24 hours.'),
  tpm: rate.describe('Tokens in any minute, in and out.'),
  tpd: rate.describe('Tokens in any 24 hours, in and out.'),
  max_in_flight: z.int().min(1).max(bounds.clientInFlightMax).nullable().optional().describe('Requests at the same time.'),
})

const shown = z.int().nullable()

export const LimitsView = z.object({ rps: shown, rpm: shown, rpd: shown, tpm: shown, tpd: shown, max_in_flight: shown })

const period = z.enum(['day', 'month']).describe('Of the calendar, in UTC.')

export const BudgetBody = z
  .strictObject({
    amount_usd: z.number().min(0.000001).max(bounds.budgetUsdMax).optional().describe('Estimated with the prices that the gateway knows.'),
    tokens: z.int().min(1).max(bounds.budgetTokensMax).optional().describe('Tokens, in and out.'),
    period,
  })
  .refine(({ amount_usd, tokens }) => (amount_usd === undefined) !== (tokens === undefined), 'must have either amount_usd or tokens')

const amount = z.number().nullable().optional()

export const BudgetView = z.object({
  amount_usd: z.number().nullable(),
  tokens: z.int().nullable(),
  period,
  resets_at: z.iso.datetime(),
  spent: amount.describe('In the unit of the budget. In answers about one only; null when it cannot be read now.'),
  reserved: amount.describe('By requests in flight.'),
})

export function parseLimits({ rps, rpm, rpd, tpm, tpd, max_in_flight }: z.output<typeof LimitsBody>): ClientLimits {
  const given = { rps: rps ?? undefined, rpm: rpm ?? undefined, rpd: rpd ?? undefined, tpm: tpm ?? undefined, tpd: tpd ?? undefined }
  return { ...given, maxInFlight: max_in_flight ?? undefined }
}

export function renderLimits({ rps, rpm, rpd, tpm, tpd, maxInFlight }: ClientLimits = {}): z.input<typeof LimitsView> {
  return { rps: rps ?? null, rpm: rpm ?? null, rpd: rpd ?? null, tpm: tpm ?? null, tpd: tpd ?? null, max_in_flight: maxInFlight ?? null }
}

export function parseBudget({ amount_usd, tokens, period: each }: z.output<typeof BudgetBody>): Budget {
  if (amount_usd === undefined) return { unit: 'tokens', amount: tokens ?? 0, period: each }
  return { unit: 'usd', amount: Math.max(1, Math.round(amount_usd * MICRO_USD)), period: each }
}

/** @param state undefined in lists, null when it cannot be read */
export function renderBudget(budget: Budget | undefined, nowMs: number, state?: SpendingState | null): z.input<typeof BudgetView> | null {
  if (budget === undefined) return null
  const { unit, amount: most, period: each } = budget
  const inUnit = (value: number): number => (unit === 'usd' ? value / MICRO_USD : value)
  return {
    amount_usd: unit === 'usd' ? most / MICRO_USD : null,
    tokens: unit === 'tokens' ? most : null,
    period: each,
    resets_at: renderTime(periodAt(each, nowMs).endsAtMs) as string,
    ...(state === undefined ? {} : { spent: state && inUnit(state.spent), reserved: state && inUnit(state.reserved) }),
  }
}

/** What was spent of the budget among these; undefined when there is none, null when it cannot be read now. */
export async function findSpending(spending: Pick<SpendingLimiter, 'look'>, meters: readonly SpendingMeter[]): Promise<SpendingState | null | undefined> {
  const budget = meters.find(({ windowMs }) => windowMs === undefined)
  return budget === undefined ? undefined : spending.look(budget).catch(() => null)
}
