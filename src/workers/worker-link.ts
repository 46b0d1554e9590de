// The worker's end of the channel to the primary.
import cluster from 'node:cluster'
import type { Config } from '../config.ts'
import { decodeConfig } from '../config/transport.ts'
import type { OpenMetrics, Scrape } from '../infrastructure/metrics/open-metrics.ts'
import { limits } from '../limits.ts'
import type { StopOrder, ToPrimary, ToWorker } from './messages.ts'
import { WORKER_MARK } from './worker-process.ts'

/** ms beyond the primary's own patience until a worker answers a scrape with nothing but its own figures. */
const SCRAPE_SLACK_MS = 1_000
/** ms that the last message may take. */
const FAREWELL_MS = 1_000

/** @param environment of this process */
export function isWorker(environment: Readonly<Record<string, string | undefined>>): boolean {
  return cluster.isWorker && environment[WORKER_MARK] === String(process.ppid)
}

export class WorkerLink {
  /** Differs for every worker that this primary ever started. */
  readonly id = String(cluster.worker?.id ?? 0)
  readonly config: Config
  readonly isAnnouncer: boolean
  onStop: (order: StopOrder) => void = () => undefined
  onHurry: () => void = () => undefined
  /** The primary is gone; nobody restarts or stops this process any more. */
  onOrphaned: () => void = () => undefined
  readonly #questions = new Map<number, (scrape: Scrape) => void>()
  #questionCount = 0
  #metrics: OpenMetrics | undefined

  private constructor(start: Extract<ToWorker, { say: 'start' }>) {
    this.config = decodeConfig(start.config)
    this.isAnnouncer = start.isAnnouncer
    process.on('message', (message: ToWorker) => this.#hear(message))
    setInterval(() => tell({ say: 'alive' }), limits.workerSignMs).unref()
    const worker = cluster.worker
    worker?.once('disconnect', () => {
      // Node would exit here, in the middle of everything.
      worker.exitedAfterDisconnect = true
      this.onOrphaned()
    })
  }

  /** Resolves with what the primary wants of this process. */
  static open(): Promise<WorkerLink> {
    return new Promise((resolve) => {
      process.once('message', (message: ToWorker) => {
        if (message.say === 'start') resolve(new WorkerLink(message))
      })
      tell({ say: 'hello' })
    })
  }

  serves(): void {
    tell({ say: 'ready' })
  }

  /** The figures of all workers; after a while those of this one alone. */
  async scrape(own: OpenMetrics): Promise<Scrape> {
    const question = ++this.#questionCount
    let timer: NodeJS.Timeout | undefined
    const answer = new Promise<Scrape | undefined>((resolve) => {
      this.#questions.set(question, resolve)
      timer = setTimeout(() => resolve(undefined), limits.workerMetricsMs + SCRAPE_SLACK_MS)
      tell({ say: 'scrape', question })
    })
    const scrape = await answer
    clearTimeout(timer)
    this.#questions.delete(question)
    return scrape ?? own.render()
  }

  /** Whose figures are given to the primary when it asks. */
  connect(metrics: OpenMetrics): void {
    this.#metrics = metrics
  }

  /** Hands the last figures over; resolves when they have left. */
  async farewell(): Promise<void> {
    const figures = await this.#metrics?.collect()
    if (figures === undefined || !process.connected) return
    await new Promise<void>((resolve) => {
      setTimeout(resolve, FAREWELL_MS)
      tell({ say: 'farewell', figures }, resolve)
    })
  }

  #hear(message: ToWorker): void {
    switch (message.say) {
      case 'stop':
        return this.onStop(message)
      case 'hurry':
        return this.onHurry()
      case 'collect':
        return void this.#metrics?.collect().then((figures) => tell({ say: 'collected', scrape: message.scrape, figures }))
      case 'scraped':
        return this.#questions.get(message.question)?.({ contentType: message.contentType, body: message.body })
      case 'start':
    }
  }
}

/** A primary that is gone hears nothing, which is no error. */
function tell(message: ToPrimary, done: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => done())
  else done()
}
