// Tokens and money that all replicas count together, in Redis: one script call per request.
import type { AmountAnswer, AmountClaim, AmountLimit, AmountState, AmountStore, PastAmount } from '../../../ports/amount-store.ts'
import { CacheUnavailableError } from '../../../ports/cache.ts'
import { addAmountsScript, raiseScript, renewAmountsScript, reserveScript, settleScript } from './amount-scripts.ts'
import type { LimitConnection } from './limits.ts'

/** Ids or amounts in one call, so that no call holds the server for long. */
const BATCH = 500

export class RedisAmounts implements AmountStore {
  readonly #connection: Pick<LimitConnection, 'run'>

  constructor(connection: Pick<LimitConnection, 'run'>) {
    this.#connection = connection
  }

  reserve(claim: AmountClaim): Promise<AmountAnswer> {
    return this.#ask(claim, claim.leaseMs)
  }

  look(claim: AmountClaim): Promise<AmountAnswer> {
    return this.#ask(claim, 0)
  }

  async settle({ id, limits }: AmountClaim, taken: readonly number[]): Promise<void> {
    const args: (string | number)[] = [id]
    for (const [index, { amount, windowMs }] of limits.entries()) args.push(amount, taken[index] ?? 0, micros(windowMs ?? 0))
    await this.#connection.run(settleScript, keysOf(limits), args)
  }

  async renew(claims: readonly AmountClaim[]): Promise<void> {
    const leases = new Map<string, { readonly leaseMs: number; readonly members: string[] }>()
    for (const { id, leaseMs, limits } of claims) {
      for (const { key, amount } of limits) {
        const known = leases.get(key)
        if (known === undefined) leases.set(key, { leaseMs, members: [`${id}:${amount}`] })
        else known.members.push(`${id}:${amount}`)
      }
    }
    const calls = [...leases].flatMap(([key, { leaseMs, members }]) =>
      slices(members, BATCH).map((some) => this.#connection.run(renewAmountsScript, [key, leasesOf(key)], [micros(leaseMs), ...some])),
    )
    await Promise.all(calls)
  }

  async raise(key: string, spent: number, lifeMs: number): Promise<void> {
    await this.#connection.run(raiseScript, [key], [spent, Math.ceil(lifeMs)])
  }

  async add(amounts: readonly PastAmount[]): Promise<void> {
    const windows = new Map<string, { readonly windowMs: number; readonly args: number[] }>()
    for (const { key, windowMs, amount, ageMs } of amounts) {
      if (ageMs >= windowMs) continue
      const known = windows.get(key)
      if (known === undefined) windows.set(key, { windowMs, args: [amount, micros(ageMs)] })
      else known.args.push(amount, micros(ageMs))
    }
    const calls = [...windows].flatMap(([key, { windowMs, args }]) =>
      slices(args, 2 * BATCH).map((some) => this.#connection.run(addAmountsScript, [key], [micros(windowMs), ...some])),
    )
    await Promise.all(calls)
  }

  async #ask({ id, limits }: AmountClaim, leaseMs: number): Promise<AmountAnswer> {
    const args: (string | number)[] = [id, micros(leaseMs)]
    for (const { max, amount, windowMs } of limits) args.push(max, amount, micros(windowMs ?? 0))
    const reply = await this.#connection.run(reserveScript, keysOf(limits), args)
    if (!Array.isArray(reply) || !reply.every((value) => typeof value === 'number'))
      throw new CacheUnavailableError('Redis answered a claim with something else')
    const [kind, reached = 0, waitMs = -1, ...counts] = reply
    if (kind === 2) return { kind: 'unknown', keys: (reply).slice(1).map((number) => limits[number - 1]?.key ?? '') }
    if (counts.length !== 3 * limits.length) throw new CacheUnavailableError('Redis answered a claim with something else')
    const states: AmountState[] = limits.map((_, index) => {
      const [spent = 0, reserved = 0, resetMs = 0] = counts.slice(3 * index)
      return { spent, reserved, resetMs }
    })
    if (kind === 1) return { kind: 'granted', states }
    return { kind: 'refused', index: reached - 1, retryAfterMs: waitMs < 0 ? undefined : waitMs, states }
  }
}

function keysOf(limits: readonly AmountLimit[]): [string, ...string[]] {
  return limits.flatMap(({ key }) => [key, leasesOf(key)]) as [string, ...string[]]
}

function leasesOf(key: string): string {
  return `${key}:leases`
}

function slices<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}

function micros(ms: number): number {
  return Math.round(ms * 1_000)
}
