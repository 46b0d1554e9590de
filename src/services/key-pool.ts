// All keys of one upstream while the gateway runs: whose turn it is, who rests, who is tried again.
import type { Verdict } from '../domain/outcome.ts'
import { restMs } from '../domain/cooldown.ts'
import type { KeyState, KeyStatus } from '../domain/upstream-key.ts'
import type { GatewayError } from '../errors.ts'
import type { LeaseExplanation } from '../ports/live.ts'
import { type Change, judge, type PoolView } from './key-health.ts'
import type { KeyPoolDependencies } from './key-pool-dependencies.ts'
import { PoolKey, type PoolKeySpec } from './pool-key.ts'
import { explainLease } from './lease-explainer.ts'
import { countByState, exhaustedError } from './pool-report.ts'
import type { PoolTier } from './pool-tier.ts'
import { PoolParts } from './pool-parts.ts'
import type { PoolTiers } from './pool-tiers.ts'
import { RejectionWatch } from './rejection-watch.ts'
import { SharedLease } from './shared-lease.ts'
import { WakeQueue } from './wake-queue.ts'

interface Wake {
  readonly key: PoolKey
  /** A wake-up is void once the key was changed after it was set. */
  readonly atMs: number
}

export class KeyPool {
  readonly id: string
  /** Name of the upstream in messages and metrics; a person may change it. */
  slug: string
  readonly #dependencies: KeyPoolDependencies
  #keys = new Map<string, PoolKey>()
  readonly #parts: PoolParts
  readonly #sharedLease: SharedLease
  #wakes = new WakeQueue<Wake>()
  readonly #rejections = new RejectionWatch()
  readonly #failing = new Set<PoolKey>()
  readonly #view: PoolView

  constructor(id: string, slug: string, dependencies: KeyPoolDependencies) {
    this.id = id
    this.slug = slug
    this.#dependencies = dependencies
    this.#parts = new PoolParts(id)
    this.#sharedLease = new SharedLease(dependencies)
    const size = (): number => this.#keys.size
    const failing = this.#failing
    this.#view = {
      get size() {
        return size()
      },
      get failing() {
        return failing.size
      },
      isUpstreamWide: (key, reason) => this.#rejections.rejected(key.id, reason, dependencies.clock.monotonicMs()),
      fraction: () => dependencies.random.fraction(),
    }
  }

  get keys(): ReadonlyMap<string, PoolKey> {
    return this.#keys
  }

  /**
   * Takes over the stored keys, ordered by id. A key that is already known keeps what happened to it here, unless
   * the stored state is newer (a person changed it, or another process) or a person switched it off.
   */
  update(specs: readonly PoolKeySpec[]): void {
    const before = this.#keys
    // Pools have up to 100,000 keys, and no request is served meanwhile: each step here is one look-up per key at most.
    const after = new Map<string, PoolKey>()
    for (const spec of specs) {
      const known = before.get(spec.id)
      const key = known ?? new PoolKey(spec)
      key.spec = spec
      if (known === undefined) this.#setAlarm(key, restMs(spec.status, this.#dependencies.clock.nowMs()))
      else if (isNews(spec.status, known)) this.#takeOver(known, spec.status)
      after.set(spec.id, key)
    }
    this.#keys = after
    for (const key of this.#failing) if (after.get(key.id) !== key) this.#failing.delete(key)
    this.#parts.rebuild([...after.values()])
    this.#wakes = new WakeQueue()
    for (const key of after.values()) if (key.state === 'probing' || key.wakeAtMonotonicMs !== Infinity) this.#place(key)
  }

  /**
   * The key whose turn it is.
   * @param tried keys this exchange has used already: each is used at most once
   * @param nowMs monotonic
   * @param mayProbe the request could be sent again with another key, so it may try one whose rest is just over
   * @param tag only keys that carry it; undefined = all
   * @throws GatewayError key_pool_cooling_down or no_active_keys
   */
  lease(tried: readonly PoolKey[], mayProbe: boolean, nowMs: number = this.#dependencies.clock.monotonicMs(), tag?: string): PoolKey | Promise<PoolKey> {
    this.#wake(nowMs)
    const { turns, peers } = this.#dependencies
    const tiers = tag === undefined ? this.#parts.whole : this.#parts.tagged(tag)
    const { list } = tiers
    for (let index = 0; index < list.length; index++) {
      const tier = list[index] as PoolTier
      const probe = mayProbe && tier.probing.size > 0 ? tier.findProbe(tried, nowMs) : undefined
      if (probe !== undefined) return peers === undefined ? probe.use(nowMs) : this.#leaseLater(tiers, index, undefined, tried, mayProbe, tag)
      if (tier.readyCount === 0) continue
      const turn = turns.next(tier)
      if (typeof turn !== 'number' || peers !== undefined) return this.#leaseLater(tiers, index, turn, tried, mayProbe, tag)
      const key = tier.keyAt(turn, (candidate) => candidate.hasCapacity(nowMs) && !tried.includes(candidate))
      if (key !== undefined) return key.use(nowMs)
    }
    const key = tiers.findWithoutReady(tried, nowMs)
    if (key === undefined) throw this.exhaustedError(tag)
    return peers !== undefined && key.hasLimits ? this.#leaseLater(tiers, list.length, undefined, tried, mayProbe, tag) : key.use(nowMs)
  }

  /** @param turn the turn that was taken in the tier at `from`; undefined when none was */
  async #leaseLater(
    tiers: PoolTiers,
    from: number,
    turn: number | Promise<number> | undefined,
    tried: readonly PoolKey[],
    mayProbe: boolean,
    tag: string | undefined,
  ): Promise<PoolKey> {
    const key = await this.#sharedLease.lease(tiers, from, turn, tried, mayProbe)
    if (key === undefined) throw this.exhaustedError(tag)
    return key
  }

  /** Leases this very key, whatever its state: for a test that a person asked for. Settle it like any other. */
  leaseForProbe(key: PoolKey): void {
    key.use(this.#dependencies.clock.monotonicMs())
  }

  /**
   * Ends a lease. Every leased key must be settled exactly once.
   * @param epoch the key's when it was leased: what was sent before a rest neither ends the rest nor the probe after it
   */
  settle(key: PoolKey, verdict: Verdict, epoch: number = key.epoch): void {
    if (key.inFlight > 0) key.inFlight--
    this.#learn(key, verdict, epoch)
    if (key.hasLimits) this.#dependencies.peers?.useEnded(key)
  }

  /** An answer of this key consumed so many tokens. */
  countTokens(key: PoolKey, tokens: number): void {
    if (key.spec.limits.tpm === undefined || tokens <= 0) return
    key.countTokens(tokens, this.#dependencies.clock.monotonicMs())
    this.#dependencies.peers?.tokensUsed(key, tokens)
  }

  /** The vendor does the work, and the lease goes on: settle it when the work is over. @param epoch as for settle */
  confirm(key: PoolKey, epoch: number): void {
    this.#learn(key, { outcome: 'served', reason: 'served' }, epoch)
  }

  #learn(key: PoolKey, verdict: Verdict, epoch: number): void {
    if (epoch === key.epoch) key.probeInFlight = false
    const { clock, peers } = this.#dependencies
    key.lastUsedAtMs = clock.nowMs()
    if (verdict.outcome === 'served') this.#rejections.served(clock.monotonicMs())
    if (this.#keys.get(key.id) !== key || key.state === 'disabled') return
    const change = judge(key, verdict, this.#view)
    if (change === undefined || (change.to === 'ready' && epoch !== key.epoch)) {
      if (key.state === 'probing' && epoch === key.epoch) peers?.probeEnded(key)
      return
    }
    // An answer to a request that was sent before the key went to rest must not shorten its rest.
    if (change.to === 'cooling' && key.state === 'cooling' && (key.untilMs ?? 0) >= clock.nowMs() + (change.forMs ?? 0)) return
    if (key.state === 'parked' && change.to !== 'ready' && change.to !== 'parked') return
    this.#change(key, change, verdict.outcome)
  }

  /** The state in force, seen from now: a rest that is over shows as probing even before the next request wakes it. */
  stateOf(key: PoolKey): KeyState {
    this.#wake(this.#dependencies.clock.monotonicMs())
    return key.state
  }

  /** Keys that could serve now, limits of their own aside; of those whose rest is over only one is to be tried. */
  get usableCount(): number {
    this.#wake(this.#dependencies.clock.monotonicMs())
    return this.#parts.whole.list.reduce((sum, { readyCount, probing }) => sum + readyCount + (probing.size > 0 ? 1 : 0), 0)
  }

  countByState(): Record<KeyState, number> {
    this.#wake(this.#dependencies.clock.monotonicMs())
    return countByState(this.#keys.values())
  }

  /** What to tell a client when no key can be used. @param tag as for lease */
  exhaustedError(tag?: string): GatewayError {
    const nowMs = this.#dependencies.clock.monotonicMs()
    this.#wake(nowMs)
    return exhaustedError(this.slug, tag === undefined ? this.#keys.values() : this.#parts.keysTagged(tag), nowMs, tag)
  }

  /** Which key the next request would use, and why; takes no turn. @param tag as for lease */
  explain(tag?: string): Promise<LeaseExplanation> {
    const nowMs = this.#dependencies.clock.monotonicMs()
    this.#wake(nowMs)
    const { turns } = this.#dependencies
    const tiers = tag === undefined ? this.#parts.whole : this.#parts.tagged(tag)
    return explainLease({ keys: this.#keys, tiers, tag, turns, exhausted: () => this.exhaustedError(tag).message }, nowMs)
  }

  /** Takes over what another process found out, if it is news here. False when it is not. @param forMs how long it lasts from now on */
  hear(keyId: string, status: KeyStatus, forMs: number | undefined): boolean {
    const key = this.#keys.get(keyId)
    if (key === undefined || !isNews(status, key)) return false
    this.#takeOver(key, status, forMs)
    this.#place(key)
    return true
  }

  #wake(nowMs: number): void {
    if (this.#wakes.nextAtMs > nowMs) return
    for (let wake = this.#wakes.takeDue(nowMs); wake !== undefined; wake = this.#wakes.takeDue(nowMs)) {
      const { key } = wake
      if (key.wakeAtMonotonicMs !== wake.atMs || this.#keys.get(key.id) !== key) continue
      this.#change(key, { to: 'probing', reason: key.reason, forMs: undefined }, 'rested')
    }
  }

  #change(key: PoolKey, change: Change, outcome: string): void {
    const { clock, onTransition } = this.#dependencies
    const from = key.state
    const nowMs = clock.nowMs()
    key.state = change.to
    key.reason = change.reason
    key.epoch++
    key.probeInFlight = false
    key.probeDeniedUntilMs = -Infinity
    // The end of a rest is no news: what any process finds out after its beginning must win over it.
    if (change.to !== 'probing') key.changedAtMs = Math.max(nowMs, key.changedAtMs + 1)
    key.untilMs = change.forMs === undefined ? undefined : nowMs + change.forMs
    key.wakeAtMonotonicMs = change.forMs === undefined ? Infinity : clock.monotonicMs() + change.forMs
    if (outcome === 'upstream_failed' && change.to === 'cooling') this.#failing.add(key)
    else if (change.to !== 'probing') this.#failing.delete(key)
    this.#place(key)
    onTransition({ poolId: this.id, slug: this.slug, key, from, outcome, atMs: nowMs })
  }

  #takeOver(key: PoolKey, status: KeyStatus, forMs: number | undefined = restMs(status, this.#dependencies.clock.nowMs())): void {
    key.state = status.state
    key.reason = status.reason
    key.changedAtMs = status.changedAtMs
    key.epoch++
    key.probeInFlight = false
    key.probeDeniedUntilMs = -Infinity
    key.rateLimitStreak = key.rejectionStreak = key.failureStreak = 0
    this.#failing.delete(key)
    this.#setAlarm(key, forMs)
  }

  /** From a time of day to the monotonic clock: done once per state, so that a wall clock that is set later changes no rest. */
  #setAlarm(key: PoolKey, forMs: number | undefined): void {
    const { clock } = this.#dependencies
    key.untilMs = forMs === undefined ? undefined : clock.nowMs() + forMs
    key.wakeAtMonotonicMs = forMs === undefined ? Infinity : clock.monotonicMs() + forMs
  }

  /** Puts a key where its state belongs: among the probing ones, and into the wake queue. */
  #place(key: PoolKey): void {
    this.#parts.place(key)
    if (key.wakeAtMonotonicMs !== Infinity) this.#wakes.add(key.wakeAtMonotonicMs, { key, atMs: key.wakeAtMonotonicMs })
  }
}

/** Newer wins; a person's switching off always does. */
function isNews(status: KeyStatus, key: PoolKey): boolean {
  return status.changedAtMs > key.changedAtMs || (status.state === 'disabled' && key.state !== 'disabled')
}
