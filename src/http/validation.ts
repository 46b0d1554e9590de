// Checks what came in against the schemas of a route; what a schema does not name is refused.
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { FieldError } from '../errors.ts'

const ERRORS_MAX = 50
/** Longer than every name of ours, shorter than vendor keys. */
const NAME_CHARS_MAX = 28

/**
 * @param place put before each path: empty for the body, `query` for the query
 * @throws GatewayError validation_failed with every fault; no value of the input is repeated
 */
export function validate<T>(schema: z.ZodType<T>, input: unknown, place: '' | 'query' | 'path'): T {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue) => describe(issue, place)).slice(0, ERRORS_MAX)
  const named = errors.slice(0, 3).map((error) => `${error.path || '/'} ${error.message}`)
  const rest = errors.length > named.length ? ` and ${errors.length - named.length} more` : ''
  throw new GatewayError('validation_failed', `Invalid input: ${named.join('; ')}${rest}.`, { errors })
}

/** The query as plain data. @throws GatewayError validation_failed when a parameter is given twice */
export function parseQuery(request: IncomingMessage): Record<string, string> {
  const url = request.url ?? ''
  const start = url.indexOf('?')
  const query: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : url.slice(start))) {
    if (name in query) throw new GatewayError('validation_failed', `The query parameter "${shorten(name)}" is given twice.`)
    query[name] = value
  }
  return { ...query }
}

/** Versions named by If-Match; undefined when any version will do. Something that was never an ETag of ours matches nothing. */
export function parseIfMatch(request: IncomingMessage): number[] | undefined {
  const header = request.headers['if-match']
  if (header === undefined || header.trim() === '*') return undefined
  // Proxies that compress mark ETags as weak; ours name the stored version, which compression does not change.
  return header.split(',').map((tag) => parseInt(/^\s*(?:W\/)?"([\da-z]{1,10})"\s*$/.exec(tag)?.[1] ?? '-1', 36))
}

/** ETag of a row. */
export function renderEtag(updatedAtMs: number): string {
  return `"${updatedAtMs.toString(36)}"`
}

function describe(issue: z.core.$ZodIssue, place: string): FieldError[] {
  const base = [place, ...issue.path.map(String)].filter((part) => part !== '').map(shorten)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: `/${[...base, shorten(key)].join('/')}`, message: 'is not a known field' }))
  }
  return [{ path: `/${base.join('/')}`, message: issue.message }]
}

/** Names come from the input: somebody may have pasted a key where a name belongs. */
function shorten(name: string): string {
  return name.length <= NAME_CHARS_MAX ? name : `${name.slice(0, 4)}…`
}
