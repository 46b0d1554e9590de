// What may be written into the limits and the budget of a client key or an account.
import type { Budget } from '../domain/budget.ts'
import type { ClientLimits } from '../domain/client-limits.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'

const LIMIT_PATHS = { rps: 'rps', rpm: 'rpm', rpd: 'rpd', tpm: 'tpm', tpd: 'tpd', maxInFlight: 'max_in_flight' } as const

/** @throws GatewayError validation_failed */
export function checkLimits(input: ClientLimits | null | undefined): void {
  const errors = (Object.keys(LIMIT_PATHS) as (keyof typeof LIMIT_PATHS)[]).flatMap((name) => {
    const value = input?.[name]
    const max = name === 'maxInFlight' ? limits.clientInFlightMax : limits.clientRateMax
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return []
    return [{ path: `/limits/${LIMIT_PATHS[name]}`, message: `must be a whole number from 1 to ${max}, or null for none` }]
  })
  if (errors.length === 0) return
  const message = `A limit is a whole number from 1 to ${limits.clientRateMax} (max_in_flight: to ${limits.clientInFlightMax}).`
  throw new GatewayError('validation_failed', message, { errors })
}

/** @throws GatewayError validation_failed */
export function checkBudget(budget: Budget | null | undefined): void {
  if (budget === undefined || budget === null) return
  const max = budget.unit === 'usd' ? limits.budgetUsdMax * 1_000_000 : limits.budgetTokensMax
  if (Number.isInteger(budget.amount) && budget.amount >= 1 && budget.amount <= max) return
  const message = budget.unit === 'usd' ? `must be from 0.000001 to ${limits.budgetUsdMax}` : `must be a whole number from 1 to ${limits.budgetTokensMax}`
  const errors = [{ path: budget.unit === 'usd' ? '/budget/amount_usd' : '/budget/tokens', message }]
  throw new GatewayError('validation_failed', 'The budget is not valid.', { errors })
}
