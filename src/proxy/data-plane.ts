// The entrance of `/proxy` and `/llm`: works on the raw head, before and apart from any framework.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Dialect } from '../domain/dialect.ts'
import { headerValue } from '../domain/message.ts'
import { GatewayError } from '../errors.ts'
import type { DataPlaneDependencies, DataPlaneOptions } from './data-plane-dependencies.ts'
import { closeAfter } from './early-answer.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeStart, UpgradeStart } from './exchange-parts.ts'
import { answerError } from './gateway-answer.ts'
import { type InboundHead, readHead } from './guard.ts'
import { countStreams, type Flight, InFlight } from './in-flight.ts'
import { AnswerMeters } from './metering.ts'
import { Routing } from './routing.ts'
import { answerUpstreamPage } from './upstream-page.ts'
import { WebSockets } from './websocket/web-sockets.ts'

const PREFIXES = [
  { prefix: '/llm/', kind: 'llm' },
  { prefix: '/proxy/', kind: 'generic' },
] as const

export class DataPlane {
  readonly #dependencies: DataPlaneDependencies
  readonly #exchanges: InFlight<Flight>
  readonly #webSockets: WebSockets
  readonly #routing: Routing
  #isClosing = false

  constructor(options: DataPlaneOptions) {
    const { accessLog, metrics, clock, observers } = options
    this.#exchanges = new InFlight(clock)
    this.#dependencies = {
      ...options,
      meters: new AnswerMeters(),
      report: (record) => {
        metrics.exchangeFinished(record)
        accessLog.write(record)
        for (const observer of observers) observer.exchangeFinished(record)
      },
      exchangeEnded: (exchange) => this.#exchanges.remove(exchange as Flight),
    }
    this.#webSockets = new WebSockets(this.#dependencies, this)
    this.#routing = new Routing(this.#dependencies, this)
  }

  get inFlight(): number {
    return this.#exchanges.size
  }

  streams(): ReadonlyMap<string, number> {
    return countStreams(this.#exchanges.list())
  }

  /** Whether a request belongs to the data plane, or may: what no route takes after all is told to go on with its body. */
  isOwn(url: string, method = 'GET'): boolean {
    return url.startsWith('/llm/') || url.startsWith('/proxy/') || this.#routing.mayTake(method, url)
  }

  /**
   * The entrance of every listener: refuses what is not a sound HTTP request, whatever its path.
   * @returns the head, or undefined when the request was answered
   */
  guard(request: IncomingMessage, response: ServerResponse): InboundHead | undefined {
    try {
      const head = readHead(request)
      this.#dependencies.loopGuard.assertForward(head)
      // After an upgrade request Node reads nothing more from the connection.
      if (request.headers.upgrade !== undefined) closeAfter(request, response)
      return head
    } catch (error) {
      // What could not be read as a request must not be followed by another one on this connection.
      closeAfter(request, response)
      this.refuse(error, request, response, undefined)
      return undefined
    }
  }

  /** A browser asks whether a page of another origin may call; any path, because the answer alone gives nothing away. */
  answerPreflight(head: InboundHead, response: ServerResponse): boolean {
    return this.#dependencies.cors?.answerPreflight(head, response) === true
  }

  /** True when the request is answered here: it is the data plane's, or it was refused. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const head = this.guard(request, response)
    if (head === undefined) return true
    if (this.answerPreflight(head, response)) return true
    const url = head.target
    const surface = url.startsWith('/llm/') ? PREFIXES[0] : url.startsWith('/proxy/') ? PREFIXES[1] : undefined
    if (surface === undefined) return this.#routing.handle(head, request, response)
    const { requestIds, clock } = this.#dependencies
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
      this.assertOpen()
    } catch (error) {
      this.#refuse(error, request, response, kind === 'llm' ? 'openai' : 'problem', requestId)
      return true
    }
    const query = questionMark < 0 ? '' : url.slice(questionMark + 1)
    const trace = this.#dependencies.traceStarter?.begin(head.headers)
    this.begin({ request, response, head, kind, slug, rest, query, requestId, startedAtMs, trace })
    return true
  }

  /** @throws GatewayError while no further request is served */
  assertOpen(): void {
    const { exchangesMax } = this.#dependencies
    if (this.#isClosing)
      throw new GatewayError('shutting_down', 'The gateway is shutting down. Try again at once: another instance may answer.', { retryAfterMs: 1_000 })
    // Open WebSockets have a bound of their own.
    if (this.#exchanges.size >= exchangesMax && this.#exchanges.size - this.#webSockets.size >= exchangesMax)
      throw new GatewayError('overloaded', `The gateway already serves ${exchangesMax} requests (MAX_CONCURRENT_REQUESTS).`, { retryAfterMs: 1_000 })
  }

  add(flight: Flight): void {
    this.#exchanges.add(flight)
  }

  /** A request for a WebSocket, as the server's `upgrade` event has it. */
  upgrade(request: IncomingMessage, socket: Socket, early: Buffer): void {
    this.#webSockets.accept(request, socket, early)
  }

  /** The same on a listener that serves none. */
  refuseUpgrade(request: IncomingMessage, socket: Socket): void {
    this.#webSockets.turnAway(request, socket)
  }

  route(head: InboundHead, request: IncomingMessage, response: ServerResponse, upgrade: UpgradeStart): boolean {
    return this.#routing.handle(head, request, response, upgrade)
  }

  get isLeaving(): boolean {
    return this.#isClosing || this.#dependencies.isDraining()
  }

  begin(start: ExchangeStart): Exchange {
    const exchange = new Exchange(start, this.#dependencies)
    this.#exchanges.add(exchange)
    exchange.run()
    return exchange
  }

  /** Another configuration is in force. */
  configurationChanged(): void {
    this.#webSockets.look()
  }

  /** New exchanges are refused from now on, and WebSockets end when they fall silent. */
  close(): void {
    this.#isClosing = true
    this.#webSockets.leave()
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

  refuse(error: unknown, request: IncomingMessage, response: ServerResponse, requestId: string | undefined): void {
    this.#refuse(error, request, response, request.url?.startsWith('/llm/') === true ? 'openai' : 'problem', requestId)
  }

  #refuse(error: unknown, request: IncomingMessage, response: ServerResponse, dialect: Dialect, requestId: string | undefined): void {
    const known = error instanceof GatewayError ? error : new GatewayError('internal', 'The gateway made a mistake.', { cause: error })
    answerError(request, response, known, {
      dialect,
      requestId: requestId ?? this.#dependencies.requestIds.idFor(undefined),
      attempts: 0,
      upstream: undefined,
      cors: this.#dependencies.cors,
    })
  }

  #answerPage(request: IncomingMessage, response: ServerResponse, kind: 'llm' | 'generic', slug: string, requestId: string): boolean {
    const entry = this.#dependencies.snapshot.current?.upstreams.get(slug)
    if (entry === undefined || !entry.upstream.enabled || (kind === 'llm' && entry.upstream.kind !== 'llm')) return false
    answerUpstreamPage(request, response, entry.upstream, requestId, this.#dependencies)
    return true
  }
}
