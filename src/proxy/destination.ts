// An upstream made ready for requests: adapter found, target parsed, defaults filled in. Built once per configuration.
import type { Adapter } from '../adapters/adapter.ts'
import type { Upstream } from '../domain/upstream.ts'
import { RetryBudget } from '../services/retry-budget.ts'
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
  readonly target: ParsedTarget
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
  readonly #built = new WeakMap<Upstream, Destination>()
  readonly #budgets = new Map<string, RetryBudget>()

  constructor(defaults: DestinationDefaults, findAdapter: (name: string) => Adapter | undefined, fallback: Adapter) {
    this.#defaults = defaults
    this.#findAdapter = findAdapter
    this.#fallback = fallback
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
    return {
      upstream,
      budget,
      // A row written by a newer version may name an adapter that this one does not have: plain forwarding is the safe reading.
      adapter: this.#findAdapter(upstream.adapter) ?? this.#fallback,
      target: createTarget(upstream.targets[0]?.url ?? ''),
      connectMs: timeouts.connectMs ?? defaults.connectMs,
      firstByteMs: timeouts.firstByteMs ?? (upstream.kind === 'llm' ? defaults.llmFirstByteMs : defaults.proxyFirstByteMs),
      idleMs: timeouts.idleMs ?? defaults.idleMs,
      totalMs: timeouts.totalMs ?? defaults.totalMs,
    }
  }
}
