// What a route asks of a request besides its path and host, compiled once.
import { Glob } from './glob.ts'
import type { Route, RouteCondition, RouteRequest } from './route.ts'

/** A request while it is looked at: its query is read at most once, and only when a route asks for it. */
export interface Seen {
  readonly request: RouteRequest
  query: URLSearchParams | undefined
}

export interface Check {
  /** The field of the route that says so: `/match/headers/0`. */
  readonly field: string
  holds(seen: Seen): boolean
}

/** Without the methods, and without the model, which may not be known yet. In the order in which they are cheap. */
export function compileChecks({ match }: Route): readonly Check[] {
  const checks: Check[] = []
  if (match.clientKeyIds !== undefined) checks.push(oneOf('/match/client_key_ids', match.clientKeyIds, (request) => request.clientKeyId))
  if (match.accountIds !== undefined) checks.push(oneOf('/match/account_ids', match.accountIds, (request) => request.accountId))
  for (const [index, condition] of (match.headers ?? []).entries()) {
    checks.push(checkOf(`/match/headers/${index}`, condition, headerValueHolds))
  }
  for (const [index, condition] of (match.query ?? []).entries()) {
    checks.push(checkOf(`/match/query/${index}`, condition, queryValueHolds))
  }
  return checks.length === 0 ? NONE : checks
}

const NONE: readonly Check[] = []

/** Thousands of routes share a handful of sets, which then stay in the processor's cache. */
const METHOD_SETS = new Map<string, ReadonlySet<string>>()
const METHOD_SETS_MAX = 200

/** The methods that a route takes; undefined = all. */
export function methodsOf(methods: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (methods === undefined) return undefined
  const name = methods.join()
  let set = METHOD_SETS.get(name)
  if (set === undefined) {
    set = new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)
    if (METHOD_SETS.size < METHOD_SETS_MAX) METHOD_SETS.set(name, set)
  }
  return set
}

function oneOf(field: string, ids: readonly string[], idOf: (request: RouteRequest) => string | undefined): Check {
  const allowed = new Set(ids)
  return {
    field,
    holds: ({ request }) => {
      const id = idOf(request)
      return id !== undefined && allowed.has(id)
    },
  }
}

type AnyValue = (seen: Seen, name: string, test: (value: string) => boolean) => boolean

function checkOf(field: string, condition: RouteCondition, anyValue: AnyValue): Check {
  const { name, equals, pattern, present } = condition
  if (present === false) return { field, holds: (seen) => !anyValue(seen, name, () => true) }
  const glob = pattern === undefined ? undefined : new Glob(pattern)
  const test = (value: string): boolean => (equals !== undefined ? value === equals : glob === undefined || glob.matches(value))
  return { field, holds: (seen) => anyValue(seen, name, test) }
}

const headerValueHolds: AnyValue = ({ request: { headers } }, name, test) => {
  for (let at = 0; at < headers.length; at += 2) if (headers[at] === name && test(headers[at + 1] as string)) return true
  return false
}

/** Names and values decoded, as servers read them: `%64ebug=1` is `debug=1`. */
const queryValueHolds: AnyValue = (seen, name, test) => {
  seen.query ??= new URLSearchParams(seen.request.query)
  return seen.query.getAll(name).some(test)
}
