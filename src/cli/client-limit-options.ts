// How limits of clients are said on the command line.
import { type Budget, MICRO_USD, renderAmount } from '../domain/budget.ts'
import type { ClientLimits } from '../domain/client-limits.ts'
import { GatewayError } from '../errors.ts'

export interface LimitOptions {
  readonly rps?: string
  readonly rpm?: string
  readonly rpd?: string
  readonly tpm?: string
  readonly tpd?: string
  readonly maxInFlight?: string
  /** Dollars, or tokens, for `budgetPeriod`. */
  readonly budgetUsd?: string
  readonly budgetTokens?: string
  readonly budgetPeriod?: string
}

export function parseLimits(options: LimitOptions): ClientLimits {
  const parse = (name: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined
    if (!/^\d{1,10}$/.test(text)) throw new GatewayError('validation_failed', `${name} needs a whole number, not "${text}".`)
    return Number(text)
  }
  return {
    rps: parse('--rps', options.rps),
    rpm: parse('--rpm', options.rpm),
    rpd: parse('--rpd', options.rpd),
    tpm: parse('--tpm', options.tpm),
    tpd: parse('--tpd', options.tpd),
    maxInFlight: parse('--max-in-flight', options.maxInFlight),
  }
}

/** undefined when none is asked for. */
export function parseBudget({ budgetUsd, budgetTokens, budgetPeriod = 'month' }: LimitOptions): Budget | undefined {
  if (budgetUsd === undefined && budgetTokens === undefined) return undefined
  if (budgetUsd !== undefined && budgetTokens !== undefined)
    throw new GatewayError('validation_failed', 'A budget is in dollars or in tokens: give --budget-usd or --budget-tokens, not both.')
  if (budgetPeriod !== 'day' && budgetPeriod !== 'month') throw new GatewayError('validation_failed', `--budget-period is day or month, not "${budgetPeriod}".`)
  if (budgetTokens !== undefined) {
    if (!/^\d{1,13}$/.test(budgetTokens)) throw new GatewayError('validation_failed', `--budget-tokens needs a whole number, not "${budgetTokens}".`)
    return { unit: 'tokens', amount: Number(budgetTokens), period: budgetPeriod }
  }
  if (!/^\d{1,10}(?:\.\d{1,6})?$/.test(budgetUsd ?? ''))
    throw new GatewayError('validation_failed', `--budget-usd needs an amount such as 25 or 0.50, not "${budgetUsd}".`)
  return { unit: 'usd', amount: Math.round(Number(budgetUsd) * MICRO_USD), period: budgetPeriod }
}

export function renderLimits({ rps, rpm, rpd, tpm, tpd, maxInFlight }: ClientLimits = {}, budget?: Budget): string {
  const tokens = [tpm && `${tpm} tokens/min`, tpd && `${tpd} tokens/day`]
  const spending = budget && `${renderAmount(budget.unit, budget.amount)} per ${budget.period}`
  const parts = [rps && `${rps}/s`, rpm && `${rpm}/min`, rpd && `${rpd}/day`, ...tokens, maxInFlight && `${maxInFlight} at once`, spending]
  return parts.filter((part) => part !== undefined).join(', ') || 'none'
}

/** As in the API, for --json. */
export function renderSpending({
  limits,
  budget,
}: {
  readonly limits: ClientLimits | undefined
  readonly budget?: Budget | undefined
}): Record<string, unknown> {
  const { rps = null, rpm = null, rpd = null, tpm = null, tpd = null, maxInFlight = null } = limits ?? {}
  const unit = budget?.unit === 'usd' ? { amount_usd: budget.amount / MICRO_USD } : { tokens: budget?.amount }
  return { limits: { rps, rpm, rpd, tpm, tpd, max_in_flight: maxInFlight }, budget: budget === undefined ? null : { ...unit, period: budget.period } }
}
