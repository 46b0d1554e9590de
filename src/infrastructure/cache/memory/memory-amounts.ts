// Amounts inside this process: the memory cache's own, and what each replica falls back to while the shared store is gone.
import { limits } from '../../../limits.ts'
import type { AmountAnswer, AmountClaim, AmountLimit, AmountState, AmountStore, PastAmount, SynchronousAmounts } from '../../../ports/amount-store.ts'
import { CacheUnavailableError } from '../../../ports/cache.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type CellTally, CoarseWindow } from './sliding-window.ts'

interface Count {
  /** undefined where the count is for good. */
  readonly window: CoarseWindow | undefined
  /** Without a window; undefined until it was raised. */
  spent: number | undefined
  /** Monotonic ms; of a count for good. */
  keptUntilMs: number
  reserved: number
  /** By claim id, the earliest end first. */
  readonly reservations: Map<string, { readonly amount: number; readonly endsAtMs: number }>
}

/** ms between two searches for what no longer counts, when the space is full. */
const SWEEP_INTERVAL_MS = 1_000

/** When the space is full of what still counts, new counts throw: nothing passes uncounted, and nothing counted is forgotten. */
export class MemoryAmounts implements AmountStore, SynchronousAmounts {
  readonly #clock: Clock
  readonly #countsMax: number
  readonly #counts = new Map<string, Count>()
  readonly #tally: CellTally = { cells: 0 }
  #sweptAtMs = Number.NEGATIVE_INFINITY
  #isClosed = false

  /** @param options.countsMax default: limits.amountCountsMax */
  constructor({ clock, countsMax = limits.amountCountsMax }: { readonly clock: Clock; readonly countsMax?: number }) {
    this.#clock = clock
    this.#countsMax = countsMax
  }

  async reserve(claim: AmountClaim): Promise<AmountAnswer> {
    return this.reserveNow(claim)
  }

  async look(claim: AmountClaim): Promise<AmountAnswer> {
    return this.#answer(claim, false)
  }

  async settle(claim: AmountClaim, taken: readonly number[]): Promise<void> {
    this.settleNow(claim, taken)
  }

  async renew(claims: readonly AmountClaim[]): Promise<void> {
    this.renewNow(claims)
  }

  async raise(key: string, spent: number, lifeMs: number): Promise<void> {
    this.raiseNow(key, spent, lifeMs)
  }

  async add(amounts: readonly PastAmount[]): Promise<void> {
    this.addNow(amounts)
  }

  reserveNow(claim: AmountClaim): AmountAnswer {
    return this.#answer(claim, true)
  }

  settleNow(claim: AmountClaim, taken: readonly number[]): void {
    const nowMs = this.#now()
    for (const [index, limit] of claim.limits.entries()) {
      const count = this.#count(limit.key, limit.windowMs, nowMs)
      release(count, claim.id)
      const amount = taken[index] ?? 0
      if (amount <= 0) continue
      if (count.window !== undefined) count.window.add(nowMs, 0, amount)
      else if (count.spent !== undefined) count.spent += amount
    }
  }

  adoptNow(claim: AmountClaim): void {
    this.renewNow([claim])
  }

  renewNow(claims: readonly AmountClaim[]): void {
    const nowMs = this.#now()
    for (const claim of claims) for (const limit of claim.limits) occupy(this.#count(limit.key, limit.windowMs, nowMs), claim, limit, nowMs)
  }

  raiseNow(key: string, spent: number, lifeMs: number): void {
    const nowMs = this.#now()
    const count = this.#count(key, undefined, nowMs)
    count.spent = Math.max(spentOf(count, nowMs) ?? 0, spent)
    count.keptUntilMs = nowMs + lifeMs
  }

  addNow(amounts: readonly PastAmount[]): void {
    const nowMs = this.#now()
    for (const { key, windowMs, amount, ageMs } of amounts) if (ageMs < windowMs) this.#count(key, windowMs, nowMs).window?.add(nowMs, ageMs, amount)
  }

  /** Forgets what no longer counts. @returns how many counts still hold something */
  sweep(): number {
    this.#sweep(this.#clock.monotonicMs())
    return this.#counts.size
  }

  close(): void {
    this.#isClosed = true
    this.#counts.clear()
  }

  #answer(claim: AmountClaim, isReserved: boolean): AmountAnswer {
    const nowMs = this.#now()
    const counts = claim.limits.map(({ key, windowMs }) => this.#count(key, windowMs, nowMs))
    const unknown = claim.limits.filter((_, index) => spentOf(counts[index] as Count, nowMs) === undefined)
    if (unknown.length > 0) return { kind: 'unknown', keys: unknown.map(({ key }) => key) }
    const reached = findReached(claim.limits, counts, nowMs)
    if (reached === undefined && isReserved) for (const [index, limit] of claim.limits.entries()) occupy(counts[index] as Count, claim, limit, nowMs)
    const states = counts.map((count) => stateOf(count, nowMs))
    return reached === undefined ? { kind: 'granted', states } : { kind: 'refused', ...reached, states }
  }

  #now(): number {
    if (this.#isClosed) throw new CacheUnavailableError('The memory amounts are closed')
    return this.#clock.monotonicMs()
  }

  #count(key: string, windowMs: number | undefined, nowMs: number): Count {
    let count = this.#counts.get(key)
    if (count === undefined) {
      this.#makeRoom(nowMs)
      const window = windowMs === undefined ? undefined : new CoarseWindow(windowMs, this.#tally)
      count = { window, spent: undefined, keptUntilMs: nowMs, reserved: 0, reservations: new Map() }
      this.#counts.set(key, count)
    }
    for (const [id, { endsAtMs }] of count.reservations) {
      if (endsAtMs > nowMs) break
      release(count, id)
    }
    return count
  }

  #makeRoom(nowMs: number): void {
    if (this.#counts.size < this.#countsMax) return
    if (nowMs - this.#sweptAtMs >= SWEEP_INTERVAL_MS) this.#sweep(nowMs)
    if (this.#counts.size >= this.#countsMax) throw new CacheUnavailableError(`The memory amounts hold ${this.#counts.size} counts already`)
  }

  #sweep(nowMs: number): void {
    this.#sweptAtMs = nowMs
    for (const [key, count] of this.#counts) {
      if ([...count.reservations.values()].some(({ endsAtMs }) => endsAtMs > nowMs)) continue
      if (count.window === undefined ? count.keptUntilMs > nowMs : count.window.used(nowMs) > 0) continue
      count.window?.drop()
      this.#counts.delete(key)
    }
  }
}

/** The spending that is over last; what is only reserved counts when nothing is spent. */
function findReached(
  claimed: readonly AmountLimit[],
  counts: readonly Count[],
  nowMs: number,
): { readonly index: number; readonly retryAfterMs: number | undefined } | undefined {
  let reached: { index: number; retryAfterMs: number | undefined; waitMs: number } | undefined
  for (const [index, { max, amount }] of claimed.entries()) {
    const { window, reserved } = counts[index] as Count
    const spent = spentOf(counts[index] as Count, nowMs) ?? 0
    const used = spent + reserved
    if (used < max && (used + amount <= max || reserved === 0)) continue
    const retryAfterMs = spent >= max ? window?.waitMs(nowMs, max) : undefined
    const waitMs = spent < max ? 0 : (retryAfterMs ?? Infinity)
    if (reached === undefined || waitMs > reached.waitMs) reached = { index, retryAfterMs, waitMs }
  }
  return reached && { index: reached.index, retryAfterMs: reached.retryAfterMs }
}

function spentOf({ window, spent, keptUntilMs }: Count, nowMs: number): number | undefined {
  if (window !== undefined) return window.used(nowMs)
  return keptUntilMs > nowMs ? spent : undefined
}

function stateOf(count: Count, nowMs: number): AmountState {
  const spent = spentOf(count, nowMs) ?? 0
  return { spent, reserved: count.reserved, resetMs: spent === 0 || count.window === undefined ? 0 : count.window.waitMs(nowMs, 1) }
}

/** All leases of a count are equally long, so that the last one to be written is the last one to end. */
function occupy(count: Count, { id, leaseMs }: AmountClaim, { amount }: AmountLimit, nowMs: number): void {
  release(count, id)
  count.reservations.set(id, { amount, endsAtMs: nowMs + leaseMs })
  count.reserved += amount
}

function release(count: Count, id: string): void {
  const reservation = count.reservations.get(id)
  if (reservation === undefined) return
  count.reservations.delete(id)
  count.reserved -= reservation.amount
}
