// A request that the gateway makes itself, in the shape of one that came over a connection: it takes the same way.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable, Writable } from 'node:stream'
import type { InboundHead } from './guard.ts'

export interface OwnRequest {
  readonly request: IncomingMessage
  readonly head: InboundHead
}

/** @param path for the record; what the exchange goes by is in its start */
export function createOwnRequest(path: string, body: Buffer): OwnRequest {
  const headers = ['content-type', 'application/json', 'content-length', String(body.length), 'accept', 'application/json', 'accept-encoding', 'identity']
  const request = Object.assign(Readable.from([body], { objectMode: false }), {
    method: 'POST',
    url: path,
    complete: true,
    headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
    // No connection, so no address: whoever asks for it gets none.
    socket: {},
  })
  const head: InboundHead = {
    method: 'POST',
    target: path,
    headers,
    contentLength: body.length,
    isChunked: false,
    expectsContinue: false,
    connection: undefined,
  }
  return { request: request as unknown as IncomingMessage, head }
}

export interface CollectedAnswer {
  readonly status: number
  /** Flat, as they were written. */
  readonly headers: readonly string[]
  readonly body: Buffer
  /** It ended as an answer should, and was not longer than wanted. */
  readonly isWhole: boolean
}

/** Takes an answer in, up to a bound; beyond it the answer is broken off. */
export class AnswerCollector extends Writable {
  /** As of a ServerResponse: there is no connection. */
  readonly socket = null
  readonly chunkedEncoding = true
  shouldKeepAlive = true
  headersSent = false
  /** Resolves when the answer is over, however it ends. */
  readonly answer: Promise<CollectedAnswer>
  readonly #bytesMax: number
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #status = 0
  #headers: readonly string[] = []

  constructor(bytesMax: number) {
    super({ decodeStrings: true })
    this.#bytesMax = bytesMax
    this.answer = new Promise((resolve) => {
      this.once('close', () => resolve({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks), isWhole: this.writableFinished }))
    })
    // How it ended is in the answer.
    this.on('error', () => undefined)
  }

  get response(): ServerResponse {
    return this as unknown as ServerResponse
  }

  writeHead(status: number, headers: readonly string[]): this {
    this.#status = status
    this.#headers = headers
    this.headersSent = true
    return this
  }

  flushHeaders(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bytesMax) return void this.destroy()
    this.#chunks.push(chunk)
    done()
  }
}
