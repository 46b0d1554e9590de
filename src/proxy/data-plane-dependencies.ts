// Everything the data plane is given, and what it adds for its exchanges.
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../ports/clock.ts'
import type { AccessLog, ExchangeRecord, Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { ClientAuth } from '../services/client-auth.ts'
import type { ClientLimiter } from '../services/client-limits.ts'
import type { KeyStateRecorder } from '../services/key-state-recorder.ts'
import type { ConfigurationSnapshot } from '../services/snapshot.ts'
import type { UpstreamClient } from './attempt.ts'
import type { BodyBounds, ReplayBudget } from './body.ts'
import type { Destinations } from './destination.ts'
import type { RequestIds } from './headers.ts'
import type { InFlightEntry } from './in-flight.ts'

export interface DataPlaneOptions {
  readonly snapshot: ConfigurationSnapshot
  readonly auth: ClientAuth
  readonly clientLimiter: ClientLimiter
  readonly destinations: Destinations
  readonly client: UpstreamClient
  readonly replayBudget: ReplayBudget
  readonly requestIds: RequestIds
  readonly clock: Clock
  readonly logger: Logger
  readonly accessLog: AccessLog
  readonly metrics: Metrics
  readonly recorder: KeyStateRecorder
  readonly bodyBounds: { readonly llm: BodyBounds; readonly generic: BodyBounds }
  readonly exchangesMax: number
  readonly stalledWriteMs: number
  readonly exposeKeyHint: boolean
  readonly publicBaseUrl: () => string
  /** Patterns of keys that vendors issue, to recognise one that was sent here by mistake. */
  readonly vendorKeyPatterns: readonly RegExp[]
  /** While true, connections are not kept for another request. */
  readonly isDraining: () => boolean
  readonly clientAddress: (request: IncomingMessage) => string
  readonly isPrivatePeer: (request: IncomingMessage) => boolean
}

export interface DataPlaneDependencies extends DataPlaneOptions {
  readonly report: (record: ExchangeRecord) => void
  readonly exchangeEnded: (exchange: InFlightEntry) => void
}
