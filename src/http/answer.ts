// Ends an answer so that the client can read it, whatever it is still sending.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { limits } from '../limits.ts'

/** A request body of this size is cheaper to read than the connection is to lose. */
const DRAIN_BYTES_MAX = 64 * 1024
/** Bytes thrown away while an early answer travels to the client. */
const DISCARD_BYTES_MAX = 8 * 1024 * 1024

/** Headers must be set, except the length. */
export function endAnswer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const bytes = Buffer.from(body)
  if (body !== '' || response.statusCode !== 204) response.setHeader('content-length', bytes.length)
  if (!isLeftUnread(request)) {
    response.end(bytes)
    return
  }
  // Closing at once would reset the connection and take the answer with it: it is sent whole, and the rest discarded for a moment.
  response.setHeader('connection', 'close')
  response.write(bytes)
  let discarded = 0
  const end = (): void => {
    clearTimeout(timer)
    request.pause()
    response.end()
  }
  const timer = setTimeout(end, limits.lingerMs)
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length
    if (discarded > DISCARD_BYTES_MAX) end()
  })
  request.once('end', end)
  request.once('close', end)
  request.resume()
}

function isLeftUnread(request: IncomingMessage): boolean {
  if (request.complete || request.destroyed) return false
  if (request.headers['transfer-encoding'] !== undefined) return true
  return Number(request.headers['content-length'] ?? 0) > DRAIN_BYTES_MAX
}
