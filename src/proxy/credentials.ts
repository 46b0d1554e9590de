// The client's key is found and removed here, and the pool's key is put in: the one place where both are handled.
import type { Adapter } from '../adapters/adapter.ts'
import type { KeyPlacement } from '../domain/upstream.ts'
import type { InboundHead } from './guard.ts'
import { connectionListed, isDroppedFromRequest } from './headers.ts'
import { withoutMember, withMember } from './json-member.ts'
import { headerValue } from '../domain/message.ts'
import { limits } from '../limits.ts'

/** Headers in which clients of all kinds send their key, first match wins. */
const CREDENTIAL_HEADERS = ['x-proxy-key', 'x-akr-key', 'authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'x-anthropic-api-key'] as const
const CREDENTIAL_HEADER_SET: ReadonlySet<string> = new Set(CREDENTIAL_HEADERS)

export const isCredentialHeader = (name: string): boolean => CREDENTIAL_HEADER_SET.has(name)

export interface PresentedCredential {
  readonly value: string
  readonly place: string
}

/** @param query raw query, for `?key=` */
export function findCredential(head: InboundHead, query: string, dialect: string): PresentedCredential | undefined {
  const { headers } = head
  let best: number = CREDENTIAL_HEADERS.length
  let value = ''
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (!CREDENTIAL_HEADER_SET.has(name)) continue
    const rank = CREDENTIAL_HEADERS.indexOf(name as (typeof CREDENTIAL_HEADERS)[number])
    if (rank >= best) continue
    const found = name === 'authorization' ? bearer(headers[i + 1] as string) : (headers[i + 1] as string).trim()
    if (found === undefined || found === '') continue
    best = rank
    value = found
  }
  if (best < CREDENTIAL_HEADERS.length) return { value, place: CREDENTIAL_HEADERS[best] as string }
  if (dialect === 'gemini' && query !== '') {
    const key = queryValue(query, 'key')
    if (key !== undefined && key !== '') return { value: key, place: 'query' }
  }
  return undefined
}

function bearer(value: string): string | undefined {
  return /^bearer\s+(\S.*?)\s*$/i.exec(value)?.[1]
}

function queryValue(query: string, name: string): string | undefined {
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    if (equals > 0 && decode(part.slice(0, equals)) === name) return decode(part.slice(equals + 1))
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** What goes upstream, without a key: computed once per exchange and shared by its attempts. */
export interface CleanRequest {
  readonly headers: readonly string[]
  readonly query: string
}

/**
 * The client's headers and query without any credential for the gateway.
 * On LLM upstreams every credential place is emptied; on generic ones a foreign credential (for the API itself) passes.
 * @param isGatewayKey whether a value is a client key of this gateway
 */
export function cleanRequest(
  head: InboundHead,
  query: string,
  adapter: Pick<Adapter, 'kind' | 'dialect' | 'requiredHeaders'>,
  placement: KeyPlacement,
  clientKey: string,
  isGatewayKey: (value: string) => boolean,
): CleanRequest {
  const source = head.headers
  const listed = connectionListed(head.connection)
  const headers: string[] = []
  for (let i = 0; i < source.length; i += 2) {
    const name = source[i] as string
    if (isDroppedFromRequest(name) || listed?.has(name) === true) continue
    let value = source[i + 1] as string
    if (CREDENTIAL_HEADER_SET.has(name)) {
      if (adapter.kind === 'llm' || isGatewayKey(name === 'authorization' ? (bearer(value) ?? value) : value)) continue
    }
    if (placement.location === 'header' && name === placement.name) continue
    if (placement.location === 'basic' && name === 'authorization') continue
    if (name === 'authorization' && holdsEncoded(value, clientKey)) continue
    if (holds(value, clientKey)) {
      if (name !== 'cookie') continue
      value = cookiesWithout(value, (pair) => holds(pair, clientKey))
      if (value === '') continue
    }
    if (placement.location === 'cookie' && name === 'cookie') {
      value = cookiesWithout(value, (pair) => pair.startsWith(`${placement.name}=`))
      if (value === '') continue
    }
    headers.push(name, value)
  }
  const required = adapter.requiredHeaders
  for (let i = 0; i < required.length; i += 2) {
    if (headerValue(headers, required[i] as string) === undefined) headers.push(required[i] as string, required[i + 1] as string)
  }
  return { headers, query: query === '' ? '' : queryWithout(query, adapter, placement, clientKey) }
}

/** A short key (the demo's) is only looked for as a whole value: inside longer texts it would match by chance. */
function holds(value: string, clientKey: string): boolean {
  return clientKey.length >= 16 ? value.includes(clientKey) : value === clientKey
}

/** `Basic` hides the key in base64. */
function holdsEncoded(value: string, clientKey: string): boolean {
  const encoded = /^basic\s+(\S+)\s*$/i.exec(value)?.[1]
  if (encoded === undefined) return false
  const pair = Buffer.from(encoded, 'base64').toString('latin1')
  return pair.split(':').some((part) => holds(part, clientKey))
}

function cookiesWithout(value: string, isRemoved: (pair: string) => boolean): string {
  return value
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !isRemoved(pair))
    .join('; ')
}

/** Bytes of the parameters that stay are not touched. */
function queryWithout(query: string, adapter: Pick<Adapter, 'dialect'>, placement: KeyPlacement, clientKey: string): string {
  const isRemoved = (part: string): boolean => {
    const equals = part.indexOf('=')
    const name = decode(equals < 0 ? part : part.slice(0, equals))
    if (placement.location === 'query' && name === placement.name) return true
    if (adapter.dialect === 'gemini' && name === 'key') return true
    return equals >= 0 && holds(decode(part.slice(equals + 1)), clientKey)
  }
  if (!query.split('&').some(isRemoved)) return query
  return query
    .split('&')
    .filter((part) => !isRemoved(part))
    .join('&')
}

export interface KeyedRequest {
  readonly headers: string[]
  readonly query: string
  readonly body: Buffer | undefined
}

/** The request as it is sent with one key of the pool: the key stands in it exactly once. */
export function withKey(clean: CleanRequest, placement: KeyPlacement, key: string, body: Buffer | undefined): KeyedRequest {
  const headers = clean.headers.slice()
  let { query } = clean
  switch (placement.location) {
    case 'header':
      headers.push(placement.name, placement.prefix + key)
      break
    case 'query': {
      const pair = `${encodeURIComponent(placement.name)}=${encodeURIComponent(placement.prefix + key)}`
      query = query === '' ? pair : `${query}&${pair}`
      break
    }
    case 'basic': {
      const pair = placement.prefix === '' ? key : `${placement.prefix}:${key}`
      headers.push('authorization', `Basic ${Buffer.from(pair, 'latin1').toString('base64')}`)
      break
    }
    case 'cookie': {
      const pair = `${placement.name}=${placement.prefix + key}`
      const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'cookie')
      if (at < 0) headers.push('cookie', pair)
      else headers[at + 1] = `${headers[at + 1] as string}; ${pair}`
      break
    }
    case 'body':
      if (body === undefined && headerValue(headers, 'content-type') === undefined) headers.push('content-type', 'application/json')
      return { headers, query, body: withMember(body, placement.name, placement.prefix + key) }
  }
  return { headers, query, body }
}

/** The body without an `api_key` that repeats the client key, which was sent in a header too. */
export function withoutBodyCredential(body: Buffer, clientKey: string): Buffer {
  if (body.length > limits.bodyKeyBytesMax || !body.includes('"api_key"')) return body
  const taken = withoutMember(body, 'api_key')
  return taken?.value === clientKey ? taken.body : body
}

/** Takes the client key out of a JSON body (`api_key`, deprecated); undefined when the body has none. */
export function takeBodyCredential(body: Buffer): { value: string; body: Buffer } | undefined {
  return withoutMember(body, 'api_key')
}
