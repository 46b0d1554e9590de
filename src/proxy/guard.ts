// The framing guard (D9): reads the raw head of a request once, before any routing, and refuses what a strict proxy must not pass.
import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'

/** The head of a request whose framing is unambiguous. */
export interface InboundHead {
  readonly method: string
  /** Raw request target, starts with `/`. */
  readonly target: string
  /** Flat, lower-case names, wire order. */
  readonly headers: string[]
  /** Bytes announced by content-length; -1 when absent. */
  readonly contentLength: number
  readonly isChunked: boolean
  readonly expectsContinue: boolean
  /** Lower-cased value of Connection, or undefined. */
  readonly connection: string | undefined
  /** See LoopGuard; undefined when it has passed no other gateway. */
  readonly hops?: string | undefined
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const DIGITS = /^\d{1,15}$/
/** Names whose underscore spelling some servers treat as the same header. */
const NO_UNDERSCORE_TWIN = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-proxy-key',
  'x-akr-key',
  'cookie',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])
const FORBIDDEN_IN_TARGET = /[\x00-\x20\x7f-\uffff#\\]/

/** @throws GatewayError; the connection must be closed after the answer, because its framing cannot be trusted. */
export function readHead(request: IncomingMessage): InboundHead {
  const method = request.method as string
  const target = request.url as string
  const http11 = request.httpVersionMajor === 1 && request.httpVersionMinor === 1
  if (!http11 && !(request.httpVersionMajor === 1 && request.httpVersionMinor === 0)) throw malformed('Only HTTP/1.1 and HTTP/1.0 are spoken here.')
  if (!METHODS.has(method)) {
    throw new GatewayError('method_not_allowed', `The method ${method.slice(0, 20)} is not supported.`, { allow: [...METHODS].join(', ') })
  }
  checkTarget(target)

  const raw = request.rawHeaders
  if (raw.length > limits.requestHeadersMax * 2) {
    throw new GatewayError('headers_too_large', `More than ${limits.requestHeadersMax} request headers. Send fewer.`)
  }
  const headers: string[] = new Array<string>(raw.length)
  let hosts = 0
  let contentLength = -1
  let isChunked = false
  let expectsContinue = false
  let connection: string | undefined
  let hops: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = lowerCaseName(raw[i] as string)
    const value = raw[i + 1] as string
    headers[i] = name
    headers[i + 1] = value
    switch (name) {
      case 'host':
        hosts++
        if (!isHost(value)) throw malformed('The Host header is not a valid host name.')
        break
      case 'content-length':
        if (contentLength !== -1 || !DIGITS.test(value)) throw malformed('Content-Length must be one decimal number, sent once.')
        contentLength = Number(value)
        break
      case 'transfer-encoding':
        if (isChunked || value.toLowerCase() !== 'chunked' || !http11) throw malformed('Transfer-Encoding must be exactly "chunked", once, on HTTP/1.1.')
        isChunked = true
        break
      case 'expect':
        if (value.toLowerCase() !== '100-continue') throw malformed('Expect must be exactly "100-continue".')
        // RFC 9110 10.1.1: a client of HTTP/1.0 would take the interim answer for the final one.
        expectsContinue = http11
        break
      case 'connection':
        connection = connection === undefined ? value.toLowerCase() : `${connection},${value.toLowerCase()}`
        break
      case 'x-akr-hops':
        hops = hops === undefined ? value : `${hops},${value}`
        break
      default:
        if (name.includes('_') && NO_UNDERSCORE_TWIN.has(name.replaceAll('_', '-'))) {
          throw malformed(`The header ${name.slice(0, 40)} is ambiguous: write it with hyphens.`)
        }
    }
  }
  if (hosts !== 1 && !(hosts === 0 && !http11)) throw malformed('Exactly one Host header is required.')
  if (isChunked && contentLength !== -1) throw malformed('Content-Length and Transfer-Encoding must not be sent together.')
  return { method, target, headers, contentLength, isChunked, expectsContinue, connection, hops }
}

/** Names as clients spell them; programs use few spellings, and looking one up is cheaper than converting it. */
const LOWER_CASE = new Map<string, string>()
const SPELLINGS_MAX = 1_000

function lowerCaseName(name: string): string {
  let lower = LOWER_CASE.get(name)
  if (lower === undefined) {
    lower = name.toLowerCase()
    if (LOWER_CASE.size < SPELLINGS_MAX && name.length <= 64) LOWER_CASE.set(name, lower)
  }
  return lower
}

function checkTarget(target: string): void {
  if (target.length > limits.requestTargetCharsMax) {
    throw new GatewayError('uri_too_long', `The request target is longer than ${limits.requestTargetCharsMax} characters. Send long parameters in the body.`)
  }
  if (target.charCodeAt(0) !== 47 /* / */) throw malformed('The request target must be a path that starts with "/".')
  if (FORBIDDEN_IN_TARGET.test(target)) throw malformed('The request target contains a character that must be percent-encoded.')
}

/** Host never routes here, so it only has to be harmless: no user info, path, space or control. */
function isHost(value: string): boolean {
  return value.length <= 255 && /^[\w.\-:[\]~%]*$/.test(value)
}

function malformed(detail: string): GatewayError {
  return new GatewayError('request_malformed', `${detail} The request was not forwarded.`)
}
