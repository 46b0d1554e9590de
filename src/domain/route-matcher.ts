// Finds the route of a request: by host and path through a tree, then by the conditions of the few routes that are left.
import { limits } from '../limits.ts'
import { Glob } from './glob.ts'
import { compileChecks, methodsOf } from './route-conditions.ts'
import type { Check, Seen } from './route-conditions.ts'
import { RouteHosts } from './route-hosts.ts'
import { compareRoutes, specificityOf } from './route-order.ts'
import { hasDotSegment, parseRoutePath, readParams } from './route-path.ts'
import type { PathSegment } from './route-path.ts'
import { claimsApiPath } from './route-reserved.ts'
import { RouteTree } from './route-tree.ts'
import type { Route, RouteDecision, RouteHit, RouteMatcher, RouteRequest } from './route.ts'

/** A route, compiled. */
export interface Candidate {
  readonly route: Route
  /** Position in the order of all routes. */
  readonly rank: number
  readonly segments: readonly PathSegment[]
  readonly methods: ReadonlySet<string> | undefined
  readonly checks: readonly Check[]
  readonly model: Glob | undefined
}

const NO_HITS: readonly RouteHit[] = []
const NOTHING: RouteDecision = { hit: undefined, shadows: NO_HITS, needsModel: false }
const NEEDS_MODEL: RouteDecision = { hit: undefined, shadows: NO_HITS, needsModel: true }

/**
 * Compiles all enabled routes; undefined when there is none, so that nobody looks anything up.
 * @param onInvalid told of each route whose path cannot be read; it is left out
 */
export function compileRoutes(routes: readonly Route[], onInvalid: (route: Route, message: string) => void = () => undefined): RouteMatcher | undefined {
  const readable = routes.flatMap((route) => {
    if (!route.enabled) return []
    const parsed = parseRoutePath(route.match.path)
    if ('segments' in parsed) return [{ route, segments: parsed.segments, specificity: specificityOf(parsed.segments) }]
    onInvalid(route, `match.path, character ${parsed.fault.position}: ${parsed.fault.message}`)
    return []
  })
  if (readable.length === 0) return undefined
  return new CompiledRoutes(readable.sort(compareRoutes).map(({ route, segments }, rank) => compile(route, segments, rank)))
}

function compile(route: Route, segments: readonly PathSegment[], rank: number): Candidate {
  const { methods, model } = route.match
  return { route, rank, segments, methods: methodsOf(methods), checks: compileChecks(route), model: model === undefined ? undefined : new Glob(model) }
}

class CompiledRoutes implements RouteMatcher {
  readonly size: number
  readonly enforced: ReadonlyMap<string, Route>
  readonly balanced: readonly Route[]
  readonly #hosts = new RouteHosts()
  /** Enforced routes that write out a path of the management API's short mount. */
  readonly #claims: RouteTree | undefined

  constructor(candidates: readonly Candidate[]) {
    this.size = candidates.length
    this.enforced = new Map(candidates.flatMap(({ route }) => (route.mode === 'enforce' ? [[route.id, route]] : [])))
    this.balanced = candidates.flatMap(({ route }) => (route.action.type === 'forward' && route.action.targets.length > 1 ? [route] : []))
    for (const candidate of candidates) this.#hosts.add(candidate, candidate.segments)
    const claiming = candidates.filter(({ route, segments }) => route.mode === 'enforce' && claimsApiPath(segments))
    if (claiming.length === 0) return
    this.#claims = new RouteTree()
    for (const candidate of claiming) this.#claims.add(candidate, candidate.segments)
  }

  find(request: RouteRequest): RouteDecision {
    if (hasDotSegment(request.path)) return NOTHING
    const candidates = this.#hosts.find(request.path, request.host)
    if (candidates.length === 0) return NOTHING
    const seen: Seen = { request, query: undefined }
    let shadows: RouteHit[] | undefined
    for (const candidate of candidates) {
      if (candidate.methods?.has(request.method) === false || findFailedCheck(candidate, seen) !== undefined) continue
      if (candidate.model !== undefined) {
        if (request.model === undefined) return NEEDS_MODEL
        if (!modelHolds(candidate.model, request)) continue
      }
      const { route } = candidate
      if (route.mode === 'enforce') return { hit: hitOf(candidate, request.path), shadows: shadows ?? NO_HITS, needsModel: false }
      shadows ??= []
      if (shadows.length < limits.routeShadowHitsMax) shadows.push(hitOf(candidate, request.path))
    }
    return shadows === undefined ? NOTHING : { hit: undefined, shadows, needsModel: false }
  }

  methodsAt(path: string, host: string | undefined): readonly string[] {
    if (hasDotSegment(path)) return []
    const names = new Set<string>()
    for (const { route, methods } of this.#hosts.find(path, host)) {
      if (route.mode !== 'enforce') continue
      if (methods === undefined) return ['*']
      for (const name of methods) names.add(name)
    }
    return [...names].sort()
  }

  claims(method: string, path: string): boolean {
    if (this.#claims === undefined || hasDotSegment(path)) return false
    const lists: (readonly Candidate[])[] = []
    this.#claims.collect(path, 1, lists)
    return lists.some((list) => list.some(({ methods }) => methods === undefined || methods.has(method)))
  }
}

function hitOf({ route, segments }: Candidate, path: string): RouteHit {
  return { route, params: readParams(segments, path) }
}

function findFailedCheck(candidate: Candidate, seen: Seen): Check | undefined {
  for (const check of candidate.checks) if (!check.holds(seen)) return check
  return undefined
}

function modelHolds(glob: Glob, request: RouteRequest): boolean {
  const model = request.model?.()
  return model !== undefined && glob.matches(model)
}

/** The field of the route that keeps it from taking this request, its path and host apart; undefined when none does. */
export function findFailedField(route: Route, request: RouteRequest): string | undefined {
  if (methodsOf(route.match.methods)?.has(request.method) === false) return '/match/methods'
  const seen: Seen = { request, query: undefined }
  const failed = compileChecks(route).find((check) => !check.holds(seen))
  if (failed !== undefined) return failed.field
  const { model } = route.match
  return model === undefined || modelHolds(new Glob(model), request) ? undefined : '/match/model'
}
