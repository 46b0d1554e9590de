// Keeps every place filled with a worker that serves: starts, watches, restarts, replaces and stops them.
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { StopOrder, ToPrimary, ToWorker } from './messages.ts'
import { restartDelayMs } from './restart-delay.ts'
import { within } from './within.ts'
import { type Exit, WorkerProcess } from './worker-process.ts'

export type RestartReason = 'crashed' | 'hung' | 'failed_start' | 'left' | 'replaced'

export interface CrewOptions {
  readonly count: number
  /** What a worker that has loaded is told; asked once per worker. */
  readonly start: () => ToWorker
  readonly hear: (message: ToPrimary, from: WorkerProcess) => void
  /** After the last message of a worker. */
  readonly ended: (worker: WorkerProcess) => void
  /** The last worker ended by itself because of its configuration, or of what it cannot reach: another one would do the same. */
  readonly hopeless: (exitCode: number) => void
  /** ms that a worker may take to stop, by the configuration in force. */
  readonly stopMs: (order: StopOrder) => number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** sysexits.h */
const CONFIGURATION = 78
const UNAVAILABLE = 69

interface Place {
  worker: WorkerProcess | undefined
  /** Deaths in a row, each before the worker had served for limits.workerStableMs. */
  failures: number
  restart: NodeJS.Timeout | undefined
}

export class Crew {
  /** Workers started for a place that had one before. */
  readonly restarts = new Map<RestartReason, number>()
  readonly #options: CrewOptions
  readonly #places: readonly Place[]
  readonly #alive = new Set<WorkerProcess>()
  readonly #watch: NodeJS.Timeout
  #lookedAtMs: number
  #hasServed = false
  #isStopping = false

  constructor(options: CrewOptions) {
    this.#options = options
    this.#places = Array.from({ length: options.count }, () => ({ worker: undefined, failures: 0, restart: undefined }))
    this.#lookedAtMs = options.clock.monotonicMs()
    this.#watch = setInterval(() => this.#killSilent(), limits.workerSignMs)
  }

  /** All that run, also those that are starting or stopping. */
  get alive(): readonly WorkerProcess[] {
    return [...this.#alive]
  }

  get serving(): number {
    return this.alive.filter(({ state }) => state === 'serving').length
  }

  /**
   * Starts one worker and, when it serves, the others: what only the first start does is done once, and what keeps it from starting is said once.
   * @returns how the first worker ended when it never served; undefined when it serves
   */
  async start(): Promise<Exit | undefined> {
    const [first, ...others] = this.#places as [Place, ...Place[]]
    const worker = this.#launch()
    first.worker = worker
    this.#hasServed = await worker.ready
    if (!this.#hasServed) return worker.ended
    if (!this.#isStopping) for (const place of others) this.#fill(place)
    return undefined
  }

  /**
   * Replaces the workers one by one: the new one serves before the old one stops.
   * @returns false when a new one did not come up; the old ones that are left go on then
   */
  async replaceAll(order: StopOrder): Promise<boolean> {
    for (const place of this.#places) {
      const next = this.#launch()
      if (!(await within(limits.workerStartMs, next.ready))) {
        next.kill('slow_start')
        if (!this.#isStopping)
          this.#options.logger.error('worker.not_replaced', `Worker ${next.id} did not start; the workers that run stay`, { worker_id: next.id })
        return false
      }
      if (this.#isStopping) return false
      const old = place.worker
      clearTimeout(place.restart)
      place.worker = next
      place.failures = 0
      this.#count('replaced')
      if (old === undefined || old.state === 'ended') continue
      old.stop(order)
      if ((await within(this.#options.stopMs(order), old.ended)) === undefined) old.kill('slow_stop')
    }
    return true
  }

  /** Stops all together. @returns whether every worker finished what it had to do */
  async stop(order: StopOrder): Promise<boolean> {
    this.#isStopping = true
    for (const place of this.#places) clearTimeout(place.restart)
    const all = this.alive
    for (const worker of all) worker.stop(order)
    const exits = await within(this.#options.stopMs(order), Promise.all(all.map(({ ended }) => ended)))
    for (const worker of this.alive) worker.kill('slow_stop')
    clearInterval(this.#watch)
    return exits !== undefined && all.every(({ killedFor }, i) => exits[i]?.code === 0 || killedFor === 'not_needed')
  }

  hurry(): void {
    for (const worker of this.alive) worker.send({ say: 'hurry' })
  }

  #launch(): WorkerProcess {
    const { clock, start, hear, ended, logger } = this.#options
    const worker = new WorkerProcess(clock, start, hear)
    this.#alive.add(worker)
    void worker.ready.then((isReady) => {
      if (isReady) logger.info('worker.serving', `Worker ${worker.id} serves`, { worker_id: worker.id, pid: worker.pid })
    })
    void worker.ended.then((exit) => {
      this.#alive.delete(worker)
      ended(worker)
      this.#afterEnd(worker, exit)
    })
    return worker
  }

  #fill(place: Place): void {
    place.restart = undefined
    place.worker = this.#launch()
  }

  #afterEnd(worker: WorkerProcess, exit: Exit): void {
    const place = this.#places.find((candidate) => candidate.worker === worker)
    const { logger, clock } = this.#options
    const isExpected = place === undefined || this.#isStopping
    // What keeps the very first one from starting, it has said itself.
    const hasSaidWhy = !this.#hasServed && exit.code !== null
    if (exit.code !== 0 && !hasSaidWhy && worker.killedFor !== 'not_needed') {
      const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`
      const why = worker.killedFor === 'hung' ? `: it had been silent for ${limits.workerSilenceMs / 1000} s and was killed` : ''
      logger.error('worker.died', `Worker ${worker.id} died (${how})${why}`, {
        worker_id: worker.id,
        pid: worker.pid,
        exit_code: exit.code,
        signal: exit.signal,
      })
    }
    // The first worker of all is start()'s: while it has never served, there is nothing to keep up.
    if (isExpected || !this.#hasServed) return
    place.worker = undefined
    if ((exit.code === CONFIGURATION || exit.code === UNAVAILABLE) && this.#alive.size === 0) return this.#options.hopeless(exit.code)
    if (clock.monotonicMs() - worker.startedAtMs >= limits.workerStableMs || (exit.code === 0 && worker.wasServing)) place.failures = 0
    this.#count(worker.killedFor === 'hung' ? 'hung' : exit.code === 0 ? 'left' : worker.wasServing ? 'crashed' : 'failed_start')
    this.#refill(place, restartDelayMs(place.failures++, this.#options.random))
    this.#keepOne()
  }

  #refill(place: Place, delayMs: number): void {
    if (delayMs > 0) this.#options.logger.warn('worker.restart', `A new worker starts in ${delayMs} ms`, { delay_ms: delayMs })
    clearTimeout(place.restart)
    place.restart = setTimeout(() => this.#fill(place), delayMs)
  }

  /** When nobody serves or is about to, the first place does not wait its whole delay: one who tries again and again is better than silence. */
  #keepOne(): void {
    if (this.alive.some(({ state }) => state !== 'stopping')) return
    const place = this.#places.find(({ restart }) => restart !== undefined)
    if (place === undefined) return
    clearTimeout(place.restart)
    place.restart = setTimeout(() => this.#fill(place), Math.min(limits.workerRestartMinMs, restartDelayMs(place.failures - 1, this.#options.random)))
  }

  /** A worker that blocks cannot say that it lives. When this process itself stood still (suspended, starved), nobody was heard: that proves nothing. */
  #killSilent(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const stoodStill = nowMs - this.#lookedAtMs > 3 * limits.workerSignMs
    this.#lookedAtMs = nowMs
    for (const worker of this.#alive) {
      const silenceMaxMs = worker.state === 'loading' ? limits.workerStartMs : limits.workerSilenceMs
      if (stoodStill) worker.seenAtMs = nowMs
      else if (nowMs - worker.seenAtMs > silenceMaxMs) worker.kill('hung')
    }
  }

  #count(reason: RestartReason): void {
    this.restarts.set(reason, (this.restarts.get(reason) ?? 0) + 1)
  }
}
