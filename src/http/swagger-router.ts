// The API's documentation: the OpenAPI document and Swagger UI to read and try it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Router } from 'express'
import type { Request, Response } from 'express'
import { GatewayError } from '../errors.ts'
import { endAnswer } from './answer.ts'
import { setApiHeaders, setPageHeaders } from './security-headers.ts'

/** Files of the swagger-ui-dist package that the page needs; nothing else of the directory is served. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

export const SWAGGER_FILES: readonly string[] = Object.keys(FILES)

const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>API Key Rotator: management API</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" type="image/png" href="favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="swagger-ui-standalone-preset.js"></script>
<script src="start.js"></script>
</body>
</html>
`

const START = `SwaggerUIBundle({
  url: 'doc.json',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'BaseLayout',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
})
`

/** To be mounted at /swagger. @param directory the files of swagger-ui-dist (see SWAGGER_FILES) */
export function createSwaggerRouter(document: Readonly<Record<string, unknown>>, directory: string): Router {
  const router = Router({ caseSensitive: true })
  const text = JSON.stringify(document)
  router.get('/doc.json', (request, response) => {
    setApiHeaders(response)
    response.setHeader('content-type', 'application/json; charset=utf-8')
    endAnswer(request, response, text)
  })
  router.get('/', (request, response) => response.redirect(302, `${request.baseUrl}/index.html`))
  router.get('/index.html', (request, response) => sendPage(request, response, 'text/html; charset=utf-8', INDEX))
  router.get('/start.js', (request, response) => sendPage(request, response, 'text/javascript; charset=utf-8', START))
  router.get('/:file', async (request, response) => {
    const type = Object.hasOwn(FILES, request.params.file) ? FILES[request.params.file] : undefined
    if (type === undefined) throw new GatewayError('route_not_found', 'Nothing is served at this path. The API is described at /swagger/index.html.')
    const bytes = await readFile(join(directory, request.params.file)).catch((cause: unknown) => {
      throw new GatewayError('route_not_found', 'The files of Swagger UI are missing in this installation. /swagger/doc.json has the API.', { cause })
    })
    setPageHeaders(response)
    response.setHeader('content-type', type)
    response.setHeader('cache-control', 'public, max-age=3600')
    response.end(bytes)
  })
  return router
}

function sendPage(request: Request, response: Response, type: string, text: string): void {
  // Swagger UI writes style attributes and shows images from data URLs.
  setPageHeaders(response, "style-src 'self' 'unsafe-inline'; img-src 'self' data:")
  response.setHeader('content-type', type)
  response.setHeader('cache-control', 'no-cache')
  endAnswer(request, response, text)
}
