// One sliding window of the memory limits: remembers what was granted within the last `windowMs`.
import { limits } from '../../../limits.ts'

/** Numbers held by all windows together. */
export interface CellTally {
  cells: number
}

export interface SlidingWindow {
  /** How many count now. */
  used(nowMs: number): number
  add(nowMs: number, ageMs: number): void
  /** ms until fewer than `max` count; 0 when that is so now. */
  waitMs(nowMs: number, max: number): number
  /** Gives its cells back to the tally. */
  drop(): void
}

export function isExact(max: number): boolean {
  return max <= limits.exactWindowMax
}

/** Expired times are taken off the list when at least so many stand in front of it. */
const EXPIRED_KEPT = 64

/** Every time, oldest first. */
export class ExactWindow implements SlidingWindow {
  readonly #windowMs: number
  readonly #tally: CellTally
  readonly #times: number[] = []
  #start = 0

  constructor(windowMs: number, tally: CellTally) {
    this.#windowMs = windowMs
    this.#tally = tally
  }

  used(nowMs: number): number {
    const times = this.#times
    while (this.#start < times.length && nowMs - (times[this.#start] as number) >= this.#windowMs) this.#start++
    if (this.#start > 0 && (this.#start === times.length || (this.#start >= EXPIRED_KEPT && this.#start * 2 >= times.length))) {
      times.splice(0, this.#start)
      this.#tally.cells -= this.#start
      this.#start = 0
    }
    return times.length - this.#start
  }

  add(nowMs: number, ageMs: number): void {
    if (ageMs >= this.#windowMs) return
    const times = this.#times
    const atMs = nowMs - ageMs
    let at = times.length
    while (at > this.#start && (times[at - 1] as number) > atMs) at--
    if (at === times.length) times.push(atMs)
    else times.splice(at, 0, atMs)
    this.#tally.cells++
  }

  waitMs(nowMs: number, max: number): number {
    const used = this.used(nowMs)
    return used < max ? 0 : (this.#times[this.#start + used - max] as number) + this.#windowMs - nowMs
  }

  drop(): void {
    this.#tally.cells -= this.#times.length
    this.#times.length = 0
    this.#start = 0
  }
}

/** Counts per part of the window. One part more than the window has, because a stretch may begin and end inside of parts. */
export class CoarseWindow implements SlidingWindow {
  readonly #partMs: number
  readonly #tally: CellTally
  readonly #counts = new Array<number>(limits.windowParts + 1).fill(0)
  /** Number of the newest part, counted from the start of the clock. */
  #head = 0
  #total = 0

  constructor(windowMs: number, tally: CellTally) {
    this.#partMs = windowMs / limits.windowParts
    this.#tally = tally
    tally.cells += this.#counts.length
  }

  used(nowMs: number): number {
    const part = Math.floor(nowMs / this.#partMs)
    if (part > this.#head) {
      const size = this.#counts.length
      for (let i = Math.max(this.#head + 1, part - size + 1); i <= part; i++) {
        this.#total -= this.#counts[i % size] as number
        this.#counts[i % size] = 0
      }
      this.#head = part
    }
    return this.#total
  }

  /** @param amount how many at once */
  add(nowMs: number, ageMs: number, amount = 1): void {
    this.used(nowMs)
    const size = this.#counts.length
    const part = Math.floor((nowMs - ageMs) / this.#partMs)
    if (part < 0 || part <= this.#head - size) return
    this.#counts[part % size] = (this.#counts[part % size] as number) + amount
    this.#total += amount
  }

  waitMs(nowMs: number, max: number): number {
    let left = this.used(nowMs)
    const size = this.#counts.length
    for (let part = Math.max(0, this.#head - size + 1); left >= max && part <= this.#head; part++) {
      left -= this.#counts[part % size] as number
      if (left < max) return (part + size) * this.#partMs - nowMs
    }
    return 0
  }

  drop(): void {
    this.#tally.cells -= this.#counts.length
  }
}
