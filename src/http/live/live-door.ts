// Where WebSockets of listeners come in: checked like any call of the management API, before anything is agreed to.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { GatewayError } from '../../errors.ts'
import type { Metrics } from '../../ports/metrics.ts'
import type { CorsPolicy } from '../../proxy/cors.ts'
import type { InboundHead } from '../../proxy/guard.ts'
import { Caller, isTaken } from '../../proxy/websocket/caller.ts'
import { readHandshake } from '../../proxy/websocket/handshake.ts'
import type { SignedIn, UserAuth } from '../../services/user-auth.ts'
import { authorize, isForeignOrigin } from '../authorization.ts'
import { toGatewayError } from '../error-handler.ts'
import { LISTENER_ACCESS } from './listener-access.ts'
import { findAuthorization } from './live-protocol.ts'
import { assertListenersWelcome, type LiveServices } from './live-services.ts'
import type { AcceptListener } from './web-socket-server.ts'

export interface LiveDoorDependencies extends LiveServices {
  readonly auth: () => UserAuth
  readonly metrics: Metrics
  /** Hosts of the gateway besides the one in the Host header. */
  readonly ownHosts: readonly string[]
  readonly cors: CorsPolicy | undefined
  /** Refuses what is no sound request, and answers what is refused here. */
  readonly host: {
    guard(request: IncomingMessage, response: ServerResponse): InboundHead | undefined
    refuse(error: unknown, request: IncomingMessage, response: ServerResponse, requestId: string | undefined): void
  }
  readonly load: () => Promise<AcceptListener>
}

const PATHS: ReadonlySet<string> = new Set(['/ws', '/api/ws', '/api/admin/ws'])

export class LiveDoor {
  readonly #dependencies: LiveDoorDependencies

  constructor(dependencies: LiveDoorDependencies) {
    this.#dependencies = dependencies
  }

  isAt(url = ''): boolean {
    return PATHS.has(url.split('?', 1)[0] as string)
  }

  /** @param early what came behind the head in the same read */
  upgrade(request: IncomingMessage, socket: Socket, early: Buffer): void {
    if (isTaken(socket)) return
    const caller = new Caller(request, socket)
    if (early.length > 0) return this.#refuse(tooEarly(), request, caller)
    caller.onEarlyBytes = () => this.#refuse(tooEarly(), request, caller)
    this.#admit(request, caller)
      .then((admitted) => admitted?.())
      .catch((error: unknown) => this.#refuse(error, request, caller))
  }

  /** @returns undefined when it was answered */
  async #admit(request: IncomingMessage, caller: Caller): Promise<(() => void) | undefined> {
    const { host, ownHosts, cors, load } = this.#dependencies
    const head = host.guard(request, caller.response)
    if (head === undefined) return undefined
    readHandshake(request, head)
    if (head.target.includes('?')) throw new GatewayError('request_malformed', 'Nothing belongs into the query here: the token goes into Authorization.')
    if (isForeignOrigin(request, ownHosts) && cors?.names(request.headers.origin) !== true) {
      throw new GatewayError('forbidden', 'This WebSocket was opened by a page of another site, which may not listen here (CORS_ORIGINS).')
    }
    assertListenersWelcome(this.#dependencies)
    const signedIn = await this.#authorize(findAuthorization(request))
    const accept = await load()
    return () => {
      if (caller.response.headersSent || request.socket.destroyed) return
      assertListenersWelcome(this.#dependencies)
      accept(request, caller.release(), signedIn)
    }
  }

  /** Of a token of a listener that is connected already. @throws GatewayError unauthenticated, forbidden */
  authenticate(token: string): Promise<SignedIn> {
    return this.#authorize(`Bearer ${token}`)
  }

  async #authorize(authorization: string | undefined): Promise<SignedIn> {
    const { auth, metrics } = this.#dependencies
    const signedIn = await authorize({ headers: { authorization } }, LISTENER_ACCESS, auth(), metrics)
    return signedIn as SignedIn
  }

  #refuse(error: unknown, request: IncomingMessage, caller: Caller): void {
    if (caller.response.headersSent || caller.hasSwitched) return
    caller.response.setHeader('sec-websocket-version', '13')
    this.#dependencies.host.refuse(toGatewayError(error), request, caller.response, undefined)
  }
}

function tooEarly(): GatewayError {
  return new GatewayError('request_malformed', 'A client must wait for the answer to its WebSocket handshake before it sends anything.')
}
