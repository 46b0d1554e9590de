// The request body: kept whole while it is small enough to be sent again, streamed with a bound when it is not.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { InboundHead } from './guard.ts'

export interface CapturedBody {
  /** The whole body; undefined when there is none or when it is streamed. */
  readonly buffer: Buffer | undefined
  /** The body when it is too large to keep: it can be sent once. */
  readonly stream: Readable | undefined
}

export interface BodyBounds {
  /** Bytes that may be kept for another attempt. */
  readonly replayBytesMax: number
  /** Bytes that are accepted at all. */
  readonly bytesMax: number
}

const NO_BODY: CapturedBody = { buffer: undefined, stream: undefined }

/** Memory that all kept bodies share. */
export class ReplayBudget {
  #used = 0

  tryTake(bytes: number): boolean {
    if (this.#used + bytes > limits.replayBudgetBytesMax) return false
    this.#used += bytes
    return true
  }

  release(bytes: number): void {
    this.#used -= bytes
  }
}

export function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('request_too_large', `The request body is larger than ${bytesMax} bytes. Send less, or have the administrator raise MAX_BODY_BYTES.`)
}

export interface BodyWatch {
  /** Asks for memory; when it is refused the body is streamed. */
  readonly take: (bytes: number) => boolean
  /** Told about the bytes of a streamed body as they arrive. */
  readonly progressed: (bytes: number) => void
}

/**
 * Calls `done` once, at once when there is no body. Nothing is sent upstream before: a body that turns out to be
 * malformed never starts a request there. When the client leaves, `done` is not called.
 */
export function captureBody(
  request: IncomingMessage,
  head: InboundHead,
  bounds: BodyBounds,
  watch: BodyWatch,
  done: (body: CapturedBody, error?: GatewayError) => void,
): void {
  if (head.contentLength <= 0 && !head.isChunked) return done(NO_BODY)
  if (head.contentLength > bounds.bytesMax) return done(NO_BODY, tooLarge(bounds.bytesMax))
  if (head.contentLength > bounds.replayBytesMax || !watch.take(Math.max(head.contentLength, 0))) {
    return done({ buffer: undefined, stream: new UploadStream(request, [], bounds.bytesMax, watch) })
  }
  let first: Buffer | undefined
  let chunks: Buffer[] | undefined
  let size = 0
  const onData = (chunk: Buffer): void => {
    size += chunk.length
    if (first === undefined) first = chunk
    else (chunks ??= [first]).push(chunk)
    if (head.isChunked && (size > bounds.replayBytesMax || !watch.take(chunk.length))) {
      request.pause()
      request.off('data', onData)
      request.off('end', onEnd)
      done({ buffer: undefined, stream: new UploadStream(request, chunks ?? [first], bounds.bytesMax, watch) })
    }
  }
  const onEnd = (): void => done(first === undefined ? NO_BODY : { buffer: chunks === undefined ? first : Buffer.concat(chunks, size), stream: undefined })
  request.on('data', onData)
  request.on('end', onEnd)
}

/** The rest of an upload with its beginning put back, cut off at the bound. */
class UploadStream extends Readable {
  readonly #request: IncomingMessage
  readonly #onData: (chunk: Buffer) => void
  #size = 0

  constructor(request: IncomingMessage, beginning: readonly Buffer[], bytesMax: number, watch: BodyWatch) {
    super({ highWaterMark: 64 * 1024 })
    // It may break off before anybody reads from it or after, and an error that nobody hears would end the process.
    this.on('error', () => undefined)
    this.#request = request
    for (const chunk of beginning) {
      this.#size += chunk.length
      this.push(chunk)
    }
    watch.progressed(this.#size)
    this.#onData = (chunk) => {
      this.#size += chunk.length
      watch.progressed(chunk.length)
      if (this.#size > bytesMax) this.destroy(tooLarge(bytesMax))
      else if (!this.push(chunk)) request.pause()
    }
    request.on('data', this.#onData)
    request.on('end', () => this.push(null))
    request.on('close', () => {
      if (!request.complete) this.destroy(new Error('The client left during its upload'))
    })
    request.pause()
  }

  override _read(): void {
    this.#request.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // Whoever answers decides what becomes of the bytes that still come.
    this.#request.off('data', this.#onData)
    this.#request.pause()
    callback(error)
  }
}
