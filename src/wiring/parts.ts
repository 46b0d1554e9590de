// The names and types of everything the composition root can make.
import type { RequestListener } from 'node:http'
import type { Config } from '../config.ts'
import type { Logging } from '../infrastructure/logging/open-logging.ts'
import type { OpenMetrics, Scrape } from '../infrastructure/metrics/open-metrics.ts'
import type { Cache } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester, KeyVault, PasswordHasher, TokenSigner } from '../ports/key-vault.ts'
import type { ExchangeObserver } from '../ports/exchange-record.ts'
import type { JobQueue, JobSignals } from '../ports/job-queue.ts'
import type { KeyProber } from '../ports/live.ts'
import type { KeyRotation } from '../ports/key-rotation.ts'
import type { Logger } from '../ports/logger.ts'
import type { CacheCounts, Metrics } from '../ports/metrics.ts'
import type { Random } from '../ports/random.ts'
import type { SnapshotFile } from '../ports/snapshot-file.ts'
import type { EventStore, Store } from '../ports/store.ts'
import type { UpstreamClient } from '../proxy/attempt.ts'
import type { CorsPolicy } from '../proxy/cors.ts'
import type { DataPlane } from '../proxy/data-plane.ts'
import type { DataPlaneOptions } from '../proxy/data-plane-dependencies.ts'
import type { Destinations } from '../proxy/destination.ts'
import type { PlainClient } from '../proxy/plain.ts'
import type { RequestIds } from '../proxy/headers.ts'
import type { RouteDestinations } from '../proxy/route-target.ts'
import type { PriceBook } from '../services/price-book.ts'
import type { RequestLimiter } from '../services/request-limits.ts'
import type { Batches } from '../services/batches.ts'
import type { ClientFiles } from '../services/client-files.ts'
import type { FirstBoot } from '../services/first-boot.ts'
import type { JobEvents } from '../services/job-events.ts'
import type { JobKind } from '../services/job-kind.ts'
import type { JobRunner } from '../services/job-runner.ts'
import type { Jobs } from '../services/jobs.ts'
import type { KeyStateRecorder } from '../services/key-state-recorder.ts'
import type { ManagementServices } from '../services/management.ts'
import type { Spending } from './spending.ts'
import type { Live } from './live.ts'
import type { SharedState } from './shared-state.ts'
import type { ConfigurationSnapshot } from '../services/snapshot.ts'
import type { SnapshotSaver } from '../services/snapshot-saver.ts'
import type { TargetWatch } from '../proxy/target-watch.ts'
import type { TargetRegistry } from '../services/target-registry.ts'
import type { RequestLogParts } from './request-log.ts'
import type { Stores } from './stores.ts'
import type { Traces } from './traces.ts'

/** What changes once in the life of a process, and what its health depends on. */
export interface Lifecycle {
  isDraining: boolean
  isListening: boolean
  /** Draining while other workers serve on the same port: for health checks nothing has changed. */
  isRelieved?: boolean
  /** Open connections of clients. */
  connections?: number
  /** Where the demo vendor of this process listens, while there is one. */
  demoPort?: number
  /** Epoch ms. */
  readonly startedAtMs: number
}

/** How often what is remembered was asked for in vain. */
export interface Lookups {
  readonly clientKeys: CacheCounts
  readonly dns: CacheCounts
}

export interface Parts {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly logging: Logging
  readonly logger: Logger
  readonly role: 'server' | 'tool'
  readonly stores: Stores
  readonly store: Store
  readonly events: EventStore
  readonly vault: KeyVault
  readonly cache: Cache
  readonly openedMetrics: OpenMetrics
  /** The figures of the whole gateway: of this process, or of all workers. */
  readonly scrape: () => Promise<Scrape>
  readonly metrics: Metrics
  readonly digester: Digester
  readonly hasher: PasswordHasher
  readonly signer: TokenSigner
  readonly lifecycle: Lifecycle
  readonly assetsDir: string
  readonly recorder: KeyStateRecorder
  readonly snapshot: ConfigurationSnapshot
  readonly shared: SharedState
  /** undefined where there is none: the database is a file itself, or it is switched off. */
  readonly snapshotFile: SnapshotFile | undefined
  readonly saver: SnapshotSaver | undefined
  readonly management: ManagementServices
  readonly firstBoot: FirstBoot
  readonly client: UpstreamClient
  readonly plainClient: PlainClient
  readonly routeDestinations: RouteDestinations
  readonly destinations: Destinations
  readonly targets: TargetRegistry
  readonly targetWatch: TargetWatch
  readonly prober: KeyProber
  readonly requestIds: RequestIds
  readonly limiter: RequestLimiter
  /** What tokens of models cost. */
  readonly prices: PriceBook
  readonly spending: Spending
  /** undefined = pages of other origins get nothing. */
  readonly cors: CorsPolicy | undefined
  readonly requestLog: RequestLogParts
  readonly live: Live
  /** Told of every exchange that is over. */
  readonly observers: readonly ExchangeObserver[]
  readonly lookups: Lookups
  /** undefined while tracing is off. */
  readonly traces: Traces | undefined
  readonly dataPlaneOptions: DataPlaneOptions
  readonly dataPlane: DataPlane
  readonly jobEvents: JobEvents
  /** undefined = nobody announces work: the runner looks. */
  readonly jobSignals: JobSignals | undefined
  readonly jobQueue: Pick<JobQueue, 'enqueue' | 'cancel'>
  readonly jobKinds: readonly JobKind[]
  readonly jobs: Jobs
  readonly jobRunner: JobRunner
  readonly keyRotation: KeyRotation
  readonly clientFiles: ClientFiles
  readonly batches: Batches
  readonly apps: { readonly main: RequestListener; readonly admin: RequestListener | undefined }
}

export type PartName = keyof Parts

/** Container tokens by part name. */
export const PART = new Proxy({} as Record<PartName, symbol>, { get: (_, name) => Symbol.for(`akr.${String(name)}`) })

export type Get = <N extends PartName>(name: N) => Parts[N]
export type Provide = <N extends PartName>(name: N, make: (get: Get) => Parts[N]) => void
