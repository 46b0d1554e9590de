// The targets of routes that forward, made ready for requests once per configuration, and which of them a request goes to.
import type { Route, RouteMatcher } from '../domain/route.ts'
import { GatewayError } from '../errors.ts'
import type { TargetBalancer } from '../services/target-balancer.ts'
import type { TargetRegistry } from '../services/target-registry.ts'
import type { TargetUse } from '../services/target-state.ts'
import type { DestinationDefaults } from './destination.ts'
import { createTarget, type ParsedTarget, targetPath } from './target-url.ts'

interface RouteTargetReady {
  readonly target: ParsedTarget
  /** The same with the path as it was written, with or without a slash at its end. */
  readonly whole: ParsedTarget
}

export interface RouteDestination {
  readonly targets: readonly RouteTargetReady[]
  /** undefined: there is one target. */
  readonly balancer: TargetBalancer | undefined
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly totalMs: number
}

export class RouteDestinations {
  readonly #defaults: DestinationDefaults
  readonly #registry: TargetRegistry
  readonly #built = new WeakMap<Route, RouteDestination>()

  constructor(defaults: DestinationDefaults, registry: TargetRegistry) {
    this.#defaults = defaults
    this.#registry = registry
  }

  of(route: Route): RouteDestination {
    let destination = this.#built.get(route)
    if (destination === undefined) this.#built.set(route, (destination = this.#build(route)))
    return destination
  }

  /** Call it when other routes are in force: what is known about targets that are gone is forgotten. */
  follow(matcher: RouteMatcher | undefined): void {
    const balanced = matcher?.balanced ?? []
    for (const route of balanced) this.of(route)
    this.#registry.keepOnly('route', new Set(balanced.map(({ id }) => id)))
  }

  #build({ id, name, action, timeoutMs }: Route): RouteDestination {
    const defaults = this.#defaults
    const targets = action.type === 'forward' ? action.targets : []
    const owner = { id, slug: name, targets, balance: 'weighted', healthCheck: undefined, circuitBreaker: undefined } as const
    return {
      targets: targets.map(({ url }) => {
        const target = createTarget(url)
        return { target, whole: { ...target, basePath: new URL(url).pathname } }
      }),
      balancer: this.#registry.balancerOf('route', owner),
      connectMs: Math.min(defaults.connectMs, timeoutMs ?? Infinity),
      firstByteMs: timeoutMs ?? defaults.proxyFirstByteMs,
      idleMs: Math.min(defaults.idleMs, timeoutMs ?? Infinity),
      totalMs: timeoutMs ?? defaults.totalMs,
    }
  }
}

/** Which target each attempt of one request goes to, and what became of it. */
export class RouteTargetChoice {
  readonly #destination: RouteDestination
  #use: TargetUse | undefined
  #failed: TargetUse[] | undefined

  constructor(destination: RouteDestination) {
    this.#destination = destination
  }

  /**
   * @param mayRepeat the request could be sent to another target: it may be spent on one that is only tried again
   * @throws GatewayError upstream_unavailable
   */
  take(mayRepeat: boolean, nowMs: number): void {
    const { balancer } = this.#destination
    if (balancer === undefined) return
    this.#use = balancer.use(this.#failed, mayRepeat, nowMs)
    if (this.#use !== undefined) return
    throw new GatewayError('upstream_unavailable', 'Every target of this route keeps failing. The gateway itself works.', {
      retryAfterMs: Math.max(1_000, balancer.opensInMs(nowMs)),
    })
  }

  get target(): ParsedTarget {
    return this.#ready.target
  }

  /**
   * @param rest raw, empty or starting with `/`; empty = the target's URL is the whole address
   * @throws GatewayError request_malformed for anything that could leave the target's path
   */
  path(rest: string, query: string): string {
    return targetPath(rest === '' ? this.#ready.whole : this.#ready.target, rest, query, [])
  }

  /** @param isGood what the head says about the target */
  answered(isGood: boolean, nowMs: number): void {
    if (isGood) this.#use?.answered(nowMs)
    else this.#use?.end('failed', nowMs)
  }

  /** Idempotent. @param result `failed` speaks against the target */
  end(result: 'ok' | 'failed' | 'unknown', nowMs: number): void {
    if (this.#use === undefined) return
    this.#use.end(result, nowMs)
    if (result === 'failed') (this.#failed ??= []).push(this.#use)
  }

  hasOther(nowMs: number): boolean {
    return this.#failed !== undefined && this.#destination.balancer?.hasOther(this.#failed, nowMs) === true
  }

  get #ready(): RouteTargetReady {
    return this.#destination.targets[this.#use?.index ?? 0] as RouteTargetReady
  }
}
