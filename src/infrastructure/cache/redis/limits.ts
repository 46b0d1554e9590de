// Limits that all replicas share, in Redis: one script call per claim.
import { limits } from '../../../limits.ts'
import { CacheUnavailableError } from '../../../ports/cache.ts'
import type { LimitAnswer, LimitClaim, LimitStore, PastGrant, WindowLimit, WindowState } from '../../../ports/limit-store.ts'
import { claimScript, countScript, renewScript } from './limit-scripts.ts'
import type { RedisScript } from './scripts.ts'

/** What the limits need of a connection. */
export interface LimitConnection {
  run(script: RedisScript, keys: readonly [string, ...string[]], args: readonly (string | number)[]): Promise<unknown>
  command(name: string, key: string, ...args: string[]): Promise<unknown>
}

/** Ids or ages in one call, so that no call holds the server for long. */
const BATCH = 500

export class RedisLimits implements LimitStore {
  readonly #connection: LimitConnection

  constructor(connection: LimitConnection) {
    this.#connection = connection
  }

  async claim({ id, windows, slots }: LimitClaim): Promise<LimitAnswer> {
    const keys = [...windows.map(nameOf), ...slots.map(({ key }) => key)]
    if (keys.length === 0) return { isGranted: true, windows: [] }
    const args: (string | number)[] = [id]
    for (const limit of windows) args.push(kindOf(limit), limit.max, micros(limit.windowMs))
    for (const { max, leaseMs } of slots) args.push('slots', max, micros(leaseMs))
    const reply = await this.#connection.run(claimScript, keys as [string, ...string[]], args)
    if (!isNumbers(reply, 3 + 2 * windows.length)) throw new CacheUnavailableError('Redis answered a claim with something else')
    const states: WindowState[] = windows.map((_, index) => ({ remaining: reply[3 + 2 * index] as number, resetMs: reply[4 + 2 * index] as number }))
    const [isGranted, reached = 0, waitMs = -1] = reply
    if (isGranted === 1) return { isGranted: true, windows: states }
    const { key } = [...windows, ...slots][reached - 1] ?? { key: '' }
    return { isGranted: false, key, retryAfterMs: waitMs < 0 ? undefined : waitMs, windows: states }
  }

  async renew(claims: readonly LimitClaim[]): Promise<void> {
    const sets = slotSets(claims)
    await inBatches(sets, ({ key, leaseMs, ids }) => this.#connection.run(renewScript, [key], [micros(leaseMs), ...ids]))
  }

  async release(claims: readonly LimitClaim[]): Promise<void> {
    await inBatches(slotSets(claims), ({ key, ids }) => this.#connection.command('zrem', key, ...ids))
  }

  async count(grants: readonly PastGrant[]): Promise<void> {
    const windows = new Map<string, { readonly limit: WindowLimit; readonly ages: number[] }>()
    for (const { claim, ageMs } of grants) {
      for (const limit of claim.windows) {
        if (ageMs >= limit.windowMs) continue
        const known = windows.get(nameOf(limit))
        if (known === undefined) windows.set(nameOf(limit), { limit, ages: [micros(ageMs)] })
        else known.ages.push(micros(ageMs))
      }
    }
    const calls = [...windows].flatMap(([name, { limit, ages }]) =>
      slices(ages).map((slice) => this.#connection.run(countScript, [name], [kindOf(limit), micros(limit.windowMs), ...slice])),
    )
    await Promise.all(calls)
  }
}

interface SlotSet {
  readonly key: string
  readonly leaseMs: number
  readonly ids: string[]
}

function slotSets(claims: readonly LimitClaim[]): SlotSet[] {
  const sets = new Map<string, SlotSet>()
  for (const { id, slots } of claims) {
    for (const { key, leaseMs } of slots) {
      const known = sets.get(key)
      if (known === undefined) sets.set(key, { key, leaseMs, ids: [id] })
      else known.ids.push(id)
    }
  }
  return [...sets.values()]
}

async function inBatches(sets: readonly SlotSet[], call: (set: SlotSet) => Promise<unknown>): Promise<void> {
  await Promise.all(sets.flatMap((set) => slices(set.ids).map((ids) => call({ ...set, ids }))))
}

function slices<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) => all.slice(i * BATCH, (i + 1) * BATCH))
}

function kindOf({ max }: WindowLimit): 'exact' | 'parts' {
  return max <= limits.exactWindowMax ? 'exact' : 'parts'
}

/** The two ways to count are different types in Redis, so they must not meet under one key. */
function nameOf(limit: WindowLimit): string {
  return kindOf(limit) === 'exact' ? limit.key : `${limit.key}:parts`
}

function micros(ms: number): number {
  return Math.round(ms * 1_000)
}

function isNumbers(reply: unknown, length: number): reply is number[] {
  return Array.isArray(reply) && reply.length === length && reply.every((value) => typeof value === 'number')
}
