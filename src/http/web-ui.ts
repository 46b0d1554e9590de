// The web UI: static files with their compressed twins, a strict content policy, and a JSON welcome for programs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Router, type RequestHandler } from 'express'
import sirv from 'sirv'
import { GatewayError } from '../errors.ts'
import { setApiHeaders, setPageHeaders } from './security-headers.ts'

export interface WebUiDependencies {
  /** Folder of the built UI (see findUiDir); undefined = it was not built. */
  readonly dir: string | undefined
  readonly build: string
  readonly version: string
  /** Where clients reach the data plane; undefined = where the UI itself was loaded from. */
  readonly publicBaseUrl: string | undefined
  /** Port of the data plane when management has a listener of its own; else undefined. */
  readonly dataPlanePort: number | undefined
}

/** Files whose name changes with their content. */
const HASHED = /^\/assets\//

/** `ui` in the assets folder of a bundle, or what was built last when the gateway runs from its sources; undefined when nothing was. */
export function findUiDir(assetsDir: string): string | undefined {
  return [join(assetsDir, 'ui'), join(assetsDir, '../../dist/lightweight/ui')].find((dir) => existsSync(join(dir, 'index.html')))
}

/** Answers at `/` and `/setup`, and below `/ui`. */
export function createWebUiRoutes({ dir, build, version, publicBaseUrl, dataPlanePort }: WebUiDependencies): Router {
  const welcome = {
    name: 'API Key Rotator',
    version,
    build,
    message: 'Send requests to /llm/<upstream>/… or /proxy/<upstream>/… with a client key. Open / in a browser to manage the gateway.',
    docs: '/swagger/index.html',
    health: '/health',
    management: '/api/admin',
    public_base_url: publicBaseUrl ?? null,
    data_plane_port: dataPlanePort ?? null,
  }
  const router = Router({ caseSensitive: true, strict: true })
  router.get(['/', '/setup'], (request, response) => {
    response.setHeader('vary', 'accept')
    setApiHeaders(response)
    // The browser carries the part behind # along: it is the token of the set-up link.
    if (request.accepts(['html', 'json']) === 'html') response.redirect(302, request.path === '/setup' ? '/ui/setup' : '/ui/')
    else response.json(welcome)
  })
  router.get('/ui', (_request, response) => response.redirect(302, '/ui/'))
  router.use('/ui', dir === undefined ? refuseUnbuilt : createFileHandler(dir))
  return router
}

/** Paths of pages lead to index.html; those of files that do not exist are left to the next handler. */
function createFileHandler(dir: string): RequestHandler {
  return sirv(dir, {
    etag: true,
    brotli: true,
    gzip: true,
    single: true,
    // A file name that does not exist is a mistake, not a page.
    ignores: [/\.\w+$/, HASHED],
    setHeaders: (response, path) => {
      setPageHeaders(response)
      // What has no hash in its name is asked for again each time, so that an update is seen at once.
      response.setHeader('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

const refuseUnbuilt: RequestHandler = () => {
  throw new GatewayError('route_not_found', 'The web UI was not built here. `make build` builds it; `make dev` serves it at http://localhost:5173/ui/.')
}
