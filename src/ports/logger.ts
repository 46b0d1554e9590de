// Where the program says what happens. Events are `noun.verb` and stable; fields are an allow-list in snake_case.

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** Values must be plain data. Secrets print as `[secret]`; the implementation redacts the rest. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  /** Never throws, never blocks; bounded: what does not fit is dropped and counted. */
  log(level: LogLevel, event: string, message: string, fields?: LogFields): void
  error(event: string, message: string, fields?: LogFields): void
  warn(event: string, message: string, fields?: LogFields): void
  info(event: string, message: string, fields?: LogFields): void
  debug(event: string, message: string, fields?: LogFields): void
}

/** One finished exchange, as the access log and the metrics see it. No secrets, no query, no bodies. */
export interface ExchangeRecord {
  readonly requestId: string
  readonly upstream: string
  readonly kind: 'llm' | 'generic'
  readonly clientKeyId: string
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
}

export interface AccessLog {
  /** Cheap enough for every request; bounded like Logger. */
  write(record: ExchangeRecord): void
}
