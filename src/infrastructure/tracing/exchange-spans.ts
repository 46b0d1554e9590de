// One finished exchange as spans: the request of the client, and below it every attempt. No query, no body, no key.
import { type Attributes, type HrTime, type SpanContext, SpanKind, type SpanStatus, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { redactText } from '../../domain/redact.ts'
import { attemptSpanId } from '../../domain/trace-context.ts'
import type { AttemptRecord, ExchangeRecord, TraceContext } from '../../ports/exchange-record.ts'
import { operationOf } from './gen-ai-operation.ts'
import { AKR, GEN_AI, HTTP } from './span-names.ts'

/** What all spans of one process share. */
export interface SpanSource {
  readonly resource: Resource
  readonly scope: ReadableSpan['instrumentationScope']
  /** Who answers for an upstream: the name of its adapter; undefined when the upstream is gone. */
  readonly providerOf: (upstream: string) => string | undefined
}

const TEXT_CHARS_MAX = 512
const METHOD = /^[A-Z]{1,16}$/
const UNSET: SpanStatus = { code: SpanStatusCode.UNSET }
const ERROR: SpanStatus = { code: SpanStatusCode.ERROR }
/** Neither the vendor's failure nor ours. */
const NO_FAULT = new Set(['ok', 'client_gone'])

/** @param record with a trace */
export function exchangeSpans(record: ExchangeRecord, trace: TraceContext, source: SpanSource): ReadableSpan[] {
  const context = contextOf(trace.traceId, trace.spanId)
  const parent = trace.parentSpanId === '' ? undefined : { ...contextOf(trace.traceId, trace.parentSpanId), isRemote: true }
  const { startedAtMs, durationMs, status } = record
  const spans = [
    spanOf(source, {
      name: serverName(record),
      kind: SpanKind.SERVER,
      context,
      parent,
      startMs: startedAtMs,
      durationMs,
      status: status >= 500 ? ERROR : UNSET,
      attributes: serverAttributes(record),
    }),
  ]
  for (const [index, attempt] of record.tries.entries()) {
    spans.push(attemptSpan(record, attempt, index, source, trace, context))
  }
  return spans
}

function attemptSpan(
  record: ExchangeRecord,
  attempt: AttemptRecord,
  index: number,
  source: SpanSource,
  { traceId, spanId }: TraceContext,
  parent: SpanContext,
): ReadableSpan {
  const operation = record.kind === 'llm' ? operationOf(record.path) : undefined
  const model = cut(record.model)
  const isFault = !NO_FAULT.has(attempt.result)
  const attributes = clientAttributes(record, attempt, index, isFault)
  if (operation !== undefined) {
    attributes[GEN_AI.operation] = operation
    attributes[GEN_AI.provider] = source.providerOf(record.upstream)
    if (model !== '') attributes[GEN_AI.requestModel] = model
    if (record.usage !== undefined && index === record.tries.length - 1) {
      if (model !== '') attributes[GEN_AI.responseModel] = model
      attributes[GEN_AI.inputTokens] = record.usage.input
      attributes[GEN_AI.outputTokens] = record.usage.output
    }
  }
  return spanOf(source, {
    name: operation === undefined ? methodOf(record) : `${operation} ${model}`.trimEnd(),
    kind: SpanKind.CLIENT,
    context: contextOf(traceId, attemptSpanId(spanId, index)),
    parent,
    startMs: record.startedAtMs + attempt.startMs,
    durationMs: attempt.durationMs,
    status: isFault ? ERROR : UNSET,
    attributes,
  })
}

function serverName(record: ExchangeRecord): string {
  return `${methodOf(record)} ${routeOf(record)}`
}

/** Few different ones, whatever clients ask for. */
function routeOf({ route, kind }: ExchangeRecord): string {
  if (route !== '') return `route ${route}`
  return kind === 'llm' ? '/llm/{slug}' : '/proxy/{slug}'
}

function methodOf({ method }: ExchangeRecord): string {
  return METHOD.test(method) ? method : 'HTTP'
}

function serverAttributes(record: ExchangeRecord): Attributes {
  const { status, errorCode, upstream, route, accountId, clientKeyId, overheadMs, firstByteMs, costMicroUsd } = record
  const prefix = route !== '' || upstream === '' ? '' : `/${record.kind === 'llm' ? 'llm' : 'proxy'}/${upstream}`
  const attributes: Attributes = {
    [HTTP.method]: methodOf(record),
    [HTTP.route]: routeOf(record),
    [HTTP.path]: prefix + cut(redactText(record.path.slice(0, TEXT_CHARS_MAX * 2))),
    [HTTP.status]: status,
    [HTTP.clientAddress]: record.clientAddress,
    [HTTP.userAgent]: cut(redactText(record.userAgent.slice(0, TEXT_CHARS_MAX * 2))),
    [AKR.requestId]: record.requestId,
    [AKR.outcome]: record.outcome,
    [AKR.attempts]: record.attempts,
    [AKR.stream]: record.stream,
    [AKR.bytesIn]: record.bytesIn,
    [AKR.bytesOut]: record.bytesOut,
  }
  if (upstream !== '') attributes[AKR.upstream] = upstream
  if (route !== '') attributes[AKR.route] = route
  if (clientKeyId !== '') attributes[AKR.clientKey] = clientKeyId
  if (accountId !== '') attributes[AKR.account] = accountId
  if (errorCode !== '') attributes[AKR.errorCode] = errorCode
  if (status >= 500) attributes[HTTP.errorType] = errorCode === '' ? String(status) : errorCode
  if (overheadMs !== undefined) attributes[AKR.overheadMs] = overheadMs
  if (firstByteMs !== undefined) attributes[AKR.firstByteMs] = firstByteMs
  if (costMicroUsd !== undefined) attributes[AKR.costUsd] = costMicroUsd / 1e6
  return attributes
}

function clientAttributes(record: ExchangeRecord, attempt: AttemptRecord, index: number, isFault: boolean): Attributes {
  const [, host = attempt.host, port] = /^(.*):(\d+)$/.exec(attempt.host) ?? []
  const attributes: Attributes = {
    [HTTP.method]: methodOf(record),
    [HTTP.serverAddress]: host,
    [AKR.upstream]: record.upstream,
    [AKR.key]: attempt.keyId,
    [AKR.attempt]: index + 1,
    [AKR.outcome]: attempt.result,
    [AKR.reason]: cut(redactText(attempt.reason)),
  }
  if (port !== undefined) attributes[HTTP.serverPort] = Number(port)
  if (attempt.status !== 0) attributes[HTTP.status] = attempt.status
  if (index > 0) attributes[HTTP.resendCount] = index
  if (isFault) attributes[HTTP.errorType] = attempt.result
  return attributes
}

function cut(text: string): string {
  return text.length > TEXT_CHARS_MAX ? text.slice(0, TEXT_CHARS_MAX) : text
}

function contextOf(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED }
}

interface SpanFacts {
  readonly name: string
  readonly kind: SpanKind
  readonly context: SpanContext
  readonly parent: SpanContext | undefined
  /** Epoch ms. */
  readonly startMs: number
  readonly durationMs: number
  readonly status: SpanStatus
  readonly attributes: Attributes
}

function spanOf({ resource, scope }: SpanSource, facts: SpanFacts): ReadableSpan {
  const { name, kind, context, parent, startMs, durationMs, status, attributes } = facts
  return {
    name,
    kind,
    spanContext: () => context,
    ...(parent === undefined ? {} : { parentSpanContext: parent }),
    startTime: toHrTime(startMs),
    endTime: toHrTime(startMs + durationMs),
    duration: toHrTime(durationMs),
    status,
    attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** Seconds and nanoseconds; what a float of ms holds is good to a quarter of a microsecond. */
function toHrTime(ms: number): HrTime {
  const micros = Math.round(ms * 1000)
  const seconds = Math.floor(micros / 1e6)
  return [seconds, (micros - seconds * 1e6) * 1000]
}
