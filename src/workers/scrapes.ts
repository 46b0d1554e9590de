// Asks all workers for their figures and waits for them, but not for long.
import type { MetricDump, Scrape } from '../infrastructure/metrics/open-metrics.ts'
import { limits } from '../limits.ts'
import { MergedMetrics } from './merged-metrics.ts'
import type { WorkerProcess } from './worker-process.ts'

interface Round {
  readonly waiting: Set<number>
  readonly answered: Set<number>
  readonly done: () => void
}

export class Scrapes {
  readonly #merged = new MergedMetrics()
  readonly #rounds = new Map<number, Round>()
  readonly #workers: () => readonly WorkerProcess[]
  readonly #own: (answered: number) => Promise<MetricDump>
  #count = 0
  #running: Promise<Scrape> | undefined

  /** @param own the primary's figures, told how many workers answered */
  constructor(workers: () => readonly WorkerProcess[], own: (answered: number) => Promise<MetricDump>) {
    this.#workers = workers
    this.#own = own
  }

  /** Whoever asks while a scrape runs gets its answer. */
  scrape(): Promise<Scrape> {
    this.#running ??= this.#ask().finally(() => (this.#running = undefined))
    return this.#running
  }

  collected(worker: number, scrape: number, figures: MetricDump): void {
    this.#merged.record(worker, figures)
    this.#settle(worker, scrape, true)
  }

  farewell(worker: number, figures: MetricDump): void {
    this.#merged.record(worker, figures)
  }

  ended(worker: number): void {
    this.#merged.retire(worker)
    for (const scrape of [...this.#rounds.keys()]) this.#settle(worker, scrape, false)
  }

  async #ask(): Promise<Scrape> {
    const scrape = ++this.#count
    const asked = this.#workers().filter(({ state }) => state === 'serving' || state === 'stopping')
    const { promise, resolve } = Promise.withResolvers<void>()
    const answered = new Set<number>()
    this.#rounds.set(scrape, { waiting: new Set(asked.map(({ id }) => id)), answered, done: resolve })
    for (const worker of asked) worker.send({ say: 'collect', scrape })
    const timer = setTimeout(resolve, limits.workerMetricsMs)
    if (asked.length > 0) await promise
    clearTimeout(timer)
    this.#rounds.delete(scrape)
    return this.#merged.render(await this.#own(answered.size), answered)
  }

  #settle(worker: number, scrape: number, hasAnswered: boolean): void {
    const round = this.#rounds.get(scrape)
    if (round?.waiting.delete(worker) !== true) return
    if (hasAnswered) round.answered.add(worker)
    if (round.waiting.size === 0) round.done()
  }
}
