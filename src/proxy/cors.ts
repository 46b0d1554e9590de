// Which web pages of other origins may call the gateway and read its answers.
import type { ServerResponse } from 'node:http'
import { headerValue } from '../domain/message.ts'
import { limits } from '../limits.ts'
import type { InboundHead } from './guard.ts'

export interface CorsOptions {
  /** As browsers send them, or `*` alone. */
  readonly origins: readonly string[]
  /** Never with `*`. */
  readonly allowsCredentials: boolean
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
/** Ours; with credentials `*` would mean a header of that name. */
const EXPOSED = [
  ...['x-request-id', 'request-id', 'x-akr-upstream', 'x-akr-attempts', 'x-akr-error-source', 'x-gateway-error', 'x-akr-upstream-request-id'],
  ...['retry-after', 'retry-after-ms', 'x-should-retry', 'ratelimit', 'ratelimit-policy', 'etag', 'location', 'idempotency-replayed'],
  ...['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
].join(', ')
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/
/** Caches must not give one origin the answer that another one got. */
const STRANGER: readonly string[] = ['vary', 'Origin']

export class CorsPolicy {
  readonly #allowsCredentials: boolean
  readonly #allowsAll: boolean
  /** By origin, made once. */
  readonly #headers: ReadonlyMap<string, readonly string[]>

  constructor({ origins, allowsCredentials }: CorsOptions) {
    this.#allowsCredentials = allowsCredentials
    this.#allowsAll = origins.includes('*')
    this.#headers = new Map(origins.map((origin) => [origin, this.#render(origin)]))
  }

  /** Whether pages of this origin were let in by name or by `*`. */
  allows(origin: string | undefined): boolean {
    return origin !== undefined && (this.#allowsAll || this.#headers.has(origin))
  }

  /** Whether this very origin was named. */
  names(origin: string | undefined): boolean {
    return origin !== undefined && origin !== '*' && this.#headers.has(origin)
  }

  /** Names and values to add to an answer, whoever asked. */
  headersFor(origin: string | undefined): readonly string[] {
    return this.#headers.get(this.#allowsAll ? '*' : (origin ?? '')) ?? STRANGER
  }

  /** Answers the question that a browser asks before a request; false when this is none, or of an origin that may not know. */
  answerPreflight({ method, headers }: InboundHead, response: ServerResponse): boolean {
    if (method !== 'OPTIONS') return false
    const origin = headerValue(headers, 'origin')
    if (!this.allows(origin) || headerValue(headers, 'access-control-request-method') === undefined) return false
    const asked = headerValue(headers, 'access-control-request-headers') ?? ''
    const answer = [...this.headersFor(origin), 'access-control-allow-methods', METHODS, 'access-control-max-age', String(limits.corsMaxAgeS)]
    if (asked.length <= limits.corsHeaderNamesCharsMax && HEADER_NAMES.test(asked)) answer.push('access-control-allow-headers', asked)
    answer.push('vary', 'Access-Control-Request-Headers')
    response.writeHead(204, answer)
    response.end()
    return true
  }

  #render(origin: string): readonly string[] {
    const headers = ['access-control-allow-origin', origin, 'access-control-expose-headers', this.#allowsCredentials ? EXPOSED : '*']
    if (this.#allowsCredentials) headers.push('access-control-allow-credentials', 'true')
    return origin === '*' ? headers : [...headers, ...STRANGER]
  }
}
