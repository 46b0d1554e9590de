// All keys of one upstream while the gateway runs: whose turn it is, who rests, who is tried again.
import type { Verdict } from '../domain/outcome.ts'
import { restMs } from '../domain/cooldown.ts'
import type { KeyState, KeyStatus } from '../domain/upstream-key.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { type Change, judge, type PoolView } from './key-health.ts'
import { PoolKey, type PoolKeySpec } from './pool-key.ts'
import { PoolTier } from './pool-tier.ts'
import { RejectionWatch } from './rejection-watch.ts'
import type { TurnCounter } from './turn-counter.ts'
import { WakeQueue } from './wake-queue.ts'

export interface KeyTransition {
  readonly poolId: string
  readonly slug: string
  readonly key: PoolKey
  readonly from: KeyState
  readonly outcome: string
  /** Epoch ms. */
  readonly atMs: number
}

/** The other processes that use the same keys. */
export interface KeyPeers {
  /** Whether this process may try a key whose rest is over. Never rejects. */
  mayProbe(key: PoolKey): Promise<boolean>
  /** Counts the latest use of a key that has limits for all processes, or takes it back when they have reached one. Never rejects. */
  claimUse(key: PoolKey): Promise<boolean>
  /** The probe of a key ended and told nothing: somebody else may try. */
  probeEnded(key: PoolKey): void
  /** A lease of a key that has limits ended: `key.inFlight` says how many are left. */
  useEnded(key: PoolKey): void
}

export interface KeyPoolDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly turns: TurnCounter
  /** Called after a key changed its state by itself (not when a stored state is taken over). Must not throw. */
  readonly onTransition: (transition: KeyTransition) => void
  /** undefined: this process is alone. */
  readonly peers?: KeyPeers | undefined
}

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
  #tiers: PoolTier[] = []
  #tierOf = new Map<number, PoolTier>()
  #wakes = new WakeQueue<Wake>()
  readonly #rejections = new RejectionWatch()
  readonly #failing = new Set<PoolKey>()
  readonly #view: PoolView

  constructor(id: string, slug: string, dependencies: KeyPoolDependencies) {
    this.id = id
    this.slug = slug
    this.#dependencies = dependencies
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
    this.#rebuild()
  }

  /**
   * The key whose turn it is.
   * @param tried keys this exchange has used already: each is used at most once
   * @param nowMs monotonic
   * @param mayProbe the request could be sent again with another key, so it may try one whose rest is just over
   * @throws GatewayError key_pool_cooling_down or no_active_keys
   */
  lease(tried: readonly PoolKey[], mayProbe: boolean, nowMs: number = this.#dependencies.clock.monotonicMs()): PoolKey | Promise<PoolKey> {
    this.#wake(nowMs)
    const { turns, peers } = this.#dependencies
    for (let index = 0; index < this.#tiers.length; index++) {
      const tier = this.#tiers[index] as PoolTier
      const probe = mayProbe && tier.probing.size > 0 ? this.#findProbe(tier, tried, nowMs) : undefined
      if (probe !== undefined) return peers === undefined ? this.#use(probe, nowMs) : this.#leaseLater(index, undefined, tried, mayProbe)
      if (tier.readyCount === 0) continue
      const turn = turns.next(tier)
      if (typeof turn !== 'number' || peers !== undefined) return this.#leaseLater(index, turn, tried, mayProbe)
      const key = tier.keyAt(turn, (candidate) => candidate.hasCapacity(nowMs) && !tried.includes(candidate))
      if (key !== undefined) return this.#use(key, nowMs)
    }
    const key = this.#findWithoutReady(tried, nowMs)
    if (key === undefined) throw this.exhaustedError()
    return peers !== undefined && key.hasLimits ? this.#leaseLater(this.#tiers.length, undefined, tried, mayProbe) : this.#use(key, nowMs)
  }

  /** Leases this very key, whatever its state: for a test that a person asked for. Settle it like any other. */
  leaseForProbe(key: PoolKey): void {
    this.#use(key, this.#dependencies.clock.monotonicMs())
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

  countByState(): Record<KeyState, number> {
    this.#wake(this.#dependencies.clock.monotonicMs())
    const counts: Record<KeyState, number> = { ready: 0, cooling: 0, probing: 0, parked: 0, disabled: 0 }
    for (const key of this.#keys.values()) counts[key.state]++
    return counts
  }

  /** What to tell a client when no key can be used. */
  exhaustedError(): GatewayError {
    const counts = this.countByState()
    const nowMs = this.#dependencies.clock.monotonicMs()
    let soonestMs = Infinity
    for (const key of this.#keys.values()) {
      if (key.state === 'cooling') soonestMs = Math.min(soonestMs, key.wakeAtMonotonicMs - nowMs)
      else if (key.state === 'ready') soonestMs = Math.min(soonestMs, key.capacityInMs(nowMs))
      else if (key.state === 'probing') soonestMs = Math.min(soonestMs, 1_000)
    }
    const total = this.#keys.size
    const states = (Object.keys(counts) as KeyState[]).filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`)
    if (soonestMs === Infinity) {
      const what = total === 0 ? `The pool of '${this.slug}' has no keys.` : `None of the ${total} keys of '${this.slug}' can be used (${states.join(', ')}).`
      return new GatewayError('no_active_keys', `${what} Add or revive a key in the gateway's management page.`, { shouldRetry: false })
    }
    const seconds = Math.max(1, Math.ceil(soonestMs / 1000))
    return new GatewayError(
      'key_pool_cooling_down',
      `No key of '${this.slug}' can be used now (${states.join(', ')} of ${total}); the next one is ready in ${seconds} s. The vendor's limits are reached, not the gateway's.`,
      { retryAfterMs: seconds * 1000, shouldRetry: seconds <= 10 },
    )
  }

  /** Takes over what another process found out, if it is news here. False when it is not. @param forMs how long it lasts from now on */
  hear(keyId: string, status: KeyStatus, forMs: number | undefined): boolean {
    const key = this.#keys.get(keyId)
    if (key === undefined || !isNews(status, key)) return false
    this.#takeOver(key, status, forMs)
    this.#place(key)
    return true
  }

  #use(key: PoolKey, nowMonotonicMs: number): PoolKey {
    if (key.state !== 'ready') key.probeInFlight = true
    key.countUse(nowMonotonicMs)
    return key
  }

  /**
   * The same as lease, for what others have to be asked about. Meanwhile anything may change: each step looks anew.
   * @param turn the turn that was taken in the tier at `from`; undefined when none was
   */
  async #leaseLater(from: number, turn: number | Promise<number> | undefined, tried: readonly PoolKey[], mayProbe: boolean): Promise<PoolKey> {
    const { clock, turns } = this.#dependencies
    let taken = turn
    for (let index = from; index < this.#tiers.length; index++) {
      let place = taken === undefined ? undefined : await taken
      taken = undefined
      let tier = this.#tiers[index]
      if (place === undefined && tier !== undefined) {
        const probe = mayProbe ? await this.#claimProbe(tier, tried) : undefined
        if (probe !== undefined) return probe
        tier = this.#tiers[index]
        if (tier === undefined || tier.readyCount === 0) continue
        place = await turns.next(tier)
      }
      for (;;) {
        const nowMs = clock.monotonicMs()
        const key = this.#tiers[index]?.keyAt(place as number, (candidate) => candidate.hasCapacity(nowMs) && !tried.includes(candidate))
        if (key === undefined) break
        if (await this.#claimUse(key)) return key
      }
    }
    for (;;) {
      const key = this.#findWithoutReady(tried, clock.monotonicMs())
      if (key === undefined) throw this.exhaustedError()
      if (await this.#claimUse(key)) return key
    }
  }

  /** A key whose rest is over and that nobody tries at the moment. */
  #findProbe(tier: PoolTier, tried: readonly PoolKey[], nowMs: number): PoolKey | undefined {
    for (const key of tier.probing) {
      if (!key.probeInFlight && nowMs >= key.probeDeniedUntilMs && !tried.includes(key) && key.hasCapacity(nowMs)) return key
    }
    return undefined
  }

  async #claimProbe(tier: PoolTier, tried: readonly PoolKey[]): Promise<PoolKey | undefined> {
    const { clock, peers } = this.#dependencies
    const key = this.#findProbe(tier, tried, clock.monotonicMs())
    if (key === undefined) return undefined
    const { epoch } = key
    // Whoever comes meanwhile takes a ready key instead of asking as well.
    key.probeInFlight = true
    const isMine = (await peers?.mayProbe(key)) !== false
    if (key.epoch !== epoch) return undefined
    key.probeInFlight = false
    if (isMine && (await this.#claimUse(key))) return key
    key.probeDeniedUntilMs = clock.monotonicMs() + limits.probeAskAgainMs
    return undefined
  }

  /** Leases the key unless a limit that it shares with other processes is reached. False also when it left its state meanwhile. */
  async #claimUse(key: PoolKey): Promise<boolean> {
    const { clock, peers } = this.#dependencies
    if (peers === undefined || !key.hasLimits) {
      this.#use(key, clock.monotonicMs())
      return true
    }
    const { epoch } = key
    // Counted before the answer comes, so that this process keeps to the limits whatever the others say.
    this.#use(key, clock.monotonicMs())
    const isGranted = await peers.claimUse(key)
    if (isGranted && key.epoch === epoch) return true
    if (isGranted) key.discountUse()
    if (key.epoch === epoch) key.probeInFlight = false
    peers.useEnded(key)
    // Whoever comes next must not ask the same again at once.
    key.fullUntilMs = Math.max(key.fullUntilMs, clock.monotonicMs() + limits.keyFullAskAgainMs)
    return false
  }

  /** With nothing ready, a key whose rest is over serves every request: holding them back would only add an outage. */
  #findWithoutReady(tried: readonly PoolKey[], nowMs: number): PoolKey | undefined {
    for (const tier of this.#tiers) {
      let best: PoolKey | undefined
      for (const key of tier.keys) {
        if (key.state !== 'probing' && key.state !== 'ready') continue
        if (tried.includes(key) || !key.hasCapacity(nowMs)) continue
        if (best === undefined || key.inFlight < best.inFlight) best = key
      }
      if (best !== undefined) return best
    }
    return undefined
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
    const tier = this.#tierOf.get(key.spec.tier)
    if (tier === undefined) return
    tier.invalidate()
    if (key.state === 'probing') tier.probing.add(key)
    else tier.probing.delete(key)
    if (key.wakeAtMonotonicMs !== Infinity) this.#wakes.add(key.wakeAtMonotonicMs, { key, atMs: key.wakeAtMonotonicMs })
  }

  #rebuild(): void {
    const byTier = new Map<number, PoolKey[]>()
    for (const key of this.#keys.values()) {
      const keys = byTier.get(key.spec.tier)
      if (keys === undefined) byTier.set(key.spec.tier, [key])
      else keys.push(key)
    }
    this.#tierOf = new Map([...byTier].map(([tier, keys]) => [tier, new PoolTier(this.id, tier, keys)]))
    this.#tiers = [...this.#tierOf.values()].sort((a, b) => a.tier - b.tier)
    this.#wakes = new WakeQueue()
    for (const key of this.#keys.values()) if (key.state === 'probing' || key.wakeAtMonotonicMs !== Infinity) this.#place(key)
  }
}

/** Newer wins; a person's switching off always does. */
function isNews(status: KeyStatus, key: PoolKey): boolean {
  return status.changedAtMs > key.changedAtMs || (status.state === 'disabled' && key.state !== 'disabled')
}
