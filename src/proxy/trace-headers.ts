// What is told about the trace of a request: upstreams nothing unless OTEL_PROPAGATE_UPSTREAM says so, a route's own targets what the client said.
import { type HeaderList, headerValues } from '../domain/message.ts'
import { attemptSpanId, findTraceState, renderTraceParent } from '../domain/trace-context.ts'
import type { TraceContext } from '../ports/exchange-record.ts'
import type { CleanRequest } from './credentials.ts'

const NAMES = ['traceparent', 'tracestate'] as const

/**
 * Adds what an attempt sends along: its own span in the client's trace, or what the client sent while tracing is off.
 * @param inbound the client's headers; @param attempt 0 for the first one, undefined where attempts have no spans
 */
export function pushTraceHeaders(headers: string[], inbound: HeaderList, trace: TraceContext | undefined, attempt: number | undefined): void {
  if (trace === undefined) {
    for (const name of NAMES) for (const value of headerValues(inbound, name)) headers.push(name, value)
    return
  }
  const { traceId, parentSpanId, isSampled } = trace
  const spanId = attempt === undefined ? trace.spanId : attemptSpanId(trace.spanId, attempt)
  headers.push('traceparent', renderTraceParent({ traceId, spanId, isSampled }))
  // The state belongs to the client's trace; without a valid parent this is another one.
  const state = parentSpanId === '' ? undefined : findTraceState(inbound)
  if (state !== undefined) headers.push('tracestate', state)
}

/** For targets of a route's own, which are services like the client itself. @param trace undefined = as the client sent it */
export function withForwardedTrace(clean: CleanRequest, inbound: HeaderList, trace: TraceContext | undefined): CleanRequest {
  const headers = clean.headers.slice()
  pushTraceHeaders(headers, inbound, trace, undefined)
  return { ...clean, headers }
}
