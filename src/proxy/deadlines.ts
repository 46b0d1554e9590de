// One timer for all exchanges: looks every few ms who is too late, instead of arming a timer per request.
import type { Clock } from '../ports/clock.ts'

export interface Watched {
  /** Monotonic ms; may be moved at any time. */
  deadlineMs: number
  /** Called when the deadline has passed, again at each look until it is moved or the watch ends. */
  onDeadline(nowMs: number): void
}

const TICK_MS = 50
/** Looks without anybody to watch before the timer is put away. */
const IDLE_TICKS = 100

export class Deadlines {
  readonly #clock: Clock
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | undefined
  #idleTicks = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  watch(watched: Watched): void {
    this.#watched.add(watched)
    this.#timer ??= setInterval(() => this.#look(), TICK_MS).unref()
  }

  forget(watched: Watched): void {
    this.#watched.delete(watched)
  }

  #look(): void {
    if (this.#watched.size === 0) {
      if (++this.#idleTicks < IDLE_TICKS) return
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#idleTicks = 0
      return
    }
    this.#idleTicks = 0
    const nowMs = this.#clock.monotonicMs()
    for (const watched of this.#watched) if (watched.deadlineMs <= nowMs) watched.onDeadline(nowMs)
  }
}
