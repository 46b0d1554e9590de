// The yardstick: the least a node:http server can do in front of undici `dispatch` and still stream, push back and abort.
// No auth, rotation, retry, limits, logs or metrics. Environment: PORT, UPSTREAM (origin), UPSTREAM_KEY.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Pool, type Dispatcher } from 'undici'

const upstreamKey = process.env.UPSTREAM_KEY ?? ''
const pool = new Pool(process.env.UPSTREAM ?? 'http://127.0.0.1:9100', { connections: 256 })

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
])

function requestHeaders(raw: readonly string[]): string[] {
  const headers: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    if (HOP_BY_HOP.has(name) || name === 'authorization') continue
    headers.push(name, raw[i + 1] as string)
  }
  headers.push('authorization', `Bearer ${upstreamKey}`)
  return headers
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: string[] = []
  #left = -1

  constructor(response: ServerResponse) {
    this.#response = response
  }

  abort(): void {
    this.#controller?.abort(new Error('the client left'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#response.destroyed) this.abort()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const raw = controller.rawHeaders as readonly Buffer[]
    const headers: string[] = []
    this.#left = -1
    for (let i = 0; i < raw.length; i += 2) {
      const name = (raw[i] as Buffer).toString('latin1').toLowerCase()
      if (HOP_BY_HOP.has(name)) continue
      const value = (raw[i + 1] as Buffer).toString('latin1')
      if (name === 'content-length') this.#left = Number(value)
      headers.push(name, value)
    }
    this.#status = status
    this.#headers = headers
    if (status < 200) return
    // With a known length the head waits for the data and leaves with it; a stream's head leaves now.
    if (this.#left > 0) return
    this.#response.writeHead(status, headers)
    if (this.#left < 0) this.#response.flushHeaders()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const response = this.#response
    if (!response.headersSent) {
      response.writeHead(this.#status, this.#headers)
      if (chunk.length === this.#left) {
        response.end(chunk)
        return
      }
    }
    if (!response.write(chunk)) {
      controller.pause()
      response.once('drain', () => controller.resume())
    }
  }

  onResponseEnd(): void {
    if (!this.#response.writableEnded) this.#response.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#response.headersSent) this.#response.destroy(error)
    else this.#response.writeHead(502).end(error.message)
  }
}

function forward(request: IncomingMessage, response: ServerResponse, body: Buffer | null): void {
  const relay = new Relay(response)
  response.on('close', () => {
    if (!response.writableFinished) relay.abort()
  })
  const method = request.method as Dispatcher.HttpMethod
  pool.dispatch({ path: request.url as string, method, headers: requestHeaders(request.rawHeaders), body }, relay)
}

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => forward(request, response, parts.length === 0 ? null : parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)))
})
server.listen(Number(process.env.PORT ?? 9101), '127.0.0.1')
