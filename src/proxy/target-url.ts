// Where a request goes: joins a target's base URL with the raw path a client sent, so that the origin and the base path can never be left.
import { isNearHost } from '../domain/target-policy.ts'
import { GatewayError } from '../errors.ts'

/** A base URL, parsed once when the configuration is loaded. */
export interface ParsedTarget {
  /** `https://api.example.com`, with the port when it is not the scheme's own. */
  readonly origin: string
  /** Value of the Host header. */
  readonly host: string
  /** Name or address to connect to, without brackets. */
  readonly hostname: string
  readonly port: number
  readonly isTls: boolean
  /** In a private network, as far as its name or address tells. */
  readonly isNear: boolean
  /** Path of the base URL without a trailing slash; empty for the root. */
  readonly basePath: string
  /** `basePath` with doubled slashes collapsed and without the version segments it ends in. */
  readonly unversionedPath: string
  /** Version segment that the base URL ends in, e.g. `v1`, `v1beta`; empty when it has one further ahead (`/v1/openai`). */
  readonly version: string | undefined
}

export interface TargetPathOptions {
  /** Lets `%2f` and `%5c` through, for APIs whose identifiers contain slashes. Default false. */
  readonly allowEncodedSlash?: boolean | undefined
}

/** Decoding is repeated this often to find dot segments: more layers than real servers peel off. */
const DECODE_ROUNDS = 3
const VERSION_SEGMENT = /^v\d+(?:(?:alpha|beta)\d*)?$/
/** Finds anything that a path without escapes and without dot-led segments does not have. */
const NEEDS_INSPECTION = /[^A-Za-z0-9\-_.~!$&'()*+,;=:@/]|\/\./
/** `?` and `#` end a path; `\` is a slash to some servers; the rest never belongs on a request line. */
const FORBIDDEN_IN_PATH = /[^\x21-\x7e]|[\\#?]/
const FORBIDDEN_IN_QUERY = /[^\x21-\x7e]|[\\#]/
const FORBIDDEN_WORDS = 'a character that is not allowed in a URL (a backslash, "#", a space, a control or a non-ASCII character)'
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/
const ENCODED_SLASH = /%(?:2f|5c)/i
/** A dot segment, also with the path parameters that some servers cut off before they resolve it. */
const DOT_SEGMENT = /(?:^|[/\\])\.{1,2}(?:[/\\;]|$)/

/**
 * @param baseUrl http or https, without user info, query and fragment
 * @throws GatewayError validation_failed
 */
export function createTarget(baseUrl: string): ParsedTarget {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new GatewayError('validation_failed', 'The base URL must be an absolute http:// or https:// URL.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new GatewayError('validation_failed', 'The base URL must not contain a user name or password; add them as upstream keys instead.')
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(baseUrl)) {
    throw new GatewayError('validation_failed', 'The base URL must end with its path: remove the query and the fragment.')
  }
  const basePath = url.pathname.replace(/\/+$/, '')
  const segments = basePath.split('/').filter((segment) => segment !== '')
  let version: string | undefined
  while (VERSION_SEGMENT.test(segments.at(-1) ?? '')) version = segments.pop()
  if (version === undefined && segments.some((segment) => VERSION_SEGMENT.test(segment))) version = ''
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return {
    origin: url.origin,
    host: url.host,
    hostname,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    isTls: url.protocol === 'https:',
    isNear: isNearHost(hostname),
    basePath,
    unversionedPath: segments.map((segment) => `/${segment}`).join(''),
    version,
  }
}

/**
 * Path and query to send, starting with `/`. Bytes are forwarded as they came, except that an adapter with version
 * segments gets each of them exactly once, no doubled slashes and no trailing slash.
 * @param rawRest what followed the slug, still percent-encoded: empty or starting with `/`
 * @param rawQuery without the leading `?`; empty when there is none
 * @param versionSegments see Adapter.versionSegments; empty = the path is not touched
 * @throws GatewayError request_malformed for anything that could leave the base path
 */
export function targetPath(
  target: ParsedTarget,
  rawRest: string,
  rawQuery: string,
  versionSegments: readonly string[],
  options: TargetPathOptions = {},
): string {
  const ordinary = rawRest === '' || (rawRest.charCodeAt(0) === 0x2f && !NEEDS_INSPECTION.test(rawRest))
  if (!ordinary) inspectPath(rawRest, options.allowEncodedSlash === true)
  const joined = versionSegments.length === 0 ? target.basePath + rawRest : joinVersioned(target, rawRest, versionSegments)
  const path = joined === '' ? '/' : joined
  if (!ordinary) assertContained(target, path, versionSegments.length > 0)
  if (rawQuery === '') return path
  if (FORBIDDEN_IN_QUERY.test(rawQuery)) throw malformed(`The query contains ${FORBIDDEN_WORDS}`)
  return `${path}?${rawQuery}`
}

function inspectPath(path: string, allowEncodedSlash: boolean): void {
  if (path.charCodeAt(0) !== 0x2f) throw malformed('The path does not start with "/"')
  if (FORBIDDEN_IN_PATH.test(path)) throw malformed(`The path contains ${FORBIDDEN_WORDS}`)
  if (BROKEN_ESCAPE.test(path)) throw malformed('The path contains a "%" that is not followed by two hex digits')
  if (!allowEncodedSlash && ENCODED_SLASH.test(path)) throw malformed('The path contains an encoded slash or backslash (%2F, %5C)')
  for (let decoded = path, round = 0; ; round++) {
    if (decoded.includes('\0')) throw malformed('The path contains an encoded NUL (%00)')
    if (DOT_SEGMENT.test(decoded)) throw malformed('The path contains a dot segment ("." or ".."), perhaps encoded')
    if (round === DECODE_ROUNDS || !decoded.includes('%')) return
    decoded = decodeOnce(decoded)
  }
}

/** Byte by byte, as servers do that know nothing of UTF-8; a broken escape stays as it is. */
function decodeOnce(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function joinVersioned(target: ParsedTarget, rawRest: string, versions: readonly string[]): string {
  let rest = rawRest.includes('//') ? rawRest.replace(/\/{2,}/g, '/') : rawRest
  if (rest.endsWith('/')) rest = rest.slice(0, -1)
  // Some vendors' own SDKs carry the whole path of the default base URL, e.g. `/openai/v1/…`.
  if (target.unversionedPath !== '' && rest.startsWith(target.unversionedPath) && rest.charAt(target.unversionedPath.length) === '/') {
    rest = rest.slice(target.unversionedPath.length)
  }
  let sent: string | undefined
  for (let segment = firstSegment(rest); segment !== '' && (segment === target.version || versions.includes(segment)); segment = firstSegment(rest)) {
    sent = segment
    rest = rest.slice(segment.length + 1)
  }
  const version = sent === undefined && isVersionedDeeper(rest, target, versions) ? '' : chooseVersion(target, sent, versions)
  return version === '' ? target.unversionedPath + rest : `${target.unversionedPath}/${version}${rest}`
}

function firstSegment(rest: string): string {
  const end = rest.indexOf('/', 1)
  return end === -1 ? rest.slice(1) : rest.slice(1, end)
}

/** `/upload/v1beta/files`: the version is there, behind the first segment. */
function isVersionedDeeper(rest: string, target: ParsedTarget, versions: readonly string[]): boolean {
  const second = rest.indexOf('/', 1)
  if (second === -1) return false
  const segment = firstSegment(rest.slice(second))
  return segment !== '' && (segment === target.version || versions.includes(segment))
}

function chooseVersion(target: ParsedTarget, sent: string | undefined, versions: readonly string[]): string {
  if (target.version !== undefined) return target.version
  if (versions[0] === '') return ''
  return sent ?? (versions.includes('') ? '' : (versions[0] as string))
}

/** A second look by another way: unusual paths go through the WHATWG parser, which resolves whatever it takes for dots. */
function assertContained(target: ParsedTarget, path: string, isVersioned: boolean): void {
  const url = new URL(target.origin)
  url.pathname = path
  const base = isVersioned ? target.unversionedPath : target.basePath
  const inside = url.pathname === base || url.pathname.startsWith(`${base}/`)
  if (url.origin !== target.origin || !inside) throw malformed('The path leaves the base path of the upstream')
}

function malformed(what: string): GatewayError {
  return new GatewayError('request_malformed', `${what}. The gateway did not forward the request: correct the URL and send it again.`)
}
