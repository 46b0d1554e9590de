// How the requests of an upstream or a route are shared between its targets, and when a target is left out.
import type { Target } from './upstream.ts'

export const BALANCES = ['round_robin', 'weighted', 'least_connections'] as const
/** `round_robin` ignores weights; `least_connections` counts what this process has in flight. */
export type Balance = (typeof BALANCES)[number]

export interface HealthCheckPolicy {
  /** From the root of the target's origin, starting with `/`; may have a query. */
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Good answers in a row that bring a target back. */
  readonly healthyThreshold: number
  /** Bad ones in a row that take it out. */
  readonly unhealthyThreshold: number
  /** Statuses and ranges: `200-399,404`. */
  readonly expectedStatus: string
}

export interface CircuitBreakerPolicy {
  /** Share of failures in the window, above 0 and at most 1, from which on the breaker opens. */
  readonly failureRatio: number
  /** Results in the window below which it never opens. */
  readonly minimumRequests: number
  readonly windowMs: number
  /** How long nothing is sent before it is tried again. */
  readonly openMs: number
  /** Requests that are tried then, and that must all succeed. */
  readonly probes: number
  /** With every breaker open: refuse at once (true), or try nevertheless (false). */
  readonly failFast: boolean
}

/** undefined = the default: off for a single target, which has no alternative, and on for several. */
export type CircuitBreakerSetting = CircuitBreakerPolicy | 'off' | undefined

export interface Balancing {
  readonly targets: readonly Target[]
  readonly balance: Balance
  readonly healthCheck: HealthCheckPolicy | undefined
  readonly circuitBreaker: CircuitBreakerSetting
}

/** Opens within seconds under load, and risks one request every 10 s on a target that is still bad. */
export const DEFAULT_CIRCUIT_BREAKER: CircuitBreakerPolicy = {
  failureRatio: 0.5,
  minimumRequests: 5,
  windowMs: 10_000,
  openMs: 10_000,
  probes: 1,
  failFast: false,
}

export const DEFAULT_HEALTH_CHECK: Omit<HealthCheckPolicy, 'path'> = {
  intervalMs: 10_000,
  timeoutMs: 2_000,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
  expectedStatus: '200-399',
}

export function breakerInForce({ targets, circuitBreaker }: Balancing): CircuitBreakerPolicy | undefined {
  if (circuitBreaker === 'off') return undefined
  return circuitBreaker ?? (targets.length > 1 ? DEFAULT_CIRCUIT_BREAKER : undefined)
}

/** There is something to choose or to watch; otherwise requests go straight to the one target. */
export function isBalanced(balancing: Balancing): boolean {
  return balancing.targets.length > 1 || balancing.healthCheck !== undefined || breakerInForce(balancing) !== undefined
}

export const EXPECTED_STATUS_PATTERN = /^[1-5]\d\d(?:-[1-5]\d\d)?(?:,[1-5]\d\d(?:-[1-5]\d\d)?)*$/

export function isExpectedStatus(expected: string, status: number): boolean {
  return expected.split(',').some((part) => {
    const [from, to = from] = part.split('-')
    return status >= Number(from) && status <= Number(to)
  })
}
