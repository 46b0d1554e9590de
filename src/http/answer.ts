// Ends an answer so that the client can read it, whatever it is still sending.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { closeAfter, endUnread, isLeftUnread } from '../proxy/early-answer.ts'

/** Headers must be set, except the length. */
export function endAnswer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const bytes = Buffer.from(body)
  if (body !== '' || response.statusCode !== 204) response.setHeader('content-length', bytes.length)
  if (!isLeftUnread(request)) {
    response.end(bytes)
    return
  }
  closeAfter(request, response)
  endUnread(request, response, bytes)
}
