// The pool of an upstream: list, add, import and clear its keys.
import { z } from 'zod'
import { parseKeyImport } from '../../domain/key-import.ts'
import { KEY_STATES } from '../../domain/upstream-key.ts'
import { limits } from '../../limits.ts'
import type { KeyAdmin } from '../../services/key-admin.ts'
import type { KeyImportAdmin } from '../../services/key-import-admin.ts'
import type { Jobs } from '../../services/jobs.ts'
import { startKeyImport } from '../../services/key-import-kind.ts'
import { route } from '../registry.ts'
import type { Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { accepted } from './job-routes.ts'
import { JobDetailView } from './job-view.ts'
import { KeyImportBody, KeyImportView, KeyTag, KeyView, NewKeyBody, parseKeyChange, renderImport, renderKey } from './key-view.ts'
import { Flag, IdParams, SearchQuery, listOf, renderList } from './schemas.ts'

const KeyQuery = SearchQuery.extend({ state: z.enum(KEY_STATES).optional(), tag: KeyTag.optional().describe('Those that carry it.') })

export function createPoolRoutes(keys: KeyAdmin, imports: KeyImportAdmin, jobs: Jobs): Route[] {
  return [
    route({
      method: 'get',
      path: '/upstreams/:id/keys',
      permission: 'viewer',
      summary: 'List the keys of an upstream',
      tag: 'keys',
      params: IdParams,
      query: KeyQuery,
      responses: { 200: { description: 'Keys in order of creation, with the state in force.', schema: listOf(KeyView) } },
      handle: async ({ params, query }) => ({ status: 200, body: renderList(query, await keys.list(params.id, query, query), renderKey) }),
    }),
    route({
      method: 'post',
      path: '/upstreams/:id/keys',
      permission: 'operator',
      summary: 'Add a key to an upstream',
      tag: 'keys',
      params: IdParams,
      body: NewKeyBody,
      example: { value: 'sk-the-vendor-key-0123456789abcdef', label: 'team a', weight: 2, limits: { rpm: 60 } },
      responses: { 201: { description: 'Stored encrypted and in rotation.', schema: KeyView } },
      handle: async ({ params, body, actor }) => {
        const key = await keys.create(params.id, { ...parseKeyChange(body), value: body.value }, actor)
        return { status: 201, body: renderKey(key), etag: renderEtag(key.updatedAtMs) }
      },
    }),
    route({
      method: 'delete',
      path: '/upstreams/:id/keys',
      permission: 'operator',
      summary: 'Delete all keys of an upstream, or those in one state',
      tag: 'keys',
      params: IdParams,
      query: z.strictObject({ state: z.enum(KEY_STATES).optional() }),
      responses: { 200: { description: 'Deleted.', schema: z.object({ removed: z.int() }) } },
      handle: async ({ params, query }) => ({ status: 200, body: { removed: await keys.clear(params.id, query.state) } }),
    }),
    route({
      method: 'post',
      path: '/upstreams/:id/keys/import',
      permission: 'operator',
      summary: 'Import keys from anything a person would paste',
      tag: 'keys',
      params: IdParams,
      query: z.strictObject({ dry_run: Flag, background: z.enum(['true', 'false']).optional() }),
      body: KeyImportBody,
      example: { keys: ['sk-the-first-0123456789abcdef0123', { value: 'sk-the-second-0123456789abcdef012', tier: 1, tags: ['team-a'] }] },
      bodyTypes: ['json', 'text', 'csv'],
      bodyBytesMax: limits.adminBodyBytesMax,
      responses: {
        200: { description: 'What was created, known before, or not understood.', schema: KeyImportView },
        202: {
          description: `With background=true, or above ${limits.keyImportAnswerMax} keys unless it is false: the job that imports them.`,
          schema: JobDetailView,
        },
      },
      handle: async ({ params, query, body, bodyType, actor }) => {
        // The importer reads every form, so JSON goes to it as text too: it has one notion of what a key is.
        const text = bodyType === 'json' ? JSON.stringify(body) : typeof body === 'string' ? body : ''
        const parsed = parseKeyImport(text)
        const isLarge = query.background === undefined ? parsed.keys.length > limits.keyImportAnswerMax : query.background === 'true'
        if (isLarge && !query.dry_run) return accepted(await startKeyImport(jobs, imports, params.id, parsed, actor))
        const result = await imports.import(params.id, parsed, actor, query.dry_run)
        return { status: 200, body: renderImport(result, query.dry_run) }
      },
    }),
  ]
}
