// Says what would become of a request that is not sent: which route takes it and why, and why the others do not.
import { keyTagFor } from '../domain/account.ts'
import { findFailedField } from '../domain/route-matcher.ts'
import { hostHolds } from '../domain/route-hosts.ts'
import { compareRoutes, specificityOf } from '../domain/route-order.ts'
import { hasDotSegment, matchesPath, parseRoutePath, pathAfterTarget } from '../domain/route-path.ts'
import { surfaceOf } from '../domain/route-reserved.ts'
import type { Route, RouteHit, RouteMatcher, RouteRequest } from '../domain/route.ts'
import type { KeyState, UpstreamKey } from '../domain/upstream-key.ts'
import type { Upstream } from '../domain/upstream.ts'
import { limits } from '../limits.ts'
import type { LeaseExplanation, LiveKeys } from '../ports/live.ts'
import type { Store } from '../ports/store.ts'

export interface RouteExplainerDependencies {
  readonly store: Pick<Store, 'routes' | 'upstreams' | 'keys' | 'clientKeys' | 'accounts'>
  /** The routes in force; undefined when there are none. */
  readonly routes: () => RouteMatcher | undefined
  readonly liveKeys: Pick<LiveKeys, 'explainLease'>
}

export interface RuledOut {
  readonly route: Route
  /** The field that decided, or undefined when it comes after the one that takes the request. */
  readonly field: string | undefined
  readonly reason: string
}

export interface ExplainedUpstream {
  readonly slug: string
  readonly upstream: Upstream | undefined
  /** What the account of the client key is bound to; undefined = all keys. */
  readonly keyTag: string | undefined
  readonly keys: Readonly<Record<KeyState, number>> | undefined
  /** undefined while the upstream takes no requests here. */
  readonly lease: LeaseExplanation | undefined
  /** The stored keys that the lease names. */
  readonly named: ReadonlyMap<string, UpstreamKey>
}

export interface Explanation {
  /** `route`, the name of another surface, or `none`. */
  readonly surface: string
  readonly why: string
  readonly hit: RouteHit | undefined
  readonly upstream: ExplainedUpstream | undefined
  /** What the route puts after its target's URL, or the other surface after the slug. */
  readonly targetPath: string | undefined
  readonly shadows: readonly RouteHit[]
  /** The nearest first, at most limits.explainedRoutesMax. */
  readonly others: readonly RuledOut[]
  readonly othersTotal: number
}

export class RouteExplainer {
  readonly #dependencies: RouteExplainerDependencies

  constructor(dependencies: RouteExplainerDependencies) {
    this.#dependencies = dependencies
  }

  async explain(asked: RouteRequest): Promise<Explanation> {
    const { store, routes } = this.#dependencies
    const request = await this.#withAccount(asked)
    const matcher = routes()
    const owner = surfaceOf(request.path)
    const isClaimed = owner === 'management' && matcher?.claims(request.method, request.path) === true
    if (owner !== undefined && !isClaimed) return this.#explainSurface(owner, request)

    const decision = matcher?.find({ ...request, model: request.model ?? (() => undefined) })
    const { routes: all } = await store.routes.list()
    const others = ruleOut(inOrder(all), request, decision?.hit?.route)
    const hit = decision?.hit
    return {
      surface: hit === undefined ? (isClaimed ? 'management' : 'none') : 'route',
      why: explainDecision(hit, request),
      hit,
      upstream: hit?.route.action.type === 'upstream' ? await this.#describeUpstream(hit.route.action.upstream, request) : undefined,
      targetPath: hit === undefined || !isSent(hit.route) ? undefined : pathAfterTarget(hit, request.path),
      shadows: decision?.shadows ?? [],
      others: others.slice(0, limits.explainedRoutesMax),
      othersTotal: others.length,
    }
  }

  async #withAccount(request: RouteRequest): Promise<RouteRequest> {
    if (request.clientKeyId === undefined || request.accountId !== undefined) return request
    const key = await this.#dependencies.store.clientKeys.findById(request.clientKeyId)
    return { ...request, accountId: key?.accountId }
  }

  async #explainSurface(surface: string, request: RouteRequest): Promise<Explanation> {
    const [, , slug = '', ...rest] = request.path.split('/')
    const hasUpstream = (surface === 'proxy' || surface === 'llm') && slug !== ''
    return {
      surface,
      why: surface === 'management' ? 'The management API answers, because no enabled route claims this path.' : `Paths below /${surface} never reach a route.`,
      hit: undefined,
      upstream: hasUpstream ? await this.#describeUpstream(slug, request) : undefined,
      targetPath: hasUpstream ? `/${rest.join('/')}` : undefined,
      shadows: [],
      others: [],
      othersTotal: 0,
    }
  }

  async #describeUpstream(slug: string, { accountId }: RouteRequest): Promise<ExplainedUpstream> {
    const { store, liveKeys } = this.#dependencies
    const upstream = await store.upstreams.findBySlug(slug)
    if (upstream === undefined) return { slug, upstream, keyTag: undefined, keys: undefined, lease: undefined, named: new Map() }
    const account = accountId === undefined ? undefined : await store.accounts.findById(accountId)
    const keyTag = account && keyTagFor(account, slug)
    const lease = upstream.enabled ? await liveKeys.explainLease(upstream.id, keyTag) : undefined
    const ids = lease === undefined ? [] : [lease.keyId ?? [], lease.others.map(({ keyId }) => keyId)].flat()
    const stored = await Promise.all(ids.map((id) => store.keys.findById(id)))
    const named = new Map(stored.flatMap((key) => (key === undefined ? [] : [[key.id, key]])))
    return { slug, upstream, keyTag, keys: await store.keys.countByState(upstream.id), lease, named }
  }
}

function isSent({ action }: Route): boolean {
  return action.type === 'upstream' || action.type === 'forward'
}

function inOrder(routes: readonly Route[]): readonly Route[] {
  const ordered = routes.map((route) => {
    const parsed = parseRoutePath(route.match.path)
    return { route, specificity: 'segments' in parsed ? specificityOf(parsed.segments) : '' }
  })
  return ordered.sort(compareRoutes).map(({ route }) => route)
}

function explainDecision(hit: RouteHit | undefined, request: RouteRequest): string {
  if (hit === undefined) return hasDotSegment(request.path) ? 'No route takes a path with dot segments.' : 'No enabled route takes this request.'
  const { priority, match } = hit.route
  return `The path suits ${match.path}, all conditions hold, and no other such route comes before it (priority ${priority}).`
}

/** Routes that do not act on the request, with what decided; the closer a route came, the earlier it stands. */
function ruleOut(routes: readonly Route[], request: RouteRequest, taken: Route | undefined): readonly RuledOut[] {
  const byCloseness: RuledOut[][] = [[], [], [], []]
  for (const route of routes) {
    if (route.id === taken?.id) continue
    const [closeness, field, reason] = failureOf(route, request, taken)
    byCloseness[closeness]?.push({ route, field, reason })
  }
  return byCloseness.flat()
}

function failureOf(route: Route, request: RouteRequest, taken: Route | undefined): readonly [closeness: number, field: string | undefined, reason: string] {
  const parsed = parseRoutePath(route.match.path)
  if ('fault' in parsed || !matchesPath(parsed.segments, request.path)) return [3, '/match/path', `The path does not suit ${route.match.path}.`]
  if (!hostHolds(route.match.host, request.host)) return [2, '/match/host', `The host is not ${route.match.host}.`]
  const field = findFailedField(route, request)
  if (field !== undefined) return [1, field, describeField(route, field)]
  if (!route.enabled) return [0, '/enabled', 'It is disabled.']
  if (route.mode === 'shadow') return [0, '/mode', 'It is in shadow mode: it is counted, and never acts.']
  return [0, undefined, taken === undefined ? 'It is not in force yet.' : `It would take the request, but ${taken.name} comes before it.`]
}

function describeField({ match }: Route, field: string): string {
  const [, , list, index] = field.split('/')
  if (list === 'headers' || list === 'query') {
    const condition = match[list]?.[Number(index)]
    const what = list === 'headers' ? 'header' : 'query parameter'
    if (condition?.present === false) return `The ${what} ${condition.name} is there.`
    return `The ${what} ${condition?.name} is missing or has another value.`
  }
  if (list === 'methods') return `The method is not one of ${match.methods?.join(', ')}.`
  if (list === 'model') return `The model is not ${match.model}, or the request names none.`
  return list === 'account_ids' ? 'The client key belongs to none of its accounts.' : 'It is not one of its client keys.'
}
