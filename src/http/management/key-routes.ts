// One upstream key: read, change, test, revive, delete, and its history.
import { z } from 'zod'
import type { UpstreamKey } from '../../domain/upstream-key.ts'
import { limits } from '../../limits.ts'
import type { KeyAdmin } from '../../services/key-admin.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { KeyChangeBody, KeyEventView, KeyTestView, KeyView, parseKeyChange, renderKey, renderKeyEvent } from './key-view.ts'
import { IdParams } from './schemas.ts'

const EventQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(limits.keyEventsKept).default(50) })

export function createKeyRoutes(keys: KeyAdmin): Route[] {
  return [
    route({
      method: 'get',
      path: '/keys/:id',
      permission: 'viewer',
      summary: 'Get a key, without its value',
      tag: 'keys',
      params: IdParams,
      responses: { 200: { description: 'The key.', schema: KeyView } },
      handle: async ({ params }) => answer(await keys.get(params.id)),
    }),
    route({
      method: 'patch',
      path: '/keys/:id',
      permission: 'operator',
      summary: 'Change a key or switch it on or off',
      tag: 'keys',
      params: IdParams,
      body: KeyChangeBody,
      example: { label: 'team b', limits: { rpm: 30, max_in_flight: 4 } },
      responses: { 200: { description: 'Changed and in force.', schema: KeyView } },
      handle: async ({ params, body, actor, seenVersions }) => answer(await keys.update(params.id, parseKeyChange(body), actor, seenVersions)),
    }),
    route({
      method: 'delete',
      path: '/keys/:id',
      permission: 'operator',
      summary: 'Delete a key',
      tag: 'keys',
      params: IdParams,
      responses: { 204: { description: 'Deleted.' } },
      handle: async ({ params, seenVersions }) => {
        await keys.remove(params.id, seenVersions)
        return { status: 204 }
      },
    }),
    route({
      method: 'post',
      path: '/keys/:id/test',
      permission: 'operator',
      summary: 'Ask the vendor whether it accepts the key',
      tag: 'keys',
      params: IdParams,
      responses: { 200: { description: "The vendor's answer and the key's state after it.", schema: KeyTestView } },
      handle: async ({ params }) => {
        const { result, key } = await keys.test(params.id)
        const { ok, status, latencyMs, reason, message } = result
        return { status: 200, body: { ok, status: status ?? null, latency_ms: Math.round(latencyMs * 10) / 10, reason, message, key: renderKey(key) } }
      },
    }),
    route({
      method: 'post',
      path: '/keys/:id/revive',
      permission: 'operator',
      summary: 'Put a cooling, parked or disabled key back into rotation',
      tag: 'keys',
      params: IdParams,
      responses: { 200: { description: 'Ready and in rotation.', schema: KeyView } },
      handle: async ({ params, actor }) => answer(await keys.revive(params.id, actor)),
    }),
    route({
      method: 'get',
      path: '/keys/:id/events',
      permission: 'viewer',
      summary: 'List what happened to a key, newest first',
      tag: 'keys',
      params: IdParams,
      query: EventQuery,
      responses: { 200: { description: 'Changes of state with their causes.', schema: z.object({ data: z.array(KeyEventView) }) } },
      handle: async ({ params, query }) => ({ status: 200, body: { data: (await keys.listEvents(params.id, query.limit)).map(renderKeyEvent) } }),
    }),
  ]
}

function answer(key: UpstreamKey): Answer {
  return { status: 200, body: renderKey(key), etag: renderEtag(key.updatedAtMs) }
}
