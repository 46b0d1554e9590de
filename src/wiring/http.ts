// Wires what is mounted: health, metrics, management, pages.
import type { RequestHandler } from 'express'
import { createApps } from '../app.ts'
import { vouchedAddress } from '../http/client-address.ts'
import { createErrorHandler } from '../http/error-handler.ts'
import { createHealthRoutes } from '../http/health-routes.ts'
import { createMetricsRoutes } from '../http/metrics-routes.ts'
import { createNotFound } from '../http/not-found.ts'
import { createWebUiRoutes, findUiDir } from '../http/web-ui.ts'
import { createHealthSource } from './health.ts'
import type { Get, Provide } from './parts.ts'
import { requestLogFigures } from './request-log.ts'

export function registerHttp(provide: Provide): void {
  provide('apps', (get) => {
    connectMetrics(get)
    const config = get('config')
    const ids = { clock: get('clock'), random: get('random') }
    const management = deferred(async () => (await import('./management-http.ts')).createManagementHandlers(get))
    return createApps(
      {
        dataPlane: get('dataPlane'),
        health: createHealthRoutes({
          health: createHealthSource(get),
          build: config.build,
          version: config.version,
          isAdmin: (request) => isAdmin(request.get('authorization'), get),
        }),
        metrics: createMetricsRoutes({
          isEnabled: config.metricsEnabled,
          token: config.metricsToken,
          render: get('scrape'),
          clientAddress: (request) => vouchedAddress(request, config.trustProxy),
        }),
        management: management('api'),
        swagger: management('swagger'),
        webUi: createWebUiRoutes({
          dir: findUiDir(get('assetsDir')),
          build: config.build,
          version: config.version,
          publicBaseUrl: config.publicBaseUrl,
          dataPlanePort: config.adminListen === undefined ? undefined : config.listen.port,
        }),
        batches: deferred(async () => (await import('./batch-http.ts')).createBatchHandlers(get))('batches'),
        notFound: createNotFound({ requestIds: get('requestIds'), llmSlugs: () => llmSlugs(get) }),
        errorHandler: createErrorHandler({ logger: get('logger'), ...ids }),
      },
      config.adminListen !== undefined,
    )
  })
}

/** Handlers that are made when they are first asked for; the request waits for them, later ones do not. */
function deferred<T extends string>(make: () => Promise<Readonly<Record<T, RequestHandler>>>): (name: T) => RequestHandler {
  let made: Promise<Readonly<Record<T, RequestHandler>>> | undefined
  return (name) => async (request, response, next) => {
    made ??= make()
    const handlers = await made
    return handlers[name](request, response, next)
  }
}

async function isAdmin(authorization: string | undefined, get: Get): Promise<boolean> {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
  if (token === undefined) return false
  const signedIn = await get('management')
    .auth.findSignedIn(token)
    .catch(() => undefined)
  return signedIn?.user.role === 'admin'
}

function llmSlugs(get: Get): string[] {
  return [...(get('snapshot').current?.upstreams.values() ?? [])]
    .filter(({ upstream }) => upstream.kind === 'llm' && upstream.enabled)
    .map(({ upstream }) => upstream.slug)
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
    targets: function* () {
      // Names of routes are not unique.
      for (const { kind, id, slug, targets } of get('targets').list()) {
        const upstream = kind === 'upstream' ? slug : `route ${id}`
        for (const { url, isHealthy, breaker } of targets) yield { upstream, target: url, isHealthy, breaker: breaker?.state }
      }
    },
    streams: () => get('dataPlane').streams(),
    connections: () => get('lifecycle').connections ?? 0,
    caches: () => [
      ['client_key', get('lookups').clientKeys],
      ['dns', get('lookups').dns],
    ],
    errorReports: () => get('logging').errorReports(),
    spans: () => get('traces')?.counts,
    logLinesDropped: () => get('logging').dropped(),
    requestLog: () => requestLogFigures(get('requestLog')),
    replicas: () => get('shared').replicas.count,
    keyEventsDropped: () => get('recorder').eventsDropped,
    isDatabaseReachable: () => get('stores').fault() === undefined,
    snapshotFileAgeS: () => {
      const savedAtMs = get('saver')?.savedAtMs
      return savedAtMs === undefined ? undefined : Math.max(0, (get('clock').nowMs() - savedAtMs) / 1000)
    },
  })
}
