// Adds up the sums of the request log over a range, by the longest sums that fit into it.
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { GRAIN_MS, GRAINS, type Grain } from '../../domain/log-segment.ts'
import type { UsageGroup, UsagePage, UsageQuery, UsageRow, UsageSums } from '../../ports/request-log.ts'
import { inSnapshot } from './query.ts'
import { USAGE_SUMS } from './request-log-tables.ts'
import type { EventSchema } from './event-schema.ts'

const SUMS = Object.entries(USAGE_SUMS) as [keyof UsageSums, string][]

/** Column, or what is grouped by, and what it is called in the answer. */
const GROUPS: Readonly<Record<UsageGroup, { readonly by: string; readonly as: keyof UsageRow }>> = {
  client_key: { by: 'client_key', as: 'clientKeyId' },
  account: { by: 'account', as: 'accountId' },
  upstream: { by: 'upstream', as: 'upstream' },
  model: { by: 'model', as: 'model' },
  day: { by: bucketOf('day'), as: 'bucketMs' },
  hour: { by: bucketOf('hour'), as: 'bucketMs' },
  minute: { by: bucketOf('minute'), as: 'bucketMs' },
}

function bucketOf(grain: Grain): string {
  return `bucket_ms - bucket_ms % ${GRAIN_MS[grain]}`
}

type Row = Readonly<Record<string, string | number | null>>

export async function summarizeUsage(
  db: Kysely<EventSchema>,
  query: UsageQuery,
  page: { readonly limit: number; readonly offset: number },
): Promise<UsagePage> {
  return inSnapshot(db, async (snapshot) => {
    const source = await sourceOf(snapshot, query)
    const sums = sql.join(SUMS.map(([, column]) => sql`sum(${sql.ref(column)}) as ${sql.ref(column)}`))
    if (source === undefined) return { rows: [], total: 0, sums: sumsOf({}) }
    const [all] = (await sql<Row>`select ${sums} from (${source}) parts`.execute(snapshot)).rows
    if (query.groupBy.length === 0) return { rows: [], total: 0, sums: sumsOf(all ?? {}) }
    const groups = query.groupBy.map((group) => GROUPS[group])
    const names = groups.map((_, index) => sql.ref(`g${index}`))
    const selected = sql.join(groups.map(({ by }, index) => sql`${sql.raw(by)} as ${sql.ref(`g${index}`)}`))
    const time = groups.findIndex(({ as }) => as === 'bucketMs')
    const order = sql.join([...(time < 0 ? [] : [sql.ref(`g${time}`)]), sql`requests desc`, ...names])
    const grouped = sql<Row>`select ${selected}, ${sums} from (${source}) parts group by ${sql.join(names)}`
    const { rows } = await sql<Row>`${grouped} order by ${order} limit ${sql.lit(page.limit)} offset ${sql.lit(page.offset)}`.execute(snapshot)
    const [counted] = (await sql<{ total: number | string }>`select count(*) as total from (${grouped}) everything`.execute(snapshot)).rows
    return { rows: rows.map((row) => ({ ...groupOf(row, query.groupBy), ...sumsOf(row) })), total: Number(counted?.total ?? 0), sums: sumsOf(all ?? {}) }
  })
}

/** All sums of the range, one below the other; undefined when there are none. */
async function sourceOf(db: Kysely<EventSchema>, query: UsageQuery): Promise<RawBuilder<unknown> | undefined> {
  const segments = await db.selectFrom('log_segments').selectAll().where('kind', 'in', GRAINS).orderBy('from_ms').execute()
  const filters = [
    ...equal('upstream', query.upstream),
    ...equal('model', query.model),
    ...equal('client_key', query.clientKeyId),
    ...equal('account', query.accountId),
  ]
  const parts = coverRange(query).flatMap(({ grain, fromMs, untilMs }) =>
    segments
      .filter((segment) => segment.kind === grain && segment.from_ms < untilMs && segment.until_ms > fromMs)
      .map(({ name }) => {
        const where = sql.join([sql`bucket_ms >= ${fromMs}`, sql`bucket_ms < ${untilMs}`, ...filters], sql` and `)
        return sql`select * from ${sql.table(name)} where ${where}`
      }),
  )
  return parts.length === 0 ? undefined : sql.join(parts, sql` union all `)
}

function equal(column: string, value: string | undefined): RawBuilder<unknown>[] {
  return value === undefined ? [] : [sql`${sql.ref(column)} = ${value}`]
}

interface Part {
  readonly grain: Grain
  readonly fromMs: number
  readonly untilMs: number
}

/** Whole days where there are any, whole hours and minutes at the ends; nothing longer than what is grouped by, nothing shorter than what is kept. */
export function coverRange({ fromMs, untilMs, grain: shortest, groupBy }: Pick<UsageQuery, 'fromMs' | 'untilMs' | 'grain' | 'groupBy'>): Part[] {
  const grouped = GRAINS.find((grain) => groupBy.includes(grain)) ?? 'day'
  const usable = GRAINS.slice(GRAINS.indexOf(shortest), Math.max(GRAINS.indexOf(grouped), GRAINS.indexOf(shortest)) + 1)
  return cover(fromMs, untilMs, usable)
}

function cover(fromMs: number, untilMs: number, usable: readonly Grain[]): Part[] {
  const grain = usable.at(-1)
  if (grain === undefined || fromMs >= untilMs) return []
  const [first, last] = [Math.ceil(fromMs / GRAIN_MS[grain]) * GRAIN_MS[grain], Math.floor(untilMs / GRAIN_MS[grain]) * GRAIN_MS[grain]]
  const shorter = usable.slice(0, -1)
  if (first >= last) return cover(fromMs, untilMs, shorter)
  return [...cover(fromMs, first, shorter), { grain, fromMs: first, untilMs: last }, ...cover(last, untilMs, shorter)]
}

function groupOf(row: Row, groupBy: readonly UsageGroup[]): Partial<UsageRow> {
  return Object.fromEntries(
    groupBy.map((group, index) => {
      const { as } = GROUPS[group]
      const value = row[`g${index}`]
      return [as, as === 'bucketMs' ? Number(value) : String(value ?? '')]
    }),
  )
}

function sumsOf(row: Row): UsageSums {
  return Object.fromEntries(SUMS.map(([name, column]) => [name, Number(row[column] ?? 0)])) as unknown as UsageSums
}
