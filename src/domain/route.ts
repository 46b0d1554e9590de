// A configured route: which requests it takes, and what becomes of them. Everything that no other surface owns is looked up among these.

export const ROUTE_MODES = ['enforce', 'shadow'] as const
/** `shadow`: never acts; what it would have taken is counted and logged. */
export type RouteMode = (typeof ROUTE_MODES)[number]

/** Exactly one of `equals`, `pattern` and `present` is set. */
export interface RouteCondition {
  /** Header names lower case; names of query parameters as they are. */
  readonly name: string
  readonly equals?: string | undefined
  /** A glob: `*` is any run of characters, everything else is itself, case included. No regular expressions. */
  readonly pattern?: string | undefined
  /** true: must be there, with whatever value; false: must not be there. */
  readonly present?: boolean | undefined
}

export interface RouteMatch {
  /** Segments are literals, `:name` (one segment, not empty) or, at the end, `*name` (the rest, may be empty). Raw bytes: `%2F` is not a separator. */
  readonly path: string
  /** Upper case; undefined = every method. A route for GET takes HEAD too. */
  readonly methods?: readonly string[] | undefined
  /** Lower case, without a port: a name, or `*.example.com` for every name below it. */
  readonly host?: string | undefined
  /** All must hold. */
  readonly headers?: readonly RouteCondition[] | undefined
  /** All must hold. */
  readonly query?: readonly RouteCondition[] | undefined
  /** Glob over the `model` member of a JSON body. */
  readonly model?: string | undefined
  /** One of these must have called. */
  readonly clientKeyIds?: readonly string[] | undefined
  readonly accountIds?: readonly string[] | undefined
}

export interface RouteTarget {
  /** No query. What is put after it: see pathAfterTarget in route-path.ts. */
  readonly url: string
  /** 1…1000 */
  readonly weight: number
}

export type RouteAction =
  | { readonly type: 'upstream'; /** Its slug. */ readonly upstream: string }
  | { readonly type: 'forward'; readonly targets: readonly RouteTarget[] }
  | { readonly type: 'deny'; readonly status: number; readonly message: string }
  | { readonly type: 'redirect'; readonly status: number; readonly location: string }
  | { readonly type: 'mock'; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
export const ROUTE_ACTIONS = ['upstream', 'forward', 'deny', 'redirect', 'mock'] as const satisfies readonly RouteAction['type'][]

export const HEADER_EDIT_OPERATIONS = ['set', 'add', 'remove'] as const

export interface HeaderEdit {
  readonly op: (typeof HEADER_EDIT_OPERATIONS)[number]
  /** Lower case. Never one of framing, hop-by-hop or credentials. */
  readonly name: string
  /** Absent for `remove` only. */
  readonly value?: string | undefined
}

export interface RouteRewrite {
  /** `/v2/:id/*rest`, with parameters of the route's path only. */
  readonly path?: string | undefined
  /** Applied in order. */
  readonly requestHeaders?: readonly HeaderEdit[] | undefined
  readonly responseHeaders?: readonly HeaderEdit[] | undefined
  /** Replaces the `model` member of a JSON body. */
  readonly model?: string | undefined
}

export interface RouteRateLimit {
  readonly requests: number
  readonly windowMs: number
}

export interface Route {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  /** Higher first, then the more specific path, then the older route. */
  readonly priority: number
  readonly mode: RouteMode
  readonly match: RouteMatch
  readonly action: RouteAction
  readonly rewrite?: RouteRewrite | undefined
  /** Always true for upstream routes. */
  readonly requiresClientKey: boolean
  readonly rateLimit?: RouteRateLimit | undefined
  /** For the whole exchange. */
  readonly timeoutMs?: number | undefined
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** Of a request, what routes look at. */
export interface RouteRequest {
  readonly method: string
  /** Raw, without the query; starts with `/`. */
  readonly path: string
  /** As sent (a port and case do not matter); undefined when there is none. */
  readonly host: string | undefined
  /** Flat, lower-case names, wire order, as the guard reads them: a condition holds when it holds for any line of that name. */
  readonly headers: readonly string[]
  /** Raw, without the `?`; empty when there is none. */
  readonly query: string
  /** The `model` member of the JSON body. Leave it out until the body was read; see RouteDecision.needsModel. */
  readonly model?: (() => string | undefined) | undefined
  readonly clientKeyId?: string | undefined
  readonly accountId?: string | undefined
}

export interface RouteHit {
  readonly route: Route
  /** Raw slices of the path by parameter name; a wildcard's value has no leading slash. No prototype. */
  readonly params: Readonly<Record<string, string>>
}

export interface RouteDecision {
  /** The route that acts. */
  readonly hit: RouteHit | undefined
  /** Routes in shadow mode that would have come before `hit`, in order, at most limits.routeShadowHitsMax. */
  readonly shadows: readonly RouteHit[]
  /**
   * A candidate asks for the model and the request has no `model`: read the body, then ask again with it.
   * `hit` and `shadows` are empty then.
   */
  readonly needsModel: boolean
}

/** All enabled routes of one configuration, compiled once. Nothing in it changes. */
export interface RouteMatcher {
  /** Routes in it, shadows included. */
  readonly size: number
  /** Those that act, by id. */
  readonly enforced: ReadonlyMap<string, Route>
  /** Those that forward to several targets. */
  readonly balanced: readonly Route[]
  find(request: RouteRequest): RouteDecision
  /** Methods that enforced routes take on this path and host; empty when none has the path, `['*']` when one takes all. For 405. */
  methodsAt(path: string, host: string | undefined): readonly string[]
  /** Whether an enforced route that writes out `/api/…` takes this path: then the short mount of the management API leaves it alone. */
  claims(method: string, path: string): boolean
}
