// The process that serves nothing: it keeps the workers, passes signals on, adds their figures up, and ends with the right code.
import cluster from 'node:cluster'
import type { Config } from '../config.ts'
import { encodeConfig } from '../config/transport.ts'
import type { Logging } from '../infrastructure/logging/open-logging.ts'
import { openMetrics } from '../infrastructure/metrics/open-metrics.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { Crew } from './crew.ts'
import type { StopOrder, ToPrimary, ToWorker } from './messages.ts'
import { Scrapes } from './scrapes.ts'
import type { Exit, WorkerProcess } from './worker-process.ts'

export interface PrimaryOptions {
  readonly count: number
  readonly config: Config
  /** Reads the configuration again. @throws Error that says what is wrong with it */
  readonly reload: () => Config
  readonly logging: Logging
  readonly clock: Clock
  readonly random: Random
}

export class Primary {
  readonly #options: PrimaryOptions
  readonly #crew: Crew
  readonly #scrapes: Scrapes
  #config: Config
  #isFirst = true
  #replacing: Promise<void> | undefined
  #isReplacingAgain = false
  #isStopping = false

  constructor(options: PrimaryOptions) {
    const { count, config, clock, random, logging } = options
    this.#options = options
    this.#config = config
    // One queue of connections in the kernel, and every worker takes from it: see docs/decisions/0009-workers.md.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    this.#crew = new Crew({
      count,
      start: () => this.#instructions(),
      hear: (message, from) => this.#hear(message, from),
      ended: ({ id }) => this.#scrapes.ended(id),
      hopeless: (exitCode) => void this.#exit(exitCode),
      stopMs: ({ announceMs }) => announceMs + this.#config.shutdown.requestsMs + limits.workerStopSlackMs,
      clock,
      random,
      logger: logging.logger,
    })
    let answered = 0
    const { version, build } = config
    const figures = () => ({ serving: this.#crew.serving, answered, restarts: this.#crew.restarts })
    const metrics = openMetrics({ version, build, nodeVersion: process.versions.node, crew: figures })
    metrics.connect({ isUpstream: () => true, poolKeys: () => [], logLinesDropped: () => logging.dropped() })
    this.#scrapes = new Scrapes(
      () => this.#crew.alive,
      (count) => {
        answered = count
        return metrics.collect()
      },
    )
  }

  /** Serves until a signal ends it. */
  async run(): Promise<void> {
    const { count, logging } = this.#options
    process.on('SIGTERM', () => this.#stop('SIGTERM'))
    process.on('SIGINT', () => this.#stop('SIGINT'))
    process.on('SIGHUP', () => this.#replace())
    const crash = (error: unknown): void => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      logging.logger.error('gateway.crashed', 'Uncaught error in the primary process: the workers finish what they do, then it ends', { error: text })
      void this.#end({ announceMs: limits.drainCrashAnnounceMs, isRelieved: false }, 1)
    }
    process.on('uncaughtException', crash)
    process.on('unhandledRejection', crash)
    const exit = await this.#crew.start()
    if (exit !== undefined && !this.#isStopping) return this.#exit(exitCodeOf(exit))
    if (exit === undefined) logging.logger.info('workers.started', `${count} worker processes serve on one listener`, { workers: count })
  }

  #instructions(): ToWorker {
    const isAnnouncer = this.#isFirst
    this.#isFirst = false
    return { say: 'start', isAnnouncer, config: encodeConfig(this.#config) }
  }

  #hear(message: ToPrimary, from: WorkerProcess): void {
    if (message.say === 'collected') this.#scrapes.collected(from.id, message.scrape, message.figures)
    else if (message.say === 'farewell') this.#scrapes.farewell(from.id, message.figures)
    else if (message.say === 'scrape') {
      const { question } = message
      void this.#scrapes.scrape().then(({ contentType, body }) => from.send({ say: 'scraped', question, contentType, body }))
    }
  }

  /** A second signal means: now. */
  #stop(signal: 'SIGTERM' | 'SIGINT'): void {
    if (this.#isStopping) return this.#crew.hurry()
    const { logger } = this.#options.logging
    logger.info('gateway.stopping', `Stopping on ${signal}: requests in flight are finished first`, { workers: this.#crew.alive.length })
    void this.#end({ announceMs: signal === 'SIGTERM' ? this.#config.shutdown.announceMs : 0, isRelieved: false }, 0)
  }

  async #end(order: StopOrder, exitCode: number): Promise<void> {
    if (this.#isStopping) return
    this.#isStopping = true
    const isClean = await this.#crew.stop(order)
    await this.#exit(isClean ? exitCode : 1)
  }

  async #exit(exitCode: number): Promise<void> {
    this.#isStopping = true
    await this.#options.logging.close()
    process.exit(exitCode)
  }

  /** Signals that come while it runs mean one more round after it. */
  #replace(): void {
    if (this.#isStopping) return
    this.#isReplacingAgain = this.#replacing !== undefined
    this.#replacing ??= this.#replaceOnce().finally(() => {
      this.#replacing = undefined
      if (this.#isReplacingAgain) this.#replace()
    })
  }

  async #replaceOnce(): Promise<void> {
    const { logger } = this.#options.logging
    const before = this.#config
    try {
      this.#config = this.#options.reload()
    } catch (error) {
      return logger.error('workers.not_replaced', `The workers stay: ${error instanceof Error ? error.message : String(error)}`)
    }
    logger.info('workers.replacing', 'Replacing the workers one by one')
    const isDone = await this.#crew.replaceAll({ announceMs: this.#config.shutdown.announceMs, isRelieved: true })
    if (isDone) return logger.info('workers.replaced', 'All workers are replaced', { workers: this.#options.count })
    this.#config = before
  }
}

/** A worker that a signal ended has no code of its own. */
function exitCodeOf({ code }: Exit): number {
  return code === null || code === 0 ? 1 : code
}
