// Owns listeners to live events: by WebSocket with a real client, by Server-Sent Events over a raw socket.
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import { until } from './until.ts'

export interface LiveMessage {
  readonly id?: string
  readonly type: string
  readonly topic?: string
  readonly replica?: string
  readonly data?: any
  readonly [field: string]: any
}

export interface Listener {
  /** Everything it was told, oldest first; what is no event too. */
  readonly messages: LiveMessage[]
  /** All bytes that came, as text. */
  readonly text: string
  readonly isClosed: boolean
  closed(): Promise<void>
  close(): void
}

export function ofType(listener: Listener, type: string): LiveMessage[] {
  return listener.messages.filter((message) => message.type === type)
}

/** Waits for a message. */
export async function heard(listener: Listener, isIt: (message: LiveMessage) => boolean, timeoutMs = 15_000): Promise<LiveMessage> {
  await until(() => listener.messages.some(isIt), timeoutMs)
  return listener.messages.find(isIt) as LiveMessage
}

export class WebSocketListener implements Listener {
  readonly messages: LiveMessage[] = []
  readonly socket: WebSocket
  text = ''
  status = 0
  closeCode = 0
  closeReason = ''
  isClosed = false

  constructor(url: string, token: string | undefined, options: { readonly headers?: Record<string, string>; readonly protocols?: string[] } = {}) {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...options.headers }
    this.socket = new WebSocket(url, options.protocols ?? [], { headers })
    this.socket.on('open', () => (this.status = 101))
    this.socket.on('message', (data) => {
      this.text += String(data)
      this.messages.push(JSON.parse(String(data)) as LiveMessage)
    })
    this.socket.on('unexpected-response', (_request, response) => {
      this.status = response.statusCode ?? 0
      response.on('data', (chunk: Buffer) => (this.text += chunk.toString()))
      response.on('end', () => (this.isClosed = true))
    })
    this.socket.on('error', () => undefined)
    this.socket.on('close', (code, reason) => {
      this.closeCode = code
      this.closeReason = reason.toString()
      this.isClosed = true
    })
  }

  /** 101, or what was answered instead. */
  async answered(): Promise<number> {
    await until(() => this.status === 101 || this.isClosed)
    return this.status
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  async subscribe(fields: object = {}): Promise<LiveMessage> {
    await this.answered()
    const before = this.messages.length
    this.say({ type: 'subscribe', ...fields })
    await until(() => this.messages.slice(before).some(({ type }) => type === 'subscribed' || type === 'error'))
    return this.messages.slice(before).find(({ type }) => type === 'subscribed' || type === 'error') as LiveMessage
  }

  closed(): Promise<void> {
    return until(() => this.isClosed)
  }

  close(): void {
    this.socket.terminate()
  }
}

export class EventSourceListener implements Listener {
  readonly messages: LiveMessage[] = []
  readonly socket: Socket
  text = ''
  head = ''
  comments = 0
  isClosed = false
  #rest = ''

  constructor(port: number, token: string | undefined, query = '', headers: Readonly<Record<string, string>> = {}) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const lines = [`GET /api/admin/events${query} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...(token === undefined ? [] : [`Authorization: Bearer ${token}`])]
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => (this.isClosed = true))
    this.socket.on('data', (chunk: Buffer) => this.#take(chunk.toString()))
  }

  get status(): number {
    return Number(this.head.split(' ')[1] ?? 0)
  }

  async answered(): Promise<number> {
    await until(() => this.head !== '' || this.isClosed)
    return this.status
  }

  closed(): Promise<void> {
    return until(() => this.isClosed)
  }

  close(): void {
    this.socket.destroy()
  }

  #take(text: string): void {
    this.text += text
    this.#rest += text
    if (this.head === '') {
      const end = this.#rest.indexOf('\r\n\r\n')
      if (end < 0) return
      this.head = this.#rest.slice(0, end)
      this.#rest = this.#rest.slice(end + 4)
    }
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      this.#event(this.#rest.slice(0, end).split('\n'))
      this.#rest = this.#rest.slice(end + 2)
    }
  }

  #event(lines: readonly string[]): void {
    const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    const data = field('data')
    if (lines[0]?.startsWith(':') === true) this.comments++
    if (data === undefined) return
    const parsed = JSON.parse(data) as LiveMessage
    if (field('id') !== parsed.id) throw new Error(`the id of the event is not that of its data: ${data}`)
    this.messages.push({ ...parsed, type: parsed.type ?? field('event') })
  }
}
