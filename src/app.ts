// Mounts everything in order; one screen.
import type { RequestListener } from 'node:http'
import express, { type Express, type RequestHandler } from 'express'
import type { DataPlane } from './proxy/data-plane.ts'

export interface AppParts {
  readonly dataPlane: DataPlane
  readonly health: RequestHandler
  readonly metrics: RequestHandler
  /** The management API; answers below /api/admin and /api. */
  readonly management: RequestHandler
  readonly swagger: RequestHandler
  readonly webUi: RequestHandler
  /** Files and batches of clients, below /v1. */
  readonly batches: RequestHandler
  readonly notFound: RequestHandler
  readonly errorHandler: express.ErrorRequestHandler
}

/**
 * What each listener does with a request; two when management has a listener of its own.
 * The data plane stands in front of Express, on the raw request: no router, no parser and no header of ours comes between
 * a client and its vendor, and the 5 µs that Express costs are not paid there.
 */
export function createApps(parts: AppParts, hasAdminListener: boolean): { readonly main: RequestListener; readonly admin: RequestListener | undefined } {
  const { dataPlane } = parts
  const app = createBareApp()
  app.use(parts.health)
  app.use(parts.metrics)
  if (!hasAdminListener) mountManagement(app, parts)
  app.all(/^\/v1\/(?:files|batches)(?:\/|$)/, parts.batches)
  app.use(parts.notFound, parts.errorHandler)
  const main: RequestListener = (request, response) => {
    if (!dataPlane.handle(request, response)) app(request, response)
  }
  if (!hasAdminListener) return { main, admin: undefined }

  const adminApp = createBareApp()
  adminApp.use(parts.health)
  mountManagement(adminApp, parts)
  adminApp.use(parts.notFound, parts.errorHandler)
  const admin: RequestListener = (request, response) => {
    const head = dataPlane.guard(request, response)
    if (head !== undefined && !dataPlane.answerPreflight(head, response)) adminApp(request, response)
  }
  return { main, admin }
}

function mountManagement(app: Express, parts: AppParts): void {
  app.use(['/api/admin', '/api'], parts.management)
  app.use('/swagger', parts.swagger)
  app.use(parts.webUi)
}

function createBareApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('case sensitive routing', true)
  app.set('query parser', 'simple')
  return app
}
