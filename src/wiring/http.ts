// Wires what is mounted: health, metrics, management, pages.
import { ADAPTERS } from '../adapters/index.ts'
import { createApps } from '../app.ts'
import { clientAddress } from '../http/client-address.ts'
import { createErrorHandler } from '../http/error-handler.ts'
import { createHealthRoutes } from '../http/health-routes.ts'
import { createManagementRouter } from '../http/management-router.ts'
import { createMetricsRoutes } from '../http/metrics-routes.ts'
import { createNotFound } from '../http/not-found.ts'
import { createHealthSource } from './health.ts'
import type { Get, Provide } from './parts.ts'

export function registerHttp(provide: Provide): void {
  provide('apps', (get) => {
    connectMetrics(get)
    const config = get('config')
    const services = get('management')
    const ids = { clock: get('clock'), random: get('random') }
    return createApps(
      {
        dataPlane: get('dataPlane'),
        health: createHealthRoutes({ health: createHealthSource(get), build: config.build, version: config.version, isAdmin: async () => false }),
        metrics: createMetricsRoutes({ token: config.metricsToken, render: () => get('openedMetrics').render(), clientAddress: (request) => clientAddress(request, config.trustProxy) }),
        management: createManagementRouter({
          services,
          store: get('store'),
          adapters: ADAPTERS,
          ...ids,
          metrics: get('metrics'),
          build: config.build,
          version: config.version,
          startedAtMs: get('lifecycle').startedAtMs,
          trustProxy: config.trustProxy,
          publicBaseUrl: config.publicBaseUrl,
        }),
        swagger: (_request, _response, next) => next(),
        page: (_request, _response, next) => next(),
        notFound: createNotFound({ requestIds: get('requestIds'), llmSlugs: () => llmSlugs(get) }),
        errorHandler: createErrorHandler({ logger: get('logger'), ...ids }),
      },
      config.adminListen !== undefined,
    )
  })
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
