// What would become of a request: asked without sending it.
import { z } from 'zod'
import { MICRO_USD } from '../../domain/budget.ts'
import { ROUTE_METHODS } from '../../domain/route-rules.ts'
import { ROUTE_ACTIONS } from '../../domain/route.ts'
import { KEY_STATES } from '../../domain/upstream-key.ts'
import type { RouteHit, RouteRequest } from '../../domain/route.ts'
import { limits } from '../../limits.ts'
import type { ExplainedUpstream, Explanation, RouteExplainer } from '../../services/route-explainer.ts'
import type { ExplainedMeter, SpendingExplainer } from '../../services/spending-explainer.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { Id, renderTime } from './schemas.ts'

const HeaderValue = z.string().max(limits.requestHeaderBytesMax)

const ExplainBody = z.strictObject({
  method: z.enum(ROUTE_METHODS).default('GET'),
  path: z
    .string()
    .max(limits.requestTargetCharsMax)
    .regex(/^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/, 'must start with "/" and be percent-encoded, as clients send it')
    .describe('As clients send it; a query may follow.'),
  host: z.string().max(255).optional().describe('Default: the host header.'),
  headers: z.record(z.string().max(128), z.union([HeaderValue, z.array(HeaderValue).max(100)])).default({}),
  body: z.unknown().optional().describe('JSON; only its model is looked at.'),
  client_key_id: z.string().max(64).optional().describe('Id of the client key that calls, never the key itself.'),
})

const Ref = z.object({ route_id: Id, route_name: z.string() })

const KeyRef = z.object({ key_id: Id, label: z.string(), masked: z.string() })

const LeaseView = z.object({
  key: KeyRef.nullable().describe('Null when none can be used, or when whose turn it is cannot be known now.'),
  why: z.string(),
  others: z.array(KeyRef.extend({ state: z.enum(KEY_STATES), reason: z.string() })).describe('Why not the others, the nearest first.'),
  others_total: z.int(),
})

const MeterView = z.object({
  name: z.string().describe('tpm, tpd, budget; those of the account with account_ before.'),
  unit: z.enum(['tokens', 'usd']),
  limit: z.number(),
  spent: z.number().nullable().describe('null when it cannot be read now.'),
  reserved: z.number().nullable().describe('By requests in flight.'),
  is_spent: z.boolean(),
  resets_at: z.iso.datetime().nullable(),
})

const ExplainView = z.object({
  surface: z.string().describe('route, management, proxy, llm, another surface, or none.'),
  why: z.string(),
  route: Ref.extend({
    action: z.enum(ROUTE_ACTIONS),
    requires_client_key: z.boolean(),
    params: z.record(z.string(), z.string()).describe('Raw, as in the path.'),
    targets: z.array(z.string()),
  }).nullable(),
  upstream: z
    .object({
      slug: z.string(),
      exists: z.boolean(),
      enabled: z.boolean(),
      targets: z.array(z.string()),
      key_tag: z.string().nullable().describe('The account of the client key may use only keys that carry it; null = all.'),
      keys: z.record(z.string(), z.int()).nullable().describe('By their stored state: the ready ones take turns.'),
      lease: LeaseView.nullable().describe('Which key the next request would use; no turn is taken. Null when the upstream is disabled or has none.'),
    })
    .nullable(),
  path_after_target: z.string().nullable(),
  shadows: z.array(Ref).describe('Routes in shadow mode that would have come first.'),
  others: z.array(Ref.extend({ field: z.string().nullable(), reason: z.string() })).describe('Why not the others, the nearest first.'),
  others_total: z.int(),
  spending: z
    .array(MeterView)
    .describe('Token limits and budgets of the client key and its account: a request that consumes tokens is refused while one is spent.'),
})

export function createExplainRoutes(explainer: RouteExplainer, spending: SpendingExplainer): Route[] {
  return [
    route({
      method: 'post',
      path: '/explain',
      permission: 'viewer',
      summary: 'Explain what would become of a request, without sending it',
      tag: 'routes',
      body: ExplainBody,
      example: { method: 'POST', path: '/llm/demo/v1/chat/completions', body: { model: 'demo-1' } },
      idempotency: 'none',
      responses: { 200: { description: 'Which route or surface takes it, why, and why not the others.', schema: ExplainView } },
      handle: async ({ body }) => {
        const used = body.client_key_id === undefined ? [] : await spending.explain(body.client_key_id)
        return { status: 200, body: { ...render(await explainer.explain(parse(body))), spending: used.map(renderMeter) } }
      },
    }),
  ]
}

function parse(body: z.output<typeof ExplainBody>): RouteRequest {
  const questionMark = body.path.indexOf('?')
  const headers = Object.entries(body.headers).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).flatMap((one) => [name.toLowerCase(), one]))
  const hostAt = headers.findIndex((name, index) => index % 2 === 0 && name === 'host')
  const { model } = (typeof body.body === 'object' && body.body !== null ? body.body : {}) as { model?: unknown }
  return {
    method: body.method,
    path: questionMark < 0 ? body.path : body.path.slice(0, questionMark),
    query: questionMark < 0 ? '' : body.path.slice(questionMark + 1),
    host: body.host ?? (hostAt < 0 ? undefined : headers[hostAt + 1]),
    headers,
    model: () => (typeof model === 'string' ? model : undefined),
    clientKeyId: body.client_key_id,
  }
}

function render({ surface, why, hit, upstream, targetPath, shadows, others, othersTotal }: Explanation): Record<string, unknown> {
  return {
    surface,
    why,
    route: hit === undefined ? null : renderHit(hit),
    upstream: upstream === undefined ? null : renderUpstream(upstream),
    path_after_target: targetPath ?? null,
    shadows: shadows.map(({ route: { id, name } }) => ({ route_id: id, route_name: name })),
    others: others.map(({ route: { id, name }, field, reason }) => ({ route_id: id, route_name: name, field: field ?? null, reason })),
    others_total: othersTotal,
  }
}

function renderMeter({ name, unit, max, state }: ExplainedMeter): z.input<typeof MeterView> {
  const inUnit = (value: number): number => (unit === 'usd' ? value / MICRO_USD : value)
  return {
    name,
    unit,
    limit: inUnit(max),
    spent: state === undefined ? null : inUnit(state.spent),
    reserved: state === undefined ? null : inUnit(state.reserved),
    is_spent: state !== undefined && state.spent >= max,
    resets_at: renderTime(state?.resetsAtMs),
  }
}

function renderHit({ route: { id, name, action, requiresClientKey }, params }: RouteHit): unknown {
  const targets = action.type === 'forward' ? action.targets.map(({ url }) => url) : []
  return { route_id: id, route_name: name, action: action.type, requires_client_key: requiresClientKey, params: { ...params }, targets }
}

function renderUpstream(explained: ExplainedUpstream): unknown {
  const { slug, upstream, keyTag, keys, lease } = explained
  const targets = upstream?.targets.map(({ url }) => url) ?? []
  const ref = (id: string): unknown => ({ key_id: id, label: explained.named.get(id)?.label ?? '', masked: explained.named.get(id)?.masked ?? '' })
  return {
    slug,
    exists: upstream !== undefined,
    enabled: upstream?.enabled ?? false,
    targets,
    key_tag: keyTag ?? null,
    keys: keys ?? null,
    lease:
      lease === undefined
        ? null
        : {
            key: lease.keyId === undefined ? null : ref(lease.keyId),
            why: lease.why,
            others: lease.others.map(({ keyId, state, reason }) => ({ ...(ref(keyId) as object), state, reason })),
            others_total: lease.othersTotal,
          },
  }
}
