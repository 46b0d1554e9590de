// One configured remote service, as the data plane and the management API see it.
import type { Balance, CircuitBreakerSetting, HealthCheckPolicy } from './balancing.ts'
import type { Dialect } from './dialect.ts'

export const UPSTREAM_KINDS = ['llm', 'generic'] as const
export type UpstreamKind = (typeof UPSTREAM_KINDS)[number]

export const KEY_LOCATIONS = ['header', 'query', 'basic', 'cookie', 'body'] as const
export type KeyLocation = (typeof KEY_LOCATIONS)[number]

/** Where the pool's key is put in a request to the vendor. */
export interface KeyPlacement {
  readonly location: KeyLocation
  /** Header, query parameter, cookie or JSON body member; unused for `basic`. Header names lower case. */
  readonly name: string
  /** Put before the key, e.g. `Bearer `; empty string when nothing. For `basic`: the user name, the key is the password; empty = the key is `user:password` itself. */
  readonly prefix: string
}

export const STRATEGIES = ['round_robin'] as const
/** How keys of one tier take turns. Weights of 1 make it plain round robin; other weights make it smooth weighted round robin. */
export type Strategy = (typeof STRATEGIES)[number]

export interface Target {
  /** Base URL without a trailing slash, no query, no fragment, no user info. */
  readonly url: string
  /** 1…1000; counts with the balance `weighted`. */
  readonly weight: number
}

/** All in ms; undefined = the default of the kind (see limits.ts). */
export interface UpstreamTimeouts {
  readonly connectMs?: number | undefined
  readonly firstByteMs?: number | undefined
  readonly idleMs?: number | undefined
  readonly totalMs?: number | undefined
}

export interface Upstream {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly kind: UpstreamKind
  /** Name of the adapter, see src/adapters/index.ts. */
  readonly adapter: string
  /** 1…32, each URL once. */
  readonly targets: readonly Target[]
  /** How requests are shared between the targets. */
  readonly balance: Balance
  readonly healthCheck: HealthCheckPolicy | undefined
  readonly circuitBreaker: CircuitBreakerSetting
  readonly keyPlacement: KeyPlacement
  readonly enabled: boolean
  readonly strategy: Strategy
  /** 1…limits.attemptsMax. */
  readonly maxAttempts: number
  readonly timeouts: UpstreamTimeouts
  /** Replay POST/PATCH after an ambiguous failure (bytes were sent, no answer). Default false: it may run twice at the vendor. */
  readonly retryAmbiguous: boolean
  /** Who owns the row: a person, the environment (OPENAI_API_KEYS…) or the demo. */
  readonly managedBy: 'person' | 'environment' | 'demo'
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** Lower-case letters, digits, `-` and `_`, 1…63 characters, starting with a letter or digit. */
export const SLUG_PATTERN = /^[a-z0-9][a-z0-9_-]{0,62}$/

export type { Dialect }
