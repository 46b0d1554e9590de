// What this gateway is, and which adapters it has.
import { z } from 'zod'
import { DIALECTS } from '../../domain/dialect.ts'
import { KEY_LOCATIONS, UPSTREAM_KINDS } from '../../domain/upstream.ts'
import type { AdapterFacts } from '../../ports/adapter-facts.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Store } from '../../ports/store.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { renderTime } from './schemas.ts'

export interface SystemRouteDependencies {
  readonly adapters: readonly AdapterFacts[]
  readonly build: string
  readonly version: string
  /** Epoch ms. */
  readonly startedAtMs: number
  readonly clock: Clock
  readonly store: Store
}

const AdapterView = z.object({
  name: z.string(),
  title: z.string(),
  kind: z.enum(UPSTREAM_KINDS),
  dialect: z.enum(DIALECTS),
  base_url: z.string().nullable().describe('Default; null when one must be given.'),
  key_location: z.enum(KEY_LOCATIONS),
  key_name: z.string(),
  key_prefix: z.string(),
})

const StatusView = z.object({
  status: z.literal('ok'),
  version: z.string(),
  build: z.string(),
  started_at: z.iso.datetime(),
  uptime_seconds: z.int(),
  counts: z.object({ upstreams: z.int(), client_keys: z.int(), users: z.int() }),
})

export function createSystemRoutes(dependencies: SystemRouteDependencies): Route[] {
  const { adapters, build, version, startedAtMs, clock, store } = dependencies
  return [
    route({
      method: 'get',
      path: '/adapters',
      permission: 'viewer',
      summary: 'List the adapters with their defaults',
      tag: 'system',
      responses: { 200: { description: 'Adapters.', schema: z.object({ data: z.array(AdapterView) }) } },
      handle: () => ({ status: 200, body: { data: adapters.map(renderAdapter) } }),
    }),
    route({
      method: 'get',
      path: '/status',
      permission: 'viewer',
      summary: 'Say what this gateway is and how much it holds',
      tag: 'system',
      responses: { 200: { description: 'The status.', schema: StatusView } },
      handle: async () => {
        const one = { page: 1, limit: 1 }
        const [upstreams, clientKeys, users] = await Promise.all([store.upstreams.listPage(one), store.clientKeys.listPage(one), store.users.count()])
        return {
          status: 200,
          body: {
            status: 'ok',
            version,
            build,
            started_at: renderTime(startedAtMs),
            uptime_seconds: Math.max(0, Math.floor((clock.nowMs() - startedAtMs) / 1000)),
            counts: { upstreams: upstreams.total, client_keys: clientKeys.total, users },
          },
        }
      },
    }),
  ]
}

function renderAdapter(adapter: AdapterFacts): z.input<typeof AdapterView> {
  const { location, name, prefix } = adapter.keyPlacement
  return {
    name: adapter.name,
    title: adapter.title,
    kind: adapter.kind,
    dialect: adapter.dialect,
    base_url: adapter.defaultBaseUrl ?? null,
    key_location: location,
    key_name: name,
    key_prefix: prefix,
  }
}
