// Which of several targets each attempt of one exchange goes to, and what its end says about the target.
import type { BreakerResult } from '../domain/circuit-breaker.ts'
import type { Verdict } from '../domain/outcome.ts'
import { type ErrorCode, GatewayError } from '../errors.ts'
import type { TargetBalancer } from '../services/target-balancer.ts'
import type { TargetUse } from '../services/target-state.ts'
import type { AttemptFailure } from './attempt.ts'
import type { Destination } from './destination.ts'
import type { Admission } from './exchange-parts.ts'
import { type ParsedTarget, targetPath } from './target-url.ts'

/** Failures that speak against the target; what a client can bring about does not. */
export const TARGET_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_tls_error',
  'upstream_reset',
  'upstream_address_refused',
])
/** Said by what stands before a service that is away. */
export const TARGET_FAULT_STATUSES: ReadonlySet<number> = new Set([502, 503, 504])
/** The exchange's own time is over, or an answer has begun. */
const FINAL_ANYWHERE: ReadonlySet<string> = new Set(['timeout total', 'timeout idle', 'timeout client'])

export class TargetChoice {
  readonly #balancer: TargetBalancer
  readonly #destination: Destination
  #use: TargetUse | undefined
  /** Targets that have failed this exchange. */
  #failed: TargetUse[] | undefined

  constructor(balancer: TargetBalancer, destination: Destination) {
    this.#balancer = balancer
    this.#destination = destination
  }

  /** @throws GatewayError upstream_unavailable */
  take(mayProbe: boolean, nowMs: number): void {
    this.#use = this.#balancer.use(this.#failed, mayProbe, nowMs)
    if (this.#use !== undefined) return
    const { slug } = this.#destination.upstream
    const seconds = Math.max(1, Math.ceil(this.#balancer.opensInMs(nowMs) / 1000))
    const detail = `Every target of '${slug}' keeps failing, and its circuit breaker refuses requests at once; the next one is let through in ${seconds} s.`
    throw new GatewayError('upstream_unavailable', `${detail} The gateway itself works.`, { retryAfterMs: seconds * 1000 })
  }

  get target(): ParsedTarget {
    return this.#destination.targets[this.#use?.index ?? 0] as ParsedTarget
  }

  /** Targets may have different base paths. */
  path({ path, rest, destination }: Admission): string {
    const { target } = this
    return target.basePath === destination.target.basePath ? path : targetPath(target, rest, '', destination.adapter.versionSegments)
  }

  answered(nowMs: number): void {
    this.#use?.answered(nowMs)
  }

  /** @param status of the answer; 0 when none came */
  settle(verdict: Verdict, failure: AttemptFailure | undefined, status: number, nowMs: number): void {
    if (this.#use === undefined) return
    this.#use.end(resultOf(verdict, failure, status), nowMs)
    if (verdict.outcome === 'upstream_failed') (this.#failed ??= []).push(this.#use)
  }

  /** A target is left that works as far as is known, and has not failed this exchange. */
  hasOther(nowMs: number): boolean {
    return this.#failed !== undefined && this.#balancer.hasOther(this.#failed, nowMs)
  }

  /** What is final for one target need not be for another. */
  mayGoElsewhere({ code, reason }: AttemptFailure, nowMs: number): boolean {
    return TARGET_FAULTS.has(code) && !FINAL_ANYWHERE.has(reason) && this.hasOther(nowMs)
  }
}

function resultOf(verdict: Verdict, failure: AttemptFailure | undefined, status: number): BreakerResult {
  if (verdict.outcome === 'client_gone') return 'unknown'
  if (failure !== undefined) return TARGET_FAULTS.has(failure.code) ? 'failed' : 'unknown'
  return verdict.outcome === 'upstream_failed' && TARGET_FAULT_STATUSES.has(status) ? 'failed' : 'ok'
}
