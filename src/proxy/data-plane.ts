// The entrance of `/proxy` and `/llm`: works on the raw head, before and apart from any framework.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dialect } from '../domain/dialect.ts'
import { headerValue } from '../domain/message.ts'
import { GatewayError } from '../errors.ts'
import type { DataPlaneDependencies, DataPlaneOptions } from './data-plane-dependencies.ts'
import { closeAfter } from './early-answer.ts'
import { Exchange } from './exchange.ts'
import { answerError } from './gateway-answer.ts'
import { type InboundHead, readHead } from './guard.ts'
import { InFlight } from './in-flight.ts'
import { renderUpstreamPage } from './upstream-page.ts'

const PREFIXES = [
  { prefix: '/llm/', kind: 'llm' },
  { prefix: '/proxy/', kind: 'generic' },
] as const

export class DataPlane {
  readonly #dependencies: DataPlaneDependencies
  readonly #exchanges: InFlight<Exchange>
  #isClosing = false

  constructor(options: DataPlaneOptions) {
    const { accessLog, metrics, clock } = options
    this.#exchanges = new InFlight(clock)
    this.#dependencies = {
      ...options,
      report: (record) => {
        metrics.exchangeFinished(record)
        accessLog.write(record)
      },
      exchangeEnded: (exchange) => this.#exchanges.remove(exchange as Exchange),
    }
  }

  get inFlight(): number {
    return this.#exchanges.size
  }

  /** Whether a request target belongs to the data plane. */
  isOwn(url: string): boolean {
    return url.startsWith('/llm/') || url.startsWith('/proxy/')
  }

  /**
   * The entrance of every listener: refuses what is not a sound HTTP request, whatever its path.
   * @returns the head, or undefined when the request was answered
   */
  guard(request: IncomingMessage, response: ServerResponse): InboundHead | undefined {
    try {
      const head = readHead(request)
      // After an upgrade request Node reads nothing more from the connection.
      if (request.headers.upgrade !== undefined) closeAfter(request, response)
      return head
    } catch (error) {
      // What could not be read as a request must not be followed by another one on this connection.
      closeAfter(request, response)
      this.#refuse(error, request, response, request.url?.startsWith('/llm/') === true ? 'openai' : 'problem', undefined)
      return undefined
    }
  }

  /** True when the request is answered here: it is the data plane's, or it was refused. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const head = this.guard(request, response)
    if (head === undefined) return true
    const url = head.target
    const surface = url.startsWith('/llm/') ? PREFIXES[0] : url.startsWith('/proxy/') ? PREFIXES[1] : undefined
    if (surface === undefined) return false
    const { requestIds, clock, exchangesMax } = this.#dependencies
    const startedAtMs = clock.monotonicMs()
    const { kind, prefix } = surface
    const requestId = requestIds.idFor(headerValue(head.headers, 'x-request-id'))
    const questionMark = url.indexOf('?')
    const pathEnd = questionMark < 0 ? url.length : questionMark
    const slash = url.indexOf('/', prefix.length)
    const slugEnd = slash < 0 || slash > pathEnd ? pathEnd : slash
    const slug = url.slice(prefix.length, slugEnd)
    const rest = url.slice(slugEnd, pathEnd)
    const isPage = (head.method === 'GET' || head.method === 'HEAD') && (rest === '' || (rest === '/' && kind === 'llm'))
    if (isPage && this.#answerPage(request, response, kind, slug, requestId)) return true
    try {
      if (this.#isClosing)
        throw new GatewayError('shutting_down', 'The gateway is shutting down. Try again at once: another instance may answer.', { retryAfterMs: 1_000 })
      if (this.#exchanges.size >= exchangesMax)
        throw new GatewayError('overloaded', `The gateway already serves ${exchangesMax} requests (MAX_CONCURRENT_REQUESTS).`, { retryAfterMs: 1_000 })
    } catch (error) {
      this.#refuse(error, request, response, kind === 'llm' ? 'openai' : 'problem', requestId)
      return true
    }
    const query = questionMark < 0 ? '' : url.slice(questionMark + 1)
    const exchange = new Exchange({ request, response, head, kind, slug, rest, query, requestId, startedAtMs }, this.#dependencies)
    this.#exchanges.add(exchange)
    exchange.run()
    return true
  }

  /** New exchanges are refused from now on. */
  close(): void {
    this.#isClosing = true
  }

  /** Resolves when no exchange is in flight. */
  whenIdle(): Promise<void> {
    return this.#exchanges.whenEmpty()
  }

  /** Ends every exchange that is still in flight, visibly. */
  abortAll(): void {
    for (const exchange of this.#exchanges.list()) {
      exchange.fail(new GatewayError('shutting_down', 'The gateway is shutting down and its grace is over.', { retryAfterMs: 1_000 }))
    }
  }

  #refuse(error: unknown, request: IncomingMessage, response: ServerResponse, dialect: Dialect, requestId: string | undefined): void {
    const known = error instanceof GatewayError ? error : new GatewayError('internal', 'The gateway made a mistake.', { cause: error })
    answerError(request, response, known, { dialect, requestId: requestId ?? this.#dependencies.requestIds.idFor(undefined), attempts: 0, upstream: undefined })
  }

  #answerPage(request: IncomingMessage, response: ServerResponse, kind: 'llm' | 'generic', slug: string, requestId: string): boolean {
    const entry = this.#dependencies.snapshot.current?.upstreams.get(slug)
    if (entry === undefined || !entry.upstream.enabled || (kind === 'llm' && entry.upstream.kind !== 'llm')) return false
    const body = renderUpstreamPage(entry.upstream, this.#dependencies.publicBaseUrl())
    response.writeHead(200, [
      'content-type',
      'application/json',
      'content-length',
      String(Buffer.byteLength(body)),
      'x-content-type-options',
      'nosniff',
      'x-request-id',
      requestId,
      'request-id',
      requestId,
    ])
    response.end(request.method === 'HEAD' ? undefined : body)
    return true
  }
}
