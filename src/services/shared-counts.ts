// Amounts in the store that all replicas share; while that is out of reach, this process grants its part of the rest, and tells the store when it is back.
import { limits } from '../limits.ts'
import type { AmountAnswer, AmountClaim, AmountLimit, AmountStore, SynchronousAmounts } from '../ports/amount-store.ts'
import { type Cache, CacheUnavailableError } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailableError } from '../ports/store.ts'
import { HeldReservations } from './held-reservations.ts'
import { ignoringAbsence, kept, type SpendingCounts, spentIn } from './spending-counts.ts'
import type { SpendingLedger } from './spending-ledger.ts'
import { idOf, lifeOf } from './spending-meters.ts'
import { UntoldAmounts } from './untold-amounts.ts'

export interface SharedCountsDependencies {
  readonly cache: Pick<Cache, 'ping'>
  readonly store: AmountStore
  /** What this process knows: totals of budgets, and its own part of windows. */
  readonly local: AmountStore & SynchronousAmounts
  readonly clock: Clock
  readonly replicaCount: () => number
  readonly ledger: Pick<SpendingLedger, 'totals'>
}

/** ms between two renewals because of budgets that the store does not know: on the first of a month these are many. */
const RENEW_GAP_MS = 1_000

export class SharedCounts implements SpendingCounts {
  readonly #dependencies: SharedCountsDependencies
  readonly #held: HeldReservations
  /** What all replicas together had spent of a budget when that was last heard. */
  readonly #known = new Map<string, number>()
  /** The same at the beginning of an outage, for budgets that were used in it: of what was left then each replica may spend its part. */
  readonly #bases = new Map<string, number>()
  readonly #untold: UntoldAmounts
  readonly #release = new WeakMap<AmountClaim, () => void>()
  #isReconciling = false
  #renewedAtMs = -Infinity
  #timer: NodeJS.Timeout | undefined

  constructor(dependencies: SharedCountsDependencies) {
    this.#dependencies = dependencies
    this.#untold = new UntoldAmounts(dependencies.clock)
    this.#held = new HeldReservations((claims) => void dependencies.store.renew(claims).catch(ignore))
  }

  get isGone(): boolean {
    return this.#timer !== undefined
  }

  async reserve(claim: AmountClaim): Promise<AmountAnswer> {
    const { store } = this.#dependencies
    if (this.isGone) return this.#reserveShare(claim)
    try {
      const answer = await store.reserve(claim)
      if (answer.kind !== 'unknown') this.#learn(claim, answer)
      else this.#renewSoon()
      return answer
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
    }
    this.#lost()
    const answer = this.#reserveShare(claim)
    // The store may have carried it out although its answer was lost; a lease ends by itself, this ends it sooner.
    if (answer.kind !== 'granted') store.settle(claim, []).catch(ignore)
    return answer
  }

  async look(claim: AmountClaim): Promise<AmountAnswer> {
    const { store, local } = this.#dependencies
    if (this.isGone) return local.look(claim)
    return store.look(claim).catch((error: unknown) => {
      if (error instanceof CacheUnavailableError) return local.look(claim)
      throw error
    })
  }

  settle(claim: AmountClaim, taken: readonly number[]): void {
    const { store, local } = this.#dependencies
    ignoringAbsence(() => local.settleNow(claim, taken))
    this.#release.get(claim)?.()
    this.#release.delete(claim)
    if (this.isGone) return this.#untold.remember(claim, taken)
    store.settle(claim, taken).catch((error: unknown) => {
      if (!(error instanceof CacheUnavailableError)) throw error
      this.#lost()
      this.#untold.remember(claim, taken)
    })
  }

  async raise(key: string, spent: number, lifeMs: number): Promise<void> {
    if (!this.isGone) {
      this.#learnTotal(key, spent, lifeMs)
      return this.#dependencies.store.raise(key, spent, lifeMs).catch(() => this.#lost())
    }
    // What others spend in an outage is of their part.
    if (!this.#bases.has(key)) this.#beginPart(key, Math.max(spent, this.#known.get(key) ?? 0), lifeMs)
  }

  trustMemory(key: string, lifeMs: number): boolean {
    const known = this.#known.get(key)
    if (!this.isGone || known === undefined) return false
    this.#beginPart(key, known, lifeMs)
    return true
  }

  #beginPart(key: string, spent: number, lifeMs: number): void {
    ignoringAbsence(() => this.#dependencies.local.raiseNow(key, spent, lifeMs))
    this.#bases.set(key, spent)
  }

  /** A store that does not know a budget may have lost everything: what is in flight must count again. */
  #renewSoon(): void {
    const nowMs = this.#dependencies.clock.monotonicMs()
    if (nowMs - this.#renewedAtMs < RENEW_GAP_MS) return
    this.#renewedAtMs = nowMs
    this.#held.renew()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #learn(claim: AmountClaim, answer: Exclude<AmountAnswer, { kind: 'unknown' }>): void {
    for (const [index, { key, windowMs, lifeMs }] of claim.limits.entries()) {
      if (windowMs === undefined) this.#learnTotal(key, answer.states[index]?.spent ?? 0, lifeMs)
    }
    if (answer.kind !== 'granted') return
    ignoringAbsence(() => this.#dependencies.local.adoptNow(kept(claim)))
    this.#release.set(claim, this.#held.hold(claim))
  }

  #learnTotal(key: string, spent: number, lifeMs: number): void {
    ignoringAbsence(() => this.#dependencies.local.raiseNow(key, spent, lifeMs))
    this.#known.delete(key)
    this.#known.set(key, spent)
    if (this.#known.size > limits.amountCountsMax) this.#known.delete(this.#known.keys().next().value as string)
  }

  #reserveShare(claim: AmountClaim): AmountAnswer {
    const unknown = claim.limits.filter(({ key, windowMs }) => windowMs === undefined && !this.#bases.has(key))
    if (unknown.length > 0) return { kind: 'unknown', keys: unknown.map(({ key }) => key) }
    const answer = this.#dependencies.local.reserveNow({ ...kept(claim), limits: claim.limits.map((limit) => this.#shareOf(limit)) })
    if (answer.kind === 'granted') this.#release.set(claim, this.#held.hold(claim))
    return answer
  }

  #shareOf(limit: AmountLimit): AmountLimit {
    const replicas = Math.max(1, this.#dependencies.replicaCount())
    const base = limit.windowMs === undefined ? Math.min(limit.max, this.#bases.get(limit.key) ?? 0) : 0
    return { ...limit, max: base + Math.ceil((limit.max - base) / replicas) }
  }

  #lost(): void {
    if (!this.isGone) this.#bases.clear()
    this.#timer ??= setInterval(() => void this.#reconcile(), limits.spendingRetryMs).unref()
  }

  /** Tells a store that is back what was taken without it and who is still running; only then it is asked again. */
  async #reconcile(): Promise<void> {
    if (this.#isReconciling) return
    this.#isReconciling = true
    try {
      await this.#dependencies.cache.ping()
      await this.#tellAll()
      await this.#dependencies.store.renew(this.#held.claims)
      clearInterval(this.#timer)
      this.#timer = undefined
      // What was taken meanwhile.
      await this.#tellAll()
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error
      this.#lost()
    } finally {
      this.#isReconciling = false
    }
  }

  #tellAll(): Promise<void> {
    return this.#untold.tell(
      (amounts) => this.#dependencies.store.add(amounts),
      (budgets) => this.#raiseAll(budgets),
    )
  }

  /** What was spent of budgets without the store: as the database has it, or while that is away too, as this process knows it. */
  async #raiseAll(keys: readonly string[]): Promise<void> {
    const { store, local, ledger, clock } = this.#dependencies
    const totals = await ledger.totals(keys.map(idOf)).catch((error: unknown) => {
      if (error instanceof StoreUnavailableError) return undefined
      throw error
    })
    for (const key of keys) {
      const lifeMs = lifeOf(idOf(key), clock.nowMs())
      const spent = totals?.get(idOf(key)) ?? (await spentIn(local, key, lifeMs))
      this.#learnTotal(key, spent, lifeMs)
      await store.raise(key, spent, lifeMs)
    }
  }
}

function ignore(): void {}
