// Agrees to WebSockets of listeners: the only importer of ws, loaded with the first of them.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { limits } from '../../limits.ts'
import type { SignedIn } from '../../services/user-auth.ts'
import { LIVE_PROTOCOL } from './live-protocol.ts'
import { LiveSocket, type LiveSocketDependencies } from './live-socket.ts'

/** What is asked for is small, and what is sent is written once for all: neither can be compressed for one listener. */
const OPTIONS = { noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.liveMessageCharsMax } as const

const NOTHING = Buffer.alloc(0)

export type AcceptListener = (request: IncomingMessage, socket: Socket, signedIn: SignedIn) => void

export function createListenerServer(dependencies: LiveSocketDependencies): AcceptListener {
  const server = new WebSocketServer({ ...OPTIONS, handleProtocols: (offered) => (offered.has(LIVE_PROTOCOL) ? LIVE_PROTOCOL : false) })
  return (request, socket, signedIn) => {
    server.handleUpgrade(request, socket, NOTHING, (webSocket) => {
      // What the other side does wrong ends the connection, which is told by `close`.
      webSocket.on('error', () => undefined)
      try {
        new LiveSocket(webSocket, socket, signedIn, dependencies)
        // It was paused while nobody was there to listen.
        socket.resume()
      } catch {
        webSocket.close(1013, 'try again')
      }
    })
  }
}
