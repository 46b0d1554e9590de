// Limits inside this process: the memory cache's own, and what each replica falls back to while the shared store is gone.
import { limits } from '../../../limits.ts'
import { CacheUnavailableError } from '../../../ports/cache.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { LimitAnswer, LimitClaim, LimitStore, PastGrant, SlotLimit, SynchronousLimits, WindowLimit, WindowState } from '../../../ports/limit-store.ts'
import { type CellTally, CoarseWindow, ExactWindow, isExact, type SlidingWindow } from './sliding-window.ts'

export interface MemoryLimitsOptions {
  readonly clock: Clock
  /** Windows and slot sets. Default: limits.limitEntriesMax. */
  readonly entriesMax?: number
  /** Numbers in all of them. Default: limits.limitTimesMax. */
  readonly timesMax?: number
}

/** ms between two searches for what no longer counts, when the space is full. */
const SWEEP_INTERVAL_MS = 1_000

/** When the space is full of what still counts, claims of new keys throw: nothing passes uncounted, and nothing counted is forgotten. */
export class MemoryLimits implements LimitStore, SynchronousLimits {
  readonly #clock: Clock
  readonly #entriesMax: number
  readonly #timesMax: number
  readonly #tally: CellTally = { cells: 0 }
  readonly #windows = new Map<string, SlidingWindow>()
  /** Lease ends by claim id, the earliest first. */
  readonly #slots = new Map<string, Map<string, number>>()
  #sweptAtMs = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(options: MemoryLimitsOptions) {
    this.#clock = options.clock
    this.#entriesMax = options.entriesMax ?? limits.limitEntriesMax
    this.#timesMax = options.timesMax ?? limits.limitTimesMax
  }

  async claim(claim: LimitClaim): Promise<LimitAnswer> {
    return this.claimNow(claim)
  }

  async renew(claims: readonly LimitClaim[]): Promise<void> {
    this.renewNow(claims)
  }

  async release(claims: readonly LimitClaim[]): Promise<void> {
    this.releaseNow(claims)
  }

  async count(grants: readonly PastGrant[]): Promise<void> {
    const nowMs = this.#begin(grants.map(({ claim }) => claim))
    for (const { claim, ageMs } of grants) for (const limit of claim.windows) this.#window(limit).add(nowMs, ageMs)
  }

  claimNow(claim: LimitClaim): LimitAnswer {
    const nowMs = this.#begin([claim])
    const windows = claim.windows.map((limit) => this.#window(limit))
    const slots = claim.slots.map((limit) => this.#slotSet(limit.key, nowMs))
    let reached: { readonly key: string; readonly retryAfterMs: number | undefined } | undefined
    for (const [index, { key, max }] of claim.windows.entries()) {
      const retryAfterMs = (windows[index] as SlidingWindow).waitMs(nowMs, max)
      if (retryAfterMs > (reached?.retryAfterMs ?? 0)) reached = { key, retryAfterMs }
    }
    const full = reached ?? claim.slots.find(({ max }, index) => (slots[index] as Map<string, number>).size >= max)
    if (full === undefined) {
      for (const window of windows) window.add(nowMs, 0)
      for (const [index, limit] of claim.slots.entries()) occupy(slots[index] as Map<string, number>, claim.id, limit, nowMs)
    }
    const states = claim.windows.map(({ max }, index) => stateOf(windows[index] as SlidingWindow, max, nowMs))
    return full === undefined ? { isGranted: true, windows: states } : { isGranted: false, key: full.key, retryAfterMs: reached?.retryAfterMs, windows: states }
  }

  adoptNow(claim: LimitClaim): void {
    const nowMs = this.#begin([claim])
    for (const limit of claim.windows) this.#window(limit).add(nowMs, 0)
    for (const limit of claim.slots) occupy(this.#slotSet(limit.key, nowMs), claim.id, limit, nowMs)
  }

  renewNow(claims: readonly LimitClaim[]): void {
    const nowMs = this.#begin(claims)
    for (const claim of claims) for (const limit of claim.slots) occupy(this.#slotSet(limit.key, nowMs), claim.id, limit, nowMs)
  }

  releaseNow(claims: readonly LimitClaim[]): void {
    for (const { id, slots } of claims) {
      for (const { key } of slots) {
        const set = this.#slots.get(key)
        if (set?.delete(id) === true && set.size === 0) this.#slots.delete(key)
      }
    }
  }

  /** Forgets what no longer counts. @returns how many windows and slot sets still hold something */
  sweep(): number {
    this.#sweep(this.#clock.monotonicMs())
    return this.#windows.size + this.#slots.size
  }

  close(): void {
    this.#isClosed = true
    this.#windows.clear()
    this.#slots.clear()
  }

  /** Everything that can fail, before anything is counted. @returns now */
  #begin(claims: readonly LimitClaim[]): number {
    if (this.#isClosed) throw new CacheUnavailableError('The memory limits are closed')
    const nowMs = this.#clock.monotonicMs()
    const needed = claims.reduce((sum, { windows, slots }) => sum + windows.length + slots.length, 0)
    if (this.#hasRoom(needed)) return nowMs
    const missing = claims.reduce((sum, claim) => sum + this.#missing(claim), 0)
    if (this.#hasRoom(missing)) return nowMs
    if (nowMs - this.#sweptAtMs >= SWEEP_INTERVAL_MS) this.#sweep(nowMs)
    // What was swept may be asked for again, so it is counted anew.
    if (!this.#hasRoom(claims.reduce((sum, claim) => sum + this.#missing(claim), 0)))
      throw new CacheUnavailableError(`The memory limits hold ${this.#windows.size + this.#slots.size} entries already`)
    return nowMs
  }

  #hasRoom(needed: number): boolean {
    return this.#windows.size + this.#slots.size + needed <= this.#entriesMax && this.#tally.cells < this.#timesMax
  }

  #missing({ windows, slots }: LimitClaim): number {
    return windows.filter((limit) => !this.#windows.has(nameOf(limit))).length + slots.filter(({ key }) => !this.#slots.has(key)).length
  }

  #sweep(nowMs: number): void {
    this.#sweptAtMs = nowMs
    for (const [name, window] of this.#windows) {
      if (window.used(nowMs) > 0) continue
      window.drop()
      this.#windows.delete(name)
    }
    for (const [key, set] of this.#slots) {
      expire(set, nowMs)
      if (set.size === 0) this.#slots.delete(key)
    }
  }

  #window(limit: WindowLimit): SlidingWindow {
    const name = nameOf(limit)
    let window = this.#windows.get(name)
    if (window === undefined) {
      window = isExact(limit.max) ? new ExactWindow(limit.windowMs, this.#tally) : new CoarseWindow(limit.windowMs, this.#tally)
      this.#windows.set(name, window)
    }
    return window
  }

  #slotSet(key: string, nowMs: number): Map<string, number> {
    let set = this.#slots.get(key)
    if (set === undefined) this.#slots.set(key, (set = new Map<string, number>()))
    else expire(set, nowMs)
    return set
  }
}

/** As in the other stores: the two ways to count do not know each other. */
function nameOf({ key, max }: WindowLimit): string {
  return isExact(max) ? key : `${key}:parts`
}

/** All leases of a set are equally long, so that the last one to be written is the last one to end. */
function occupy(set: Map<string, number>, id: string, { leaseMs }: SlotLimit, nowMs: number): void {
  set.delete(id)
  set.set(id, nowMs + leaseMs)
}

function expire(set: Map<string, number>, nowMs: number): void {
  for (const [id, endsAtMs] of set) {
    if (endsAtMs > nowMs) return
    set.delete(id)
  }
}

function stateOf(window: SlidingWindow, max: number, nowMs: number): WindowState {
  const used = window.used(nowMs)
  return { remaining: Math.max(0, max - used), resetMs: used === 0 ? 0 : window.waitMs(nowMs, used) }
}
