// Counts a request against limits: in the store that all replicas share, or while that is gone by this process's share.
import type { TokenUsage } from '../domain/usage.ts'
import type { RateLimitState } from '../errors.ts'
import { limits as bounds } from '../limits.ts'
import type { Cache } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { LimitAnswer, LimitClaim, LimitStore, SlotLimit, SynchronousLimits } from '../ports/limit-store.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Random } from '../ports/random.ts'
import { HeldSlots } from './held-slots.ts'
import { LimitFallback } from './limit-fallback.ts'
import { claimNow, concurrencyRefusal, rateLimitRefusal } from './limit-refusal.ts'
import type { LimitScope, ScopeWindow } from './limit-scopes.ts'

export interface RequestLimiterDependencies {
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
  /** One per window that the client is told of, in the order of the scopes. */
  readonly states: readonly RateLimitState[]
  /** Counts what it took, in whatever counts tokens or money; once, before it is released. */
  settle(usage: TokenUsage | undefined, costMicroUsd: number | undefined): void
  /** Gives its slots, and what it reserved and did not settle, back. Idempotent. */
  release(): void
}

export class RequestLimiter {
  readonly #dependencies: RequestLimiterDependencies
  /** Answers without a promise, when the cache is in this process. */
  readonly #now: SynchronousLimits | undefined
  readonly #shared: LimitFallback | undefined
  readonly #slots: HeldSlots
  readonly #idPrefix: string
  #count = 0

  constructor(dependencies: RequestLimiterDependencies) {
    const { cache, random } = dependencies
    this.#dependencies = dependencies
    this.#now = 'claimNow' in cache ? (cache as Cache & SynchronousLimits) : undefined
    const store = this.#now === undefined && 'claim' in cache ? (cache as Cache & LimitStore) : undefined
    this.#slots = new HeldSlots(this.#now ?? dependencies.local, store)
    this.#shared = store === undefined ? undefined : new LimitFallback({ ...dependencies, store, slots: this.#slots })
    this.#idPrefix = random.bytes(8).toString('hex')
  }

  /**
   * Counts a request in all limits of all scopes, or in none. A plain value when the cache is in this process.
   * @throws GatewayError client_rate_limited, rate_limited, concurrency_limited (the promise rejects with them), overloaded when nothing can count
   */
  claim(scopes: readonly LimitScope[]): LimitPlace | Promise<LimitPlace> {
    const claim = this.#claimOf(scopes)
    if (this.#shared !== undefined) return this.#shared.claim(claim).then((answer) => this.#settle(scopes, claim, answer))
    return this.#settle(scopes, claim, claimNow(this.#now ?? this.#dependencies.local, claim))
  }

  /** Keeps the slots of all requests in flight; happens by itself every limits.slotRenewMs. */
  renew(): void {
    this.#slots.renew()
  }

  #claimOf(scopes: readonly LimitScope[]): LimitClaim {
    const windows = scopes.length === 1 ? (scopes[0] as LimitScope).windows : scopes.flatMap((scope) => scope.windows)
    const slots: SlotLimit[] = []
    for (const { slots: limit } of scopes) if (limit !== undefined) slots.push({ key: limit.key, max: limit.max, leaseMs: bounds.slotLeaseMs })
    return { id: this.#idPrefix + (this.#count++).toString(36), windows, slots }
  }

  #settle(scopes: readonly LimitScope[], claim: LimitClaim, answer: LimitAnswer): LimitPlace {
    const states: RateLimitState[] = []
    let reached: { readonly scope: LimitScope; readonly window: ScopeWindow } | undefined
    let index = 0
    for (const scope of scopes) {
      for (const window of scope.windows) {
        const { remaining = 0, resetMs = 0 } = answer.windows[index++] ?? {}
        // How busy all others are is nobody's business.
        if (scope.owner !== 'global') states.push({ name: window.name, max: window.max, windowMs: window.windowMs, remaining, resetMs })
        if (!answer.isGranted && window.key === answer.key) reached = { scope, window }
      }
    }
    if (answer.isGranted) return { states, settle: nothing, release: claim.slots.length === 0 ? nothing : this.#slots.hold(claim) }
    const full = scopes.find(({ slots }) => slots?.key === answer.key)
    this.#dependencies.metrics.clientLimited(reached?.window.name ?? full?.slots?.name ?? '')
    if (reached !== undefined) throw rateLimitRefusal(reached.scope, reached.window, answer.retryAfterMs, states)
    if (full !== undefined) throw concurrencyRefusal(full, answer.retryAfterMs, states)
    throw new Error(`The store refused because of '${answer.key}', which was not asked for`)
  }
}

/** Of a request that was counted twice: by its address, then by who sent it. */
export function joinPlaces(first: LimitPlace, second: LimitPlace): LimitPlace {
  return {
    states: [...first.states, ...second.states],
    settle: (usage, costMicroUsd) => {
      first.settle(usage, costMicroUsd)
      second.settle(usage, costMicroUsd)
    },
    release: () => {
      first.release()
      second.release()
    },
  }
}

function nothing(): void {}
