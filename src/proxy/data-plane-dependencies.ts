// Everything the data plane is given, and what it adds for its exchanges.
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../ports/clock.ts'
import type { ExchangeObserver, ExchangeRecord } from '../ports/exchange-record.ts'
import type { AccessLog, Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Random } from '../ports/random.ts'
import type { AddressLimit } from '../services/address-limit.ts'
import type { ClientAuth } from '../services/client-auth.ts'
import type { KeyStateRecorder } from '../services/key-state-recorder.ts'
import type { LimitScopes } from '../services/limit-scopes.ts'
import type { PriceBook } from '../services/price-book.ts'
import type { RequestLimiter } from '../services/request-limits.ts'
import type { SpendingLimiter } from '../services/spending-limiter.ts'
import type { ConfigurationSnapshot } from '../services/snapshot.ts'
import type { TraceStarter } from '../services/trace-starter.ts'
import type { UpstreamClient } from './attempt.ts'
import type { BodyBounds, ReplayBudget } from './body.ts'
import type { CorsPolicy } from './cors.ts'
import type { Destinations } from './destination.ts'
import type { RequestIds } from './headers.ts'
import type { InFlightEntry } from './in-flight.ts'
import type { AnswerMeters } from './metering.ts'
import type { LoopGuard } from './loop-guard.ts'
import type { PlainClient } from './plain.ts'
import type { RouteDestinations } from './route-target.ts'

export interface WebSocketBounds {
  /** Open at once. */
  readonly max: number
  /** ms of silence after which one is closed. */
  readonly idleMs: number
  /** ms that one may be open. */
  readonly totalMs: number
}

/** What a target that a route forwards to is told about the client. */
export interface ForwardedFacts {
  /** Value of X-Forwarded-For; empty when the client is gone. */
  readonly chain: string
  readonly proto: 'http' | 'https'
  /** Value of X-Forwarded-Host; empty when the client named no host. */
  readonly host: string
}

export interface Forwarding {
  readonly client: PlainClient
  readonly destinations: RouteDestinations
  readonly forwardedFacts: (request: IncomingMessage) => ForwardedFacts
}

export interface DataPlaneOptions {
  readonly snapshot: ConfigurationSnapshot
  readonly auth: ClientAuth
  readonly limiter: RequestLimiter
  readonly limitScopes: LimitScopes
  readonly spending: SpendingLimiter
  /** undefined while addresses are not limited. */
  readonly addressLimit: AddressLimit | undefined
  readonly destinations: Destinations
  readonly client: UpstreamClient
  /** For routes with targets of their own. */
  readonly forwarding: Forwarding
  readonly replayBudget: ReplayBudget
  readonly requestIds: RequestIds
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly accessLog: AccessLog
  readonly metrics: Metrics
  /** Told of every exchange, besides the access log and the metrics. */
  readonly observers: readonly ExchangeObserver[]
  /** undefined while tracing is off. */
  readonly traceStarter: Pick<TraceStarter, 'begin'> | undefined
  /** Whether upstreams are told the trace that a request belongs to. */
  readonly propagatesTrace: boolean
  readonly recorder: KeyStateRecorder
  readonly prices: PriceBook
  readonly loopGuard: LoopGuard
  readonly bodyBounds: { readonly llm: BodyBounds; readonly generic: BodyBounds }
  readonly exchangesMax: number
  readonly stalledWriteMs: number
  readonly webSockets: WebSocketBounds
  readonly exposeKeyHint: boolean
  readonly publicBaseUrl: () => string
  /** Patterns of keys that vendors issue, to recognise one that was sent here by mistake. */
  readonly vendorKeyPatterns: readonly RegExp[]
  /** While true, connections are not kept for another request. */
  readonly isDraining: () => boolean
  readonly clientAddress: (request: IncomingMessage) => string
  /** undefined = pages of other origins get nothing from us, and nothing that vendors would let them have. */
  readonly cors: CorsPolicy | undefined
  /** The client's address where it is a permission: empty when nobody can vouch for it. */
  readonly vouchedAddress: (request: IncomingMessage) => string
  readonly isPrivatePeer: (request: IncomingMessage) => boolean
}

export interface DataPlaneDependencies extends DataPlaneOptions {
  readonly meters: AnswerMeters
  readonly report: (record: ExchangeRecord) => void
  readonly exchangeEnded: (exchange: InFlightEntry) => void
}
