// Knows whether a database answers, and lets no call wait for one that does not.
import type { Random } from '../../ports/random.ts'
import { StoreUnavailableError } from '../../ports/store.ts'

export interface ReachabilityDependencies {
  /** The cheapest round trip; rejects when there is none. */
  readonly ping: () => Promise<void>
  readonly random: Random
  /** Told once per change. Must not throw. */
  readonly onChange: (isReachable: boolean, reason: string) => void
}

/** ms after which a call that has not ended makes the database doubtful; what is slow for a good reason goes on while a ping is answered. */
const SLOW_MS = 300
/** ms that a ping may take: more than a far database needs, and with SLOW_MS well below the 2 s in which management answers. */
const PING_MS = 700
const LOOK_MS = 100
/** ms between two pings of a database that is away, at random between these. */
const PROBE_MIN_MS = 500
const PROBE_MAX_MS = 1_000
/** Pings that hang; each may hold a connection of the pool until the driver gives it up. */
const PINGS_MAX = 3

interface Call {
  readonly startedAtMs: number
  readonly fail: (error: StoreUnavailableError) => void
}

export class Reachability {
  readonly #dependencies: ReachabilityDependencies
  readonly #nowMs: () => number
  readonly #calls = new Set<Call>()
  #away: StoreUnavailableError | undefined
  #doubting = false
  #pings = 0
  #look: NodeJS.Timeout | undefined
  #probe: NodeJS.Timeout | undefined
  #isStopped = false

  /** @param nowMs monotonic */
  constructor(dependencies: ReachabilityDependencies, nowMs: () => number) {
    this.#dependencies = dependencies
    this.#nowMs = nowMs
  }

  get isReachable(): boolean {
    return this.#away === undefined
  }

  /** Runs one call, of any length while the database answers. @throws StoreUnavailableError at once while it does not */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#away !== undefined) return Promise.reject(new StoreUnavailableError(this.#away.message, { cause: this.#away }))
    return new Promise<T>((resolve, reject) => {
      const call: Call = { startedAtMs: this.#nowMs(), fail: reject }
      this.#calls.add(call)
      this.#look ??= setInterval(() => this.#lookForSlowCalls(), LOOK_MS).unref()
      work().then(
        (value) => {
          this.#calls.delete(call)
          resolve(value)
        },
        (error: unknown) => {
          this.#calls.delete(call)
          if (error instanceof StoreUnavailableError) void this.#doubt()
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#look)
    clearTimeout(this.#probe)
  }

  #lookForSlowCalls(): void {
    const [oldest] = this.#calls
    if (oldest === undefined) {
      clearInterval(this.#look)
      this.#look = undefined
    } else if (this.#nowMs() - oldest.startedAtMs >= SLOW_MS) void this.#doubt()
  }

  /** One failed or slow call proves nothing; a ping decides. Until it has, other calls go on. */
  async #doubt(): Promise<void> {
    if (this.#doubting || this.#away !== undefined || this.#isStopped) return
    this.#doubting = true
    const failure = await this.#ping()
    this.#doubting = false
    if (failure !== undefined) this.#leave(failure)
  }

  /** undefined when it was answered, otherwise why not. */
  async #ping(): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined
    this.#pings++
    const answered = this.#dependencies.ping().then(
      () => {
        this.#return()
        return undefined
      },
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    void answered.finally(() => this.#pings--)
    const late = new Promise<string>((resolve) => {
      // The extra turn: after a stall of this process, answers that are there already are read before they count as late.
      timer = setTimeout(() => setImmediate(() => setImmediate(resolve, `no answer within ${PING_MS} ms`)), PING_MS).unref()
    })
    const outcome = await Promise.race([answered, late])
    clearTimeout(timer)
    return outcome
  }

  #leave(reason: string): void {
    if (this.#away !== undefined || this.#isStopped) return
    const error = new StoreUnavailableError(`The database does not answer: ${reason}`)
    this.#away = error
    for (const call of this.#calls) call.fail(error)
    this.#calls.clear()
    this.#dependencies.onChange(false, reason)
    this.#scheduleProbe()
  }

  #scheduleProbe(): void {
    const delayMs = PROBE_MIN_MS + this.#dependencies.random.fraction() * (PROBE_MAX_MS - PROBE_MIN_MS)
    this.#probe = setTimeout(() => {
      if (this.#pings < PINGS_MAX) void this.#ping()
      if (this.#away !== undefined && !this.#isStopped) this.#scheduleProbe()
    }, delayMs).unref()
  }

  #return(): void {
    if (this.#away === undefined || this.#isStopped) return
    this.#away = undefined
    clearTimeout(this.#probe)
    this.#dependencies.onChange(true, '')
  }
}
