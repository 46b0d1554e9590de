// The entrance for WebSockets: a handshake is checked to the letter and then served like any request; what it opens is watched here.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { headerValue } from '../../domain/message.ts'
import { GatewayError } from '../../errors.ts'
import type { DataPlaneDependencies } from '../data-plane-dependencies.ts'
import type { ExchangeStart, UpgradeStart } from '../exchange-parts.ts'
import type { InboundHead } from '../guard.ts'
import { InFlight } from '../in-flight.ts'
import { Caller, isTaken } from './caller.ts'
import { readHandshake } from './handshake.ts'
import { withoutProtocolCredential } from './protocol-credential.ts'
import type { Tunnel } from './tunnel.ts'
import { ClientUpgrade, tooEarly } from './client-upgrade.ts'

export interface WebSocketHost {
  /** The framing guard; undefined when it has answered. */
  guard(request: IncomingMessage, response: ServerResponse): InboundHead | undefined
  /** Answers in the words of the surface that the target names. */
  refuse(error: unknown, request: IncomingMessage, response: ServerResponse, requestId: string): void
  /** Serves the handshake as a request. */
  begin(start: ExchangeStart): { fail(error: unknown): void }
  /** The same at a path that belongs to a configured route; false when there is none. */
  route(head: InboundHead, request: IncomingMessage, response: ServerResponse, upgrade: UpgradeStart): boolean
  readonly isLeaving: boolean
}

/** `/llm/<slug>/…` and `/proxy/<slug>/…` */
const ADDRESS = /^\/(llm|proxy)\/([^/?]*)([^?]*)(?:\?(.*))?$/

export class WebSockets {
  readonly #dependencies: DataPlaneDependencies
  readonly #host: WebSocketHost
  readonly #tunnels: InFlight<Tunnel>
  /** Connections of handshakes and of open WebSockets. */
  #connections = 0

  constructor(dependencies: DataPlaneDependencies, host: WebSocketHost) {
    this.#dependencies = dependencies
    this.#host = host
    this.#tunnels = new InFlight(dependencies.clock)
  }

  /** Open ones. */
  get size(): number {
    return this.#tunnels.size
  }

  /** @param early what came behind the head in the same read: a client that waits for the answer has sent nothing */
  accept(request: IncomingMessage, socket: Socket, early: Buffer): void {
    this.#take(request, socket, (caller, requestId) => {
      const { webSockets, clock } = this.#dependencies
      const head = this.#host.guard(request, caller.response)
      if (head === undefined) return
      const own = withoutProtocolCredential(head)
      const handshake = readHandshake(request, own)
      if (early.length > 0) throw tooEarly()
      if (this.#host.isLeaving) throw new GatewayError('shutting_down', 'The gateway is shutting down. Connect again at once.', { retryAfterMs: 1_000 })
      if (this.#connections > webSockets.max) {
        throw new GatewayError('overloaded', `The gateway already carries ${webSockets.max} WebSockets (MAX_WEBSOCKETS).`, { retryAfterMs: 1_000 })
      }
      const upgrade = new ClientUpgrade(caller, handshake, this.#dependencies, this.#tunnels)
      const { response } = caller
      const address = ADDRESS.exec(head.target)
      if (address === null) {
        if (!this.#host.route(own, request, response, upgrade)) throw nothingHere()
        return
      }
      const [, surface, slug = '', rest = '', query = ''] = address
      const kind = surface === 'llm' ? 'llm' : 'generic'
      const trace = this.#dependencies.traceStarter?.begin(head.headers)
      const startedAtMs = clock.monotonicMs()
      upgrade.began(this.#host.begin({ request, response, head: own, kind, slug, rest, query, requestId, startedAtMs, trace, upgrade }))
    })
  }

  /** For listeners that serve none. */
  turnAway(request: IncomingMessage, socket: Socket): void {
    this.#take(request, socket, (caller) => {
      if (this.#host.guard(request, caller.response) !== undefined) throw nothingHere()
    })
  }

  /** The configuration changed: whoever may not have one any more loses it. */
  look(): void {
    for (const tunnel of this.#tunnels.list()) tunnel.look()
  }

  /** Ends all that are open, each as soon as nothing is under way. */
  leave(): void {
    for (const tunnel of this.#tunnels.list()) tunnel.leave()
  }

  #take(request: IncomingMessage, socket: Socket, serve: (caller: Caller, requestId: string) => void): void {
    if (isTaken(socket)) return
    const { metrics, requestIds } = this.#dependencies
    this.#connections++
    const caller = new Caller(request, socket)
    socket.once('close', () => {
      this.#connections--
      if (!caller.hasSwitched) metrics.webSocketEnded('refused')
    })
    const requestId = requestIds.idFor(headerValue(request.rawHeaders.map(lowerCase), 'x-request-id'))
    try {
      serve(caller, requestId)
    } catch (error) {
      // Says which version is spoken, to whoever speaks another (RFC 6455 §4.4).
      caller.response.setHeader('sec-websocket-version', '13')
      this.#host.refuse(error, request, caller.response, requestId)
    }
  }
}

function lowerCase(text: string, index: number): string {
  return index % 2 === 0 ? text.toLowerCase() : text
}

function nothingHere(): GatewayError {
  return new GatewayError('route_not_found', 'No WebSocket is served at this path. Call /llm/<upstream>/…, /proxy/<upstream>/… or the path of a route.')
}
