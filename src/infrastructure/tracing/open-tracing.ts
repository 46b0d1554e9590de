// Traces to an OpenTelemetry collector (OTLP over HTTP, protobuf). Loaded only while tracing is on.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { limits } from '../../limits.ts'
import type { ExchangeObserver } from '../../ports/exchange-record.ts'
import type { Logger } from '../../ports/logger.ts'
import { exchangeSpans, type SpanSource } from './exchange-spans.ts'
import { type SpanCounts, SpanQueue } from './span-queue.ts'

export interface TracingOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  readonly version: string
  /** Of every span. */
  readonly attributes: Readonly<Record<string, string>>
  readonly instance: string
  readonly providerOf: SpanSource['providerOf']
  readonly isChosen: (traceId: string) => boolean
  readonly logger: Logger
}

export interface Tracing {
  readonly observer: ExchangeObserver
  /** Spans since the start. */
  readonly counts: Readonly<SpanCounts>
  /** Sends what waits, for at most limits.drainFlushMs. Idempotent. */
  close(): Promise<void>
}

const SCOPE = 'api-key-rotator'
/** ExportResultCode.SUCCESS */
const SUCCESS = 0

export function openTracing(options: TracingOptions): Tracing {
  const { url, headers, serviceName, version, attributes, instance, providerOf, isChosen, logger } = options
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: limits.traceExportMs, concurrencyLimit: limits.traceExportsMax + 1 })
  const resource = resourceFromAttributes({ 'service.version': version, 'service.instance.id': instance, ...attributes, 'service.name': serviceName })
  const source: SpanSource = { resource, scope: { name: SCOPE, version }, providerOf }
  const send = (spans: readonly ReadableSpan[]): Promise<void> =>
    new Promise((resolve, reject) => {
      exporter.export([...spans], ({ code, error }) => (Number(code) === SUCCESS ? resolve() : reject(error ?? new Error('the collector refused the spans'))))
    })
  const queue = new SpanQueue({ render: (record, trace) => exchangeSpans(record, trace, source), send, isChosen, logger })
  return {
    observer: queue,
    counts: queue.counts,
    close: async () => {
      await queue.close()
      // It would wait for exports that are under way: their time is over.
      exporter.shutdown().catch(() => undefined)
    },
  }
}
