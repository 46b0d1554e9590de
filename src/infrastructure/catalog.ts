// What a build carries: the drivers that `builds/<name>/main.ts` passes to the rest of the program.
import type { Secret } from '../domain/secret.ts'
import type { Cache } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobSignals } from '../ports/job-queue.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { RequestLog } from '../ports/request-log.ts'
import type { EventStore, Store } from '../ports/store.ts'
import type { ObserveQuery } from './database/query-times.ts'
import type { CacheFacts, DatabaseFacts } from './diagnostics.ts'

export interface DatabaseDeps {
  readonly clock: Clock
  /** `server` owns the database alone and is refused beside another server; `tool` (the CLI) may open it beside a running server. */
  readonly role: 'server' | 'tool'
  /** Told about migrations and backups. */
  readonly logger?: Logger | undefined
  readonly observeQuery?: ObserveQuery | undefined
}

export interface OpenDatabase {
  readonly store: Store
  readonly events: EventStore
  /** In the database of the events, and closed with them. */
  readonly requestLog: RequestLog
  /** What is wrong with the files of the database, for people; undefined when nothing is. Without I/O. Not for servers. */
  readonly fault?: () => string | undefined
}

export interface DatabaseDriver {
  /** URL schemes without the colon, e.g. `sqlite`. */
  readonly schemes: readonly string[]
  /** The database is a server that may be out of reach: a gateway starts without it and finds it later. Default false. */
  readonly isRemote?: boolean
  /**
   * Opens and migrates. The result is ready to use; close `events`, then `store`.
   * @throws StartupError 78 when the URL or the data are wrong, 69 when the database is taken or out of reach.
   */
  open(url: Secret, deps: DatabaseDeps): Promise<OpenDatabase>
  /**
   * Looks without opening for use: no migration, no ownership. Undefined when there is nothing at this URL yet.
   * @throws StartupError like `open`
   */
  examine?(url: Secret, deps: Pick<DatabaseDeps, 'clock'>): Promise<DatabaseFacts | undefined>
}

export interface CacheDeps {
  readonly clock: Clock
  /** For jitter. */
  readonly random: Random
  /** Told when a server goes away and comes back. */
  readonly logger?: Logger | undefined
  /** Told how long each command to a server took; not asked by a cache inside the process. */
  readonly observeCommand?: ((operation: string, durationMs: number) => void) | undefined
}

export interface CacheDriver {
  readonly schemes: readonly string[]
  /**
   * The result may implement the optional companions of the cache port as well (Broadcast, LimitStore, SynchronousCounter).
   * A server out of reach is no error: the cache comes up without it and finds it later by itself.
   * @throws StartupError 78 when the URL is wrong, or the server is set up so that it would lose what it is told to keep
   */
  open(url: Secret, deps: CacheDeps): Promise<Cache>
  /**
   * What the server behind it says about itself. Undefined when there is none: a cache inside the process.
   * @throws StartupError 78 for a wrong URL, 69 when it is out of reach
   */
  examine?(url: Secret, deps: Pick<CacheDeps, 'clock' | 'random'>): Promise<CacheFacts | undefined>
}

export interface JobSignalDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger?: Logger | undefined
}

export interface JobSignalDriver {
  /** Of CACHE_URL. */
  readonly schemes: readonly string[]
  /** Never waits for a server. @throws StartupError 78 when the URL is wrong */
  open(url: Secret, deps: JobSignalDeps): Promise<JobSignals>
}

export interface Catalog {
  /** Name of the build, for people: `lightweight`, `enterprise`. */
  readonly build: string
  readonly databases: readonly DatabaseDriver[]
  readonly caches: readonly CacheDriver[]
  /** Optional: without one for the cache of the gateway, jobs are looked for. */
  readonly jobSignals?: readonly JobSignalDriver[] | undefined
}

/** The driver that each scheme of the product needs, so that a build can name what it leaves out. */
export const DRIVER_OF_SCHEME: Readonly<Record<string, string>> = {
  sqlite: 'sqlite',
  mysql: 'mysql',
  mariadb: 'mysql',
  postgres: 'postgres',
  postgresql: 'postgres',
  memory: 'memory',
  redis: 'redis',
  rediss: 'redis',
  'redis+sentinel': 'redis',
  'rediss+sentinel': 'redis',
  'redis+cluster': 'redis',
  'rediss+cluster': 'redis',
}
