// The tables of the request log: one set per stretch of time, made when the first row for it comes.
import { sql, type CreateTableBuilder, type Kysely } from 'kysely'
import type { Segment } from '../../domain/log-segment.ts'
import { tableOf } from '../../domain/log-segment.ts'
import type { EventSchema, LogSegmentRow } from './event-schema.ts'
import { make } from './schema-step.ts'
import type { BulkInsert, ColumnTypes, DatabaseTraits } from './traits.ts'

type Columns = readonly (BulkInsert['columns'][number] & { readonly as: keyof Pick<ColumnTypes, 'code' | 'name' | 'text' | 'integer'> })[]

const code = (name: string) => ({ name, type: 'text', as: 'code' }) as const
const named = (name: string) => ({ name, type: 'text', as: 'name' }) as const
const whole = (name: string) => ({ name, type: 'integer', as: 'integer' }) as const

/** What can be asked for has a column; all else is in `detail`, see request-log-rows.ts. */
export const REQUEST_COLUMNS: Columns = [
  whole('id'),
  code('request_id'),
  code('upstream'),
  named('route'),
  code('client_key'),
  code('account'),
  named('model'),
  code('key_id'),
  whole('status'),
  code('outcome'),
  code('error_code'),
  whole('duration_us'),
  { name: 'path', type: 'text', as: 'text' },
  { name: 'detail', type: 'text', as: 'text' },
]

export const USAGE_KEYS = ['bucket_ms', 'upstream', 'model', 'client_key', 'account'] as const

/** Column by the name of the sum in the program. */
export const USAGE_SUMS = {
  requests: 'requests',
  ok: 'ok',
  absorbed: 'absorbed',
  upstreamError: 'upstream_error',
  rejected: 'rejected',
  exhausted: 'exhausted',
  aborted: 'aborted',
  attempts: 'attempts',
  bytesIn: 'bytes_in',
  bytesOut: 'bytes_out',
  input: 'input_tokens',
  output: 'output_tokens',
  cacheRead: 'cache_read_tokens',
  cacheWrite: 'cache_write_tokens',
  reasoning: 'reasoning_tokens',
  estimated: 'estimated',
  costMicroUsd: 'cost_micro_usd',
  unpriced: 'unpriced',
  durationUs: 'duration_us',
} as const

export const USAGE_COLUMNS: Columns = [
  whole('bucket_ms'),
  code('upstream'),
  named('model'),
  code('client_key'),
  code('account'),
  ...Object.values(USAGE_SUMS).map((name) => whole(name)),
]

/** Adds it to the list of tables first: what is in the list and not there counts as empty, what is there and not in the list would stay for ever. */
export async function createSegment(db: Kysely<EventSchema>, segment: Segment, traits: DatabaseTraits): Promise<void> {
  const name = tableOf(segment)
  try {
    const listed = await db.selectFrom('log_segments').select('name').where('name', '=', name).executeTakeFirst()
    if (listed === undefined) {
      await db.insertInto('log_segments').values({ name, kind: segment.kind, from_ms: segment.fromMs, until_ms: segment.untilMs }).execute()
    }
  } catch (error) {
    if (!traits.isUniqueViolation(error)) throw error
  }
  try {
    await createTables(db, segment, traits)
  } catch (error) {
    // Another process makes the same table: PostgreSQL says so in its own way. The second time it is there.
    if (!traits.isUniqueViolation(error)) throw error
    await createTables(db, segment, traits)
  }
}

async function createTables(db: Kysely<EventSchema>, segment: Segment, traits: DatabaseTraits): Promise<void> {
  const isRequest = segment.kind === 'request'
  const name = tableOf(segment)
  let table: CreateTableBuilder<string, string> = db.schema.createTable(name).ifNotExists()
  for (const { name: column, as } of isRequest ? REQUEST_COLUMNS : USAGE_COLUMNS) {
    table = table.addColumn(column, traits.types[as], (builder) => (column === 'id' ? builder.primaryKey() : builder.notNull()))
  }
  if (!isRequest) {
    const keyed = table.addPrimaryKeyConstraint(`${name}_pk`, [...USAGE_KEYS])
    await (traits.inKeyOrder === undefined ? keyed : keyed.modifyEnd(traits.inKeyOrder)).execute()
    return
  }
  await table.execute()
  const index = db.schema.createIndex(`${name}_request`).on(name).column('request_id')
  await make(traits.hasIndexIfNotExists ? index.ifNotExists() : index, traits)
}

/** Rows that are deleted at once where a table is emptied first (D21), and ms in between for everybody else. */
const PIECE_ROWS = 1_000
const PIECE_PAUSE_MS = 5

export async function dropSegment(db: Kysely<EventSchema>, { name, kind }: Pick<LogSegmentRow, 'name' | 'kind'>, traits: DatabaseTraits): Promise<void> {
  if (traits.dropsInPieces) await empty(db, name, kind === 'request' ? ['id'] : USAGE_KEYS, traits)
  await db.schema.dropTable(name).ifExists().execute()
  await db.deleteFrom('log_segments').where('name', '=', name).execute()
}

async function empty(db: Kysely<EventSchema>, name: string, keys: readonly string[], traits: DatabaseTraits): Promise<void> {
  const key = sql.join(keys.map((column) => sql.ref(column)))
  const piece = sql`delete from ${sql.table(name)} where (${key}) in (select ${key} from ${sql.table(name)} order by ${key} limit ${sql.lit(PIECE_ROWS)})`
  try {
    while (((await piece.execute(db)).numAffectedRows ?? 0n) > 0n) await new Promise((resolve) => setTimeout(resolve, PIECE_PAUSE_MS))
  } catch (error) {
    if (!traits.isMissingTable(error)) throw error
  }
}
