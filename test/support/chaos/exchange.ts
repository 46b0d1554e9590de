// Owns one request at the chaos upstream and the ways a scripted answer can treat its socket.
import type { Socket } from 'node:net'
import type { Ledger, LedgerEntry } from '../ledger.ts'

export type HeaderPairs = readonly (readonly [string, string])[]

export interface ChaosHandler {
  /** Runs when the head is complete instead of when the body is. */
  readonly early?: boolean
  run(exchange: ChaosExchange): void | Promise<void>
}

export class ChaosExchange {
  readonly entry: LedgerEntry
  readonly socket: Socket
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** 1 for the first request of the connection. */
  readonly requestOnConnection: number
  readonly #ledger: Ledger
  readonly #finished: () => void

  constructor(entry: LedgerEntry, socket: Socket, requestOnConnection: number, ledger: Ledger, finished: () => void) {
    this.entry = entry
    this.socket = socket
    this.method = entry.method
    const at = entry.target.indexOf('?')
    this.path = at < 0 ? entry.target : entry.target.slice(0, at)
    this.query = new URLSearchParams(at < 0 ? '' : entry.target.slice(at + 1))
    this.requestOnConnection = requestOnConnection
    this.#ledger = ledger
    this.#finished = finished
  }

  get gone(): boolean {
    return this.socket.destroyed
  }

  number(name: string, fallback: number): number {
    const value = this.query.get(name)
    return value === null ? fallback : Number(value)
  }

  /** Writes bytes as they are. */
  send(bytes: string | Buffer): void {
    if (!this.gone) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Like send, and waits while the peer does not read. Resolves at once when the socket is gone. */
  async sendPaced(bytes: Buffer): Promise<void> {
    if (this.gone || this.socket.write(bytes)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done).off('close', done)
        resolve()
      }
      this.socket.on('drain', done).on('close', done)
    })
  }

  /** A whole answer with Content-Length; the connection stays open. */
  reply(status: number, headers: HeaderPairs, body: string | Buffer = ''): void {
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body
    const lines = [`HTTP/1.1 ${status} Scripted`, ...headers.map(([name, value]) => `${name}: ${value}`)]
    if (status !== 204 && status !== 304) lines.push(`Content-Length: ${bytes.length}`)
    const head = Buffer.from(lines.join('\r\n') + '\r\n\r\n', 'latin1')
    this.send(this.method === 'HEAD' ? head : Buffer.concat([head, bytes]))
    this.done()
  }

  json(status: number, value: unknown, headers: HeaderPairs = []): void {
    this.reply(status, [['Content-Type', 'application/json'], ['X-Nonce', this.entry.nonce], ...headers], JSON.stringify(value))
  }

  startChunked(status: number, contentType: string, headers: HeaderPairs = []): void {
    const lines = [`HTTP/1.1 ${status} Scripted`, `Content-Type: ${contentType}`, 'Transfer-Encoding: chunked', `X-Nonce: ${this.entry.nonce}`]
    this.send([...lines, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\r\n') + '\r\n\r\n')
  }

  chunk(data: string | Buffer): void {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data
    this.send(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]))
  }

  endChunked(): void {
    this.send('0\r\n\r\n')
    this.done()
  }

  /** The answer is finished; the connection takes its next request. */
  done(): void {
    this.entry.answered = true
    this.#ledger.changed()
    this.#finished()
  }

  /** FIN after what was sent. */
  close(): void {
    this.socket.end()
  }

  /** RST after what was sent has left this process. */
  reset(): void {
    this.socket.write('', () => this.socket.resetAndDestroy())
  }

  /** Resolves after `ms`, or at once when the peer leaves. */
  pause(ms: number): Promise<void> {
    if (this.gone) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.socket.off('close', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.socket.on('close', wake)
    })
  }
}
