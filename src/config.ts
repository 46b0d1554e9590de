// The configuration that the rest of the code knows: frozen, complete, validated.
import type { LogLevel } from './ports/logger.ts'
import type { PriceTable } from './domain/model-prices.ts'
import type { Secret } from './domain/secret.ts'

export interface Config {
  readonly build: string
  readonly version: string
  /** Address and port of the data plane (and of management when `adminListen` is undefined). Port 0 = any free port. */
  readonly listen: { readonly host: string; readonly port: number }
  /** A listener of its own for management and UI. */
  readonly adminListen: { readonly host: string; readonly port: number } | undefined
  readonly logLevel: LogLevel
  readonly logFormat: 'json' | 'pretty'
  /** Absolute. Holds the databases, secrets.json and the set-up link. */
  readonly dataDir: string
  /** `sqlite:/abs/core.db`, `mysql://…`: the scheme selects the driver. May carry a password. */
  readonly databaseUrl: Secret
  /** Keep a sealed copy of the configuration beside a database server. */
  readonly snapshotFile: boolean
  /** The job `backup` runs every night. */
  readonly backupDaily: boolean
  /** `memory:?entriesMax=…`, `redis://…`. May carry a password. */
  readonly cacheUrl: Secret
  readonly secrets: {
    readonly jwt: Secret
    readonly encryption: Secret
    /** What the data may still be under; undefined unless ENCRYPTION_KEY is being changed. */
    readonly previousEncryption: Secret | undefined
    readonly pepper: Secret
    /** Names of the secrets that were generated at this start and where they are stored; empty later. */
    readonly generated: readonly string[]
    readonly file: string | undefined
  }
  readonly adminUsername: string
  /** First admin's password; undefined = a set-up link is printed. */
  readonly adminPassword: Secret | undefined
  readonly globalClientKeys: readonly Secret[]
  /** Upstreams to create at the first start, from OPENAI_API_KEYS, ANTHROPIC_API_KEYS, GEMINI_API_KEYS. */
  readonly seedUpstreams: readonly { readonly adapter: string; readonly keys: readonly Secret[] }[]
  /** `auto` = on until set-up is finished. */
  readonly demoMode: 'auto' | 'on' | 'off'
  /** Without a trailing slash; undefined = derived from the listener. */
  readonly publicBaseUrl: string | undefined
  readonly allowPrivateUpstreams: boolean
  /** Resolver addresses for upstream names (`ip:port`); empty = the system's. */
  readonly dnsServers: readonly string[]
  /** CIDRs whose X-Forwarded-* headers are believed. */
  readonly trustProxy: readonly string[]
  readonly timeouts: {
    readonly connectMs: number
    readonly llmFirstByteMs: number
    readonly proxyFirstByteMs: number
    readonly idleMs: number
    readonly totalMs: number
  }
  readonly maxAttempts: number
  /** Turns that a process takes at once; 1 = exact over all processes. */
  readonly rotationNonExactBlock: number
  readonly llmBodyBytesMax: number
  readonly proxyBodyBytesMax: number
  /** Of all files of batches together. */
  readonly filesBytesMax: number
  readonly exchangesMax: number
  /** The operator's own prices of models; they go before those that come with the product. */
  readonly prices: PriceTable
  readonly webSockets: { readonly max: number; readonly idleMs: number; readonly totalMs: number }
  readonly rateLimits: {
    /** Requests of one client address in any second; undefined = not limited. */
    readonly addressPerSecond: number | undefined
    /** Of all clients together. */
    readonly globalPerSecond: number | undefined
  }
  /** Web origins that may call, or `*` alone and without credentials; undefined = none. */
  readonly cors: { readonly origins: readonly string[]; readonly allowsCredentials: boolean } | undefined
  readonly metricsEnabled: boolean
  /** A series per upstream key, by its id. */
  readonly metricsPerKey: boolean
  /** undefined = /metrics answers private addresses only. */
  readonly metricsToken: Secret | undefined
  /** undefined = off. */
  readonly tracing:
    | {
        /** The collector's URL for traces. */
        readonly url: string
        /** JSON object of the headers for the collector, which may carry credentials. */
        readonly headers: Secret
        readonly serviceName: string
        /** Of every span. */
        readonly attributes: Readonly<Record<string, string>>
        /** See Sampling. */
        readonly sampling: { readonly ratio: number; readonly followsParent: boolean }
      }
    | undefined
  /** Whether upstreams are told the trace that a request belongs to. */
  readonly propagatesTrace: boolean
  /** Where errors of the gateway itself are reported, see parseReportAddress; undefined = nowhere. */
  readonly errorReports: { readonly address: Secret; readonly environment: string } | undefined
  readonly requestLog: {
    readonly isEnabled: boolean
    /** Rows, and sums by the minute. */
    readonly days: number
    /** Sums by the day. */
    readonly usageDays: number
    readonly bytesMax: number
  }
  /** Processes that serve on the listener; `auto` = one per processor. More than 1 only with stores that they can share. */
  readonly workers: number | 'auto'
  readonly exposeKeyHint: boolean
  readonly shutdown: { readonly announceMs: number; readonly requestsMs: number }
  /** Warnings for the log: unknown or misspelt variables, generated secrets. */
  readonly warnings: readonly string[]
}
