// Limits and budgets as people type them, and as the API takes and shows them.
import type { Budget, ClientKeyChange, Limits } from '../api/types.ts'

export const LIMITS = ['rps', 'rpm', 'rpd', 'tpm', 'tpd', 'max_in_flight'] as const satisfies readonly (keyof Limits)[]

export interface SpendingDraft {
  readonly limits: Record<keyof Limits, string>
  unit: 'none' | 'usd' | 'tokens'
  amount: string
  period: Budget['period']
}

type SpendingBody = Required<Pick<ClientKeyChange, 'limits' | 'budget'>>

export function draftSpending(limits?: Limits, budget?: Budget | null): SpendingDraft {
  return {
    limits: Object.fromEntries(LIMITS.map((name) => [name, limits?.[name]?.toString() ?? ''])) as SpendingDraft['limits'],
    unit: budget?.tokens != null ? 'tokens' : budget?.amount_usd != null ? 'usd' : 'none',
    amount: (budget?.tokens ?? budget?.amount_usd)?.toString() ?? '',
    period: budget?.period ?? 'month',
  }
}

export function spendingBody({ limits, unit, amount, period }: SpendingDraft): SpendingBody {
  return {
    limits: Object.fromEntries(LIMITS.map((name) => [name, limits[name].trim() === '' ? null : numberOf(limits[name])])),
    budget: unit === 'none' ? null : { period, [unit === 'usd' ? 'amount_usd' : 'tokens']: numberOf(amount) },
  }
}

/** What is no number goes to the API as it is, which then says so at the field. */
function numberOf(text: string): number {
  const value = Number(text)
  return text.trim() === '' || !Number.isFinite(value) ? (text as unknown as number) : value
}

type Words = (path: string, values: Record<string, unknown>) => string

/** `60/min, 10 at once`; empty without any. */
export function limitWords(limits: Limits, t: Words, language: string): string {
  const number = new Intl.NumberFormat(language)
  return LIMITS.flatMap((name) => (limits[name] === null ? [] : [t(`spending.short.${name}`, { n: number.format(limits[name]) })])).join(', ')
}

/** An amount in the unit of the budget. */
export function amountWords({ tokens }: Pick<Budget, 'tokens'>, amount: number, t: Words, language: string): string {
  if (tokens !== null) return t('spending.tokens', { n: new Intl.NumberFormat(language).format(amount) })
  return new Intl.NumberFormat(language, { style: 'currency', currency: 'USD' }).format(amount)
}

/** `$250.00 a month`; empty without one. */
export function budgetWords(budget: Budget | null, t: Words, language: string): string {
  if (budget === null) return ''
  const amount = amountWords(budget, budget.tokens ?? budget.amount_usd ?? 0, t, language)
  return t('spending.of', { amount, period: t(`spending.periods.${budget.period}`, {}) })
}

/** Only what differs: what somebody else has changed meanwhile stays. */
export function changesOf<T extends object>(before: T, now: T): Partial<T> {
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof T]))) as Partial<T>
}
