// Keeps the request log within its age and its size: drops what is old, then what is oldest, then stores less.
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { LogSpace, RequestLog } from '../ports/request-log.ts'
import { StoreUnavailableError } from '../ports/store-errors.ts'
import type { LogSampling } from './log-sampling.ts'

export interface RequestLogKeeperDependencies {
  readonly log: RequestLog
  readonly sampling: LogSampling
  readonly clock: Clock
  readonly logger: Logger
  /** Any number that other processes do not have. */
  readonly owner: number
  /** Days that rows and sums by the minute are kept. */
  readonly days: number
  /** Days that sums by the day are kept. */
  readonly usageDays: number
  readonly bytesMax: number
}

const DAY_MS = 86_400_000
/** Turns to drop last for so many looks: a process that dies leaves it to another one soon. */
const LEASE_LOOKS = 3
/** Empty space that is left for rows to come. Above it, and above this share of what is used, a little is given back at a time. */
const FREE_BYTES_MAX = 32 * 1024 * 1024
const FREE_SHARE_MAX = 0.25
/** ms between two steps of giving back, so that others get their turn. */
const STEP_MS = 20
const STEPS_MAX = 500

export class RequestLogKeeper {
  readonly #dependencies: RequestLogKeeperDependencies
  #timer: NodeJS.Timeout | undefined
  #busy: Promise<void> | undefined
  #isStopped = false
  #bytes: number | undefined

  constructor(dependencies: RequestLogKeeperDependencies) {
    this.#dependencies = dependencies
  }

  /** What the log takes, at the last look; undefined before the first one. */
  get bytes(): number | undefined {
    return this.#bytes
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), limits.requestLogLookMs).unref()
    void this.look()
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#busy
  }

  /** Never rejects: what cannot be done now is tried at the next look. */
  look(): Promise<void> {
    this.#busy ??= this.#keep()
      .catch((error: unknown) => {
        // The writer says so when the log is away.
        if (!(error instanceof StoreUnavailableError))
          this.#dependencies.logger.error('request_log.unkept', 'Old rows cannot be dropped', { error: String(error) })
      })
      .finally(() => (this.#busy = undefined))
    return this.#busy
  }

  async #keep(): Promise<void> {
    const { log, clock, owner, bytesMax } = this.#dependencies
    const nowMs = clock.nowMs()
    const isMine = await log.claimRetention(owner, nowMs, LEASE_LOOKS * limits.requestLogLookMs)
    if (isMine) this.#tell(await log.dropOld(this.#ages(nowMs)), 'they are older than they are kept')
    let space = await log.space()
    while (isMine && space.bytes > bytesMax && !this.#isStopped) {
      const dropped = await log.dropOldest(nowMs)
      if (dropped === undefined) break
      this.#tell([dropped], 'the log is larger than LOG_MAX_BYTES')
      space = await log.space()
    }
    this.#measure(space)
    if (isMine) await this.#giveBack(space)
  }

  #ages(nowMs: number) {
    const { days, usageDays } = this.#dependencies
    const rows = nowMs - days * DAY_MS
    return { request: rows, minute: rows, hour: nowMs - Math.min(limits.usageHourDays, usageDays) * DAY_MS, day: nowMs - usageDays * DAY_MS }
  }

  #measure({ bytes }: LogSpace): void {
    const { sampling, logger, bytesMax } = this.#dependencies
    this.#bytes = bytes
    if (!sampling.measure(bytes / bytesMax)) return
    const fields = { bytes, bytes_max: bytesMax, every: sampling.every }
    if (sampling.every === 1) logger.info('request_log.complete', 'Every exchange has its row in the request log again', fields)
    else
      logger.warn(
        'request_log.sampling',
        `The request log has reached LOG_MAX_BYTES: of exchanges that went well 1 in ${sampling.every} gets a row. Sums count all of them.`,
        fields,
      )
  }

  /** In small steps: on SQLite everybody shares one thread. */
  async #giveBack(space: LogSpace): Promise<void> {
    const { log } = this.#dependencies
    const kept = Math.max(FREE_BYTES_MAX, space.bytes * FREE_SHARE_MAX)
    if (space.freeBytes <= kept) return
    for (let steps = 0; steps < STEPS_MAX && !this.#isStopped && (await log.compact()); steps++) await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }

  #tell(tables: readonly string[], why: string): void {
    if (tables.length > 0) this.#dependencies.logger.info('request_log.pruned', `Dropped ${tables.length} tables of the request log: ${why}`, { tables })
  }
}
