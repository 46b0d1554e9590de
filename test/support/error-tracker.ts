// Owns an error tracker: a real HTTP server that reads Sentry's envelopes, or refuses them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedReport {
  readonly path: string
  readonly auth: string
  readonly event: any
}

export class ErrorTracker {
  readonly reports: ReceivedReport[] = []
  /** Bodies as they arrived. */
  readonly texts: string[] = []
  status = 200
  headers: Readonly<Record<string, string>> = {}
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        this.texts.push(text)
        const [head = '', item = '', event = ''] = text.split('\n')
        if (JSON.parse(item).type !== 'event' || JSON.parse(head).event_id !== JSON.parse(event).event_id) response.writeHead(400)
        else if (this.status === 200) {
          this.reports.push({ path: request.url ?? '', auth: String(request.headers['x-sentry-auth']), event: JSON.parse(event) })
        }
        response.writeHead(this.status, this.headers).end('{}')
      })
    })
    this.#server.unref()
  }

  /** Address of its project 42. */
  get dsn(): string {
    return `http://public7@127.0.0.1:${(this.#server.address() as AddressInfo).port}/42`
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

export function openErrorTracker(): Promise<ErrorTracker> {
  return new ErrorTracker().listen()
}
