// How exchanges of the request log are shown.
import { z } from 'zod'
import { endedAtMs, renderPosition } from '../../domain/log-segment.ts'
import type { LoggedExchange } from '../../ports/request-log.ts'
import { Id, renderTime } from './schemas.ts'

export const OUTCOMES = ['ok', 'absorbed', 'upstream_error', 'rejected', 'exhausted', 'aborted'] as const

const ms = z.number().describe('Milliseconds.')
const tokens = z.int().nullable()

export const LogView = z.object({
  id: Id.describe('Of the row.'),
  request_id: z.string().describe('Clients may send their own: not always unique.'),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  method: z.string(),
  path: z.string().describe('Without the query.'),
  kind: z.enum(['llm', 'generic']),
  upstream: z.string(),
  route: z.string(),
  client_key_id: z.string(),
  account_id: z.string().nullable(),
  model: z.string(),
  key_id: z.string().nullable().describe('Upstream key of the last attempt; null for people of an account.'),
  status: z.int().describe('499 when the client left first.'),
  outcome: z.enum(OUTCOMES).describe('absorbed = served, after failures that the client never saw.'),
  error_code: z.string().nullable(),
  attempts: z.int(),
  stream: z.boolean(),
  duration_ms: ms,
  overhead_ms: ms.nullable().describe('Spent before the first attempt was sent; null when none was.'),
  first_byte_ms: ms.nullable().describe('Until the first byte of the answer.'),
  bytes_in: z.int(),
  bytes_out: z.int(),
  input_tokens: tokens,
  output_tokens: tokens,
  cache_read_tokens: tokens,
  cache_write_tokens: tokens,
  reasoning_tokens: tokens,
  tokens_estimated: z.boolean(),
  cost_usd: z.number().nullable().describe('Estimated; null when the model has no known price.'),
  client_address: z.string(),
  user_agent: z.string(),
  trace_id: z.string().nullable(),
})

const TryView = z.object({
  key_id: z.string().nullable(),
  key: z.string().nullable().describe('Masked; null when the key is gone, and for people of an account.'),
  host: z.string().nullable(),
  start_ms: ms,
  duration_ms: ms,
  status: z.int().describe('0 when the vendor did not answer.'),
  result: z.string(),
  reason: z.string().nullable(),
})

export const LogDetailView = LogView.extend({
  tries: z.array(TryView).describe('What was tried, in this order, and what came of it.'),
  phases: z.array(z.object({ name: z.enum(['admission', 'attempts', 'relay']), start_ms: ms, duration_ms: ms })),
})

export const LOG_COLUMNS = Object.keys(LogView.shape)

/** @param isOwn for people of an account, who see neither the keys of the gateway nor where it sends */
export function renderLogged(exchange: LoggedExchange, isOwn: boolean): z.input<typeof LogView> {
  const { usage, costMicroUsd } = exchange
  return {
    id: renderPosition(exchange.position),
    request_id: exchange.requestId,
    started_at: renderTime(exchange.startedAtMs) as string,
    ended_at: renderTime(endedAtMs(exchange.position)) as string,
    method: exchange.method,
    path: exchange.path,
    kind: exchange.kind,
    upstream: exchange.upstream,
    route: exchange.route,
    client_key_id: exchange.clientKeyId,
    account_id: exchange.accountId || null,
    model: exchange.model,
    key_id: isOwn ? null : exchange.keyId || null,
    status: exchange.status,
    outcome: exchange.outcome,
    error_code: exchange.errorCode || null,
    attempts: exchange.attempts,
    stream: exchange.stream,
    duration_ms: exchange.durationMs,
    overhead_ms: exchange.overheadMs ?? null,
    first_byte_ms: exchange.firstByteMs ?? null,
    bytes_in: exchange.bytesIn,
    bytes_out: exchange.bytesOut,
    input_tokens: usage?.input ?? null,
    output_tokens: usage?.output ?? null,
    cache_read_tokens: usage?.cacheRead ?? null,
    cache_write_tokens: usage?.cacheWrite ?? null,
    reasoning_tokens: usage?.reasoning ?? null,
    tokens_estimated: exchange.isUsageEstimated,
    cost_usd: costMicroUsd === undefined ? null : costMicroUsd / 1e6,
    client_address: exchange.clientAddress,
    user_agent: exchange.userAgent,
    trace_id: exchange.traceId || null,
  }
}

export function renderLoggedDetail(exchange: LoggedExchange, masked: ReadonlyMap<string, string>, isOwn: boolean): z.input<typeof LogDetailView> {
  const tries = exchange.tries.map(({ keyId, host, startMs, durationMs, status, result, reason }) => {
    const hidden = { key_id: null, key: null, host: null, reason: null }
    const seen = isOwn ? hidden : { key_id: keyId, key: masked.get(keyId) ?? null, host, reason }
    return { ...seen, start_ms: startMs, duration_ms: durationMs, status, result }
  })
  return { ...renderLogged(exchange, isOwn), tries, phases: phasesOf(exchange) }
}

/** Admission ends with the first attempt, the attempts with the first byte of the answer. */
function phasesOf({ overheadMs, firstByteMs, durationMs }: LoggedExchange): z.input<typeof LogDetailView>['phases'] {
  const sentMs = overheadMs ?? firstByteMs ?? durationMs
  const answeredMs = Math.max(sentMs, firstByteMs ?? durationMs)
  const phases = [
    { name: 'admission', start_ms: 0, duration_ms: sentMs },
    { name: 'attempts', start_ms: sentMs, duration_ms: round(answeredMs - sentMs) },
    { name: 'relay', start_ms: answeredMs, duration_ms: round(Math.max(0, durationMs - answeredMs)) },
  ] as const
  return phases.filter(({ name }) => (name === 'attempts' ? overheadMs !== undefined : name === 'admission' || firstByteMs !== undefined))
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
