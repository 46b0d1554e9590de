// An upstream made ready for requests: adapter found, target parsed, defaults filled in. Built once per configuration.
import type { Adapter } from '../adapters/adapter.ts'
import type { Upstream } from '../domain/upstream.ts'
import { RetryBudget } from '../services/retry-budget.ts'
import type { TargetBalancer } from '../services/target-balancer.ts'
import type { TargetRegistry } from '../services/target-registry.ts'
import { createTarget, type ParsedTarget } from './target-url.ts'

export interface DestinationDefaults {
  readonly connectMs: number
  readonly llmFirstByteMs: number
  readonly proxyFirstByteMs: number
  readonly idleMs: number
  readonly totalMs: number
}

export interface Destination {
  readonly upstream: Upstream
  readonly adapter: Adapter
  /** The first one; requests go there unless there is a balancer. */
  readonly target: ParsedTarget
  /** Chooses among `targets`; undefined with a single target that nobody watches. */
  readonly balancer: TargetBalancer | undefined
  readonly targets: readonly ParsedTarget[]
  readonly budget: RetryBudget
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly totalMs: number
}

/** Finds or builds the destination of an upstream; the retry budget survives changes of the configuration. */
export class Destinations {
  readonly #defaults: DestinationDefaults
  readonly #findAdapter: (name: string) => Adapter | undefined
  readonly #fallback: Adapter
  readonly #targets: TargetRegistry
  readonly #built = new WeakMap<Upstream, Destination>()
  readonly #budgets = new Map<string, RetryBudget>()

  constructor(defaults: DestinationDefaults, findAdapter: (name: string) => Adapter | undefined, fallback: Adapter, targets: TargetRegistry) {
    this.#defaults = defaults
    this.#findAdapter = findAdapter
    this.#fallback = fallback
    this.#targets = targets
  }

  of(upstream: Upstream): Destination {
    let destination = this.#built.get(upstream)
    if (destination === undefined) {
      destination = this.#build(upstream)
      this.#built.set(upstream, destination)
    }
    return destination
  }

  #build(upstream: Upstream): Destination {
    const budget = this.#budgets.get(upstream.slug) ?? new RetryBudget()
    this.#budgets.set(upstream.slug, budget)
    const { timeouts } = upstream
    const defaults = this.#defaults
    const targets = upstream.targets.map(({ url }) => createTarget(url))
    return {
      upstream,
      budget,
      // A row written by a newer version may name an adapter that this one does not have: plain forwarding is the safe reading.
      adapter: this.#findAdapter(upstream.adapter) ?? this.#fallback,
      target: targets[0] ?? createTarget(''),
      targets,
      balancer: this.#targets.balancerOf('upstream', upstream),
      connectMs: timeouts.connectMs ?? defaults.connectMs,
      firstByteMs: timeouts.firstByteMs ?? (upstream.kind === 'llm' ? defaults.llmFirstByteMs : defaults.proxyFirstByteMs),
      idleMs: timeouts.idleMs ?? defaults.idleMs,
      totalMs: timeouts.totalMs ?? defaults.totalMs,
    }
  }
}
