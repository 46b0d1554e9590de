// The management API and its documentation: a part of its own, loaded with the first request for it, because its schemas
// take more memory than the whole data plane.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestHandler } from 'express'
import { ADAPTERS } from '../adapters/index.ts'
import { createManagementRouter } from '../http/management-router.ts'
import { createManagementRoutes } from '../http/management/routes.ts'
import type { LiveServices } from '../http/live/live-services.ts'
import { createOpenApiDocument } from '../http/openapi.ts'
import { createSwaggerRouter } from '../http/swagger-router.ts'
import type { Live } from './live.ts'
import type { Get } from './parts.ts'
import { createLogReader } from './request-log.ts'
import { createLiveStatus } from './status.ts'

export function createManagementHandlers(get: Get): { readonly api: RequestHandler; readonly swagger: RequestHandler } {
  const config = get('config')
  const management = {
    services: get('management'),
    jobs: get('jobs'),
    store: get('store'),
    logs: createLogReader(get),
    targets: get('targets'),
    spending: get('spending').limiter,
    listeners: { ...pick(get('live')), tunnels: () => ({ open: get('openedMetrics').webSocketsOpen(), max: config.webSockets.max }) },
    status: createLiveStatus(get),
    adapters: ADAPTERS,
    clock: get('clock'),
    random: get('random'),
    metrics: get('metrics'),
    build: config.build,
    version: config.version,
    startedAtMs: get('lifecycle').startedAtMs,
    trustProxy: config.trustProxy,
    publicBaseUrl: config.publicBaseUrl,
    cors: get('cors'),
  }
  const document = createOpenApiDocument(createManagementRoutes(management), config.version)
  return { api: createManagementRouter(management), swagger: createSwaggerRouter(document, findSwaggerDir(get('assetsDir'))) }
}

function pick({ hub, sessions, isLeaving }: Live): LiveServices {
  return { hub, sessions, isLeaving }
}

/** Beside the bundle, or in the packages when it runs from the sources. */
function findSwaggerDir(assetsDir: string): string {
  const bundled = join(assetsDir, 'swagger-ui')
  return existsSync(bundled) ? bundled : join(assetsDir, '../../node_modules/swagger-ui-dist')
}
