// Pages of the request log: newest first, over its tables, each with a bound on the rows that it looks at.
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { firstPositionAt, type LogPosition } from '../../domain/log-segment.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogFilter, LoggedExchange, LogPage } from '../../ports/request-log.ts'
import { contains } from './query.ts'
import { fromRow, type RequestRow } from './request-log-rows.ts'
import type { EventSchema } from './event-schema.ts'
import type { DatabaseTraits } from './traits.ts'

/** Rows that one statement looks at: a few ms, so that it keeps nobody waiting. */
const PIECE_ROWS = 10_000
/** Statements that look at so many, and ms, after which a page ends with what it has. */
const PIECES_MAX = 30
const PAGE_MS = 80

const ID_MAX = Number.MAX_SAFE_INTEGER

interface Source {
  readonly db: Kysely<EventSchema>
  readonly traits: DatabaseTraits
  readonly clock: Clock
}

export async function listRequests(source: Source, filter: LogFilter, limit: number, before?: LogPosition): Promise<LogPage> {
  const { db, traits, clock } = source
  const conditions = conditionsOf(filter, traits)
  // An index finds a request; everything else is looked for row by row.
  const isScan = conditions.length > 0 && filter.requestId === undefined
  const endMs = clock.monotonicMs() + PAGE_MS
  const rows: LoggedExchange[] = []
  let pieces = 0
  for (const segment of await segmentsFor(db, filter, before)) {
    const { name, fromMs: segmentMs, bottom } = segment
    let { top } = segment
    while (top > bottom) {
      const floor = isScan ? await floorOf(db, name, bottom, top, traits) : bottom
      const found = await select(db, name, conditions, floor, top, limit - rows.length, traits)
      for (const row of found) rows.push(fromRow(row, segmentMs))
      const last = found.at(-1)
      if (last !== undefined && rows.length === limit) return { rows, next: { segmentMs, id: Number(last.id) } }
      top = floor
      if (isScan && (++pieces >= PIECES_MAX || clock.monotonicMs() > endMs)) return { rows, next: { segmentMs, id: floor } }
    }
  }
  return { rows, next: undefined }
}

interface Stretch {
  readonly name: string
  readonly fromMs: number
  /** Inclusive id. */
  readonly bottom: number
  /** Exclusive id. */
  readonly top: number
}

async function segmentsFor(db: Kysely<EventSchema>, filter: LogFilter, before: LogPosition | undefined): Promise<Stretch[]> {
  let query = db.selectFrom('log_segments').select(['name', 'from_ms', 'until_ms']).where('kind', '=', 'request')
  if (filter.fromMs !== undefined) query = query.where('until_ms', '>', filter.fromMs)
  if (filter.untilMs !== undefined) query = query.where('from_ms', '<', filter.untilMs)
  if (before !== undefined) query = query.where('from_ms', '<=', before.segmentMs)
  const segments = await query.orderBy('from_ms', 'desc').execute()
  return segments.map(({ name, from_ms: fromMs, until_ms: untilMs }) => {
    const bottom = filter.fromMs !== undefined && filter.fromMs > fromMs ? firstPositionAt(filter.fromMs).id : 0
    const until = filter.untilMs !== undefined && filter.untilMs < untilMs ? firstPositionAt(filter.untilMs).id : ID_MAX
    return { name, fromMs, bottom, top: before?.segmentMs === fromMs ? Math.min(before.id, until) : until }
  })
}

/** The id down to which one statement looks. */
async function floorOf(db: Kysely<EventSchema>, table: string, bottom: number, top: number, traits: DatabaseTraits): Promise<number> {
  const query = sql<{ id: number }>`
    select id from ${sql.table(table)} where id >= ${bottom} and id < ${top} order by id desc limit 1 offset ${sql.lit(PIECE_ROWS)}`
  const [row] = await unlessDropped(traits, async () => (await query.execute(db)).rows)
  return row === undefined ? bottom : Number(row.id)
}

async function select(
  db: Kysely<EventSchema>,
  table: string,
  conditions: readonly RawBuilder<boolean>[],
  bottom: number,
  top: number,
  limit: number,
  traits: DatabaseTraits,
): Promise<readonly RequestRow[]> {
  const where = sql.join([sql`id >= ${bottom}`, sql`id < ${top}`, ...conditions], sql` and `)
  const query = sql<RequestRow>`select * from ${sql.table(table)} where ${where} order by id desc limit ${sql.lit(limit)}`
  return unlessDropped(traits, async () => (await query.execute(db)).rows)
}

/** What retention takes away while somebody reads is not there any more, and that is all. */
async function unlessDropped<R>(traits: DatabaseTraits, read: () => Promise<readonly R[]>): Promise<readonly R[]> {
  try {
    return await read()
  } catch (error) {
    if (traits.isMissingTable(error)) return []
    throw error
  }
}

function conditionsOf(filter: LogFilter, traits: DatabaseTraits): RawBuilder<boolean>[] {
  const equal: readonly (readonly [string, string | undefined])[] = [
    ['request_id', filter.requestId],
    ['upstream', filter.upstream],
    ['route', filter.route],
    ['client_key', filter.clientKeyId],
    ['account', filter.accountId],
    ['model', filter.model],
    ['key_id', filter.keyId],
    ['error_code', filter.errorCode],
  ]
  const conditions = equal.flatMap(([column, value]) => (value === undefined ? [] : [sql<boolean>`${sql.ref(column)} = ${value}`]))
  if (filter.statusMin !== undefined) conditions.push(sql`status >= ${filter.statusMin}`)
  if (filter.statusMax !== undefined) conditions.push(sql`status <= ${filter.statusMax}`)
  if (filter.outcomes !== undefined) conditions.push(sql`outcome in (${sql.join([...filter.outcomes])})`)
  if (filter.durationMsMin !== undefined) conditions.push(sql`duration_us >= ${Math.round(filter.durationMsMin * 1000)}`)
  if (filter.search !== undefined) conditions.push(contains(traits, ['path', 'model', 'request_id', 'error_code'], filter.search))
  return conditions
}
