// The management API as an express router, to be mounted at /api/admin and at /api.
import { Router } from 'express'
import type { RequestHandler } from 'express'
import { GatewayError } from '../errors.ts'
import { authorize } from './authorization.ts'
import { createCorsHandler } from './cors.ts'
import { createManagementRoutes } from './management/routes.ts'
import type { ManagementDependencies } from './management/routes.ts'
import { findNearestPath } from './nearest-path.ts'
import type { AccountAccess, Route } from './registry.ts'
import { assignRequestId } from './request-id.ts'
import { createRouteRunner } from './route-runner.ts'
import type { RouteRunnerDependencies } from './route-runner.ts'
import { setApiHeaders } from './security-headers.ts'

/** Answers everything below its mount; errors go to the app's error handler (see createErrorHandler). */
export function createManagementRouter(dependencies: ManagementDependencies): Router {
  const { services, metrics, trustProxy, publicBaseUrl, cors } = dependencies
  return createRouterOf(createManagementRoutes(dependencies), dependencies, {
    auth: services.auth,
    idempotentAnswers: services.idempotentAnswers,
    metrics,
    audit: services.audit,
    trustProxy,
    ownHosts: publicBaseUrl === undefined ? [] : [new URL(publicBaseUrl).host],
    cors,
  })
}

function createRouterOf(routes: readonly Route[], ids: Pick<ManagementDependencies, 'clock' | 'random'>, runner: RouteRunnerDependencies): Router {
  const router = Router({ caseSensitive: true, strict: true })
  if (runner.cors !== undefined) router.use(createCorsHandler(runner.cors))
  router.use((request, response, next) => {
    assignRequestId(request, response, ids)
    setApiHeaders(response)
    next()
  })
  for (const route of routes) router[route.method](route.path, createRouteRunner(route, runner))
  for (const [path, allow] of methodsByPath(routes)) {
    const isPublic = routes.some((route) => route.path === path && route.permission === 'public')
    const account = routes.some((route) => route.path === path && route.account === 'own') ? 'own' : 'none'
    router.all(path, refuseMethod(allow, isPublic, account, runner))
  }
  router.use(refusePath([...new Set(routes.map((route) => route.path))]))
  return router
}

function methodsByPath(routes: readonly Route[]): Map<string, string> {
  const methods = new Map<string, string>()
  for (const { method, path } of routes) {
    const known = methods.get(path)
    const name = method === 'get' ? 'GET, HEAD' : method.toUpperCase()
    methods.set(path, known === undefined ? name : `${known}, ${name}`)
  }
  return methods
}

/** A stranger is not told what a protected path takes. */
function refuseMethod(allow: string, isPublic: boolean, account: AccountAccess, { auth, metrics }: RouteRunnerDependencies): RequestHandler {
  return async (request) => {
    await authorize(request, { permission: isPublic ? 'public' : 'signed_in', account }, auth, metrics)
    throw new GatewayError('method_not_allowed', `This path does not take this method. It takes: ${allow}.`, { allow })
  }
}

function refusePath(paths: readonly string[]): RequestHandler {
  return (request) => {
    const nearest = findNearestPath(request.path, paths)
    const hint = nearest === undefined ? 'The API is described at /swagger/index.html.' : `Did you mean ${request.baseUrl}${nearest} ?`
    throw new GatewayError('route_not_found', `Nothing is served at this path. ${hint}`)
  }
}
