// Owns a WebSocket client that sees bytes: the answer to its handshake, and the stream behind it.
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { encodeFrame, type Frame, FrameReader } from './web-socket-frames.ts'

export type Headers = Readonly<Record<string, string>>

/** The lines of a sound handshake; undefined takes one out. */
export function handshakeText(target: string, headers: Readonly<Record<string, string | undefined>> = {}, start = `GET ${target} HTTP/1.1`): string {
  const lines = Object.entries({
    Host: 'gateway',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...headers,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return `${start}\r\n${lines.join('\r\n')}\r\n\r\n`
}

export class WebSocketClient {
  readonly socket: Socket
  readonly received = createHash('sha256')
  readonly sent = createHash('sha256')
  receivedBytes = 0
  sentBytes = 0
  readonly frames: Frame[] = []
  onFrame: (frame: Frame) => void = (frame) => void this.frames.push(frame)
  /** Everything behind the head, while it is no WebSocket. */
  body = ''
  head = ''
  endedAtMs: number | undefined
  #held = Buffer.alloc(0)
  readonly #reader = new FrameReader()
  readonly #waiting = new Set<() => void>()

  constructor(port: number, text: string) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('error', () => this.#ended())
    this.socket.on('end', () => this.#ended())
    this.socket.on('close', () => this.#ended())
    this.socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.socket.write(Buffer.from(text, 'latin1'))
  }

  get status(): number {
    return Number(this.head.split(' ')[1] ?? 0)
  }

  header(name: string): string | undefined {
    return new RegExp(`^${name}: (.*)$`, 'im').exec(this.head)?.[1]?.trim()
  }

  get isClosed(): boolean {
    return this.endedAtMs !== undefined
  }

  /** Resolves with its status once the handshake is answered, 0 when the connection ends without. */
  async answered(timeoutMs = 10_000): Promise<number> {
    await this.until(() => this.head !== '' || this.isClosed, timeoutMs)
    return this.status
  }

  async closed(timeoutMs = 10_000): Promise<boolean> {
    await this.until(() => this.isClosed, timeoutMs)
    return this.isClosed
  }

  async until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!condition()) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      const timer = setTimeout(() => reject(new Error(`waited in vain for: ${String(condition)}\n${this.head}`)), timeoutMs)
      this.#waiting.add(look)
    })
  }

  send(frame: Frame): boolean {
    return this.write(encodeFrame(frame, randomBytes(4)))
  }

  write(bytes: Buffer): boolean {
    this.sent.update(bytes)
    this.sentBytes += bytes.length
    return this.socket.write(bytes)
  }

  #take(chunk: Buffer): void {
    if (this.head === '') {
      this.#held = Buffer.concat([this.#held, chunk])
      const end = this.#held.indexOf('\r\n\r\n')
      if (end < 0) return
      this.head = this.#held.toString('latin1', 0, end + 2)
      chunk = this.#held.subarray(end + 4)
    }
    if (this.status === 101) {
      this.received.update(chunk)
      this.receivedBytes += chunk.length
      for (const frame of this.#reader.push(chunk)) this.onFrame(frame)
    } else this.body += chunk.toString('latin1')
    this.#notify()
  }

  #ended(): void {
    this.endedAtMs ??= performance.now()
    this.#notify()
  }

  #notify(): void {
    for (const look of [...this.#waiting]) look()
  }
}
