// What a forwarded request carries: the client's headers without what belongs to the gateway, and who asked, as far as that is known.
import type { HeaderEdit } from '../domain/route.ts'
import type { CapturedBody } from './body.ts'
import { cleanRequest, type CleanRequest } from './credentials.ts'
import type { ForwardedFacts } from './data-plane-dependencies.ts'
import type { InboundHead } from './guard.ts'
import { editRequestHeaders } from './header-edits.ts'
import type { ParsedTarget } from './target-url.ts'

/** A target of a route has no vendor's ways, and no key of ours. */
const PLAIN = { kind: 'generic', dialect: 'problem', requiredHeaders: [] } as const
const NO_PLACEMENT = { location: 'header', name: '', prefix: '' } as const
/** No header and no parameter holds this: the guard refuses it. */
const NO_CLIENT_KEY = '\0'
/** Parameters in which clients send keys. */
const KEY_PARAMETERS = /^(?:key|api[_-]?key|token|access_token)=/i

/** @param clientKey what the client presented; undefined when it presented nothing that the gateway knows */
export function cleanForward(head: InboundHead, query: string, clientKey: string | undefined, isGatewayKey: (value: string) => boolean): CleanRequest {
  const clean = cleanRequest(head, query, PLAIN, NO_PLACEMENT, clientKey ?? NO_CLIENT_KEY, isGatewayKey)
  if (clean.query === '' || !clean.query.split('&').some((part) => holdsKey(part, isGatewayKey))) return clean
  const parts = clean.query.split('&').filter((part) => !holdsKey(part, isGatewayKey))
  return { headers: clean.headers, query: parts.join('&') }
}

function holdsKey(part: string, isGatewayKey: (value: string) => boolean): boolean {
  return KEY_PARAMETERS.test(part) && isGatewayKey(part.slice(part.indexOf('=') + 1))
}

/** With framing of our own, exactly one kind of it. */
export function plainHeaders(
  clean: CleanRequest,
  edits: readonly HeaderEdit[] | undefined,
  target: ParsedTarget,
  { chain, proto, host }: ForwardedFacts,
  head: InboundHead,
  body: CapturedBody,
): Record<string, string | string[]> {
  const headers = Object.create(null) as Record<string, string | string[]>
  headers.host = target.host
  const edited = editRequestHeaders(clean.headers, edits)
  for (let i = 0; i < edited.length; i += 2) {
    const [name, value] = [edited[i] as string, edited[i + 1] as string]
    const before = headers[name]
    if (before === undefined) headers[name] = value
    else headers[name] = typeof before === 'string' ? [before, value] : [...before, value]
  }
  if (chain !== '') headers['x-forwarded-for'] = chain
  headers['x-forwarded-proto'] = proto
  if (host !== '') headers['x-forwarded-host'] = host
  if (body.buffer !== undefined) headers['content-length'] = String(body.buffer.length)
  else if (body.stream === undefined) {
    if (head.contentLength === 0) headers['content-length'] = '0'
  } else if (head.contentLength >= 0) headers['content-length'] = String(head.contentLength)
  else headers['transfer-encoding'] = 'chunked'
  return headers
}
