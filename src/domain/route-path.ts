// The path pattern of a route: `/users/:id/files/*rest`. Read with the position of a mistake, rendered with the parameters of a request.
import { limits } from '../limits.ts'
import type { RouteHit } from './route.ts'

export type PathSegment = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'param' | 'rest'; readonly name: string }

/** What is wrong with a pattern, and at which character, counted from 0. */
export interface PatternFault {
  readonly position: number
  readonly message: string
}

export type ParsedPath = { readonly segments: readonly PathSegment[] } | { readonly fault: PatternFault }

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/
/** The characters of a path segment (RFC 3986 `pchar`) without `*`. */
const NOT_LITERAL = /[^A-Za-z0-9\-._~!$&'()+,;=:@%]/
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i
const DOT_SEGMENTS = /\/(?:\.|%2e){1,2}(?:\/|$)/i

/** A path that servers read differently: no route takes it. */
export function hasDotSegment(path: string): boolean {
  return DOT_SEGMENTS.test(path)
}

export function parseRoutePath(pattern: string): ParsedPath {
  if (pattern.charCodeAt(0) !== 47 /* / */) return fault(0, 'must start with "/"')
  if (pattern.length > limits.routePathCharsMax) return fault(limits.routePathCharsMax, `must have at most ${limits.routePathCharsMax} characters`)
  const segments: PathSegment[] = []
  const names = new Set<string>()
  const texts = pattern.slice(1).split('/')
  let position = 1
  for (const [index, text] of texts.entries()) {
    const isLast = index === texts.length - 1
    const segment = parseSegment(text, position, isLast)
    if ('position' in segment) return { fault: segment }
    if (segment.kind !== 'literal') {
      if (names.has(segment.name)) return fault(position, `names the parameter "${segment.name}" a second time; give it another name`)
      names.add(segment.name)
    }
    segments.push(segment)
    if (segments.length > limits.routeSegmentsMax) return fault(position, `must have at most ${limits.routeSegmentsMax} segments`)
    position += text.length + 1
  }
  return { segments }
}

function parseSegment(text: string, position: number, isLast: boolean): PathSegment | PatternFault {
  if (text.startsWith('*')) {
    if (!isLast) return { position, message: 'a wildcard must be the last segment; use ":name" for one segment' }
    // A bare `*` is what people write; its name is `rest`.
    return text === '*' ? { kind: 'rest', name: 'rest' } : parseName(text, 'rest', position)
  }
  if (text.startsWith(':')) return parseName(text, 'param', position)
  if (text === '' && !isLast) return { position, message: 'has an empty segment ("//")' }
  if (DOT_SEGMENT.test(text)) return { position, message: 'has a dot segment, which no request can have' }
  const wrong = text.search(NOT_LITERAL)
  if (wrong >= 0) return { position: position + wrong, message: adviseOn(text.charAt(wrong)) }
  const broken = text.search(BROKEN_ESCAPE)
  if (broken >= 0) return { position: position + broken, message: '"%" must be followed by two hexadecimal digits' }
  return { kind: 'literal', text }
}

function parseName(text: string, kind: 'param' | 'rest', position: number): PathSegment | PatternFault {
  const name = text.slice(1)
  if (NAME.test(name)) return { kind, name }
  const wrong = name === '' ? 0 : Math.max(0, name.search(/\W/))
  const what = 'a parameter takes a whole segment and its name is 1 to 32 letters, digits and "_", not starting with a digit'
  return { position: position + 1 + wrong, message: name === '' ? `has a parameter without a name: ${what}` : what }
}

function adviseOn(character: string): string {
  switch (character) {
    case '*':
      return 'a wildcard takes a whole segment: write "/*name" at the end'
    case '{':
    case '}':
      return 'parameters are written ":name", not "{name}"'
    case '?':
      return 'a path has no query; use match.query'
    default:
      return `${JSON.stringify(character)} is not allowed in a path; percent-encode it as clients send it`
  }
}

function fault(position: number, message: string): { fault: PatternFault } {
  return { fault: { position, message } }
}

/** Names of the parameters of a pattern, in order. */
export function parameterNames(segments: readonly PathSegment[]): string[] {
  return segments.flatMap((segment) => (segment.kind === 'literal' ? [] : [segment.name]))
}

/** Whether a path is one of those that the segments mean; for few routes, many go through the tree. */
export function matchesPath(segments: readonly PathSegment[], path: string): boolean {
  const texts = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const text = texts[index]
    if (text === undefined) return false
    if (segment.kind === 'rest') return true
    if (segment.kind === 'literal' ? text !== segment.text : text === '') return false
  }
  return texts.length === segments.length
}

/** The raw values of a path that the segments are known to match. */
export function readParams(segments: readonly PathSegment[], path: string): Readonly<Record<string, string>> {
  const params = Object.create(null) as Record<string, string>
  let at = 1
  for (const segment of segments) {
    if (segment.kind === 'rest') {
      params[segment.name] = path.slice(at)
      break
    }
    const slash = path.indexOf('/', at)
    const end = slash < 0 ? path.length : slash
    if (segment.kind === 'param') params[segment.name] = path.slice(at, end)
    at = end + 1
  }
  return params
}

/** A pattern with its parameters filled in, raw; the names were checked when the route was saved. */
export function renderRoutePath(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replace(/(?<=\/)[:*](\w*)/g, (_, name: string) => params[name === '' ? 'rest' : name] ?? '')
}

/**
 * The raw path that goes after the URL of a target: that of the rewrite when there is one; else, to an upstream, the path of the request;
 * else, to a target URL of the route's own, what the wildcard took. Empty: the target's URL is the whole address.
 */
export function pathAfterTarget({ route, params }: RouteHit, path: string): string {
  const rewritten = route.rewrite?.path
  if (rewritten !== undefined) return renderRoutePath(rewritten, params)
  if (route.action.type === 'upstream') return path
  const wildcard = /\/\*(\w*)$/.exec(route.match.path)
  if (wildcard === null) return ''
  const name = wildcard[1] as string
  return `/${params[name === '' ? 'rest' : name] ?? ''}`
}
