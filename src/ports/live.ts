// What the management plane may ask of the running data plane.
import type { Balance } from '../domain/balancing.ts'
import type { BreakerState } from '../domain/circuit-breaker.ts'
import type { LiveEnd, LiveTopic } from '../domain/live-event.ts'
import type { RouteMatcher } from '../domain/route.ts'
import type { KeyState, KeyStatus } from '../domain/upstream-key.ts'

export interface LiveConfiguration {
  /** Loads what is stored and puts it in force; resolves when requests of this process see it. */
  refresh(): Promise<void>
  /** The routes in force; undefined while none is enabled. */
  readonly routes?: RouteMatcher | undefined
}

export interface LiveKeys {
  /** The state in force, which may be newer than the stored one; undefined for a key the data plane does not know. */
  statusOf(keyId: string): KeyStatus | undefined
  lastUsedAtMs(keyId: string): number | undefined
  /** Which key (of those with the tag, when one is given) the next request to this upstream would use, without taking a turn; undefined for an upstream the data plane does not know. */
  explainLease(upstreamId: string, tag?: string): Promise<LeaseExplanation | undefined>
}

export interface ExplainedKey {
  readonly keyId: string
  readonly state: KeyState
  readonly reason: string
}

export interface LeaseExplanation {
  /** undefined when none can be used, or when it cannot be known now. */
  readonly keyId: string | undefined
  readonly why: string
  /** Why not the others, the nearest first, at most limits.explainedKeysMax. */
  readonly others: readonly ExplainedKey[]
  readonly othersTotal: number
}

export interface ProbeResult {
  readonly ok: boolean
  /** HTTP status of the vendor; undefined when none came. */
  readonly status: number | undefined
  readonly latencyMs: number
  /** Short: `200`, `401 invalid_api_key`, `connect refused`. */
  readonly reason: string
  /** The vendor's own words, at most 300 characters, scanned for the key. */
  readonly message: string
}

export interface KeyProber {
  /** Sends the adapter's cheapest call with this key, outside rotation, and settles its outcome. */
  probe(keyId: string): Promise<ProbeResult>
}

/** As this process sees it. */
export interface TargetView {
  readonly url: string
  readonly weight: number
  readonly inFlight: number
  readonly requests: number
  readonly isHealthy: boolean
  /** What the last health check found; empty when there was none. */
  readonly reason: string
  /** Epoch ms. */
  readonly changedAtMs: number | undefined
  readonly checkedAtMs: number | undefined
  readonly breaker: TargetBreakerView | undefined
}

export interface TargetBreakerView {
  readonly state: BreakerState
  /** In the window. */
  readonly requests: number
  readonly failures: number
  /** Epoch ms. */
  readonly changedAtMs: number | undefined
  /** Until an open one lets a request in; 0 when it is not open. */
  readonly opensInMs: number
}

export interface TargetSetView {
  readonly kind: 'upstream' | 'route'
  readonly id: string
  readonly slug: string
  readonly balance: Balance
  readonly targets: readonly TargetView[]
}

export interface LiveTargets {
  /** What has several targets, or one that is watched. */
  list(): readonly TargetSetView[]
}

/** Who listens to this process, and what it told them. */
export interface LiveStats {
  readonly listeners: Readonly<Record<'sse' | 'websocket', number>>
  readonly listenersMax: number
  readonly listenersByTopic: Readonly<Record<LiveTopic, number>>
  readonly subscriptions: number
  /** Events that somebody listened to, and how many times one was sent to somebody, since the start. */
  readonly events: number
  readonly sent: number
  /** Left out because there were too many at once. */
  readonly skipped: number
  /** Listeners that were sent away, by reason. */
  readonly ended: Readonly<Partial<Record<LiveEnd, number>>>
}
