// How much may be spent in a calendar day or month, in dollars or in tokens. Days and months are those of UTC.

export type BudgetUnit = 'usd' | 'tokens'
export type BudgetPeriod = 'day' | 'month'

export interface Budget {
  readonly unit: BudgetUnit
  /** Millionths of a US dollar, or tokens; a whole number from 1. */
  readonly amount: number
  readonly period: BudgetPeriod
}

export interface Period {
  /** `2026-11-21` or `2026-11`. */
  readonly name: string
  /** Epoch ms. */
  readonly startsAtMs: number
  readonly endsAtMs: number
}

export const MICRO_USD = 1_000_000

/** The calendar day or month that a moment is in. */
export function periodAt(period: BudgetPeriod, nowMs: number): Period {
  const now = new Date(nowMs)
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  const startsAtMs = period === 'day' ? Date.UTC(year, month, day) : Date.UTC(year, month)
  const endsAtMs = period === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1)
  return { name: new Date(startsAtMs).toISOString().slice(0, period === 'day' ? 10 : 7), startsAtMs, endsAtMs }
}

/** `$12.50` or `250000 tokens`; small amounts of money keep their digits. */
export function renderAmount(unit: BudgetUnit, amount: number): string {
  if (unit === 'tokens') return `${amount} tokens`
  const [whole, fraction = ''] = (amount / MICRO_USD).toFixed(6).split('.')
  return `$${whole}.${fraction.replace(/0{1,4}$/, '')}`
}
