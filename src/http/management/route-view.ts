// How a route is shown: in full, and with the members of the flat form beside it.
import { z } from 'zod'
import { HEADER_EDIT_OPERATIONS, ROUTE_ACTIONS, ROUTE_MODES } from '../../domain/route.ts'
import type { HeaderEdit, Route, RouteCondition } from '../../domain/route.ts'
import type { RouteWarning } from '../../domain/route-overlap.ts'
import { Id, renderTime } from './schemas.ts'

const Condition = z.object({ name: z.string(), equals: z.string().optional(), pattern: z.string().optional(), present: z.boolean().optional() })
const HeaderEdits = z.array(z.object({ op: z.enum(HEADER_EDIT_OPERATIONS), name: z.string(), value: z.string().optional() }))

export const RouteView = z.object({
  id: Id,
  name: z.string(),
  enabled: z.boolean(),
  priority: z.int(),
  mode: z.enum(ROUTE_MODES),
  match: z.object({
    path: z.string(),
    methods: z.array(z.string()).nullable(),
    host: z.string().nullable(),
    headers: z.array(Condition),
    query: z.array(Condition),
    model: z.string().nullable(),
    client_key_ids: z.array(z.string()).nullable(),
    account_ids: z.array(z.string()).nullable(),
  }),
  action: z.looseObject({ type: z.enum(ROUTE_ACTIONS) }),
  rewrite: z.object({ path: z.string().nullable(), request_headers: HeaderEdits, response_headers: HeaderEdits, model: z.string().nullable() }).nullable(),
  requires_client_key: z.boolean(),
  rate_limit: z.int().nullable().describe('Requests per window over all callers.'),
  rate_limit_window_seconds: z.int().nullable(),
  timeout: z.number().nullable().describe('Seconds.'),
  path: z.string().describe('Same as match.path.'),
  method: z.string().nullable().describe('match.methods with commas; null = all.'),
  target_url: z.string().nullable().describe('URL of the first target of an action that forwards.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})

export const SavedRouteView = RouteView.extend({
  warnings: z.array(z.object({ kind: z.enum(['shadowed_by', 'shadows', 'ambiguous']), route_id: Id, route_name: z.string(), message: z.string() })),
})

export function renderRoute(route: Route): Record<string, unknown> {
  const { match, action, rewrite, rateLimit, timeoutMs } = route
  return {
    id: route.id,
    name: route.name,
    enabled: route.enabled,
    priority: route.priority,
    mode: route.mode,
    match: {
      path: match.path,
      methods: match.methods ?? null,
      host: match.host ?? null,
      headers: (match.headers ?? []).map(renderCondition),
      query: (match.query ?? []).map(renderCondition),
      model: match.model ?? null,
      client_key_ids: match.clientKeyIds ?? null,
      account_ids: match.accountIds ?? null,
    },
    action,
    rewrite:
      rewrite === undefined
        ? null
        : {
            path: rewrite.path ?? null,
            request_headers: (rewrite.requestHeaders ?? []).map(renderEdit),
            response_headers: (rewrite.responseHeaders ?? []).map(renderEdit),
            model: rewrite.model ?? null,
          },
    requires_client_key: route.requiresClientKey,
    rate_limit: rateLimit?.requests ?? null,
    rate_limit_window_seconds: rateLimit === undefined ? null : rateLimit.windowMs / 1_000,
    timeout: timeoutMs === undefined ? null : timeoutMs / 1_000,
    path: match.path,
    method: match.methods?.join(',') ?? null,
    target_url: action.type === 'forward' ? (action.targets[0]?.url ?? null) : null,
    created_at: renderTime(route.createdAtMs),
    updated_at: renderTime(route.updatedAtMs),
  }
}

export function renderWarning({ kind, routeId, routeName }: RouteWarning): unknown {
  return { kind, route_id: routeId, route_name: routeName, message: MESSAGES[kind](routeName) }
}

const MESSAGES: Readonly<Record<RouteWarning['kind'], (name: string) => string>> = {
  shadowed_by: (name) => `"${name}" comes first and takes everything that this route would. Raise the priority of this one, or narrow the other.`,
  shadows: (name) => `This route comes first and takes everything that "${name}" would. Lower its priority, or narrow it.`,
  ambiguous: (name) => `"${name}" has the same path, host and priority, and a request may suit both: the older route takes it. Give them priorities.`,
}

const renderCondition = ({ name, equals, pattern, present }: RouteCondition): unknown => ({ name, equals, pattern, present })
const renderEdit = ({ op, name, value }: HeaderEdit): unknown => ({ op, name, value })
