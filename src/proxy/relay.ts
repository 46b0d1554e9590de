// Passes a vendor's answer on to the client: head and bytes as they come, backpressure both ways, and a clean end only for a complete answer (D6).
import type { ServerResponse } from 'node:http'
import type { AttemptController } from './attempt.ts'
import { limits } from '../limits.ts'

/** Above this size copying costs more than a second write. */
const ONE_WRITE_BYTES_MAX = 16 * 1024

/** Keeps the last bytes of a stream, however small its chunks are. */
class StreamTail {
  #chunks: Buffer[] = []
  #size = 0

  add(chunk: Buffer): void {
    if (chunk.length >= limits.streamTailBytes) {
      this.#chunks = [chunk]
      this.#size = chunk.length
      return
    }
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size > 4 * limits.streamTailBytes) {
      const kept = Buffer.concat(this.#chunks).subarray(-limits.streamTailBytes)
      this.#chunks = [kept]
      this.#size = kept.length
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-limits.streamTailBytes).toString('latin1')
  }
}

export class Relay {
  readonly #response: ServerResponse
  readonly #isHead: boolean
  #controller: AttemptController | undefined
  #pending: Buffer | undefined
  #tail: StreamTail | undefined
  #status = 0
  #headers: string[] = []
  #hasLength = false
  /** The head was written or is about to be: no other attempt may follow. */
  isCommitted = false
  isPaused = false
  bytesOut = 0

  constructor(response: ServerResponse, method: string) {
    this.#response = response
    this.#isHead = method === 'HEAD'
  }

  /** Takes the head. It leaves with the first bytes, or at once when `flush` is set. */
  begin(controller: AttemptController, status: number, headers: string[], options: { keepTail: boolean; flush: boolean }): void {
    this.#controller = controller
    this.#status = status
    this.#headers = headers
    this.#hasLength = headers.includes('content-length')
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
    // Most answers are complete within this turn of the loop: then head and body leave in one write.
    this.#pending = chunk
    queueMicrotask(() => this.#flush())
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

  /** Whether headers announced to the client allow an error event to be added at the end. */
  get canAppend(): boolean {
    return !this.#hasLength && !this.#isHead
  }

  /** The answer broke off: says so where the format allows it, and never ends cleanly. */
  breakOff(errorEvent: string | undefined): void {
    this.flush()
    if (errorEvent !== undefined && this.canAppend) this.#response.write(errorEvent)
    const { socket } = this.#response
    if (socket === null) this.#response.destroy()
    // A client of HTTP/1.0 takes the end of the connection for the end of the answer: only a reset tells it otherwise.
    else if (!this.#hasLength && !this.#response.chunkedEncoding) socket.write('', () => socket.resetAndDestroy())
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
