// Stores the request log over Kysely: batches of rows with their sums, pages, and what is dropped.
import { sql, type CompiledQuery, type Kysely } from 'kysely'
import { segmentOf, tableOf, type LogPosition, type Segment } from '../../domain/log-segment.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogAges, LogBatch, LogFilter, LogPage, LogSpace, RequestLog, UsagePage, UsageQuery } from '../../ports/request-log.ts'
import { StoreUnavailableError } from '../../ports/store.ts'
import { createRun, repeated, type Run } from './guard.ts'
import { listRequests } from './request-log-pages.ts'
import { dropOldestSegment, dropOldSegments, takeLease } from './request-log-retention.ts'
import { renderRollUps, renderRows } from './request-log-rows.ts'
import { createSegment, REQUEST_COLUMNS, USAGE_COLUMNS, USAGE_KEYS } from './request-log-tables.ts'
import { summarizeUsage } from './request-log-usage.ts'
import type { EventSchema } from './event-schema.ts'
import type { DatabaseTraits } from './traits.ts'

export interface RequestLogDependencies {
  readonly db: Kysely<EventSchema>
  readonly traits: DatabaseTraits
  readonly clock: Clock
  /** The database is closed together with the history of keys. */
  readonly isClosed: () => boolean
}

export class KyselyRequestLog implements RequestLog {
  readonly #dependencies: RequestLogDependencies
  readonly #db: Kysely<EventSchema>
  readonly #run: Run
  /** Tables that are known to be there. */
  #made = new Set<string>()

  constructor(dependencies: RequestLogDependencies) {
    const { db, traits, isClosed } = dependencies
    this.#dependencies = dependencies
    this.#db = db
    const translate = createRun(traits)
    this.#run = async (work) => {
      if (isClosed()) throw new StoreUnavailableError('The request log is closed')
      return translate(work)
    }
  }

  async openWriter(writer: number, nowMs: number): Promise<boolean> {
    const { traits } = this.#dependencies
    return this.#run(async () => {
      try {
        await this.#db.insertInto('log_writers').values({ writer, last_batch: 0, seen_ms: nowMs }).execute()
        return true
      } catch (error) {
        if (traits.isUniqueViolation(error)) return false
        throw error
      }
    })
  }

  async append(batch: LogBatch): Promise<void> {
    const statements = this.#render(batch)
    await this.#run(() =>
      this.#whileTablesGo(async () => {
        for (const { segment } of statements) await this.#ensure(segment)
        if (
          await this.#insertOnce(
            batch,
            statements.map(({ query }) => query),
          )
        )
          return
        await repeated(this.#dependencies.traits, () =>
          this.#db.transaction().execute(async (db) => {
            if (await isStored(db, batch)) return
            for (const { query } of statements) await db.executeQuery(query)
          }),
        )
      }),
    )
  }

  async list(filter: LogFilter, limit: number, before?: LogPosition): Promise<LogPage> {
    const { db, traits, clock } = this.#dependencies
    return this.#run(() => listRequests({ db, traits, clock }, filter, limit, before))
  }

  async summarize(query: UsageQuery, page: { readonly limit: number; readonly offset: number }): Promise<UsagePage> {
    return this.#run(() => this.#whileTablesGo(() => summarizeUsage(this.#db, query, page)))
  }

  async space(): Promise<LogSpace> {
    const { traits } = this.#dependencies
    return this.#run(async () => {
      const segments = await this.#db.selectFrom('log_segments').selectAll().orderBy('until_ms', 'desc').execute()
      const current = segments.find(({ kind }) => kind === 'request')
      if (current !== undefined && traits.refreshSpaceOf !== undefined) await traits.refreshSpaceOf(current.name).execute(this.#db)
      const { rows } = await sql<{ bytes: number | string | null; free_bytes: number | string }>`${traits.spaceOf(segments.map(({ name }) => name))}`.execute(
        this.#db,
      )
      const [bytes, freeBytes] = [Number(rows[0]?.bytes ?? 0), Number(rows[0]?.free_bytes ?? 0)]
      return { bytes: bytes - freeBytes, freeBytes }
    })
  }

  async claimRetention(owner: number, nowMs: number, forMs: number): Promise<boolean> {
    return this.#run(() => takeLease(this.#db, this.#dependencies.traits, owner, nowMs, forMs))
  }

  async dropOld(ages: LogAges): Promise<readonly string[]> {
    this.#made = new Set()
    return this.#run(() => dropOldSegments(this.#db, this.#dependencies.traits, ages))
  }

  async dropOldest(nowMs: number): Promise<string | undefined> {
    this.#made = new Set()
    return this.#run(() => dropOldestSegment(this.#db, this.#dependencies.traits, nowMs))
  }

  async compact(): Promise<boolean> {
    const { compact } = this.#dependencies.traits
    if (compact === undefined) return false
    const before = (await this.space()).freeBytes
    if (before === 0) return false
    await this.#run(() => compact.execute(this.#db))
    return (await this.space()).freeBytes < before
  }

  /** False when it is to be found out, one statement after the other, what became of the batch. */
  async #insertOnce(batch: LogBatch, inserts: readonly CompiledQuery[]): Promise<boolean> {
    const query = this.#dependencies.traits.insertOnce?.(markStored(this.#db, batch).compile(), inserts)
    return query !== undefined && ((await this.#db.executeQuery(query)).numAffectedRows ?? 0n) > 0n
  }

  async #ensure(segment: Segment): Promise<void> {
    const name = tableOf(segment)
    if (this.#made.has(name)) return
    await createSegment(this.#db, segment, this.#dependencies.traits)
    this.#made.add(name)
  }

  /** Another process may drop a table meanwhile. */
  async #whileTablesGo<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!this.#dependencies.traits.isMissingTable(error)) throw error
      this.#made = new Set()
      return work()
    }
  }

  #render({ entries, rollUps }: LogBatch) {
    const { insertRows } = this.#dependencies.traits
    const rows = [...Map.groupBy(entries, ({ position }) => position.segmentMs)].map(([fromMs, some]) => {
      const segment = segmentOf('request', fromMs)
      return { segment, query: insertRows({ table: tableOf(segment), columns: REQUEST_COLUMNS, rows: renderRows(some) }) }
    })
    const sums = [...Map.groupBy(rollUps, ({ grain, bucketMs }) => tableOf(segmentOf(grain, bucketMs)))].map(([table, some]) => {
      const { grain, bucketMs } = some[0] as (typeof some)[0]
      return {
        segment: segmentOf(grain, bucketMs),
        query: insertRows({ table, columns: USAGE_COLUMNS, keys: USAGE_KEYS, rows: renderRollUps(some) }),
      }
    })
    return [...rows, ...sums]
  }
}

/** Marks the batch as stored; true when it was before. */
async function isStored(db: Kysely<EventSchema>, batch: LogBatch): Promise<boolean> {
  const { writer, sequence, nowMs } = batch
  const results = await markStored(db, batch).execute()
  if (results.some(({ numUpdatedRows }) => numUpdatedRows > 0n)) return false
  const known = await db.selectFrom('log_writers').select('writer').where('writer', '=', writer).executeTakeFirst()
  if (known !== undefined) return true
  // Forgotten, because it was silent for longer than rows are kept.
  await db.insertInto('log_writers').values({ writer, last_batch: sequence, seen_ms: nowMs }).execute()
  return false
}

/** Changes a row unless this batch or a later one is marked. */
function markStored(db: Kysely<EventSchema>, { writer, sequence, nowMs }: LogBatch) {
  const mark = { last_batch: sequence, seen_ms: nowMs }
  return db.updateTable('log_writers').set(mark).where('writer', '=', writer).where('last_batch', '<', sequence)
}
