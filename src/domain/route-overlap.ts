// What a saved route and the others do to each other: which of them can never be reached, and where only age decides.
import { Glob } from './glob.ts'
import { methodsOf } from './route-conditions.ts'
import { compareRoutes, specificityOf } from './route-order.ts'
import { parseRoutePath } from './route-path.ts'
import type { PathSegment } from './route-path.ts'
import type { Route, RouteCondition, RouteMatch } from './route.ts'

export interface RouteWarning {
  /**
   * `shadowed_by`: the other route comes first and takes everything that this one would; `shadows`: the other way round;
   * `ambiguous`: same path, host and priority, and a request may suit both: the older one takes it.
   */
  readonly kind: 'shadowed_by' | 'shadows' | 'ambiguous'
  readonly routeId: string
  readonly routeName: string
}

interface Compiled {
  readonly route: Route
  readonly segments: readonly PathSegment[]
  readonly specificity: string
}

/** Warnings about `saved` among `others`; nothing is said that is not sure, so some overlaps stay unsaid. Only routes that act count. */
export function findOverlaps(saved: Route, others: readonly Route[], max: number): RouteWarning[] {
  const own = compile(saved)
  const warnings: RouteWarning[] = []
  if (own === undefined || !acts(saved)) return warnings
  for (const route of others) {
    if (warnings.length >= max) break
    if (route.id === saved.id || !acts(route)) continue
    const other = compile(route)
    const kind = other === undefined ? undefined : overlapOf(own, other)
    if (kind !== undefined) warnings.push({ kind, routeId: route.id, routeName: route.name })
  }
  return warnings
}

const acts = (route: Route): boolean => route.enabled && route.mode === 'enforce'

function compile(route: Route): Compiled | undefined {
  const parsed = parseRoutePath(route.match.path)
  return 'fault' in parsed ? undefined : { route, segments: parsed.segments, specificity: specificityOf(parsed.segments) }
}

function overlapOf(own: Compiled, other: Compiled): RouteWarning['kind'] | undefined {
  const isFirst = compareRoutes(own, other) < 0
  const [first, second] = isFirst ? [own, other] : [other, own]
  if (covers(first, second)) return isFirst ? 'shadows' : 'shadowed_by'
  const isTie = own.route.priority === other.route.priority && sharesPlace(own, other) && !covers(second, first)
  return isTie && mayBothHold(own.route.match, other.route.match) ? 'ambiguous' : undefined
}

/** Same paths, whatever their parameters are called, and same host. */
export function sharesPlace(left: { segments: readonly PathSegment[]; route: Route }, right: { segments: readonly PathSegment[]; route: Route }): boolean {
  return left.route.match.host === right.route.match.host && shapeOf(left.segments) === shapeOf(right.segments)
}

/** The path without the names of its parameters: routes of one shape take the same paths. */
export function shapeOf(segments: readonly PathSegment[]): string {
  return segments.map((segment) => (segment.kind === 'literal' ? `/${segment.text}` : segment.kind === 'param' ? '/:' : '/*')).join('')
}

/** Whether every request that suits `narrow` suits `wide` too. */
function covers(wide: Compiled, narrow: Compiled): boolean {
  const [a, b] = [wide.route.match, narrow.route.match]
  return (
    coversPath(wide.segments, narrow.segments) &&
    coversHost(a.host, b.host) &&
    coversSet(methodsOf(a.methods), methodsOf(b.methods)) &&
    coversSet(a.clientKeyIds, b.clientKeyIds) &&
    coversSet(a.accountIds, b.accountIds) &&
    coversGlob(a.model, b.model) &&
    coversConditions(a.headers, b.headers) &&
    coversConditions(a.query, b.query)
  )
}

function coversPath(wide: readonly PathSegment[], narrow: readonly PathSegment[]): boolean {
  for (const [index, segment] of wide.entries()) {
    const other = narrow[index]
    if (other === undefined) return false
    if (segment.kind === 'rest') return true
    if (other.kind === 'rest') return false
    if (segment.kind === 'literal' ? other.kind !== 'literal' || other.text !== segment.text : other.kind === 'literal' && other.text === '') return false
  }
  return wide.length === narrow.length
}

function coversHost(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow) return true
  return narrow !== undefined && wide.startsWith('*.') && narrow.endsWith(wide.slice(1)) && narrow.length >= wide.length
}

function coversSet(wide: Iterable<string> | undefined, narrow: Iterable<string> | undefined): boolean {
  if (wide === undefined) return true
  if (narrow === undefined) return false
  const all = new Set(wide)
  return [...narrow].every((each) => all.has(each))
}

function coversGlob(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow) return true
  return narrow !== undefined && !narrow.includes('*') && new Glob(wide).matches(narrow)
}

/** Each condition of the wide one must be implied by one of the narrow one. */
function coversConditions(wide: readonly RouteCondition[] = [], narrow: readonly RouteCondition[] = []): boolean {
  return wide.every((condition) => narrow.some((other) => implies(other, condition)))
}

function implies(given: RouteCondition, wanted: RouteCondition): boolean {
  if (given.name !== wanted.name) return false
  if (wanted.present === false || given.present === false) return wanted.present === given.present
  if (wanted.present === true) return true
  if (wanted.equals !== undefined) return given.equals === wanted.equals
  const pattern = wanted.pattern as string
  return given.pattern === pattern || (given.equals !== undefined && new Glob(pattern).matches(given.equals))
}

/** False only when no request can suit both, as far as methods, keys, accounts and fixed models tell. */
function mayBothHold(left: RouteMatch, right: RouteMatch): boolean {
  return (
    meets(methodsOf(left.methods), methodsOf(right.methods)) &&
    meets(left.clientKeyIds, right.clientKeyIds) &&
    meets(left.accountIds, right.accountIds) &&
    (left.model === undefined || right.model === undefined || left.model === right.model || left.model.includes('*') || right.model.includes('*')) &&
    !excludes(left.headers, right.headers) &&
    !excludes(left.query, right.query)
  )
}

function meets(left: Iterable<string> | undefined, right: Iterable<string> | undefined): boolean {
  if (left === undefined || right === undefined) return true
  const all = new Set(left)
  return [...right].some((each) => all.has(each))
}

/** One wants what the other forbids, or another value: repeated lines could still bring both, but nobody means that. */
function excludes(left: readonly RouteCondition[] = [], right: readonly RouteCondition[] = []): boolean {
  return left.some((one) => right.some((other) => one.name === other.name && clashes(one, other)))
}

function clashes(one: RouteCondition, other: RouteCondition): boolean {
  if ((one.present === false) !== (other.present === false)) return true
  return one.equals !== undefined && other.equals !== undefined && one.equals !== other.equals
}
