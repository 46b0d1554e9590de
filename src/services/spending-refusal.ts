// What a client is told when its tokens or its budget are used up.
import { renderAmount } from '../domain/budget.ts'
import { TOKEN_WINDOWS } from '../domain/client-limits.ts'
import { GatewayError, type RateLimitState } from '../errors.ts'
import type { AmountState } from '../ports/amount-store.ts'
import { renderWait, retryDetails } from './limit-refusal.ts'
import type { DatedMeter } from './spending-meters.ts'

export interface Refusal {
  readonly meter: DatedMeter
  readonly state: AmountState
  /** What the request was reckoned to take of it. */
  readonly amount: number
  /** ms until less is spent than may be; undefined when the store cannot tell. */
  readonly retryAfterMs: number | undefined
  /** Epoch ms. */
  readonly nowMs: number
  readonly states: readonly RateLimitState[]
}

export function spendingRefusal(refusal: Refusal): GatewayError {
  const { meter, state } = refusal
  return meter.windowMs === undefined ? budgetRefusal(refusal) : state.spent < meter.max ? busyRefusal(refusal) : windowRefusal(refusal)
}

/** The budget of this client cannot be looked up anywhere: better late than unpaid. */
export function unknownSpending(cause: unknown): GatewayError {
  const message = 'What was spent of the budget cannot be read: neither the shared cache nor the database answers. Try again in a moment.'
  return new GatewayError('degraded', message, { retryAfterMs: 1_000, cause })
}

function windowRefusal({ meter, retryAfterMs, states }: Refusal): GatewayError {
  const { subject, max, name, windowMs, owner } = meter
  const details = retryDetails(retryAfterMs, states)
  const unit = TOKEN_WINDOWS.find((one) => one.windowMs === windowMs)?.unit ?? `${(windowMs ?? 0) / 1000} s`
  const text = `${subject} may use ${max} tokens in any ${unit} (${name}) and has done so. Try again in ${renderWait(details.retryAfterMs)}.`
  const advice = "The gateway's administrator can change the limit; the vendor's limits are not reached."
  return new GatewayError(owner === 'client' ? 'client_rate_limited' : 'rate_limited', `${text} ${advice}`, details)
}

function budgetRefusal(refusal: Refusal): GatewayError {
  const { meter, state, nowMs } = refusal
  const { subject, max, unit, period, startsAtMs, endsAtMs } = meter
  if (state.spent < max) return busyRefusal(refusal)
  const since = new Date(startsAtMs).toISOString().slice(0, 10)
  const text = `The budget of ${lowered(subject)}, ${renderAmount(unit, max)} per ${period}, is spent: ${renderAmount(unit, state.spent)} since ${since}.`
  const advice = `It begins anew at ${new Date(endsAtMs).toISOString()}; the gateway's administrator can raise it.`
  return new GatewayError('budget_exceeded', `${text} ${advice}`, retryDetails(endsAtMs - nowMs, undefined))
}

/** Something is left, but requests under way may take it. */
function busyRefusal({ meter, state, amount, states }: Refusal): GatewayError {
  const { subject, max, unit, windowMs, period, owner, name } = meter
  const left = renderAmount(unit, Math.max(0, max - state.spent))
  const of = windowMs === undefined ? `of ${renderAmount(unit, max)} per ${period}` : `of ${max} tokens (${name})`
  const text = `${subject} has ${left} left ${of}, of which requests in flight may take ${renderAmount(unit, state.reserved)} and this one ${renderAmount(unit, amount)}.`
  const advice = 'Let one of them end, or ask for a shorter answer (max_tokens), then try again.'
  const code = windowMs === undefined ? 'budget_exceeded' : owner === 'client' ? 'client_rate_limited' : 'rate_limited'
  return new GatewayError(code, `${text} ${advice}`, retryDetails(undefined, windowMs === undefined ? undefined : states))
}

function lowered(subject: string): string {
  return subject.charAt(0).toLowerCase() + subject.slice(1)
}
