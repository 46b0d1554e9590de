// At most so many requests per second of one client address, counted before anybody asks who is calling.
import { networkOf } from '../domain/network.ts'
import { GatewayError } from '../errors.ts'
import { limits as bounds } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Metrics } from '../ports/metrics.ts'
import { rateLimitRefusal } from './limit-refusal.ts'
import { createLimitScope, type LimitScope, type ScopeWindow } from './limit-scopes.ts'
import type { LimitPlace, RequestLimiter } from './request-limits.ts'

export interface AddressLimitDependencies {
  readonly limiter: RequestLimiter
  readonly clock: Clock
  readonly metrics: Metrics
  /** Requests of one address in any second. */
  readonly perSecond: number
}

/**
 * The limit is a claim of its own, because it must come before everything that costs something. An address that was refused is refused
 * from memory until its window opens: nobody can open it earlier, so a flood costs no call of the shared store.
 */
export class AddressLimit {
  readonly #dependencies: AddressLimitDependencies
  /** When the window of a refused network opens, monotonic ms; the oldest entry first. */
  readonly #refusedUntilMs = new Map<string, number>()

  constructor(dependencies: AddressLimitDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * @param address without IPv4 mapping; empty when the client is gone, who is not counted
   * @throws GatewayError rate_limited, overloaded (a promise rejects with them)
   */
  claim(address: string): LimitPlace | Promise<LimitPlace> | undefined {
    if (address === '') return undefined
    const { limiter, perSecond } = this.#dependencies
    const network = networkOf(address)
    const scope = createLimitScope('address', network, `Your address ${network}`, { rps: perSecond })
    this.#refuseFromMemory(network, scope)
    try {
      const claimed = limiter.claim([scope])
      return claimed instanceof Promise ? claimed.catch((error: unknown) => this.#remember(network, error)) : claimed
    } catch (error) {
      return this.#remember(network, error)
    }
  }

  #refuseFromMemory(network: string, scope: LimitScope): void {
    const untilMs = this.#refusedUntilMs.get(network)
    if (untilMs === undefined) return
    const waitMs = untilMs - this.#dependencies.clock.monotonicMs()
    if (waitMs <= 0) {
      this.#refusedUntilMs.delete(network)
      return
    }
    const window = scope.windows[0] as ScopeWindow
    this.#dependencies.metrics.clientLimited(window.name)
    const { name, max, windowMs } = window
    throw rateLimitRefusal(scope, window, waitMs, [{ name, max, windowMs, remaining: 0, resetMs: waitMs }])
  }

  #remember(network: string, error: unknown): never {
    if (error instanceof GatewayError && error.code === 'rate_limited' && error.details.retryAfterMs !== undefined) {
      this.#refusedUntilMs.delete(network)
      this.#refusedUntilMs.set(network, this.#dependencies.clock.monotonicMs() + error.details.retryAfterMs)
      if (this.#refusedUntilMs.size > bounds.refusedAddressesMax) this.#refusedUntilMs.delete(this.#refusedUntilMs.keys().next().value as string)
    }
    throw error
  }
}
