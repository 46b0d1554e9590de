// Upstreams: list, create, read, replace, change, delete.
import { z } from 'zod'
import type { BoundUpstreams } from '../../services/bound-upstreams.ts'
import type { UpstreamAdmin, UpstreamWithCounts } from '../../services/upstream-admin.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { BoundUpstreamView, renderBoundUpstream } from './account-view.ts'
import { IdParams, SearchQuery, listOf, renderList } from './schemas.ts'
import { UpstreamBody, UpstreamView, parseUpstreamBody, renderUpstream } from './upstream-view.ts'

const UpstreamForCaller = z.union([UpstreamView, BoundUpstreamView]).describe('People of an account see how to call it, and nothing of how it is reached.')

export function createUpstreamRoutes(upstreams: UpstreamAdmin, bound: BoundUpstreams): Route[] {
  return [
    route({
      method: 'get',
      path: '/upstreams',
      permission: 'viewer',
      account: 'own',
      summary: 'List upstreams',
      tag: 'upstreams',
      query: SearchQuery,
      responses: { 200: { description: 'Upstreams in order of creation.', schema: listOf(UpstreamForCaller) } },
      handle: async ({ query, own }) => {
        if (own !== undefined) return { status: 200, body: renderList(query, await bound.list(own, query, query.search), renderBoundUpstream) }
        return { status: 200, body: renderList(query, await upstreams.list(query, query.search), renderUpstream) }
      },
    }),
    route({
      method: 'post',
      path: '/upstreams',
      permission: 'operator',
      summary: 'Create an upstream',
      tag: 'upstreams',
      body: UpstreamBody,
      example: { slug: 'weather', base_url: 'https://api.example.com/v1', key_location: 'header', key_name: 'x-api-key' },
      responses: { 201: { description: 'Created and in force.', schema: UpstreamView } },
      handle: async ({ body }) => answer(201, await upstreams.create(parseUpstreamBody(body))),
    }),
    route({
      method: 'get',
      path: '/upstreams/:id',
      permission: 'viewer',
      account: 'own',
      summary: 'Get an upstream',
      tag: 'upstreams',
      params: IdParams,
      responses: { 200: { description: 'The upstream.', schema: UpstreamForCaller } },
      handle: async ({ params, own }) => {
        if (own === undefined) return answer(200, await upstreams.get(params.id))
        return { status: 200, body: renderBoundUpstream(await bound.get(own, params.id)) }
      },
    }),
    route({
      method: 'put',
      path: '/upstreams/:id',
      permission: 'operator',
      summary: 'Replace an upstream: fields that are not named get their defaults',
      tag: 'upstreams',
      params: IdParams,
      body: UpstreamBody,
      example: { slug: 'weather', base_url: 'https://api.example.com/v2', key_location: 'query', key_name: 'apikey' },
      responses: { 200: { description: 'Replaced and in force.', schema: UpstreamView } },
      handle: async ({ params, body, seenVersions }) => answer(200, await upstreams.update(params.id, parseUpstreamBody(body), 'replace', seenVersions)),
    }),
    route({
      method: 'patch',
      path: '/upstreams/:id',
      permission: 'operator',
      summary: 'Change an upstream: fields that are not named stay',
      tag: 'upstreams',
      params: IdParams,
      body: UpstreamBody,
      example: { enabled: false },
      responses: { 200: { description: 'Changed and in force.', schema: UpstreamView } },
      handle: async ({ params, body, seenVersions }) => answer(200, await upstreams.update(params.id, parseUpstreamBody(body), 'merge', seenVersions)),
    }),
    route({
      method: 'delete',
      path: '/upstreams/:id',
      permission: 'operator',
      summary: 'Delete an upstream with its keys',
      tag: 'upstreams',
      params: IdParams,
      responses: { 204: { description: 'Deleted.' } },
      handle: async ({ params, seenVersions }) => {
        await upstreams.remove(params.id, seenVersions)
        return { status: 204 }
      },
    }),
  ]
}

function answer(status: 200 | 201, found: UpstreamWithCounts): Answer {
  const { id, updatedAtMs } = found.upstream
  const location = status === 201 ? `/upstreams/${id}` : undefined
  return { status, body: renderUpstream(found), etag: renderEtag(updatedAtMs), location }
}
