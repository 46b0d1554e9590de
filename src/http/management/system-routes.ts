// Which adapters this gateway has.
import { z } from 'zod'
import { DIALECTS } from '../../domain/dialect.ts'
import { KEY_LOCATIONS, UPSTREAM_KINDS } from '../../domain/upstream.ts'
import type { AdapterFacts } from '../../domain/adapter-facts.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'

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

export function createSystemRoutes(adapters: readonly AdapterFacts[]): Route[] {
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
