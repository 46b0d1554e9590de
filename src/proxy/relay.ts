// Passes a vendor's answer on to the client: head and bytes as they come, backpressure both ways, and a clean end only for a complete answer (D6).
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { AttemptController } from './attempt.ts'
import { limits } from '../limits.ts'

/** What can be told to wait. */
export type Flow = Pick<AttemptController, 'pause' | 'resume'> | Pick<Readable, 'pause' | 'resume'>

/** Above this size copying costs more than a second write. */
const ONE_WRITE_BYTES_MAX = 16 * 1024

/** The last bytes of a stream, copied: kept chunks would be thousands of small objects that outlive the collector's first look. */
class StreamTail {
  readonly #bytes = Buffer.allocUnsafeSlow(2 * limits.streamTailBytes)
  #end = 0

  add(chunk: Buffer): void {
    const kept = limits.streamTailBytes
    const part = chunk.length > kept ? chunk.subarray(-kept) : chunk
    if (this.#end + part.length > this.#bytes.length) {
      this.#bytes.copyWithin(0, this.#end - kept, this.#end)
      this.#end = kept
    }
    this.#bytes.set(part, this.#end)
    this.#end += part.length
  }

  text(): string {
    return this.#bytes.toString('latin1', Math.max(0, this.#end - limits.streamTailBytes), this.#end)
  }
}

export class Relay {
  readonly #response: ServerResponse
  readonly #isHead: boolean
  #controller: Flow | undefined
  #pending: Buffer | undefined
  #tail: StreamTail | undefined
  #status = 0
  #headers: string[] = []
  /** Bytes that content-length announces; undefined when the length is not known. */
  #length: number | undefined
  /** The head was written or is about to be: no other attempt may follow. */
  isCommitted = false
  isPaused = false
  bytesOut = 0

  constructor(response: ServerResponse, method: string) {
    this.#response = response
    this.#isHead = method === 'HEAD'
  }

  /** Takes the head. It leaves with the first bytes, or at once when `flush` is set. */
  begin(controller: Flow, status: number, headers: string[], options: { keepTail: boolean; flush: boolean }): void {
    this.#controller = controller
    this.#status = status
    this.#headers = headers
    const at = headers.indexOf('content-length')
    this.#length = at < 0 ? undefined : Number(headers[at + 1])
    this.isCommitted = true
    if (options.keepTail) this.#tail = new StreamTail()
    if (options.flush) {
      this.#writeHead()
      this.#response.flushHeaders()
    }
  }

  write(chunk: Buffer): void {
    this.bytesOut += chunk.length
    this.#tail?.add(chunk)
    if (this.#response.headersSent) return this.#send(chunk)
    if (this.#pending !== undefined) {
      this.#flush()
      return this.#send(chunk)
    }
    // A whole body waits for its end, which follows at once: then head and body leave in one write.
    this.#pending = chunk
    if (this.#length === undefined) queueMicrotask(() => this.#flush())
    else if (this.bytesOut < this.#length) this.#flush()
  }

  /** Writes the head and what waits for it. */
  flush(): void {
    if (!this.#response.headersSent) this.#writeHead()
    this.#flush()
  }

  /** The answer is complete. */
  end(): void {
    if (!this.#response.headersSent) this.#writeHead()
    const chunk = this.#pending
    this.#pending = undefined
    if (chunk === undefined || this.#isHead) this.#response.end()
    // As one string, head and body leave in one write; latin1 keeps every byte.
    else if (chunk.length <= ONE_WRITE_BYTES_MAX) this.#response.end(chunk.toString('latin1'), 'latin1')
    else this.#response.end(chunk)
  }

  /** Nothing more is to come; the end only has to be said. */
  get isWhole(): boolean {
    return this.bytesOut === this.#length
  }

  /** Whether headers announced to the client allow an error event to be added at the end. */
  get canAppend(): boolean {
    return this.#length === undefined && !this.#isHead
  }

  /** The answer broke off: says so where the format allows it, and never ends cleanly. */
  breakOff(errorEvent: string | undefined): void {
    this.flush()
    if (errorEvent !== undefined && this.canAppend) this.#response.write(errorEvent)
    const { socket } = this.#response
    if (socket === null) this.#response.destroy()
    // A client of HTTP/1.0 takes the end of the connection for the end of the answer: only a reset tells it otherwise.
    else if (this.#length === undefined && !this.#response.chunkedEncoding) socket.write('', () => socket.resetAndDestroy())
    else socket.destroySoon()
  }

  tailText(): string | undefined {
    return this.#tail?.text()
  }

  #writeHead(): void {
    this.#response.writeHead(this.#status, this.#headers)
  }

  #flush(): void {
    const chunk = this.#pending
    if (chunk === undefined || this.#response.destroyed) return
    this.#pending = undefined
    if (!this.#response.headersSent) this.#writeHead()
    this.#send(chunk)
  }

  #send(chunk: Buffer): void {
    if (this.#isHead || this.#response.write(chunk) || this.isPaused) return
    this.isPaused = true
    this.#controller?.pause()
    this.#response.once('drain', () => {
      this.isPaused = false
      this.#controller?.resume()
    })
  }
}
