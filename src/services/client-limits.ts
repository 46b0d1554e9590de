// Counts a request against the limits of its client key: in the store that all replicas share, or while that is gone by this process's share.
import type { ClientKey } from '../domain/client-key.ts'
import { CLIENT_WINDOWS, type ClientLimitName, type ClientLimits } from '../domain/client-limits.ts'
import type { RateLimitState } from '../errors.ts'
import { limits as bounds } from '../limits.ts'
import type { Cache } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { LimitAnswer, LimitClaim, LimitStore, SynchronousLimits } from '../ports/limit-store.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Random } from '../ports/random.ts'
import { clientLimitName } from './cache-names.ts'
import { LimitFallback } from './limit-fallback.ts'
import { claimNow, rateLimitRefusal } from './limit-refusal.ts'
import { HeldSlots } from './held-slots.ts'

export interface ClientLimitsDependencies {
  readonly cache: Cache
  /** Inside this process; used while the cache is gone, and to know what this process has granted. */
  readonly local: SynchronousLimits
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  /** Processes that share the limits, this one included. */
  readonly replicaCount: () => number
}

/** What a granted request holds until it is over. */
export interface LimitPlace {
  /** One per window of the client key, the shortest first. */
  readonly states: readonly RateLimitState[]
  /** Gives its slot back. Idempotent. */
  release(): void
}

export class ClientLimiter {
  readonly #dependencies: ClientLimitsDependencies
  /** Answers without a promise, when the cache is in this process. */
  readonly #now: SynchronousLimits | undefined
  readonly #shared: LimitFallback | undefined
  readonly #slots: HeldSlots
  readonly #idPrefix: string
  #count = 0

  constructor(dependencies: ClientLimitsDependencies) {
    const { cache, random } = dependencies
    this.#dependencies = dependencies
    this.#now = 'claimNow' in cache ? (cache as Cache & SynchronousLimits) : undefined
    const store = this.#now === undefined && 'claim' in cache ? (cache as Cache & LimitStore) : undefined
    this.#slots = new HeldSlots(this.#now ?? dependencies.local, store)
    this.#shared = store === undefined ? undefined : new LimitFallback({ ...dependencies, store, slots: this.#slots })
    this.#idPrefix = random.bytes(8).toString('hex')
  }

  /**
   * Counts a request of a key that has limits: in all of them, or in none. A plain value when the cache is in this process.
   * @throws GatewayError client_rate_limited, concurrency_limited (the promise rejects with them), overloaded when nothing can count
   */
  claim(key: ClientKey, limits: ClientLimits): LimitPlace | Promise<LimitPlace> {
    const claim = this.#claimOf(key, limits)
    if (this.#shared !== undefined) return this.#shared.claim(claim).then((answer) => this.#settle(key, limits, claim, answer))
    return this.#settle(key, limits, claim, claimNow(this.#now ?? this.#dependencies.local, claim))
  }

  /** Keeps the slots of all requests in flight; happens by itself every limits.slotRenewMs. */
  renew(): void {
    this.#slots.renew()
  }

  #claimOf(key: ClientKey, limits: ClientLimits): LimitClaim {
    const windows = CLIENT_WINDOWS.flatMap(({ name, windowMs }) => {
      const max = limits[name]
      return max === undefined ? [] : [{ key: clientLimitName(key.id, name), max, windowMs }]
    })
    const { maxInFlight: max } = limits
    const slots = max === undefined ? [] : [{ key: clientLimitName(key.id, 'max_in_flight'), max, leaseMs: bounds.slotLeaseMs }]
    return { id: this.#idPrefix + (this.#count++).toString(36), windows, slots }
  }

  #settle(key: ClientKey, limits: ClientLimits, claim: LimitClaim, answer: LimitAnswer): LimitPlace {
    const names = CLIENT_WINDOWS.filter(({ name }) => limits[name] !== undefined)
    const states = names.map(({ name, windowMs }, index): RateLimitState => {
      const { remaining = 0, resetMs = 0 } = answer.windows[index] ?? {}
      return { name, max: limits[name] as number, windowMs, remaining, resetMs }
    })
    if (answer.isGranted) return { states, release: claim.slots.length === 0 ? nothing : this.#slots.hold(claim) }
    const reached: ClientLimitName = names.find(({ name }) => clientLimitName(key.id, name) === answer.key)?.name ?? 'max_in_flight'
    this.#dependencies.metrics.clientLimited(reached)
    throw rateLimitRefusal(key, limits, reached, answer.retryAfterMs, states)
  }
}

function nothing(): void {}
