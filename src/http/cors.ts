// Lets pages of the origins that CORS_ORIGINS names read the answers of management.
import type { RequestHandler } from 'express'
import type { CorsPolicy } from '../proxy/cors.ts'

/** `*` is not enough here: whoever opens management to a page has to name it. */
export function createCorsHandler(policy: CorsPolicy): RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers
    const headers = policy.names(origin) ? policy.headersFor(origin) : ['vary', 'Origin']
    for (let i = 0; i < headers.length; i += 2) response.appendHeader(headers[i] as string, headers[i + 1] as string)
    next()
  }
}
