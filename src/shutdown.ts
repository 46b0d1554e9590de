// How a process that serves comes to its end: by a signal, by its primary, or by an exception that nobody caught.
import type { Server } from 'node:http'
import type { Composition } from './compose.ts'
import type { Config } from './config.ts'
import { drain } from './drain.ts'
import type { Logging } from './infrastructure/logging/open-logging.ts'
import { limits } from './limits.ts'
import type { StopOrder } from './workers/messages.ts'
import type { WorkerLink } from './workers/worker-link.ts'

export interface ShutdownParts {
  readonly servers: readonly Server[]
  readonly composition: Composition
  readonly config: Config
  readonly logging: Logging
  /** undefined when this process has no primary. */
  readonly link: WorkerLink | undefined
}

export class Shutdown {
  readonly #parts: ShutdownParts
  #isStopping = false
  #exitCode = 0

  constructor(parts: ShutdownParts) {
    this.#parts = parts
  }

  /** A second signal means: now. Ctrl-C at a terminal does not announce anything to a load balancer. */
  listen(): void {
    const { config, link } = this.#parts
    const stop = (signal: 'SIGTERM' | 'SIGINT') => (): void => {
      if (this.#isStopping) this.#hurry()
      else this.#stop(`on ${signal}`, { announceMs: signal === 'SIGTERM' ? config.shutdown.announceMs : 0, isRelieved: false }, config.shutdown.requestsMs)
    }
    if (link === undefined) {
      process.on('SIGTERM', stop('SIGTERM'))
      process.on('SIGINT', stop('SIGINT'))
    } else this.#obey(link)
    process.on('uncaughtException', this.#crash('Uncaught exception'))
    process.on('unhandledRejection', this.#crash('Unhandled rejection'))
  }

  /**
   * The primary decides. A signal to the whole process group reaches the workers as well, and must not count as a second one;
   * Ctrl-C is one, so the primary's order is the only one that counts then.
   */
  #obey(link: WorkerLink): void {
    const { announceMs, requestsMs } = this.#parts.config.shutdown
    const stop = (why: string, order: StopOrder): void => {
      if (!this.#isStopping) this.#stop(why, order, requestsMs)
    }
    link.onStop = (order) => stop(order.isRelieved ? 'for a new worker' : 'with the gateway', order)
    link.onHurry = () => this.#hurry()
    link.onOrphaned = () => stop('because the primary process is gone', { announceMs: 0, isRelieved: true })
    process.on('SIGTERM', () => stop('on SIGTERM', { announceMs, isRelieved: false }))
    process.on('SIGINT', () => undefined)
    process.on('SIGHUP', () => undefined)
  }

  #hurry(): void {
    setTimeout(() => process.exit(this.#exitCode), limits.drainSecondSignalMs).unref()
    this.#parts.composition.get('dataPlane').abortAll()
  }

  #stop(why: string, order: StopOrder, requestsMs: number): void {
    this.#isStopping = true
    const { servers, composition, logging, link } = this.#parts
    const dataPlane = composition.get('dataPlane')
    logging.logger.info('gateway.stopping', `Stopping ${why}: requests in flight are finished first`, { in_flight: dataPlane.inFlight })
    // Others take over what runs in the background while requests are finished here.
    void composition.get('jobRunner').stop()
    drain({ servers, dataPlane, lifecycle: composition.get('lifecycle'), endListeners: () => composition.get('live').hub.close(), requestsMs, ...order })
      .then(() => link?.farewell())
      .then(() => composition.close())
      .then(() => logging.close())
      .then(
        () => process.exit(this.#exitCode),
        (error: unknown) => {
          process.stderr.write(`Stopping failed: ${String(error)}\n`)
          process.exit(1)
        },
      )
  }

  /** What nobody caught is a bug: it is written down, the other requests are finished, and the process ends so that it can be restarted clean. */
  #crash(kind: string) {
    return (error: unknown): void => {
      const { config, logging, link } = this.#parts
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      logging.logger.error('gateway.crashed', `${kind}: the process finishes what it does and ends`, { error: text })
      this.#exitCode = 1
      setTimeout(() => void logging.close().finally(() => process.exit(1)), limits.drainCrashMs).unref()
      if (this.#isStopping) return
      const announceMs = Math.min(config.shutdown.announceMs, limits.drainCrashAnnounceMs)
      this.#stop('after an error', { announceMs, isRelieved: link !== undefined }, Math.max(0, limits.drainCrashMs - announceMs))
    }
  }
}
