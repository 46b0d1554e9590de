// What the tokens and the money of a request count towards: token limits and budgets of its client key and its account.
import type { Account } from '../domain/account.ts'
import { type Budget, type BudgetPeriod, type BudgetUnit, periodAt } from '../domain/budget.ts'
import type { ClientKey } from '../domain/client-key.ts'
import { type ClientLimits, TOKEN_WINDOWS } from '../domain/client-limits.ts'
import { limits as bounds } from '../limits.ts'
import type { AmountLimit } from '../ports/amount-store.ts'
import { amountName } from './cache-names.ts'
import type { LiveClientKey } from './snapshot.ts'

export interface SpendingMeter {
  readonly owner: 'client' | 'account'
  /** Begins a sentence: "The client key 'x'". */
  readonly subject: string
  /** In RateLimit headers, messages and metrics: tpm, account_tpd, budget, account_budget. */
  readonly name: string
  readonly unit: BudgetUnit
  readonly max: number
  /** ms; undefined for a budget. */
  readonly windowMs: number | undefined
  /** Of a budget. */
  readonly period: BudgetPeriod | undefined
  /** Names it among all; of a budget without its day or month. */
  readonly id: string
}

/** A meter at one moment. */
export interface DatedMeter extends SpendingMeter {
  /** Of a budget with its day or month, under which the database knows it. */
  readonly datedId: string
  /** Epoch ms; of a budget. */
  readonly startsAtMs: number
  readonly endsAtMs: number
}

/** Objects of a configuration live as long as it does, and so do their meters. */
const known = new WeakMap<ClientKey | Account, readonly SpendingMeter[]>()

/** undefined when nothing is counted, so that such a request costs nothing. */
export function metersOf(clientKey: LiveClientKey): readonly SpendingMeter[] | undefined {
  const account = clientKey.account === 'gone' ? undefined : clientKey.account
  const isKeyCounted = isCounted(clientKey)
  const isAccountCounted = account !== undefined && isCounted(account)
  if (!isKeyCounted && !isAccountCounted) return undefined
  return [...(isKeyCounted ? clientMeters(clientKey) : []), ...(isAccountCounted ? accountMeters(account) : [])]
}

export function clientMeters(clientKey: ClientKey): readonly SpendingMeter[] {
  return remembered(clientKey, () => createMeters('client', clientKey.id, `The client key '${clientKey.name}'`, clientKey))
}

export function accountMeters(account: Account): readonly SpendingMeter[] {
  return remembered(account, () => createMeters('account', account.id, `The account '${account.name}'`, account))
}

/** @param nowMs epoch */
export function dated(meter: SpendingMeter, nowMs: number): DatedMeter {
  if (meter.period === undefined) return { ...meter, datedId: meter.id, startsAtMs: 0, endsAtMs: 0 }
  const { name, startsAtMs, endsAtMs } = periodAt(meter.period, nowMs)
  return { ...meter, datedId: `${meter.id}:${name}`, startsAtMs, endsAtMs }
}

/** @param amount what the request reserves */
export function limitOf(meter: DatedMeter, amount: number, nowMs: number): AmountLimit {
  const lifeMs = meter.windowMs === undefined ? meter.endsAtMs - nowMs + bounds.spendingKeptMs : 0
  return { key: keyOf(meter.datedId), max: meter.max, amount, windowMs: meter.windowMs, lifeMs }
}

/** The name of a count in the store. */
export function keyOf(datedId: string): string {
  return amountName(datedId)
}

export function idOf(key: string): string {
  return key.slice(amountName('').length)
}

/** ms for which the count of a budget is kept. @param id with its day or month */
export function lifeOf(id: string, nowMs: number): number {
  const [year = 0, month = 1, day] = (id.split(':').at(-1) ?? '').split('-').map(Number)
  const endsAtMs = day === undefined ? Date.UTC(year, month) : Date.UTC(year, month - 1, day + 1)
  return Math.max(1, endsAtMs - nowMs + bounds.spendingKeptMs)
}

function isCounted({ limits, budget }: { readonly limits: ClientLimits | undefined; readonly budget?: Budget | undefined }): boolean {
  return budget !== undefined || (limits !== undefined && (limits.tpm !== undefined || limits.tpd !== undefined))
}

function remembered<T extends ClientKey | Account>(owner: T, create: () => readonly SpendingMeter[]): readonly SpendingMeter[] {
  let meters = known.get(owner)
  if (meters === undefined) known.set(owner, (meters = create()))
  return meters
}

function createMeters(
  owner: SpendingMeter['owner'],
  id: string,
  subject: string,
  { limits, budget }: { readonly limits: ClientLimits | undefined; readonly budget?: Budget | undefined },
): readonly SpendingMeter[] {
  const prefix = owner === 'client' ? '' : `${owner}_`
  const meters: SpendingMeter[] = []
  for (const { name, windowMs } of TOKEN_WINDOWS) {
    const max = limits?.[name]
    if (max === undefined) continue
    meters.push({ owner, subject, name: prefix + name, unit: 'tokens', max, windowMs, period: undefined, id: `${owner}:${id}:${name}` })
  }
  if (budget === undefined) return meters
  const { unit, amount, period } = budget
  // Another unit or period begins a new count; another amount does not.
  const meter = { owner, subject, name: `${prefix}budget`, unit, max: amount, windowMs: undefined, period, id: `${owner}:${id}:${unit}` }
  return [...meters, meter]
}
