// Wires what is mounted: health, metrics, management, pages.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ADAPTERS } from '../adapters/index.ts'
import { createApps } from '../app.ts'
import { clientAddress } from '../http/client-address.ts'
import { createErrorHandler } from '../http/error-handler.ts'
import { createHealthRoutes } from '../http/health-routes.ts'
import { createManagementRouter } from '../http/management-router.ts'
import { createMetricsRoutes } from '../http/metrics-routes.ts'
import { createNotFound } from '../http/not-found.ts'
import { createManagementRoutes } from '../http/management/routes.ts'
import { createOpenApiDocument } from '../http/openapi.ts'
import { createPageRoutes, findPageDir } from '../http/page.ts'
import { createSwaggerRouter } from '../http/swagger-router.ts'
import { createHealthSource } from './health.ts'
import type { Get, Provide } from './parts.ts'

export function registerHttp(provide: Provide): void {
  provide('apps', (get) => {
    connectMetrics(get)
    const config = get('config')
    const ids = { clock: get('clock'), random: get('random') }
    const management = {
      services: get('management'),
      store: get('store'),
      adapters: ADAPTERS,
      ...ids,
      metrics: get('metrics'),
      build: config.build,
      version: config.version,
      startedAtMs: get('lifecycle').startedAtMs,
      trustProxy: config.trustProxy,
      publicBaseUrl: config.publicBaseUrl,
    }
    return createApps(
      {
        dataPlane: get('dataPlane'),
        health: createHealthRoutes({ health: createHealthSource(get), build: config.build, version: config.version, isAdmin: (request) => isAdmin(request.get('authorization'), get) }),
        metrics: createMetricsRoutes({ token: config.metricsToken, render: () => get('openedMetrics').render(), clientAddress: (request) => clientAddress(request, config.trustProxy) }),
        management: createManagementRouter(management),
        swagger: createSwaggerRouter(createOpenApiDocument(createManagementRoutes(management), config.version), findSwaggerDir(get('assetsDir'))),
        page: createPageRoutes({
          dir: findPageDir(get('assetsDir')),
          build: config.build,
          version: config.version,
          publicBaseUrl: config.publicBaseUrl,
          dataPlanePort: config.adminListen === undefined ? undefined : config.listen.port,
        }),
        notFound: createNotFound({ requestIds: get('requestIds'), llmSlugs: () => llmSlugs(get) }),
        errorHandler: createErrorHandler({ logger: get('logger'), ...ids }),
      },
      config.adminListen !== undefined,
    )
  })
}

/** Beside the bundle, or in the packages when it runs from the sources. */
function findSwaggerDir(assetsDir: string): string {
  const bundled = join(assetsDir, 'swagger-ui')
  return existsSync(bundled) ? bundled : join(assetsDir, '../../node_modules/swagger-ui-dist')
}

async function isAdmin(authorization: string | undefined, get: Get): Promise<boolean> {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
  if (token === undefined) return false
  const signedIn = await get('management').auth.findSignedIn(token).catch(() => undefined)
  return signedIn?.user.role === 'admin'
}

function llmSlugs(get: Get): string[] {
  return [...(get('snapshot').current?.upstreams.values() ?? [])].filter(({ upstream }) => upstream.kind === 'llm' && upstream.enabled).map(({ upstream }) => upstream.slug)
}

function connectMetrics(get: Get): void {
  const snapshot = get('snapshot')
  get('openedMetrics').connect({
    isUpstream: (slug) => snapshot.current?.upstreams.has(slug) === true,
    poolKeys: function* () {
      for (const pool of snapshot.pools) {
        for (const [state, count] of Object.entries(pool.countByState())) yield { upstream: pool.slug, state, count }
      }
    },
    logLinesDropped: () => get('logging').dropped(),
  })
}
