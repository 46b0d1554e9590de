// The HTTP server with its limits (D10): what Node refuses by itself, and how it says so.
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ERROR_CODES, type ErrorCode, errorUrn } from '../errors.ts'
import { limits } from '../limits.ts'
import { isClosing, tellToGoOn } from '../proxy/early-answer.ts'
import { asksForWebSocket } from '../proxy/websocket/handshake.ts'

export interface ServerOptions {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** True for requests that decide themselves whether the client may go on after `Expect: 100-continue`. */
  readonly decidesContinue: (request: IncomingMessage) => boolean
  /** A request for a WebSocket; `early` came behind its head. Any other protocol that a client would like is ignored. */
  readonly upgrade: (request: IncomingMessage, socket: Socket, early: Buffer) => void
  /** Told about what the handlers throw; they should not. */
  readonly onError?: (error: unknown) => void
  /** For answers to what is no request. */
  readonly newRequestId: () => string
}

interface Refusal {
  readonly code: ErrorCode
  readonly detail: string
}

const NO_HTTP: Refusal = {
  code: 'request_malformed',
  detail: 'The gateway could not read this as an HTTP request; nothing was forwarded. Send plain HTTP/1.1 to this port.',
}
const NO_TUNNEL: Refusal = {
  code: 'method_not_allowed',
  detail: 'CONNECT is not supported: the gateway is no forward proxy. Call it under /llm/<upstream>/… or /proxy/<upstream>/….',
}

const BROKEN: Refusal = { code: 'internal', detail: 'The gateway made a mistake. Its log has the cause.' }

const REFUSAL_BY_CODE: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'request_timeout',
    detail: `The request did not arrive in time: its head within ${limits.requestHeadersTimeoutMs / 1000} s, all of it within ${limits.requestTimeoutMs / 1000} s. Send it faster.`,
  },
  HPE_HEADER_OVERFLOW: {
    code: 'headers_too_large',
    detail: `The request head is too large: at most ${limits.requestHeadersMax} headers, and ${limits.requestHeaderBytesMax / 1024} KiB with the request line. Send less, and long parameters in the body.`,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: 'request_too_large', detail: 'The chunk extensions of the request body are too large. Leave them out.' },
}

export function createHttpServer({ handle, upgrade, decidesContinue, newRequestId, onError }: ServerOptions): Server {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (isClosing(request.socket)) return
    try {
      handle(request, response)
    } catch (error) {
      // A bug: the request it hit fails, all others go on.
      onError?.(error)
      if (response.headersSent) response.destroy()
      else answerAndClose(request.socket, BROKEN, newRequestId())
    }
  }
  const server = createServer(
    {
      headersTimeout: limits.requestHeadersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.connectionsCheckMs,
      keepAliveTimeout: limits.clientKeepAliveMs,
      maxHeaderSize: limits.requestHeaderBytesMax,
      insecureHTTPParser: false,
      // The guard says it with a closed connection; Node would go on with what is pipelined behind.
      requireHostHeader: false,
      noDelay: true,
      highWaterMark: limits.relayBufferBytes,
      shouldUpgradeCallback: asksForWebSocket,
    },
    serve,
  )
  // One more than the guard accepts, so that it sees the excess instead of a silently shortened list.
  server.maxHeadersCount = limits.requestHeadersMax + 1
  server.maxConnections = limits.clientConnectionsMax
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!decidesContinue(request)) tellToGoOn(request, response)
    serve(request, response)
  })
  // The guard answers what it thinks of any other expectation.
  server.on('checkExpectation', serve)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    try {
      upgrade(request, socket as Socket, early)
    } catch (error) {
      onError?.(error)
      socket.destroy()
    }
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, newRequestId))
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => answerAndClose(socket, NO_TUNNEL, newRequestId()))
  return server
}

/** Bytes that are not a request get a short answer, and the connection is closed. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex, newRequestId: () => string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  if (hasAnswerUnderWay(socket)) {
    // What was answered before the bytes went wrong must still arrive.
    ;(socket as Socket).destroySoon()
    return
  }
  answerAndClose(socket, REFUSAL_BY_CODE[error.code ?? ''] ?? NO_HTTP, newRequestId())
}

/** No timeout of the server's watches such a socket any more: it must not stay half open for as long as the client likes. */
function answerAndClose(socket: Duplex, refusal: Refusal, requestId: string): void {
  socket.end(renderRefusal(refusal, requestId), () => socket.destroy())
}

/** An answer that has begun must not be followed by a second one on the same bytes. */
function hasAnswerUnderWay(socket: Duplex): boolean {
  const message = (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage
  return message?.headersSent === true
}

function renderRefusal({ code, detail }: Refusal, requestId: string): string {
  const { status, title } = ERROR_CODES[code]
  const body = JSON.stringify({ type: errorUrn(code), title, status, detail, code, request_id: requestId })
  const headers = [
    'connection: close',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `x-request-id: ${requestId}`,
    `request-id: ${requestId}`,
    'x-akr-error-source: gateway',
    `x-gateway-error: ${code}`,
  ]
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${headers.join('\r\n')}\r\n\r\n${body}`
}
