// Requests, errors and absorbed failures of the last 15 minutes: one addition per exchange, the rest when somebody asks.
import type { ExchangeObserver, ExchangeRecord } from '../ports/exchange-record.ts'
import type { Clock } from '../ports/clock.ts'

/** ms of one part. */
const PART_MS = 5_000
const PARTS = 180

export const STATS_WINDOWS_S = [60, 300, 900] as const

/** Of one window, or of the time since the start where that is shorter. */
export interface RequestRates {
  readonly seconds: number
  readonly requests: number
  /** Answered with an error of the vendor or the gateway; not what a client did wrong or broke off. */
  readonly errors: number
  /** Served although an attempt failed. */
  readonly absorbed: number
}

/** Which number an outcome counts in, besides requests. */
const COUNTED: Readonly<Record<ExchangeRecord['outcome'], 'errors' | 'absorbed' | undefined>> = {
  ok: undefined,
  absorbed: 'absorbed',
  upstream_error: 'errors',
  exhausted: 'errors',
  rejected: undefined,
  aborted: undefined,
}

interface Part {
  requests: number
  errors: number
  absorbed: number
}

export class StatsCollector implements ExchangeObserver {
  readonly #clock: Clock
  readonly #startedAtMs: number
  readonly #parts: Part[]
  #at = 0
  #current: Part
  /** Monotonic ms. */
  #partEndsAtMs: number
  readonly #timer: NodeJS.Timeout

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAtMs = clock.monotonicMs()
    this.#parts = Array.from({ length: PARTS }, newPart)
    this.#current = this.#parts[0] as Part
    this.#partEndsAtMs = this.#startedAtMs + PART_MS
    this.#timer = setInterval(() => this.#advance(), PART_MS).unref()
  }

  exchangeFinished({ outcome }: ExchangeRecord): void {
    const part = this.#current
    part.requests++
    const counted = COUNTED[outcome]
    if (counted !== undefined) part[counted]++
  }

  /** One per window of STATS_WINDOWS_S. */
  rates(): readonly RequestRates[] {
    this.#advance()
    const upMs = this.#clock.monotonicMs() - this.#startedAtMs
    const partMs = PART_MS - (this.#partEndsAtMs - this.#clock.monotonicMs())
    return STATS_WINDOWS_S.map((seconds) => {
      // The part that runs, and as many whole ones as fit behind it.
      const parts = (seconds * 1_000) / PART_MS
      const sum = newPart()
      for (let i = 0; i < parts; i++) {
        const part = this.#parts[(this.#at - i + PARTS) % PARTS] as Part
        sum.requests += part.requests
        sum.errors += part.errors
        sum.absorbed += part.absorbed
      }
      return { seconds: Math.min(upMs, (parts - 1) * PART_MS + partMs) / 1_000, ...sum }
    })
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #advance(): void {
    const lateMs = this.#clock.monotonicMs() - this.#partEndsAtMs
    if (lateMs < 0) return
    const steps = Math.floor(lateMs / PART_MS) + 1
    for (let i = 0; i < Math.min(steps, PARTS); i++) {
      this.#at = (this.#at + 1) % PARTS
      this.#parts[this.#at] = newPart()
    }
    this.#current = this.#parts[this.#at] as Part
    this.#partEndsAtMs += steps * PART_MS
  }
}

function newPart(): Part {
  return { requests: 0, errors: 0, absorbed: 0 }
}
