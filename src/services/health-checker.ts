// Looks again and again whether the database and the cache answer, and says so when that changes.
import type { LiveFeed } from '../domain/live-event.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { healthNews } from './live/live-news.ts'

export interface CheckedService {
  readonly name: 'database' | 'cache'
  /** Rejects when it cannot be used. */
  readonly ping: () => Promise<void>
  /** Its driver logs by itself when it goes and comes back. */
  readonly isLoggedByDriver: boolean
}

export interface ServiceHealth {
  readonly isWell: boolean
  /** `ok`, or what is wrong, for people. */
  readonly detail: string
  /** Epoch ms. */
  readonly changedAtMs: number
  readonly checkedAtMs: number
}

export interface HealthCheckerDependencies {
  readonly services: readonly CheckedService[]
  readonly clock: Clock
  readonly logger: Logger
  readonly feed: LiveFeed
}

export class HealthChecker {
  readonly #dependencies: HealthCheckerDependencies
  readonly #health = new Map<CheckedService['name'], ServiceHealth>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(dependencies: HealthCheckerDependencies) {
    this.#dependencies = dependencies
  }

  /** What the last look found; empty before the first one. */
  get health(): ReadonlyMap<CheckedService['name'], ServiceHealth> {
    return this.#health
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), limits.healthLookMs).unref()
    void this.look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Asks now; whoever asks during a look gets its answer. Never rejects, and takes at most limits.healthCheckMs. */
  look(): Promise<void> {
    this.#looking ??= Promise.all(this.#dependencies.services.map((service) => this.#check(service)))
      .then(() => undefined)
      .finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #check(service: CheckedService): Promise<void> {
    const fault = await faultOf(service.ping)
    const { clock, logger, feed } = this.#dependencies
    const nowMs = clock.nowMs()
    const before = this.#health.get(service.name)
    const isWell = fault === undefined
    const hasChanged = (before?.isWell ?? true) !== isWell
    const changedAtMs = hasChanged || before === undefined ? nowMs : before.changedAtMs
    const detail = fault ?? 'ok'
    this.#health.set(service.name, { isWell, detail, changedAtMs, checkedAtMs: nowMs })
    if (!hasChanged) return
    feed.publish(healthNews(service.name, isWell, detail, nowMs))
    if (service.isLoggedByDriver) return
    if (isWell) logger.info('health.recovered', `The ${service.name} answers again`, { service: service.name })
    else logger.warn('health.failed', `The ${service.name} does not answer: ${detail}`, { service: service.name, error: detail })
  }
}

/** A store that hangs has failed by then: whoever asks for health does not wait for it. */
async function faultOf(ping: () => Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limits.healthCheckMs} ms`)), limits.healthCheckMs)
  })
  try {
    await Promise.race([ping(), late])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
