// Every target that is chosen or watched, by its owner and its URL: what is known about it lives as long as the URL is configured.
import { type Balancing, breakerInForce, type CircuitBreakerPolicy, isBalanced } from '../domain/balancing.ts'
import { type BreakerState, CircuitBreaker } from '../domain/circuit-breaker.ts'
import { TargetHealth } from '../domain/target-health.ts'
import type { LiveFeed } from '../domain/live-event.ts'
import type { Clock } from '../ports/clock.ts'
import type { LiveTargets, TargetSetView, TargetView } from '../ports/live.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { breakerNews, targetHealthNews } from './live/live-news.ts'
import { TargetBalancer, type TargetTurns } from './target-balancer.ts'
import { TargetState } from './target-state.ts'

export type TargetOwnerKind = TargetSetView['kind']

/** An upstream, or a route that forwards by itself. */
export interface TargetOwner extends Balancing {
  readonly id: string
  /** For messages and metrics: the slug of an upstream. */
  readonly slug: string
}

export interface TargetRegistryDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly feed?: LiveFeed | undefined
}

interface TargetSet {
  readonly kind: TargetOwnerKind
  slug: string
  readonly id: string
  readonly states: Map<string, TargetState>
  readonly turns: TargetTurns
  balancer: TargetBalancer
}

const BREAKER_EVENTS: Readonly<Record<BreakerState, readonly [event: string, words: string]>> = {
  open: ['breaker.opened', 'keeps failing and is left out'],
  half_open: ['breaker.half_opened', 'is tried again'],
  closed: ['breaker.closed', 'works again'],
}

export class TargetRegistry implements LiveTargets {
  readonly #dependencies: TargetRegistryDependencies
  readonly #sets = new Map<string, TargetSet>()

  constructor(dependencies: TargetRegistryDependencies) {
    this.#dependencies = dependencies
  }

  /** Call it when the owner's configuration is new. undefined: there is one target, and nothing to choose or watch. */
  balancerOf(kind: TargetOwnerKind, owner: TargetOwner): TargetBalancer | undefined {
    const name = `${kind} ${owner.id}`
    const known = this.#sets.get(name)
    if (!isBalanced(owner)) {
      this.#sets.delete(name)
      return undefined
    }
    const states = new Map<string, TargetState>()
    for (const { url } of owner.targets) states.set(url, states.get(url) ?? known?.states.get(url) ?? new TargetState(url))
    // All processes start at once after a deployment: not all with the first target.
    const first = Math.floor(this.#dependencies.random.fraction() * owner.targets.length)
    const turns = known?.turns ?? { next: first, nextRetry: first }
    const policy = breakerInForce(owner)
    const balancer = new TargetBalancer({
      states: owner.targets.map(({ url }) => states.get(url) as TargetState),
      weights: owner.targets.map(({ weight }) => weight),
      balance: owner.balance,
      turns,
      failFast: policy?.failFast === true,
    })
    const set: TargetSet = { kind, id: owner.id, slug: owner.slug, states, turns, balancer }
    this.#sets.set(name, set)
    for (const state of states.values()) this.#configure(set, state, policy, owner.healthCheck !== undefined)
    return balancer
  }

  /** Forgets the owners of this kind that are not among `ids`. */
  keepOnly(kind: TargetOwnerKind, ids: ReadonlySet<string>): void {
    for (const [name, set] of this.#sets) if (set.kind === kind && !ids.has(set.id)) this.#sets.delete(name)
  }

  /** Says that the checks of a target have changed their mind. */
  reportHealth(slug: string, state: TargetState): void {
    const { url, health } = state
    const { clock, feed } = this.#dependencies
    const fields = { upstream: slug, target: url, reason: health.reason }
    if (health.isHealthy) this.#dependencies.logger.info('target.healthy', `The target ${url} of '${slug}' answers its health check again`, fields)
    else this.#dependencies.logger.warn('target.unhealthy', `The target ${url} of '${slug}' fails its health check and is left out`, fields)
    const set = [...this.#sets.values()].find(({ states }) => states.get(url) === state)
    if (set === undefined) return
    const { kind, id } = set
    feed?.publish(targetHealthNews({ kind, id, slug, target: url, atMs: clock.nowMs() }, health.isHealthy, health.reason))
  }

  list(): readonly TargetSetView[] {
    const nowMs = this.#dependencies.clock.monotonicMs()
    return [...this.#sets.values()].map(({ kind, id, slug, balancer }) => ({
      kind,
      id,
      slug,
      balance: balancer.balance,
      targets: balancer.states.map((state, index) => viewOf(state, balancer.weights[index] as number, nowMs)),
    }))
  }

  #configure(set: TargetSet, state: TargetState, policy: CircuitBreakerPolicy | undefined, isChecked: boolean): void {
    // Nobody would ever find out that it is well again.
    if (!isChecked && !state.health.isHealthy) state.health = new TargetHealth()
    if (policy === undefined) state.breaker = undefined
    else if (state.breaker !== undefined) state.breaker.configure(policy)
    else state.breaker = new CircuitBreaker(policy, (from, to) => this.#breakerChanged(set.id, set.kind, state, from, to))
  }

  #breakerChanged(id: string, kind: TargetOwnerKind, state: TargetState, from: BreakerState, to: BreakerState): void {
    const { clock, logger, feed } = this.#dependencies
    state.breakerChangedAtMs = clock.nowMs()
    const set = this.#sets.get(`${kind} ${id}`)
    // An answer that comes after its target was taken out of the configuration.
    if (set?.states.get(state.url) !== state) return
    const [event, words] = BREAKER_EVENTS[to]
    logger.log(to === 'open' ? 'warn' : 'info', event, `The target ${state.url} of '${set.slug}' ${words}`, { upstream: set.slug, target: state.url, from, to })
    feed?.publish(breakerNews({ kind, id, slug: set.slug, target: state.url, atMs: clock.nowMs() }, from, to))
  }
}

function viewOf(state: TargetState, weight: number, nowMs: number): TargetView {
  const { url, health, inFlight, requests, breaker, breakerChangedAtMs } = state
  const { isHealthy, reason, changedAtMs, checkedAtMs } = health
  return {
    ...{ url, weight, inFlight, requests, isHealthy, reason, changedAtMs, checkedAtMs },
    breaker: breaker && {
      ...{ state: breaker.stateAt(nowMs), ...breaker.countsAt(nowMs) },
      changedAtMs: breakerChangedAtMs,
      opensInMs: breaker.opensInMs(nowMs),
    },
  }
}
