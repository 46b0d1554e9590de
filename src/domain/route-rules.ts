// What a route must keep to, whoever wrote it. Every mistake is told with its field and, inside a pattern, its character.
import type { FieldError } from '../errors.ts'
import { limits } from '../limits.ts'
import { checkAction, checkRewrite } from './route-action-rules.ts'
import { findHeaderNameFault, isCredentialHeader } from './route-headers.ts'
import { parseRoutePath } from './route-path.ts'
import type { PathSegment } from './route-path.ts'
import { findReservedSegment } from './route-reserved.ts'
import { ROUTE_MODES } from './route.ts'
import type { Route, RouteCondition } from './route.ts'

/** As the framing guard lets them in. */
export const ROUTE_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** ± */
export const ROUTE_PRIORITY_MAX = 1_000_000

const HOST = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$|^\[[0-9a-f:.]+\]$/
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/

export type RouteFields = Omit<Route, 'id' | 'createdAtMs' | 'updatedAtMs'>

export function checkRoute(route: RouteFields): FieldError[] {
  const errors: FieldError[] = []
  const say = (path: string, message: string): void => void errors.push({ path, message })
  if (route.name === '' || route.name.length > 100 || CONTROLS.test(route.name)) say('/name', 'must be 1 to 100 printable characters')
  if (!isWhole(route.priority, -ROUTE_PRIORITY_MAX, ROUTE_PRIORITY_MAX)) {
    say('/priority', `must be a whole number from -${ROUTE_PRIORITY_MAX} to ${ROUTE_PRIORITY_MAX}`)
  }
  if (!ROUTE_MODES.includes(route.mode)) say('/mode', `must be one of ${ROUTE_MODES.join(', ')}`)
  const segments = checkPath(route.match.path, errors)
  checkMatch(route.match, say)
  checkAction(route, say)
  checkRewrite(route, segments, say)
  const { rateLimit, timeoutMs } = route
  if (rateLimit !== undefined) {
    if (!isWhole(rateLimit.requests, 1, limits.routeRequestsMax)) say('/rate_limit', `must be a whole number from 1 to ${limits.routeRequestsMax}`)
    if (!isWhole(rateLimit.windowMs, 1_000, limits.routeWindowMaxMs)) {
      say('/rate_limit_window_seconds', `must be a whole number from 1 to ${limits.routeWindowMaxMs / 1_000}`)
    }
  }
  if (timeoutMs !== undefined && !isWhole(timeoutMs, 1, limits.routeTimeoutMaxMs)) {
    say('/timeout', `must be 0.001 to ${limits.routeTimeoutMaxMs / 1_000} seconds`)
  }
  return errors
}

function checkPath(path: string, errors: FieldError[]): readonly PathSegment[] | undefined {
  const parsed = parseRoutePath(path)
  if ('fault' in parsed) {
    errors.push({ path: '/match/path', message: `character ${parsed.fault.position + 1}: ${parsed.fault.message}` })
    return undefined
  }
  const reserved = findReservedSegment(parsed.segments)
  if (reserved !== undefined) {
    const before = path.split('/').slice(0, reserved.segment + 1)
    errors.push({ path: '/match/path', message: `character ${before.join('/').length + 2}: ${reserved.message}` })
  }
  return parsed.segments
}

type Say = (path: string, message: string) => void

function checkMatch(match: RouteFields['match'], say: Say): void {
  const { methods, host, headers, query, model, clientKeyIds, accountIds } = match
  if (methods !== undefined) {
    if (methods.length === 0) say('/match/methods', 'must name at least one method; leave it out for all')
    for (const [index, method] of methods.entries()) {
      if (!(ROUTE_METHODS as readonly string[]).includes(method)) say(`/match/methods/${index}`, `must be one of ${ROUTE_METHODS.join(', ')}`)
    }
  }
  if (host !== undefined && (host.length > 253 || !HOST.test(host))) {
    say('/match/host', 'must be a host name in lower case without a port, or "*." before one')
  }
  checkList('/match/headers', headers, say, (condition, path) => checkHeaderCondition(condition, path, say))
  checkList('/match/query', query, say, (condition, path) => checkCondition(condition, path, say))
  if (model !== undefined && (model === '' || model.length > limits.routePatternCharsMax)) {
    say('/match/model', `must have 1 to ${limits.routePatternCharsMax} characters`)
  }
  for (const [path, ids] of [
    ['/match/client_key_ids', clientKeyIds],
    ['/match/account_ids', accountIds],
  ] as const) {
    if (ids?.length === 0) say(path, 'must name at least one; leave it out for all')
    checkList(path, ids, say, (id, at) => {
      if (!/^[\w-]{1,64}$/.test(id)) say(at, 'must be an id')
    })
  }
}

function checkList<T>(path: string, list: readonly T[] | undefined, say: Say, check: (item: T, path: string) => void): void {
  if (list === undefined) return
  if (list.length > limits.routeConditionsMax) say(path, `must have at most ${limits.routeConditionsMax} entries`)
  else for (const [index, item] of list.entries()) check(item, `${path}/${index}`)
}

function checkHeaderCondition(condition: RouteCondition, path: string, say: Say): void {
  const fault = findHeaderNameFault(condition.name)
  if (fault !== undefined) say(`${path}/name`, fault)
  if (isCredentialHeader(condition.name) && condition.present === undefined) {
    say(path, 'a route must not hold a credential; ask only whether it is present, or use client_key_ids')
  }
  checkCondition(condition, path, say)
}

function checkCondition({ name, equals, pattern, present }: RouteCondition, path: string, say: Say): void {
  if (name === '' || name.length > 128 || CONTROLS.test(name)) say(`${path}/name`, 'must be 1 to 128 printable characters')
  const given = [equals, pattern, present].filter((each) => each !== undefined).length
  if (given !== 1) say(path, 'must have exactly one of equals, pattern and present')
  if (equals !== undefined && (equals.length > limits.routeValueCharsMax || CONTROLS.test(equals))) {
    say(`${path}/equals`, `must be at most ${limits.routeValueCharsMax} printable characters`)
  }
  if (pattern === undefined) return
  const control = pattern.search(CONTROLS)
  if (control >= 0) say(`${path}/pattern`, `character ${control + 1}: must be printable`)
  if (pattern === '' || pattern.length > limits.routePatternCharsMax) say(`${path}/pattern`, `must have 1 to ${limits.routePatternCharsMax} characters`)
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}
