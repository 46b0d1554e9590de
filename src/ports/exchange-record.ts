// One finished exchange, as everybody sees it who counts, stores or shows it. No secrets, no query, no bodies.
import type { TokenUsage } from '../domain/usage.ts'

/** One try of an exchange, in the order in which they were made. */
export interface AttemptRecord {
  readonly keyId: string
  /** Host and port it was sent to. */
  readonly host: string
  /** ms after the exchange began. */
  readonly startMs: number
  readonly durationMs: number
  /** Status that the vendor answered; 0 when it did not. */
  readonly status: number
  /** As in the metric: ok, rate_limited, unauthorized, quota, server_error, timeout, connect_error, client_gone, request_rejected. */
  readonly result: string
  /** Short and stable: why it ended so. */
  readonly reason: string
}

/** W3C trace context of an exchange; only while tracing is on. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits: the exchange's own span. */
  readonly spanId: string
  /** The client's span; empty when it sent none. */
  readonly parentSpanId: string
  readonly isSampled: boolean
}

export interface ExchangeRecord {
  readonly requestId: string
  /** Epoch ms. */
  readonly startedAtMs: number
  readonly upstream: string
  readonly kind: 'llm' | 'generic'
  readonly clientKeyId: string
  /** Of the client key; empty for a key of the gateway's own. */
  readonly accountId: string
  readonly method: string
  /** Path after the slug, without the query; the whole path when a route took the request. */
  readonly path: string
  /** Name of the route that took the request; empty below /proxy and /llm. */
  readonly route: string
  /** Status sent to the client; 499 when it left first. */
  readonly status: number
  readonly outcome: 'ok' | 'absorbed' | 'upstream_error' | 'rejected' | 'exhausted' | 'aborted'
  /** Error code of the gateway, or empty. */
  readonly errorCode: string
  readonly attempts: number
  /** All that were made, at most `max_attempts` of the upstream; empty for what needs no key. */
  readonly tries: readonly AttemptRecord[]
  /** Of the last attempt. */
  readonly keyId: string
  readonly stream: boolean
  readonly durationMs: number
  /** ms spent before the first attempt was sent (auth, routing, pick); undefined when none was. */
  readonly overheadMs: number | undefined
  /** ms to the first byte of the answer; undefined when none came. */
  readonly firstByteMs: number | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  readonly clientAddress: string
  readonly userAgent: string
  /** The model that answered, else the one that was asked for; empty when nobody named one. The client's text: at most 128 characters, never a metric label as it is. */
  readonly model: string
  /** undefined when the exchange consumed no tokens that anybody could count. */
  readonly usage: TokenUsage | undefined
  readonly isUsageEstimated: boolean
  /** Millionths of a US dollar, estimated; undefined when the model has no known price. */
  readonly costMicroUsd: number | undefined
  readonly trace: TraceContext | undefined
}

/** Told of every exchange when it is over, on the hot path: cheap, bounded, and never throws. */
export interface ExchangeObserver {
  exchangeFinished(record: ExchangeRecord): void
}
