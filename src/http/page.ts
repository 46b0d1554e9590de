// The page at `/`: static files read once, a strict content policy, and a JSON welcome for programs.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Router, type Request, type Response } from 'express'
import { setApiHeaders, setPageHeaders } from './security-headers.ts'

export interface PageDependencies {
  /** Folder of index.html, page.css and the scripts; see findPageDir. */
  readonly dir: string
  readonly build: string
  readonly version: string
  /** Where clients reach the data plane; undefined = where the page itself was loaded from. */
  readonly publicBaseUrl: string | undefined
  /** Port of the data plane when management has a listener of its own; else undefined. */
  readonly dataPlanePort: number | undefined
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

interface Asset {
  readonly type: string
  readonly body: Buffer
  readonly etag: string
}

/** `page` in the assets folder of a bundle, or the folder of the sources when it runs from there. @throws Error when neither exists */
export function findPageDir(assetsDir: string): string {
  const found = [join(assetsDir, 'page'), join(assetsDir, '../../src/page')].find((dir) => existsSync(join(dir, 'index.html')))
  if (found === undefined) throw new Error(`The files of the page are missing from ${assetsDir}: the installation is incomplete.`)
  return found
}

export function createPageRoutes({ dir, build, version, publicBaseUrl, dataPlanePort }: PageDependencies): Router {
  const assets = readAssets(dir)
  const index = assets.get('index.html')
  if (index === undefined) throw new Error(`${dir} has no index.html: the installation is incomplete.`)
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
    if (request.accepts(['html', 'json']) === 'json') {
      setApiHeaders(response)
      response.json(welcome)
    } else {
      sendAsset(request, response, index)
    }
  })
  router.get('/page/:file', (request, response, next) => {
    const asset = assets.get(request.params.file)
    if (asset === undefined) next()
    else sendAsset(request, response, asset)
  })
  return router
}

function readAssets(dir: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const name of readdirSync(dir)) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const body = readFileSync(join(dir, name))
    assets.set(name, { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` })
  }
  return assets
}

function sendAsset(request: Request, response: Response, { type, body, etag }: Asset): void {
  setPageHeaders(response)
  response.setHeader('content-type', type)
  response.setHeader('etag', etag)
  // Asked again each time, so that an update is seen at once; 304 when nothing changed.
  response.setHeader('cache-control', 'no-cache')
  if (request.get('if-none-match') === etag) response.status(304).end()
  else response.end(request.method === 'HEAD' ? undefined : body)
}
