// The headers that keep browsers from doing more with an answer than it was made for.
import type { ServerResponse } from 'node:http'

/** For answers with data: nothing may be run, framed, guessed or kept. */
export function setApiHeaders(response: ServerResponse): void {
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  setCommonHeaders(response)
}

/**
 * For answers with pages: scripts, styles and connections of our own origin only.
 * @param allowances further directives, e.g. `img-src 'self' data:`
 */
export function setPageHeaders(response: ServerResponse, allowances = ''): void {
  const policy = `default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'`
  response.setHeader('content-security-policy', allowances === '' ? policy : `${policy}; ${allowances}`)
  setCommonHeaders(response)
}

function setCommonHeaders(response: ServerResponse): void {
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('x-frame-options', 'DENY')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cross-origin-resource-policy', 'same-origin')
  response.setHeader('cross-origin-opener-policy', 'same-origin')
}
