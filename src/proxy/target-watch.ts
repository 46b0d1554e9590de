// Follows the configuration for all targets: forgets what is gone, and runs the health checks that are configured.
import { isBalanced } from '../domain/balancing.ts'
import type { Upstream } from '../domain/upstream.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { ConfigurationSnapshot } from '../services/snapshot.ts'
import type { TargetRegistry } from '../services/target-registry.ts'
import type { TargetState } from '../services/target-state.ts'
import type { UpstreamClient } from './attempt.ts'
import type { Destination, Destinations } from './destination.ts'
import { type CheckPlan, sendHealthCheck } from './health-check.ts'
import type { ParsedTarget } from './target-url.ts'

export interface TargetWatchDependencies {
  readonly snapshot: ConfigurationSnapshot
  readonly destinations: Destinations
  readonly targets: TargetRegistry
  readonly client: UpstreamClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

interface Watched {
  readonly state: TargetState
  plan: CheckPlan & { readonly slug: string }
  timer: NodeJS.Timeout | undefined
  isStopped: boolean
}

/** ms within which the first check of a target is made, at a random moment. */
const FIRST_CHECK_MS = 1_000
/** Checks of many targets must not fall into step: each interval is this much shorter or longer. */
const JITTER = 0.1

export class TargetWatch {
  readonly #dependencies: TargetWatchDependencies
  readonly #watched = new Map<TargetState, Watched>()
  readonly #waiting: Watched[] = []
  #inFlight = 0
  #isStopped = false

  constructor(dependencies: TargetWatchDependencies) {
    this.#dependencies = dependencies
  }

  /** Call it when another configuration is in force. */
  follow(): void {
    const { snapshot, targets } = this.#dependencies
    if (this.#isStopped || snapshot.current === undefined) return
    const ids = new Set<string>()
    const plans = new Map<TargetState, Watched['plan']>()
    for (const { upstream } of snapshot.current.upstreams.values()) {
      if (!isBalanced(upstream)) continue
      ids.add(upstream.id)
      const destination = this.#destinationOf(upstream)
      const policy = upstream.healthCheck
      if (policy === undefined || !upstream.enabled) continue
      for (const [index, state] of destination?.balancer?.states.entries() ?? []) {
        const { targets: parsed, connectMs } = destination as Destination
        plans.set(state, { slug: upstream.slug, target: parsed[index] as ParsedTarget, connectMs, policy })
      }
    }
    targets.keepOnly('upstream', ids)
    for (const watched of this.#watched.values()) if (!plans.has(watched.state)) this.#forget(watched)
    for (const [state, plan] of plans) this.#watch(state, plan)
  }

  /** Idempotent. Checks in flight end with the connections of the client. */
  stop(): void {
    this.#isStopped = true
    for (const watched of this.#watched.values()) this.#forget(watched)
  }

  /** A stored row that cannot be used must not keep the others from being watched. */
  #destinationOf(upstream: Upstream): Destination | undefined {
    try {
      return this.#dependencies.destinations.of(upstream)
    } catch (error) {
      this.#dependencies.logger.warn('target.refused', `The targets of '${upstream.slug}' cannot be used`, { upstream: upstream.slug, error })
      return undefined
    }
  }

  #watch(state: TargetState, plan: Watched['plan']): void {
    const { random } = this.#dependencies
    const known = this.#watched.get(state)
    if (known !== undefined && known.plan.policy.intervalMs === plan.policy.intervalMs) {
      known.plan = plan
      return
    }
    if (known !== undefined) this.#forget(known)
    const watched: Watched = { state, plan, timer: undefined, isStopped: false }
    this.#watched.set(state, watched)
    this.#checkIn(watched, random.fraction() * Math.min(FIRST_CHECK_MS, plan.policy.intervalMs))
  }

  #forget(watched: Watched): void {
    watched.isStopped = true
    clearTimeout(watched.timer)
    this.#watched.delete(watched.state)
  }

  #checkIn(watched: Watched, ms: number): void {
    watched.timer = setTimeout(() => this.#check(watched), ms).unref()
  }

  #check(watched: Watched): void {
    if (watched.isStopped) return
    if (this.#inFlight >= limits.healthChecksParallel) return void this.#waiting.push(watched)
    this.#inFlight++
    const { client, clock, random, targets } = this.#dependencies
    const { plan, state } = watched
    sendHealthCheck(client, plan, (isGood, reason) => {
      this.#inFlight--
      if (!watched.isStopped) {
        if (state.health.observe(isGood, reason, plan.policy, clock.nowMs())) targets.reportHealth(plan.slug, state)
        this.#checkIn(watched, watched.plan.policy.intervalMs * (1 - JITTER + 2 * JITTER * random.fraction()))
      }
      const next = this.#waiting.shift()
      if (next !== undefined) this.#check(next)
    })
  }
}
