// Paths that belong to the gateway's own surfaces, and what a route may take of the management API's short mount.
import type { PathSegment } from './route-path.ts'

/** First segments that no route may write out. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['proxy', 'llm', 'v1', 'v1beta', 'metrics', 'swagger', 'ws', 'ui', 'setup'],
  ...['health', 'healthz', 'livez', 'readyz'],
])

/** Below `/api`: what people need to get in and to undo a route, and the mount that always stays. */
const KEPT: ReadonlySet<string> = new Set(['admin', 'auth', 'login', 'logout', 'setup', 'routes', 'explain'])

/** What keeps a route from having this path; undefined when nothing does. `segment` counts from 0. */
export function findReservedSegment(segments: readonly PathSegment[]): { readonly segment: number; readonly message: string } | undefined {
  const [first, second] = segments
  if (first?.kind !== 'literal') return undefined
  if (first.text === '' && segments.length === 1) return { segment: 0, message: 'the path "/" belongs to the web UI of the gateway' }
  if (RESERVED.has(first.text)) return { segment: 0, message: `paths below "/${first.text}" belong to another surface of the gateway` }
  if (first.text !== 'api') return undefined
  if (second?.kind !== 'literal' || second.text === '') {
    return { segment: second === undefined ? 0 : 1, message: 'below "/api" the next segment must be written out, because management answers there too' }
  }
  return KEPT.has(second.text) ? { segment: 1, message: `"/api/${second.text}" is kept for management` } : undefined
}

/** Whether a route takes its path from the short mount of the management API. Wildcards and parameters in front never do. */
export function claimsApiPath(segments: readonly PathSegment[]): boolean {
  const [first] = segments
  return first?.kind === 'literal' && first.text === 'api' && findReservedSegment(segments) === undefined
}

/** The surface that a path belongs to before any route is asked; undefined when routes are. Below `/api` the matcher's `claims` decides. */
export function surfaceOf(path: string): string | undefined {
  if (path === '/') return 'ui'
  const first = path.split('/', 2)[1] as string
  if (first === 'api') return 'management'
  return RESERVED.has(first) ? first : undefined
}
