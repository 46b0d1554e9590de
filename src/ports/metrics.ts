// Numbers that the data plane and the services report; names and labels live in the implementation.
import type { ExchangeRecord } from './exchange-record.ts'

/** Look-ups of a cache in memory since the start. */
export interface CacheCounts {
  hits: number
  misses: number
}

/** No method throws. */
export interface Metrics {
  exchangeStarted(upstream: string): void
  exchangeFinished(record: ExchangeRecord): void
  /** `result`: ok, rate_limited, unauthorized, quota, server_error, timeout, connect_error, client_gone, request_rejected. */
  attemptFinished(upstream: string, result: string): void
  /** A failure that the client never saw because a later attempt served it. */
  failureAbsorbed(upstream: string, reason: string): void
  keyTransition(upstream: string, to: string, outcome: string): void
  poolExhausted(upstream: string): void
  /** A request refused by a limit: rps, rpm, rpd, max_in_flight of its client key, or account_rpm, route, address_rps, global_rps… */
  clientLimited(limit: string): void
  webSocketOpened(): void
  /** `refused` for a handshake that opened none; else how an open one ended. */
  webSocketEnded(outcome: string): void
  authFailed(surface: 'admin' | 'proxy', reason: string): void
  /** A route in shadow mode would have taken a request. */
  routeShadowed(route: string): void
  configReloaded(): void
}
