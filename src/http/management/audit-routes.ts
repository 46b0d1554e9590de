// The record of changes: read it, and prove that it is whole.
import { z } from 'zod'
import type { AuditEntry } from '../../domain/audit.ts'
import type { AuditTrail } from '../../services/audit-trail.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { Id, Time, renderTime } from './schemas.ts'

const Cursor = z
  .string()
  .regex(/^aud_\d{15}$/, 'must be a cursor of an earlier answer')
  .optional()

const AuditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: Cursor.describe('next_cursor of the answer before.'),
  actor: z.string().max(128).optional(),
  action: z.string().max(128).optional().describe('e.g. client_key.change'),
  entity: z.string().max(128).optional().describe('e.g. client_key'),
  entity_id: z.string().max(128).optional(),
  from: Time.optional(),
  until: Time.optional().describe('Exclusive.'),
})

const EntryView = z.object({
  id: Id,
  at: z.iso.datetime(),
  actor: z.string(),
  actor_id: Id.nullable(),
  action: z.string(),
  entity: z.string(),
  entity_id: z.string(),
  fields: z.array(z.string()).describe('What differs.'),
  before: z.record(z.string(), z.unknown()).describe('Of harmless fields the values; secrets never.'),
  after: z.record(z.string(), z.unknown()),
  count: z.int().nullable().describe('How many, where many were changed at once.'),
  request_id: z.string().nullable(),
  network: z.string().nullable(),
  hash: z.string(),
})

const VerdictView = z.object({
  whole: z.boolean().describe('False when an entry was changed, taken out or put in.'),
  checked: z.int(),
  fault: z.object({ id: Id, reason: z.string() }).nullable().describe('The first entry that does not fit.'),
  next_cursor: Id.nullable().describe('Where to go on: one call proves 10,000 entries. null at the end of the record.'),
})

export function createAuditRoutes(audit: AuditTrail): Route[] {
  return [
    route({
      method: 'get',
      path: '/audit',
      permission: 'admin',
      summary: 'List who changed what, newest first',
      tag: 'audit',
      query: AuditQuery,
      responses: { 200: { description: 'Entries.', schema: z.object({ data: z.array(EntryView), next_cursor: Id.nullable() }) } },
      handle: async ({ query }) => {
        const { limit, cursor, actor, action, entity, entity_id: entityId, from, until } = query
        const fromMs = from === undefined ? undefined : Date.parse(from)
        const untilMs = until === undefined ? undefined : Date.parse(until)
        const entries = await audit.list(limit, { actor, action, entity, entityId, fromMs, untilMs }, cursor)
        const last = entries.length < limit ? undefined : entries.at(-1)
        return { status: 200, body: { data: entries.map(renderEntry), next_cursor: last?.id ?? null } }
      },
    }),
    route({
      method: 'get',
      path: '/audit/verify',
      permission: 'admin',
      summary: 'Prove that the record of changes is whole, a part at a time',
      tag: 'audit',
      query: z.strictObject({ cursor: Cursor }),
      responses: { 200: { description: 'The verdict.', schema: VerdictView } },
      handle: async ({ query }) => {
        const { whole, checked, fault, nextId } = await audit.verify(query.cursor)
        return { status: 200, body: { whole, checked, fault: fault ?? null, next_cursor: nextId ?? null } }
      },
    }),
  ]
}

function renderEntry(entry: AuditEntry): z.input<typeof EntryView> {
  const { fields = [], before = {}, after = {}, count = null } = parseChanges(entry.changes)
  const { id, actor, action, entity, hash } = entry
  const at = renderTime(entry.atMs) as string
  const { actorId = null, entityId, requestId = null, network = null } = entry
  return { id, at, actor, actor_id: actorId, action, entity, entity_id: entityId, fields, before, after, count, request_id: requestId, network, hash }
}

interface Shown {
  readonly fields?: string[]
  readonly before?: Record<string, unknown>
  readonly after?: Record<string, unknown>
  readonly count?: number
}

/** What somebody wrote into the table by hand is shown as far as it can be read; the proof says that it is not ours. */
function parseChanges(text: string): Shown {
  try {
    return JSON.parse(text) as Shown
  } catch {
    return {}
  }
}
