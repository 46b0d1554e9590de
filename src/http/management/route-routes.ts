// Routes: list, create, read, replace, change, delete.
import type { RouteAdmin, SavedRoute } from '../../services/route-admin.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { renderEtag } from '../validation.ts'
import { RouteBody, parseRouteBody } from './route-body.ts'
import { RouteView, SavedRouteView, renderRoute, renderWarning } from './route-view.ts'
import { IdParams, SearchQuery, listOf, renderList } from './schemas.ts'

export function createRouteRoutes(routes: RouteAdmin): Route[] {
  return [
    route({
      method: 'get',
      path: '/routes',
      permission: 'viewer',
      summary: 'List routes',
      tag: 'routes',
      query: SearchQuery,
      responses: { 200: { description: 'Routes in order of creation.', schema: listOf(RouteView) } },
      handle: async ({ query }) => ({ status: 200, body: renderList(query, await routes.list(query, query.search), renderRoute) }),
    }),
    route({
      method: 'post',
      path: '/routes',
      permission: 'operator',
      summary: 'Create a route, in full or in the flat form {path, target_url, method, enabled, rate_limit, timeout}',
      tag: 'routes',
      body: RouteBody,
      example: { path: '/api/users', target_url: 'http://127.0.0.1:9000/users', method: 'GET', enabled: true, rate_limit: 100, timeout: 30 },
      responses: { 201: { description: 'Created and in force.', schema: SavedRouteView } },
      handle: async ({ body }) => answer(201, await routes.create(parseRouteBody(body))),
    }),
    route({
      method: 'get',
      path: '/routes/:id',
      permission: 'viewer',
      summary: 'Get a route',
      tag: 'routes',
      params: IdParams,
      responses: { 200: { description: 'The route.', schema: RouteView } },
      handle: async ({ params }) => {
        const found = await routes.get(params.id)
        return { status: 200, body: renderRoute(found), etag: renderEtag(found.updatedAtMs) }
      },
    }),
    route({
      method: 'put',
      path: '/routes/:id',
      permission: 'operator',
      summary: 'Replace a route: fields that are not named get their defaults',
      tag: 'routes',
      params: IdParams,
      body: RouteBody,
      example: {
        name: 'cheap model for the night job',
        priority: 10,
        match: { path: '/jobs/*rest', methods: ['POST'], headers: [{ name: 'x-job', pattern: 'night-*' }] },
        action: { type: 'deny', message: 'The night job is switched off.' },
      },
      responses: { 200: { description: 'Replaced and in force.', schema: SavedRouteView } },
      handle: async ({ params, body, seenVersions }) => answer(200, await routes.update(params.id, parseRouteBody(body), 'replace', seenVersions)),
    }),
    route({
      method: 'patch',
      path: '/routes/:id',
      permission: 'operator',
      summary: 'Change a route: fields that are not named stay; match, action and rewrite are replaced whole',
      tag: 'routes',
      params: IdParams,
      body: RouteBody,
      example: { mode: 'shadow', rate_limit: 10 },
      responses: { 200: { description: 'Changed and in force.', schema: SavedRouteView } },
      handle: async ({ params, body, seenVersions }) => answer(200, await routes.update(params.id, parseRouteBody(body), 'merge', seenVersions)),
    }),
    route({
      method: 'delete',
      path: '/routes/:id',
      permission: 'operator',
      summary: 'Delete a route',
      tag: 'routes',
      params: IdParams,
      responses: { 204: { description: 'Deleted.' } },
      handle: async ({ params, seenVersions }) => {
        await routes.remove(params.id, seenVersions)
        return { status: 204 }
      },
    }),
  ]
}

function answer(status: 200 | 201, { route: saved, warnings }: SavedRoute): Answer {
  const location = status === 201 ? `/routes/${saved.id}` : undefined
  return { status, body: { ...renderRoute(saved), warnings: warnings.map(renderWarning) }, etag: renderEtag(saved.updatedAtMs), location }
}
