// How a route is written, in full or in the flat form.
import { z } from 'zod'
import { HEADER_EDIT_OPERATIONS, ROUTE_MODES } from '../../domain/route.ts'
import type { RouteAction, RouteCondition, RouteMatch, RouteRewrite } from '../../domain/route.ts'
import { limits } from '../../limits.ts'
import type { RouteInput } from '../../services/route-input.ts'

const { routeConditionsMax: CONDITIONS_MAX, routeValueCharsMax: VALUE_CHARS, routePatternCharsMax: PATTERN_CHARS, routePathCharsMax: PATH_CHARS } = limits

const Condition = z
  .strictObject({
    name: z.string().max(128),
    equals: z.string().max(VALUE_CHARS).optional(),
    pattern: z.string().max(PATTERN_CHARS).optional().describe('A glob: * is any run of characters, everything else is itself.'),
    present: z.boolean().optional(),
  })
  .describe('Exactly one of equals, pattern and present.')

const Path = z.string().max(PATH_CHARS)
const Method = z.string().max(20)
const Ids = z.array(z.string().max(64)).max(CONDITIONS_MAX)

const Match = z.strictObject({
  path: Path.describe('Literal segments, :name for one segment, *name at the end for the rest.'),
  methods: z.array(Method).max(16).nullable().optional().describe('null = all. GET takes HEAD too.'),
  host: z.string().max(255).nullable().optional().describe('A name, or *.example.com for all below it.'),
  headers: z.array(Condition).max(CONDITIONS_MAX).optional().describe('All must hold.'),
  query: z.array(Condition).max(CONDITIONS_MAX).optional().describe('All must hold.'),
  model: z.string().max(PATTERN_CHARS).nullable().optional().describe('Glob over the model of a JSON body.'),
  client_key_ids: Ids.nullable().optional(),
  account_ids: Ids.nullable().optional(),
})

const Target = z.strictObject({ url: z.string().min(1).max(2048), weight: z.int().min(1).max(1000).default(1) })
const Status = z.int().min(200).max(599)

const Action = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('upstream'), upstream: z.string().max(63).describe('Its slug.') }),
  z.strictObject({ type: z.literal('forward'), targets: z.array(Target).min(1).max(limits.routeTargetsMax) }),
  z.strictObject({ type: z.literal('deny'), status: Status.default(403), message: z.string().min(1).max(1000) }),
  z.strictObject({ type: z.literal('redirect'), status: Status.default(302), location: z.string().min(1).max(2048) }),
  z.strictObject({
    type: z.literal('mock'),
    status: Status.default(200),
    headers: z.record(z.string().max(64), z.string().max(VALUE_CHARS)).default({}),
    body: z.string().max(limits.routeAnswerCharsMax).default(''),
  }),
])

const HeaderEdits = z
  .array(z.strictObject({ op: z.enum(HEADER_EDIT_OPERATIONS), name: z.string().max(64), value: z.string().max(VALUE_CHARS).optional() }))
  .max(CONDITIONS_MAX)

const Rewrite = z.strictObject({
  path: Path.optional().describe('With parameters of match.path.'),
  request_headers: HeaderEdits.optional(),
  response_headers: HeaderEdits.optional(),
  model: z.string().max(PATTERN_CHARS).optional(),
})

/** Every field is optional here; what a new route needs is checked by the service. */
export const RouteBody = z.strictObject({
  name: z.string().max(100).optional(),
  enabled: z.boolean().optional(),
  priority: z.int().optional().describe('Higher first. Default: 0.'),
  mode: z.enum(ROUTE_MODES).optional().describe('shadow: counted and logged, never acts.'),
  match: Match.optional(),
  action: Action.optional(),
  rewrite: Rewrite.nullable().optional(),
  requires_client_key: z.boolean().optional().describe('Default: true for an upstream, false for the others.'),
  rate_limit: z.int().min(0).nullable().optional().describe('Requests per window over all callers; null or 0 = none.'),
  rate_limit_window_seconds: z.int().min(1).optional().describe('Default: 60.'),
  timeout: z.number().min(0).nullable().optional().describe('Seconds for the whole exchange; null or 0 = the default.'),
  path: Path.optional().describe('Flat form of match.path.'),
  method: z.string().max(100).nullable().optional().describe('Flat form of match.methods: one or several with commas; "*", "ANY", "" or null = all.'),
  target_url: z.string().max(2048).optional().describe('Flat form of an action that forwards to one target.'),
})

type Body = z.output<typeof RouteBody>

export function parseRouteBody(body: Body): RouteInput {
  return {
    name: body.name,
    enabled: body.enabled,
    priority: body.priority,
    mode: body.mode,
    match: body.match === undefined ? undefined : parseMatch(body.match),
    action: body.action satisfies RouteAction | undefined,
    rewrite: body.rewrite === undefined || body.rewrite === null ? body.rewrite : parseRewrite(body.rewrite),
    requiresClientKey: body.requires_client_key,
    rateLimit: body.rate_limit === 0 ? null : body.rate_limit,
    rateWindowMs: body.rate_limit_window_seconds === undefined ? undefined : body.rate_limit_window_seconds * 1_000,
    timeoutMs: parseTimeout(body.timeout),
    path: body.path,
    methods: body.method === undefined ? undefined : parseMethod(body.method),
    targetUrl: body.target_url,
  }
}

function parseMatch(match: z.output<typeof Match>): RouteMatch {
  return {
    path: match.path,
    methods: match.methods?.map((method) => method.toUpperCase()),
    host: match.host?.toLowerCase(),
    headers: match.headers?.map((condition): RouteCondition => ({ ...condition, name: condition.name.toLowerCase() })),
    query: match.query,
    model: match.model ?? undefined,
    clientKeyIds: match.client_key_ids ?? undefined,
    accountIds: match.account_ids ?? undefined,
  }
}

function parseRewrite({ path, model, ...headers }: z.output<typeof Rewrite>): RouteRewrite {
  const lowered = (edits: z.output<typeof HeaderEdits> | undefined): RouteRewrite['requestHeaders'] =>
    edits?.map((edit) => ({ ...edit, name: edit.name.toLowerCase() }))
  return { path, model, requestHeaders: lowered(headers.request_headers), responseHeaders: lowered(headers.response_headers) }
}

function parseTimeout(seconds: number | null | undefined): number | null | undefined {
  if (seconds === undefined) return undefined
  return seconds === null || seconds === 0 ? null : Math.max(1, Math.round(seconds * 1_000))
}

function parseMethod(text: string | null): readonly string[] | null {
  if (text === null || text === '' || text === '*' || text.toUpperCase() === 'ANY') return null
  return text.split(',').map((method) => method.trim().toUpperCase())
}
