// The log of exchanges and the sums over it: history that may be lost, in tables by time that go as a whole.
import type { Grain, LogPosition } from '../domain/log-segment.ts'
import type { AttemptRecord, ExchangeRecord } from './exchange-record.ts'

export type Outcome = ExchangeRecord['outcome']

/** One row. */
export interface LogEntry {
  readonly position: LogPosition
  readonly record: ExchangeRecord
}

/** What is added up. */
export interface UsageSums {
  readonly requests: number
  readonly ok: number
  readonly absorbed: number
  readonly upstreamError: number
  readonly rejected: number
  readonly exhausted: number
  readonly aborted: number
  readonly attempts: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly reasoning: number
  /** Requests whose tokens were estimated. */
  readonly estimated: number
  /** Millionths of a US dollar. */
  readonly costMicroUsd: number
  /** Requests with tokens and without a known price. */
  readonly unpriced: number
  readonly durationUs: number
}

/** The sums of one minute, hour or day of one series. Texts are empty where there was none, `(other)` beyond the bound of series. */
export interface RollUp extends UsageSums {
  readonly grain: Grain
  /** Start, epoch ms. */
  readonly bucketMs: number
  readonly upstream: string
  readonly model: string
  readonly clientKeyId: string
  readonly accountId: string
}

export interface LogBatch {
  /** Of openWriter. */
  readonly writer: number
  /** Grows with every batch of a writer; a batch that is appended again is stored once. */
  readonly sequence: number
  readonly nowMs: number
  readonly entries: readonly LogEntry[]
  readonly rollUps: readonly RollUp[]
}

export interface LogFilter {
  /** Epoch ms at which an exchange ended: from then on, and before then. */
  readonly fromMs?: number | undefined
  readonly untilMs?: number | undefined
  readonly upstream?: string | undefined
  readonly route?: string | undefined
  readonly clientKeyId?: string | undefined
  readonly accountId?: string | undefined
  readonly model?: string | undefined
  /** Of the last attempt. */
  readonly keyId?: string | undefined
  /** Inclusive. */
  readonly statusMin?: number | undefined
  readonly statusMax?: number | undefined
  readonly outcomes?: readonly Outcome[] | undefined
  readonly errorCode?: string | undefined
  readonly durationMsMin?: number | undefined
  readonly requestId?: string | undefined
  /** Part of path, model, request id or error code; ASCII letters in any case. */
  readonly search?: string | undefined
}

export interface LoggedExchange extends Omit<ExchangeRecord, 'trace'> {
  readonly position: LogPosition
  readonly tries: readonly AttemptRecord[]
  /** Empty when it was not traced. */
  readonly traceId: string
}

export interface LogPage {
  /** Newest first. */
  readonly rows: readonly LoggedExchange[]
  /** Where the next page begins; undefined at the end. A page may have fewer rows than asked for and still have a next one: it looks at a bounded part of the log. */
  readonly next: LogPosition | undefined
}

export const USAGE_GROUPS = ['client_key', 'account', 'upstream', 'model', 'day', 'hour', 'minute'] as const
export type UsageGroup = (typeof USAGE_GROUPS)[number]

/** The range is covered with the longest sums that fit, so its ends must be multiples of a minute, or of an hour or day where only those are kept. */
export interface UsageQuery {
  readonly fromMs: number
  readonly untilMs: number
  /** The shortest sums that may be used. */
  readonly grain: Grain
  readonly groupBy: readonly UsageGroup[]
  readonly upstream?: string | undefined
  readonly model?: string | undefined
  readonly clientKeyId?: string | undefined
  readonly accountId?: string | undefined
}

export interface UsageRow extends UsageSums {
  readonly upstream?: string
  readonly model?: string
  readonly clientKeyId?: string
  readonly accountId?: string
  /** Start of its minute, hour or day, epoch ms. */
  readonly bucketMs?: number
}

export interface UsagePage {
  /** The most requests first; with a time among the groups, in its order. */
  readonly rows: readonly UsageRow[]
  /** Groups in all. */
  readonly total: number
  /** Over all groups. */
  readonly sums: UsageSums
}

export interface LogSpace {
  /** What the log takes, sums included. */
  readonly bytes: number
  /** What of its files is empty; 0 where that is the server's affair. */
  readonly freeBytes: number
}

/** Epoch ms before which each kind is dropped. */
export type LogAges = Readonly<Record<'request' | Grain, number>>

/** Every method may reject with StoreUnavailableError; nothing was stored then, or it is not known. */
export interface RequestLog {
  /** Takes the number of a writer for this process; false when another one has it. */
  openWriter(writer: number, nowMs: number): Promise<boolean>
  /** Rows and sums, all or none. @throws UniqueViolationError when another row has a position already */
  append(batch: LogBatch): Promise<void>
  /** @param before the rows older than this; undefined = from the newest */
  list(filter: LogFilter, limit: number, before?: LogPosition): Promise<LogPage>
  summarize(query: UsageQuery, page: { readonly limit: number; readonly offset: number }): Promise<UsagePage>
  space(): Promise<LogSpace>
  /** Takes the turn to drop for so long; one process of a cluster gets it. */
  claimRetention(owner: number, nowMs: number, forMs: number): Promise<boolean>
  /** Drops what has become too old, and forgets writers that are gone. Returns the tables. */
  dropOld(ages: LogAges): Promise<readonly string[]>
  /** Drops the oldest table of rows, or of minutes when there is no other, unless it is being written. Its name; undefined when there is none. */
  dropOldest(nowMs: number): Promise<string | undefined>
  /** Gives a little empty space back to the file system; false when there is nothing to do. */
  compact(): Promise<boolean>
}
