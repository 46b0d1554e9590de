// How requests are shared between targets, and which circuit breakers are open, as this process sees it.
import { z } from 'zod'
import { BALANCES } from '../../domain/balancing.ts'
import { BREAKER_STATES } from '../../domain/circuit-breaker.ts'
import type { LiveTargets, TargetBreakerView, TargetSetView, TargetView } from '../../ports/live.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { Id, listOf, NullableTime, PageQuery, renderList, renderTime } from './schemas.ts'

const Owner = {
  kind: z.enum(['upstream', 'route']),
  id: Id.describe('Of the upstream or route.'),
  slug: z.string(),
}

const LoadBalancerView = z.object({
  ...Owner,
  balance: z.enum(BALANCES),
  targets: z.array(
    z.object({
      url: z.string(),
      weight: z.int(),
      usable: z.boolean().describe('Requests are sent there: it is healthy and its breaker is not open.'),
      healthy: z.boolean().describe('What its health checks say; true without any.'),
      reason: z.string().describe('What the last health check found.'),
      checked_at: NullableTime,
      changed_at: NullableTime,
      breaker: z.enum(BREAKER_STATES).nullable(),
      in_flight: z.int(),
      requests: z.int().describe('Attempts since this process knows the target.'),
    }),
  ),
})

const CircuitBreakerView = z.object({
  ...Owner,
  target: z.string(),
  state: z.enum(BREAKER_STATES),
  requests: z.int().describe('In the window.'),
  failures: z.int().describe('In the window.'),
  changed_at: NullableTime,
  opens_in_seconds: z.number().describe('Until an open one lets a request in; 0 when it is not open.'),
})

export function createTargetRoutes(live: LiveTargets): Route[] {
  return [
    route({
      method: 'get',
      path: '/load-balancer/status',
      permission: 'viewer',
      summary: 'Say how requests are shared between targets; only what has several, or one that is watched. Each process has its own view',
      tag: 'targets',
      query: PageQuery,
      responses: { 200: { description: 'Upstreams and routes with their targets.', schema: listOf(LoadBalancerView) } },
      handle: ({ query }) => ({ status: 200, body: renderList(query, pageOf(live.list(), query), renderSet) }),
    }),
    route({
      method: 'get',
      path: '/circuit-breaker/status',
      permission: 'viewer',
      summary: 'Say which circuit breakers there are and in which state. Each process has its own',
      tag: 'targets',
      query: PageQuery,
      responses: { 200: { description: 'One row per target with a breaker.', schema: listOf(CircuitBreakerView) } },
      handle: ({ query }) => ({ status: 200, body: renderList(query, pageOf(breakersOf(live.list()), query), renderBreaker) }),
    }),
  ]
}

interface BreakerRow {
  readonly set: TargetSetView
  readonly url: string
  readonly breaker: TargetBreakerView
}

function breakersOf(sets: readonly TargetSetView[]): BreakerRow[] {
  return sets.flatMap((set) => set.targets.flatMap(({ url, breaker }) => (breaker === undefined ? [] : [{ set, url, breaker }])))
}

function pageOf<T>(all: readonly T[], { page, limit }: z.output<typeof PageQuery>): { rows: readonly T[]; total: number } {
  return { rows: all.slice((page - 1) * limit, page * limit), total: all.length }
}

function renderSet({ kind, id, slug, balance, targets }: TargetSetView): z.input<typeof LoadBalancerView> {
  return { kind, id, slug, balance, targets: targets.map(renderTarget) }
}

function renderTarget(target: TargetView): z.input<typeof LoadBalancerView>['targets'][number] {
  return {
    url: target.url,
    weight: target.weight,
    usable: target.isHealthy && target.breaker?.state !== 'open',
    healthy: target.isHealthy,
    reason: target.reason,
    checked_at: renderTime(target.checkedAtMs),
    changed_at: renderTime(target.changedAtMs),
    breaker: target.breaker?.state ?? null,
    in_flight: target.inFlight,
    requests: target.requests,
  }
}

function renderBreaker({ set, url, breaker }: BreakerRow): z.input<typeof CircuitBreakerView> {
  return {
    ...{ kind: set.kind, id: set.id, slug: set.slug, target: url },
    state: breaker.state,
    requests: breaker.requests,
    failures: breaker.failures,
    changed_at: renderTime(breaker.changedAtMs),
    opens_in_seconds: Math.ceil(breaker.opensInMs) / 1000,
  }
}
