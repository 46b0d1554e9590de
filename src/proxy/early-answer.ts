// Answers that are given before a request was read to its end: the client can still read them, and nothing behind them is served.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from '../limits.ts'

/** Connections that are being closed: what a client pipelined behind a refused request must not be handled. */
const closing = new WeakSet<Socket>()

export function isClosing(socket: Socket): boolean {
  return closing.has(socket)
}

/** The connection ends with this answer, and no later request on it is served. Call before the head is written. */
export function closeAfter(request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false
  closing.add(request.socket)
}

/** Clients that waited before they sent their body, and no longer do. */
const toldToGoOn = new WeakSet<IncomingMessage>()

/** Answers `Expect: 100-continue`; once. */
export function tellToGoOn(request: IncomingMessage, response: ServerResponse): void {
  if (toldToGoOn.has(request)) return
  toldToGoOn.add(request)
  response.writeContinue()
}

/** Whether so much of the body is still to come that the connection is cheaper to lose. */
export function isLeftUnread(request: IncomingMessage): boolean {
  if (request.complete || request.destroyed) return false
  // A paused upload is never read to its end by itself.
  if (request.headers['transfer-encoding'] !== undefined || request.readableFlowing === false) return true
  return Number(request.headers['content-length'] ?? 0) > limits.drainedBodyBytesMax
}

/**
 * Sends the rest of an answer whose head is set or written, and then goes on reading, and throwing away, for a moment:
 * closing at once would reset the connection and take the answer with it.
 */
export function endUnread(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  if (request.headers.expect !== undefined && !toldToGoOn.has(request)) {
    // The client waits to be told to go on, so nothing is under way.
    response.end(body)
    return
  }
  response.write(body)
  let discarded = 0
  const end = (): void => {
    clearTimeout(timer)
    request.pause()
    response.end()
  }
  const timer = setTimeout(end, limits.lingerMs)
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length
    // Enough: from here on the client is left to fill its own buffers until the moment is over.
    if (discarded > limits.discardedBytesMax) request.pause()
  })
  request.once('end', end)
  request.once('close', end)
  request.resume()
}
