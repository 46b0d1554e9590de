// Which headers a route may ask about, set or remove.

/** RFC 9110 tokens in lower case. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/

/** They frame or route a message, or belong to one connection. */
const FRAMING =
  /^(?:host|content-length|content-encoding|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|http2-settings|via|proxy-.*|x-akr-.*)$/
/** They carry somebody's identity: a route is no place for secrets, and must not take or change a client's. */
const CREDENTIALS = /^(?:authorization|cookie|set-cookie|x-api-key|api-key|x-goog-api-key|x-proxy-key|x-akr-key)$/
/** Said by the gateway about the client. */
const CLIENT_ADDRESS = /^(?:forwarded|x-forwarded-.*|x-real-ip|x-client-ip|cf-connecting-ip|true-client-ip)$/
/** Said by the gateway itself, or acting on the whole origin of the gateway. */
const OWN_ANSWER =
  /^(?:x-request-id|request-id|x-gateway-error|strict-transport-security|alt-svc|clear-site-data|service-worker-allowed|public-key-pins|nel|report-to|content-security-policy|x-content-type-options)$/

export function findHeaderNameFault(name: string): string | undefined {
  return HEADER_NAME.test(name) ? undefined : 'must be a header name in lower case, at most 64 characters'
}

/** What keeps a route from changing this header; undefined when nothing does. */
export function findHeaderEditFault(name: string, side: 'request' | 'response'): string | undefined {
  const fault = findHeaderNameFault(name)
  if (fault !== undefined) return fault
  if (FRAMING.test(name)) return 'frames or routes the message, so that a route must not change it'
  if (CREDENTIALS.test(name)) return 'carries a credential, so that a route must not change it; keys belong into the pool of an upstream'
  if (side === 'request' && CLIENT_ADDRESS.test(name)) return 'says who the client is, which only the gateway does'
  if (side === 'response' && OWN_ANSWER.test(name)) return 'is said by the gateway itself'
  return undefined
}

export function isCredentialHeader(name: string): boolean {
  return CREDENTIALS.test(name)
}

/** A header value that is the same on every wire: visible ASCII, spaces inside. */
export function isHeaderValue(value: string): boolean {
  return /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(value)
}
