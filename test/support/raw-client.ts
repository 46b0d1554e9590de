// Owns a client that sees bytes: what came back exactly, and whether the end was clean.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { headerOf, MessageReader } from './http-reader.ts'

export { requestText } from './request-text.ts'

/**
 * - `length`, `chunked`: the framing was satisfied (for chunked: the final `0` chunk was seen).
 * - `eof`: ended by FIN with nothing to check against.
 * - `cut`: the connection ended inside a message.
 */
export type Ending = 'length' | 'chunked' | 'eof' | 'cut'

export interface RawResponse {
  readonly status: number
  readonly startLine: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly ending: Ending
}

export interface RawResult {
  readonly bytes: Buffer
  /** Without the 1xx ones. */
  readonly responses: readonly RawResponse[]
  readonly informational: readonly number[]
  /** How the connection ended; `open` = still open when the wait was over. */
  readonly closedBy: 'fin' | 'rst' | 'open'
  readonly elapsedMs: number
}

type Draft = { -readonly [K in keyof RawResponse]: RawResponse[K] }

export class RawConnection {
  readonly socket: Socket
  readonly #chunks: Buffer[] = []
  readonly #responses: Draft[] = []
  readonly #informational: number[] = []
  readonly #startedAtMs = performance.now()
  #bodies: Buffer[] = []
  #closedBy: RawResult['closedBy'] = 'open'
  #finished = 0
  #listeners = new Set<() => void>()
  readonly #reader: MessageReader

  /** @param methods methods of the requests in order, so that the answer of a HEAD is read without a body. */
  constructor(port: number, host = '127.0.0.1', methods: readonly string[] = []) {
    this.#reader = new MessageReader('response', {
      head: (head) => {
        const status = Number(head.startLine.split(' ')[1])
        if (status >= 100 && status < 200) {
          this.#informational.push(status)
          return 'none'
        }
        const chunked = headerOf(head.rawHeaders, 'transfer-encoding') !== undefined
        const ending = chunked ? 'chunked' : headerOf(head.rawHeaders, 'content-length') === undefined ? 'eof' : 'length'
        const isHead = methods[this.#responses.length] === 'HEAD'
        this.#bodies = []
        this.#responses.push({ status, startLine: head.startLine, rawHeaders: head.rawHeaders, body: Buffer.alloc(0), ending })
        return isHead || status === 204 || status === 304 ? 'none' : undefined
      },
      body: (chunk) => void this.#bodies.push(chunk),
      end: () => {
        if (this.#responses.length > this.#finished) {
          ;(this.#responses[this.#finished] as Draft).body = Buffer.concat(this.#bodies)
          this.#finished++
        }
        this.#bodies = []
        queueMicrotask(() => this.#reader.next())
      },
      error: () => {},
    })
    this.socket = connect({ port, host, noDelay: true, allowHalfOpen: true })
    this.socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#reader.push(chunk)
      queueMicrotask(() => this.#notify())
    })
    this.socket.on('end', () => this.#close('fin'))
    this.socket.on('error', () => this.#close('rst'))
    this.socket.on('close', () => this.#close('fin'))
  }

  #close(how: 'fin' | 'rst'): void {
    if (this.#closedBy !== 'open') return
    if (how === 'rst' || this.#reader.finish() === 'truncated') {
      const last = this.#responses[this.#finished]
      if (last !== undefined) {
        last.body = Buffer.concat(this.#bodies)
        last.ending = 'cut'
      }
    }
    this.#closedBy = how
    this.#notify()
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** Resolves when the connection stands, or has failed. */
  async connected(): Promise<void> {
    if (this.socket.connecting) await Promise.race([once(this.socket, 'connect'), once(this.socket, 'close')]).catch(() => {})
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1')
  }

  get closed(): boolean {
    return this.#closedBy !== 'open'
  }

  get responsesFinished(): number {
    return this.#finished
  }

  write(bytes: string | Buffer): boolean {
    return this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Resolves true when the condition holds, false when the time is over or the connection has ended without it. */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return true
    if (this.closed) return false
    return new Promise((resolve) => {
      const settle = (value: boolean): void => {
        clearTimeout(timer)
        this.#listeners.delete(listener)
        resolve(value)
      }
      const listener = (): void => {
        if (condition()) settle(true)
        else if (this.closed) settle(false)
      }
      const timer = setTimeout(() => settle(false), timeoutMs)
      this.#listeners.add(listener)
    })
  }

  waitForText(text: string, timeoutMs = 5_000): Promise<boolean> {
    return this.until(() => this.text.includes(text), timeoutMs)
  }

  waitForClose(timeoutMs = 5_000): Promise<boolean> {
    return this.until(() => this.closed, timeoutMs)
  }

  waitForResponses(count: number, timeoutMs = 5_000): Promise<boolean> {
    return this.until(() => this.#finished >= count, timeoutMs)
  }

  result(): RawResult {
    return {
      bytes: Buffer.concat(this.#chunks),
      responses: this.#responses,
      informational: this.#informational,
      closedBy: this.#closedBy,
      elapsedMs: performance.now() - this.#startedAtMs,
    }
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  destroy(): void {
    this.socket.destroy()
  }
}

export interface RawOptions {
  readonly host?: string
  /** Return when so many answers are complete; 0 = wait for the connection to end. Default 1. */
  readonly responses?: number
  readonly timeoutMs?: number
  readonly methods?: readonly string[]
  /** Send one byte at a time. */
  readonly sliced?: boolean
}

/** Sends bytes, waits for the answers or for the end, and closes. */
export async function sendRaw(port: number, bytes: string | Buffer, options: RawOptions = {}): Promise<RawResult> {
  const connection = new RawConnection(port, options.host, options.methods)
  if (options.sliced === true) for (const byte of Buffer.from(bytes as string, 'latin1')) connection.write(Buffer.from([byte]))
  else connection.write(bytes)
  const wanted = options.responses ?? 1
  await connection.until(() => connection.closed || (wanted > 0 && connection.responsesFinished >= wanted), options.timeoutMs ?? 5_000)
  const result = connection.result()
  connection.destroy()
  return result
}
