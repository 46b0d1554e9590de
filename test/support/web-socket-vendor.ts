// Owns a vendor that speaks WebSocket: it keeps every handshake as it came, counts bytes, and echoes, or does what a script says.
import { createHash, type Hash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { CLOSE, encodeFrame, type Frame, FrameReader } from './web-socket-frames.ts'

export interface VendorConnection {
  readonly request: IncomingMessage
  readonly socket: Socket
  /** What came behind the handshake, and what was sent behind the 101. */
  readonly received: Hash
  readonly sent: Hash
  receivedBytes: number
  sentBytes: number
  readonly frames: Frame[]
  /** When, by performance.now(), this side heard that the other is gone. */
  endedAtMs: number | undefined
  send(bytes: Buffer): boolean
}

/** Answers the handshake in its own way; returning true leaves everything else to the script as well. */
export type HandshakeScript = (request: IncomingMessage, socket: Socket, early: Buffer) => boolean

export interface WebSocketVendor {
  readonly port: number
  readonly url: string
  /** Every handshake, whatever became of it. */
  readonly handshakes: IncomingMessage[]
  /** Requests that were none. */
  readonly requests: IncomingMessage[]
  readonly connections: VendorConnection[]
  script: HandshakeScript | undefined
  onFrame: (connection: VendorConnection, frame: Frame) => void
  waitFor(condition: () => boolean, timeoutMs?: number): Promise<void>
  clear(): void
  close(): Promise<void>
}

export function acceptFor(request: IncomingMessage): string {
  return createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

export function switchHead(request: IncomingMessage, more: readonly string[] = []): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${acceptFor(request)}`, ...more]
  return `${lines.join('\r\n')}\r\n\r\n`
}

export function echo(connection: VendorConnection, frame: Frame): void {
  if (frame.opcode === CLOSE) return void connection.socket.end(encodeFrame(frame))
  if (!connection.send(encodeFrame(frame))) {
    connection.socket.pause()
    connection.socket.once('drain', () => connection.socket.resume())
  }
}

export async function openWebSocketVendor(): Promise<WebSocketVendor> {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    vendor.requests.push(request)
    response.end('plain')
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.on('upgrade', (request: IncomingMessage, duplex, early: Buffer) => {
    const socket = duplex as Socket
    vendor.handshakes.push(request)
    socket.on('error', () => undefined)
    if (vendor.script?.(request, socket, early) === true) return
    const connection: VendorConnection = {
      ...{ request, socket, received: createHash('sha256'), sent: createHash('sha256'), receivedBytes: 0, sentBytes: 0, frames: [], endedAtMs: undefined },
      send(bytes) {
        connection.sent.update(bytes)
        connection.sentBytes += bytes.length
        return socket.write(bytes)
      },
    }
    vendor.connections.push(connection)
    const reader = new FrameReader()
    const take = (chunk: Buffer): void => {
      connection.received.update(chunk)
      connection.receivedBytes += chunk.length
      for (const frame of reader.push(chunk)) {
        if (connection.frames.length < 100) connection.frames.push(frame)
        vendor.onFrame(connection, frame)
      }
    }
    const ended = (): void => void (connection.endedAtMs ??= performance.now())
    socket.on('data', take).on('end', ended).on('close', ended)
    socket.on('end', () => socket.end())
    const protocol = request.headers['sec-websocket-protocol']?.split(',')[0]
    socket.write(switchHead(request, protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]))
    if (early.length > 0) take(early)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const vendor: WebSocketVendor = {
    ...{ port, url: `http://127.0.0.1:${port}`, handshakes: [], requests: [], connections: [], script: undefined, onFrame: echo },
    async waitFor(condition, timeoutMs = 10_000) {
      const deadlineMs = performance.now() + timeoutMs
      while (!condition()) {
        if (performance.now() > deadlineMs) throw new Error(`the vendor waited in vain for: ${String(condition)}`)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    clear() {
      vendor.handshakes.length = 0
      vendor.requests.length = 0
      vendor.connections.length = 0
      vendor.script = undefined
      vendor.onFrame = echo
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
  return vendor
}
