// The HTTP server with its limits (D10): what Node refuses by itself, and how it says so.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { limits } from '../limits.ts'
import { isClosing } from '../proxy/early-answer.ts'

export interface ServerOptions {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** True for requests that decide themselves whether the client may go on after `Expect: 100-continue`. */
  readonly decidesContinue: (request: IncomingMessage) => boolean
}

const STATUS_BY_CODE: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

export function createHttpServer({ handle, decidesContinue }: ServerOptions): Server {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (!isClosing(request.socket)) handle(request, response)
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
    },
    serve,
  )
  // One more than the guard accepts, so that it sees the excess instead of a silently shortened list.
  server.maxHeadersCount = limits.requestHeadersMax + 1
  server.maxConnections = limits.clientConnectionsMax
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!decidesContinue(request)) response.writeContinue()
    serve(request, response)
  })
  // The guard answers what it thinks of any other expectation.
  server.on('checkExpectation', serve)
  server.on('clientError', refuse)
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => socket.end(renderRefusal('405 Method Not Allowed')))
  return server
}

/** Bytes that are not a request get a short answer, and the connection is closed. */
function refuse(error: NodeJS.ErrnoException & { readonly bytesParsed?: number }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  if (hasAnswerUnderWay(socket)) {
    // What was answered before the bytes went wrong must still arrive.
    ;(socket as Socket).destroySoon()
    return
  }
  socket.end(renderRefusal(STATUS_BY_CODE[error.code ?? ''] ?? '400 Bad Request'), () => socket.destroy())
}

/** An answer that has begun must not be followed by a second one on the same bytes. */
function hasAnswerUnderWay(socket: Duplex): boolean {
  const message = (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage
  return message?.headersSent === true
}

function renderRefusal(status: string): string {
  const code = status.startsWith('408') ? 'request_timeout' : status.startsWith('431') ? 'headers_too_large' : status.startsWith('413') ? 'request_too_large' : status.startsWith('405') ? 'method_not_allowed' : 'request_malformed'
  const body = JSON.stringify({ type: `urn:akr:error:${code}`, title: status.slice(4), status: Number(status.slice(0, 3)), code, detail: 'The gateway could not read this as an HTTP request; nothing was forwarded.' })
  return `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-gateway-error: ${code}\r\n\r\n${body}`
}
