// Everything that is in flight, and one timer that looks every few ms who is too late, instead of a timer per request.
import type { Clock } from '../ports/clock.ts'

export interface InFlightEntry {
  /** Monotonic ms; may be moved at any time; Infinity = nothing to wait for. */
  readonly deadlineMs: number
  /** Called when the deadline has passed, again at each look until it is moved or the entry is removed. */
  onDeadline(nowMs: number): void
  /** Where the entry stands in the list; owned by InFlight, -1 outside of it. */
  inFlightIndex: number
}

/** A request in flight. */
export interface Flight extends InFlightEntry {
  /** Ends it with an error of the gateway's own. */
  fail(error: unknown): void
  /** Upstream whose stream the client is getting; undefined without one. */
  readonly streamsFrom?: string | undefined
}

const TICK_MS = 50
/** Looks at an empty list before the timer is put away. */
const IDLE_TICKS = 100

/**
 * A list with swap-remove and no Set: a Set that churns with every request leaves a chain of abandoned tables behind,
 * and once one of them is old, the collector keeps every later entry alive with it (18 % of the CPU when it was measured).
 */
export class InFlight<T extends InFlightEntry> {
  readonly #clock: Clock
  readonly #entries: T[] = []
  #timer: NodeJS.Timeout | undefined
  #idleTicks = 0
  #whenEmpty: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#entries.length
  }

  add(entry: T): void {
    entry.inFlightIndex = this.#entries.push(entry) - 1
    this.#timer ??= setInterval(() => this.#look(), TICK_MS).unref()
  }

  /** Idempotent. */
  remove(entry: T): void {
    const at = entry.inFlightIndex
    if (at < 0) return
    entry.inFlightIndex = -1
    const last = this.#entries.pop() as T
    if (last !== entry) {
      this.#entries[at] = last
      last.inFlightIndex = at
    }
    if (this.#entries.length === 0) this.#whenEmpty?.()
  }

  /** Entries as they are now; later changes do not show. */
  list(): readonly T[] {
    return this.#entries.slice()
  }

  whenEmpty(): Promise<void> {
    return this.#entries.length === 0 ? Promise.resolve() : new Promise((resolve) => (this.#whenEmpty = resolve))
  }

  #look(): void {
    if (this.#entries.length === 0) {
      if (++this.#idleTicks < IDLE_TICKS) return
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#idleTicks = 0
      return
    }
    this.#idleTicks = 0
    const nowMs = this.#clock.monotonicMs()
    const late = this.#entries.filter((entry) => entry.deadlineMs <= nowMs)
    for (const entry of late) if (entry.inFlightIndex >= 0) entry.onDeadline(nowMs)
  }
}

/** Streams that are being relayed, by upstream. */
export function countStreams(flights: readonly Flight[]): ReadonlyMap<string, number> {
  const streams = new Map<string, number>()
  for (const { streamsFrom } of flights) if (streamsFrom !== undefined) streams.set(streamsFrom, (streams.get(streamsFrom) ?? 0) + 1)
  return streams
}
