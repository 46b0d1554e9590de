// What people may see of the request log: pages, one exchange with what was decided, exports, and the sums.
import { GRAIN_MS, GRAINS, parsePosition, type Grain, type LogPosition } from '../domain/log-segment.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { LogFilter, LoggedExchange, LogPage, RequestLog, UsagePage, UsageQuery, UsageRow } from '../ports/request-log.ts'
import type { Store } from '../ports/store.ts'

export interface RequestLogReaderDependencies {
  readonly log: RequestLog
  readonly store: Pick<Store, 'keys'>
  readonly clock: Clock
  /** Days that sums by the minute, and by the day, are kept. */
  readonly days: number
  readonly usageDays: number
}

export interface UsageRange {
  readonly fromMs: number
  readonly untilMs: number
}

export type UsageAsk = Omit<UsageQuery, 'grain' | 'fromMs' | 'untilMs'> & Partial<UsageRange>

const DAY_MS = 86_400_000
/** Days before the end when nobody says from when on, by what it is grouped by. */
const RANGE_DAYS: Readonly<Record<Grain, number>> = { minute: 1, hour: 7, day: 30 }
const USAGE_PIECE = 1_000

export class RequestLogReader {
  readonly #dependencies: RequestLogReaderDependencies
  #exports = 0

  constructor(dependencies: RequestLogReaderDependencies) {
    this.#dependencies = dependencies
  }

  /** @throws GatewayError validation_failed for a cursor that is none */
  async list(filter: LogFilter, limit: number, cursor: string | undefined): Promise<LogPage> {
    return this.#dependencies.log.list(filter, limit, parseCursor(cursor))
  }

  /** The newest one with this request id, since clients may send ids of their own. @throws GatewayError not_found */
  async get(requestId: string, own: string | undefined): Promise<LoggedExchange> {
    const { rows } = await this.#dependencies.log.list({ requestId, accountId: own }, 1)
    const [exchange] = rows
    if (exchange === undefined) {
      throw new GatewayError('not_found', 'The request log has no such request: it is older than the log goes back, or it ended less than a second or two ago.')
    }
    return exchange
  }

  /** Masked values by id of the keys that are still there. */
  async maskedKeys(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { store } = this.#dependencies
    const found = await Promise.all([...new Set(ids)].map((id) => store.keys.findById(id)))
    return new Map(found.flatMap((key) => (key === undefined ? [] : [[key.id, key.masked] as const])))
  }

  /** All that fit, in pieces, as they are read. @throws GatewayError overloaded when too many are running */
  async *exportRows(filter: LogFilter): AsyncGenerator<readonly LoggedExchange[]> {
    yield* this.#whileAllowed(this.#rows(filter))
  }

  async usage(ask: UsageAsk, page: { readonly limit: number; readonly offset: number }): Promise<UsagePage & UsageRange> {
    const query = this.#complete(ask)
    return { ...(await this.#dependencies.log.summarize(query, page)), fromMs: query.fromMs, untilMs: query.untilMs }
  }

  /** @throws GatewayError overloaded when too many are running */
  async *exportUsage(ask: UsageAsk): AsyncGenerator<readonly UsageRow[]> {
    yield* this.#whileAllowed(this.#groups(this.#complete(ask)))
  }

  async *#rows(filter: LogFilter): AsyncGenerator<readonly LoggedExchange[]> {
    // What is stored meanwhile is for another export: otherwise one of a busy gateway would not be of one moment.
    const untilMs = Math.min(filter.untilMs ?? Infinity, Math.floor(this.#dependencies.clock.nowMs()))
    let before: LogPosition | undefined
    do {
      const page = await this.#dependencies.log.list({ ...filter, untilMs }, limits.logExportPiece, before)
      yield page.rows
      before = page.next
    } while (before !== undefined)
  }

  async *#groups(query: UsageQuery): AsyncGenerator<readonly UsageRow[]> {
    for (let offset = 0; ; offset += USAGE_PIECE) {
      const { rows } = await this.#dependencies.log.summarize(query, { limit: USAGE_PIECE, offset })
      yield rows
      if (rows.length < USAGE_PIECE) return
    }
  }

  async *#whileAllowed<T>(pieces: AsyncGenerator<T>): AsyncGenerator<T> {
    if (this.#exports >= limits.logExportsMax) {
      throw new GatewayError('overloaded', `${limits.logExportsMax} exports are running already. Wait for one to end, or ask for pages.`, {
        retryAfterMs: 10_000,
      })
    }
    this.#exports++
    try {
      yield* pieces
    } finally {
      this.#exports--
    }
  }

  /** The range in whole minutes, or in whole hours or days where only those are kept. */
  #complete({ fromMs, untilMs, ...ask }: UsageAsk): UsageQuery {
    const nowMs = this.#dependencies.clock.nowMs()
    const end = untilMs ?? nowMs
    const start = fromMs ?? floor(end - RANGE_DAYS[wantedGrain(ask.groupBy)] * DAY_MS, 'hour')
    if (start >= end) {
      throw new GatewayError('validation_failed', 'Invalid input: /query/until is not after from.', {
        errors: [{ path: '/query/until', message: 'is not after from' }],
      })
    }
    const grain = this.#grainFrom(start, nowMs, ask.groupBy)
    return { ...ask, grain, fromMs: floor(start, grain), untilMs: floor(end + GRAIN_MS[grain] - 1, grain) }
  }

  /** @throws GatewayError validation_failed when it is grouped by something shorter than what is kept */
  #grainFrom(startMs: number, nowMs: number, groupBy: UsageQuery['groupBy']): Grain {
    const { days, usageDays } = this.#dependencies
    const kept: Readonly<Record<Grain, number>> = { minute: days, hour: Math.min(limits.usageHourDays, usageDays), day: Infinity }
    const grain = GRAINS.find((each) => startMs >= floor(nowMs - kept[each] * DAY_MS, each)) ?? 'day'
    const wanted = wantedGrain(groupBy)
    if (GRAINS.indexOf(wanted) >= GRAINS.indexOf(grain)) return grain
    const message = `sums by the ${wanted} are kept for ${kept[wanted]} days: ask for a later range, or group by ${grain}`
    throw new GatewayError('validation_failed', `Invalid input: /query/group_by ${message}.`, { errors: [{ path: '/query/group_by', message }] })
  }
}

function wantedGrain(groupBy: UsageQuery['groupBy']): Grain {
  return GRAINS.find((each) => groupBy.includes(each)) ?? 'day'
}

function floor(atMs: number, grain: Grain): number {
  return Math.floor(atMs / GRAIN_MS[grain]) * GRAIN_MS[grain]
}

function parseCursor(cursor: string | undefined): LogPosition | undefined {
  if (cursor === undefined) return undefined
  const position = parsePosition(cursor)
  if (position !== undefined) return position
  throw new GatewayError('validation_failed', 'Invalid input: /query/cursor is not a cursor of an earlier answer.', {
    errors: [{ path: '/query/cursor', message: 'is not a cursor of an earlier answer' }],
  })
}
