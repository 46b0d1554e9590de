// One listener by Server-Sent Events.
import type { ServerResponse } from 'node:http'
import type { LiveEnd } from '../../domain/live-event.ts'
import { limits } from '../../limits.ts'
import type { LiveEncoding, LiveListener } from '../../services/live/live-listener.ts'

/** ms until a client that lost its connection comes back. */
const RETRY_MS = 2_000

export const SERVER_SENT_EVENTS: LiveEncoding = {
  name: 'sse',
  encode: ({ id, json }) => Buffer.from(`id: ${id}\ndata: ${json}\n\n`),
}

const HEARTBEAT = Buffer.from(':\n\n')

export class EventStream implements LiveListener {
  readonly encoding = SERVER_SENT_EVENTS
  readonly #response: ServerResponse
  #deadline: NodeJS.Timeout | undefined

  /** @param response its head is set and not sent. It is not kept for another request, and so needs no chunks */
  constructor(response: ServerResponse) {
    this.#response = response
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
    response.setHeader('cache-control', 'no-store, no-transform')
    response.setHeader('x-accel-buffering', 'no')
    response.once('close', () => clearTimeout(this.#deadline))
  }

  get waitingBytes(): number {
    return this.#response.writableLength
  }

  /** Sends the head, and what the client should know first. */
  begin(hello: Readonly<Record<string, unknown>>): void {
    this.#response.write(`retry: ${RETRY_MS}\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n`)
  }

  /** What is no event of the gateway's. */
  say(event: string, data: Readonly<Record<string, unknown>>): void {
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  send(bytes: Uint8Array): void {
    this.#response.write(bytes)
  }

  /** Nobody answers it; a connection that is gone fails sooner or later, and no token lives long. */
  beat(): void {
    this.#response.write(HEARTBEAT)
  }

  end(reason: LiveEnd): void {
    this.say('closing', { reason })
    this.#response.end()
    this.#deadline = setTimeout(() => this.#response.destroy(), limits.liveCloseMs).unref()
  }
}
