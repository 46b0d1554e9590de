// Reserves what a request may take of its token limits and budgets, and settles what it took: never more than one request over (RL-08).
import { NO_USAGE, totalTokens, type TokenUsage } from '../domain/usage.ts'
import { GatewayError, type RateLimitState } from '../errors.ts'
import { limits as bounds } from '../limits.ts'
import type { AmountAnswer, AmountClaim, AmountState } from '../ports/amount-store.ts'
import { CacheUnavailableError } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { Random } from '../ports/random.ts'
import { StoreUnavailableError } from '../ports/store.ts'
import type { LimitPlace } from './request-limits.ts'
import type { SpendingCounts } from './spending-counts.ts'
import type { SpendingLedger } from './spending-ledger.ts'
import { type DatedMeter, dated, keyOf, lifeOf, limitOf, type SpendingMeter } from './spending-meters.ts'
import { spendingRefusal, unknownSpending } from './spending-refusal.ts'

/** What a request is reckoned to take, before anybody knows. */
export interface SpendingEstimate {
  readonly tokens: number
  /** undefined when the model has no known price: budgets in dollars then count nothing for it. */
  readonly costMicroUsd: number | undefined
}

export interface SpendingLimiterDependencies {
  readonly counts: SpendingCounts
  readonly ledger: SpendingLedger
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
}

/** How far a meter is used, for people. */
export interface SpendingState {
  /** Millionths of a dollar, or tokens. */
  readonly spent: number
  readonly reserved: number
  /** Epoch ms: end of the day or month, or when nothing counts any more that was spent in the window. */
  readonly resetsAtMs: number
}

/** Times that a request asks the database what was spent. */
const BEGINNINGS_MAX = 4

export class SpendingLimiter {
  readonly #dependencies: SpendingLimiterDependencies
  readonly #idPrefix: string
  /** By the name of the budget in its day or month. */
  readonly #beginnings = new Map<string, Promise<void>>()
  #count = 0

  constructor(dependencies: SpendingLimiterDependencies) {
    this.#dependencies = dependencies
    this.#idPrefix = dependencies.random.bytes(8).toString('hex')
    dependencies.ledger.onStored = (totals) => this.#raise(totals)
  }

  /**
   * Reserves in all meters, or in none. A plain value when the counts are in this process and known.
   * @throws GatewayError budget_exceeded, client_rate_limited, rate_limited (the promise rejects with them), degraded when nobody knows what was
   *   spent, overloaded when nothing can count
   */
  reserve(meters: readonly SpendingMeter[], estimate: SpendingEstimate): LimitPlace | Promise<LimitPlace> {
    const nowMs = this.#dependencies.clock.nowMs()
    const counted = meters.map((meter) => dated(meter, nowMs))
    const claim = this.#claimOf(counted, estimate, nowMs)
    try {
      const answer = this.#dependencies.counts.reserve(claim)
      return answer instanceof Promise ? this.#later(counted, claim, answer) : this.#settled(counted, claim, answer)
    } catch (error) {
      throw asOverload(error)
    }
  }

  /** What was spent in its window, day or month. @throws StoreUnavailableError when nobody knows */
  async look(meter: SpendingMeter): Promise<SpendingState> {
    const { counts, clock } = this.#dependencies
    const nowMs = clock.nowMs()
    const budget = dated(meter, nowMs)
    const claim = { id: 'look', limits: [limitOf(budget, 0, nowMs)], leaseMs: bounds.slotLeaseMs }
    let answer = await counts.look(claim)
    if (answer.kind === 'unknown') {
      await this.#begin([budget], answer.keys)
      answer = await counts.look(claim)
    }
    const { spent = 0, reserved = 0, resetMs = 0 } = answer.kind === 'unknown' ? {} : (answer.states[0] ?? {})
    return { spent, reserved, resetsAtMs: meter.windowMs === undefined ? budget.endsAtMs : nowMs + resetMs }
  }

  #claimOf(meters: readonly DatedMeter[], { tokens, costMicroUsd = 0 }: SpendingEstimate, nowMs: number): AmountClaim {
    const limits = meters.map((meter) => limitOf(meter, meter.unit === 'tokens' ? tokens : costMicroUsd, nowMs))
    return { id: this.#idPrefix + (this.#count++).toString(36), limits, leaseMs: bounds.slotLeaseMs }
  }

  async #later(meters: readonly DatedMeter[], claim: AmountClaim, asked: Promise<AmountAnswer>): Promise<LimitPlace> {
    return this.#settled(meters, claim, await asked)
  }

  #settled(meters: readonly DatedMeter[], claim: AmountClaim, answer: AmountAnswer): LimitPlace | Promise<LimitPlace> {
    if (answer.kind === 'unknown') return this.#reserveAgain(meters, claim, answer.keys)
    return this.#decide(meters, claim, answer)
  }

  async #reserveAgain(meters: readonly DatedMeter[], claim: AmountClaim, unknown: readonly string[]): Promise<LimitPlace> {
    const { counts } = this.#dependencies
    try {
      let keys = unknown
      // A store may lose it again between two questions, but hardly so often.
      for (let tries = 0; tries < BEGINNINGS_MAX; tries++) {
        await this.#begin(meters, keys)
        const answer = await counts.reserve(claim)
        if (answer.kind !== 'unknown') return this.#decide(meters, claim, answer)
        keys = answer.keys
      }
    } catch (error) {
      throw error instanceof StoreUnavailableError ? unknownSpending(error) : asOverload(error)
    }
    throw unknownSpending(undefined)
  }

  /** Takes what was spent from the database into the counts, once for all who ask at the same time. @throws StoreUnavailableError when nobody knows */
  async #begin(meters: readonly DatedMeter[], keys: readonly string[]): Promise<void> {
    await Promise.all(
      meters
        .filter(({ datedId }) => keys.includes(keyOf(datedId)))
        .map((meter) => {
          let beginning = this.#beginnings.get(meter.datedId)
          if (beginning === undefined) {
            beginning = this.#beginOne(meter).finally(() => this.#beginnings.delete(meter.datedId))
            this.#beginnings.set(meter.datedId, beginning)
          }
          return beginning
        }),
    )
  }

  async #beginOne(meter: DatedMeter): Promise<void> {
    const { ledger, counts, clock } = this.#dependencies
    const key = keyOf(meter.datedId)
    const { lifeMs } = limitOf(meter, 0, clock.nowMs())
    try {
      const totals = await ledger.totals([meter.datedId])
      await counts.raise(key, totals.get(meter.datedId) ?? 0, lifeMs)
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || !counts.trustMemory(key, lifeMs)) throw error
    }
  }

  #decide(meters: readonly DatedMeter[], claim: AmountClaim, answer: Exclude<AmountAnswer, { kind: 'unknown' }>): LimitPlace {
    const { clock, metrics, ledger, counts } = this.#dependencies
    const states = renderStates(meters, answer.states)
    if (answer.kind === 'granted') {
      if (!ledger.isFull) return this.#placeOf(meters, claim, states)
      counts.settle(claim, [])
      throw new GatewayError('overloaded', 'The gateway cannot keep count of more budgets.', { retryAfterMs: 1_000 })
    }
    const meter = meters[answer.index] as DatedMeter
    metrics.clientLimited(meter.name)
    const [state, amount] = [answer.states[answer.index] as AmountState, claim.limits[answer.index]?.amount ?? 0]
    throw spendingRefusal({ meter, state, amount, retryAfterMs: answer.retryAfterMs, nowMs: clock.nowMs(), states })
  }

  #placeOf(meters: readonly DatedMeter[], claim: AmountClaim, states: readonly RateLimitState[]): LimitPlace {
    let isOver = false
    const settle = (usage: TokenUsage | undefined, costMicroUsd: number | undefined): void => {
      if (isOver) return
      isOver = true
      const tokens = whole(totalTokens(usage ?? NO_USAGE))
      const taken = meters.map(({ unit }) => (unit === 'tokens' ? tokens : whole(costMicroUsd ?? 0)))
      this.#dependencies.counts.settle(claim, taken)
      for (const [index, { windowMs, datedId: id, endsAtMs }] of meters.entries()) {
        const amount = taken[index] ?? 0
        if (windowMs === undefined && amount > 0) this.#dependencies.ledger.add({ id, amount, endsAtMs })
      }
    }
    return { states, settle, release: () => settle(undefined, undefined) }
  }

  #raise(totals: ReadonlyMap<string, number>): void {
    const { counts, clock } = this.#dependencies
    for (const [id, spent] of totals) void counts.raise(keyOf(id), spent, lifeOf(id, clock.nowMs()))
  }
}

/** Whatever a vendor says it counted, it never gives anything back. */
function whole(amount: number): number {
  return Number.isFinite(amount) && amount > 0 ? Math.ceil(amount) : 0
}

/** Only what belongs to a window of tokens: money has no place in RateLimit headers. */
function renderStates(meters: readonly DatedMeter[], states: readonly AmountState[]): RateLimitState[] {
  return meters.flatMap(({ name, max, windowMs }, index) => {
    const { spent = 0, reserved = 0, resetMs = 0 } = states[index] ?? {}
    return windowMs === undefined ? [] : [{ name, max, windowMs, remaining: Math.max(0, max - spent - reserved), resetMs, unit: 'tokens' as const }]
  })
}

function asOverload(error: unknown): unknown {
  if (!(error instanceof CacheUnavailableError)) return error
  return new GatewayError('overloaded', 'The gateway cannot count more tokens and money.', { retryAfterMs: 1_000, cause: error })
}
