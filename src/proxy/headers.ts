// Which headers cross the gateway, in both directions (RFC 9110 §7.6.1 and D9).
import type { Random } from '../ports/random.ts'

/** Never forwarded: they belong to one connection, to framing, or say who the client is. */
const REQUEST_DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'host',
  'content-length',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'x-proxy-key',
  'x-akr-key',
  // See LoopGuard.
  'x-akr-hops',
  // Upstreams are told about traces by OTEL_PROPAGATE_UPSTREAM only, and then in our own words.
  'traceparent',
  'tracestate',
])

const RESPONSE_DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // They would act on the gateway's own origin, not on the vendor's.
  'strict-transport-security',
  'alt-svc',
  'clear-site-data',
  'service-worker-allowed',
  'public-key-pins',
  'nel',
  'report-to',
  // Said by the gateway itself.
  'x-gateway-error',
  'x-akr-upstream',
  'x-akr-attempts',
  'x-akr-error-source',
  'x-akr-key',
])

/** Also dropped when a browser is calling: a proxied site must not set state for the origin that the management page uses. */
const RESPONSE_DROPPED_FOR_BROWSERS = new Set(['set-cookie', 'access-control-allow-origin', 'access-control-allow-credentials'])

export function isDroppedFromRequest(name: string): boolean {
  return REQUEST_DROPPED.has(name)
}

export function isDroppedFromResponse(name: string): boolean {
  return RESPONSE_DROPPED.has(name)
}

export function isDroppedForBrowsers(name: string): boolean {
  return RESPONSE_DROPPED_FOR_BROWSERS.has(name)
}

/** Names listed in Connection are hop-by-hop too; undefined when there are none beyond the usual. */
export function connectionListed(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  return new Set(connection.split(',').map((name) => name.trim()))
}

const REQUEST_ID = /^[\w.-]{8,128}$/

/** Request ids that are unique over processes and restarts: a random part per process and a count. */
export class RequestIds {
  readonly #prefix: string
  #count = 0

  constructor(random: Random) {
    this.#prefix = `req_${random.bytes(8).toString('hex')}`
  }

  /** The client's own id when it is a sane one, else a fresh one. */
  idFor(inbound: string | undefined): string {
    if (inbound !== undefined && REQUEST_ID.test(inbound)) return inbound
    return this.#prefix + (this.#count++).toString(36).padStart(8, '0')
  }
}

/** Browsers say so in Sec-Fetch-* headers, which scripts cannot forge or leave out. */
export function isBrowser(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) if ((headers[i] as string).startsWith('sec-fetch-')) return true
  return false
}

export interface ResponseHeadOptions {
  readonly requestId: string
  /** Its slug; undefined when the answer is that of a route's own target. */
  readonly upstream: string | undefined
  readonly attempts: number
  readonly isBrowser: boolean
  /** What is said to pages of other origins, instead of what the vendor says; undefined = nothing of ours. */
  readonly cors?: readonly string[] | undefined
}

interface ContentKind {
  /** text/event-stream */
  readonly isEventStream: boolean
  /** Nothing that a browser would run. */
  readonly isInert: boolean
}

const KINDS = new Map<string, ContentKind>()
const KINDS_MAX = 200

/** What a Content-Type means for the relay; vendors use a handful of values, so each is looked at once. */
export function contentKind(type: string): ContentKind {
  let kind = KINDS.get(type)
  if (kind === undefined) {
    kind = { isEventStream: /^text\/event-stream\b/i.test(type), isInert: INERT_TYPE.test(type) }
    if (KINDS.size >= KINDS_MAX) KINDS.clear()
    if (type.length <= 128) KINDS.set(type, kind)
  }
  return kind
}

const INERT_TYPE = /^(?:application\/(?:[\w.+-]*\+)?json|text\/event-stream)\s*(?:;|$)/i

/**
 * The header list for the client: the vendor's headers minus what must not cross, plus ours.
 * @param headers parsed by the upstream client: lower-case names, repeated ones as arrays
 */
export function responseHeaders(headers: Record<string, string | string[] | undefined>, options: ResponseHeadOptions): string[] {
  const out: string[] = []
  const { connection } = headers
  const listed = connectionListed(Array.isArray(connection) ? connection.join(',').toLowerCase() : connection?.toLowerCase())
  for (const name in headers) {
    if (RESPONSE_DROPPED.has(name) || listed?.has(name) === true) continue
    if (options.cors !== undefined && name.startsWith('access-control-')) continue
    if (options.isBrowser && RESPONSE_DROPPED_FOR_BROWSERS.has(name)) continue
    const value = headers[name] as string | string[]
    const outName = name === 'x-request-id' || name === 'request-id' ? 'x-akr-upstream-request-id' : name
    if (typeof value === 'string') out.push(outName, value)
    else for (const one of value) out.push(outName, one)
  }
  const type = headers['content-type']
  const kind = typeof type === 'string' ? contentKind(type) : undefined
  if (kind?.isInert !== true) out.push('content-security-policy', 'sandbox')
  else if (kind.isEventStream) out.push('x-accel-buffering', 'no')
  out.push('x-content-type-options', 'nosniff', 'x-request-id', options.requestId, 'request-id', options.requestId)
  if (options.upstream !== undefined) out.push('x-akr-upstream', options.upstream)
  out.push('x-akr-attempts', String(options.attempts), 'x-akr-error-source', 'upstream')
  if (options.cors !== undefined) out.push(...options.cors)
  return out
}

/** As a flat list in the order of the record. */
export function flatHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const flat: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') flat.push(name, value)
    else if (value !== undefined) for (const one of value) flat.push(name, one)
  }
  return flat
}
