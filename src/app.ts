// Mounts everything in order; one screen.
import express, { type Express, type RequestHandler } from 'express'
import type { DataPlane } from './proxy/data-plane.ts'

export interface AppParts {
  readonly dataPlane: DataPlane
  readonly health: RequestHandler
  readonly metrics: RequestHandler
  /** The management API; answers below /api/admin and /api. */
  readonly management: RequestHandler
  readonly swagger: RequestHandler
  readonly page: RequestHandler
  readonly notFound: RequestHandler
  readonly errorHandler: express.ErrorRequestHandler
}

/** One app for everything, or two when management has a listener of its own. */
export function createApps(parts: AppParts, hasAdminListener: boolean): { readonly main: Express; readonly admin: Express | undefined } {
  const main = createBareApp()
  // First, and on the raw request: no parser, no router and no header of ours stands between a client and its vendor.
  main.use((request, response, next) => {
    if (!parts.dataPlane.handle(request, response)) next()
  })
  main.use(parts.health)
  main.use(parts.metrics)
  if (!hasAdminListener) mountManagement(main, parts)
  main.use(parts.notFound, parts.errorHandler)
  if (!hasAdminListener) return { main, admin: undefined }

  const admin = createBareApp()
  admin.use((request, response, next) => {
    if (parts.dataPlane.guard(request, response) !== undefined) next()
  })
  admin.use(parts.health)
  mountManagement(admin, parts)
  admin.use(parts.notFound, parts.errorHandler)
  return { main, admin }
}

function mountManagement(app: Express, parts: AppParts): void {
  app.use(['/api/admin', '/api'], parts.management)
  app.use('/swagger', parts.swagger)
  app.use(parts.page)
}

function createBareApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('case sensitive routing', true)
  app.set('query parser', 'simple')
  return app
}
