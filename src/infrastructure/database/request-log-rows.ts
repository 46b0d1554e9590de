// How one exchange becomes a row of the request log, and a row an exchange.
import { redactText } from '../../domain/redact.ts'
import { endedAtMs, type LogPosition } from '../../domain/log-segment.ts'
import type { AttemptRecord, ExchangeRecord } from '../../ports/exchange-record.ts'
import type { LogEntry, LoggedExchange, RollUp } from '../../ports/request-log.ts'
import { USAGE_SUMS } from './request-log-tables.ts'

const NAME_CHARS_MAX = 255
const CODE_CHARS_MAX = 128
const PATH_CHARS_MAX = 1_024

/** What nobody filters by; absent = 0 or nothing. Times in µs. */
interface Detail {
  readonly m: string
  /** 1 = an upstream that is no language model. */
  readonly g?: 1 | undefined
  /** 1 = streamed. */
  readonly s?: 1 | undefined
  /** Attempts; absent = 1. */
  readonly n?: number | undefined
  readonly o?: number | undefined
  readonly f?: number | undefined
  readonly i?: number | undefined
  readonly b?: number | undefined
  readonly a: string
  readonly u: string
  /** Tokens: input, output, read from and written to the cache, reasoning; then 1 when estimated. */
  readonly t?: readonly number[] | undefined
  /** Cost in millionths of a US dollar. */
  readonly c?: number | undefined
  /** Trace id. */
  readonly x?: string | undefined
  /** Tries: key, host, start, duration, status, result, reason. */
  readonly r?: readonly (readonly [string, string, number, number, number, string, string])[] | undefined
}

export interface RequestRow {
  readonly id: number
  readonly request_id: string
  readonly upstream: string
  readonly route: string
  readonly client_key: string
  readonly account: string
  readonly model: string
  readonly key_id: string
  readonly status: number
  readonly outcome: ExchangeRecord['outcome']
  readonly error_code: string
  readonly duration_us: number
  readonly path: string
  readonly detail: string
}

/** JSON, in the order of REQUEST_COLUMNS. */
export function renderRows(entries: readonly LogEntry[]): string {
  return JSON.stringify(entries.map(toRow))
}

function toRow({ position, record }: LogEntry): readonly (string | number)[] {
  return [
    position.id,
    text(record.requestId, CODE_CHARS_MAX),
    text(record.upstream, CODE_CHARS_MAX),
    text(record.route, NAME_CHARS_MAX),
    text(record.clientKeyId, CODE_CHARS_MAX),
    text(record.accountId, CODE_CHARS_MAX),
    said(record.model, CODE_CHARS_MAX),
    text(record.keyId, CODE_CHARS_MAX),
    record.status,
    record.outcome,
    text(record.errorCode, CODE_CHARS_MAX),
    micros(record.durationMs),
    said(record.path, PATH_CHARS_MAX),
    JSON.stringify(detailOf(record)),
  ]
}

function detailOf(record: ExchangeRecord): Detail {
  const { usage, tries } = record
  return {
    m: text(record.method, CODE_CHARS_MAX),
    g: record.kind === 'generic' ? 1 : undefined,
    s: record.stream ? 1 : undefined,
    n: record.attempts === 1 ? undefined : record.attempts,
    o: record.overheadMs === undefined ? undefined : micros(record.overheadMs),
    f: record.firstByteMs === undefined ? undefined : micros(record.firstByteMs),
    i: record.bytesIn || undefined,
    b: record.bytesOut || undefined,
    a: text(record.clientAddress, CODE_CHARS_MAX),
    u: said(record.userAgent, NAME_CHARS_MAX),
    t: usage && [usage.input, usage.output, usage.cacheRead, usage.cacheWrite, usage.reasoning, record.isUsageEstimated ? 1 : 0],
    c: record.costMicroUsd,
    x: record.trace?.traceId,
    r: tries.length === 0 ? undefined : tries.map(packTry),
  }
}

function packTry(attempt: AttemptRecord): NonNullable<Detail['r']>[number] {
  const { keyId, host, startMs, durationMs, status, result, reason } = attempt
  return [keyId, text(host, NAME_CHARS_MAX), micros(startMs), micros(durationMs), status, result, said(reason, NAME_CHARS_MAX)]
}

export function fromRow(row: RequestRow, segmentMs: number): LoggedExchange {
  const position: LogPosition = { segmentMs, id: Number(row.id) }
  const detail = JSON.parse(row.detail) as Detail
  const [input = 0, output = 0, cacheRead = 0, cacheWrite = 0, reasoning = 0, estimated = 0] = detail.t ?? []
  const durationMs = Number(row.duration_us) / 1000
  return {
    position,
    requestId: row.request_id,
    startedAtMs: endedAtMs(position) - Math.floor(durationMs),
    upstream: row.upstream,
    kind: detail.g === 1 ? 'generic' : 'llm',
    clientKeyId: row.client_key,
    accountId: row.account,
    method: detail.m,
    path: row.path,
    route: row.route,
    status: Number(row.status),
    outcome: row.outcome,
    errorCode: row.error_code,
    attempts: detail.n ?? 1,
    tries: (detail.r ?? []).map(([keyId, host, startUs, durationUs, status, result, reason]) => ({
      ...{ keyId, host, startMs: startUs / 1000, durationMs: durationUs / 1000, status, result, reason },
    })),
    keyId: row.key_id,
    stream: detail.s === 1,
    durationMs,
    overheadMs: detail.o === undefined ? undefined : detail.o / 1000,
    firstByteMs: detail.f === undefined ? undefined : detail.f / 1000,
    bytesIn: detail.i ?? 0,
    bytesOut: detail.b ?? 0,
    clientAddress: detail.a,
    userAgent: detail.u,
    model: row.model,
    usage: detail.t && { input, output, cacheRead, cacheWrite, reasoning },
    isUsageEstimated: estimated === 1,
    costMicroUsd: detail.c,
    traceId: detail.x ?? '',
  }
}

const SUMS = Object.keys(USAGE_SUMS) as (keyof typeof USAGE_SUMS)[]

/** JSON, in the order of USAGE_COLUMNS; sorted, so that processes that add to the same rows take them in the same order. */
export function renderRollUps(rollUps: readonly RollUp[]): string {
  const rows = rollUps.map((row): (string | number)[] => [
    row.bucketMs,
    text(row.upstream, CODE_CHARS_MAX),
    said(row.model, CODE_CHARS_MAX),
    text(row.clientKeyId, CODE_CHARS_MAX),
    text(row.accountId, CODE_CHARS_MAX),
    ...SUMS.map((sum) => row[sum]),
  ])
  const keyed = rows.map((row) => ({ row, key: row.slice(0, 5).join('\n') }))
  return JSON.stringify(keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row))
}

function micros(ms: number): number {
  return Math.max(0, Math.round(ms * 1000))
}

/** What a client wrote may hold what a database refuses: NUL, and halves of characters. */
function text(value: string, charsMax: number): string {
  const cut = value.length > charsMax ? value.slice(0, charsMax) : value
  return cut.isWellFormed() && !cut.includes('\0') ? cut : cut.toWellFormed().replaceAll('\0', '\ufffd')
}

/** Texts that repeat: looking for secrets in each again would cost more than the rest of the row. */
const SAID_MAX = 1_000
const SAID_CHARS_MAX = 512
const known = new Map<string, string>()

/** What a client or a vendor said may hold a secret, in the wrong place. */
function said(value: string, charsMax: number): string {
  const remembered = known.get(value)
  if (remembered !== undefined) return remembered
  // Cut late: half a secret would not be recognised.
  const shown = text(redactText(text(value, 2 * charsMax)), charsMax)
  if (value.length > Math.min(SAID_CHARS_MAX, charsMax)) return shown
  if (known.size >= SAID_MAX) known.clear()
  known.set(value, shown)
  return shown
}
