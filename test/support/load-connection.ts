// Owns one keep-alive connection of the load client.
import { connect, type Socket } from 'node:net'
import { headerOf, MessageReader } from './http-reader.ts'

export interface LoadAnswer {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

export interface LoadRequest {
  readonly text: string
  readonly nonce: string
  /** Drop the connection after so many ms instead of waiting for the answer. */
  readonly abortAfterMs?: number
}

export interface LoadDestination {
  readonly port: number
  readonly host?: string
  readonly timeoutMs?: number
}

/** One keep-alive connection, one request at a time; reopened when the server ends it politely. */
export class LoadConnection {
  readonly #plan: LoadDestination
  #socket: Socket | undefined
  #reader: MessageReader | undefined
  #settle: ((result: LoadAnswer | string) => void) | undefined
  #answer: { status: number; rawHeaders: readonly string[]; chunks: Buffer[] } | undefined

  constructor(plan: LoadDestination) {
    this.#plan = plan
  }

  /** Resolves with the answer, or with the text of what went wrong. */
  send(request: LoadRequest): Promise<LoadAnswer | string> {
    return new Promise((resolve) => {
      const limit = request.abortAfterMs ?? this.#plan.timeoutMs ?? 30_000
      const timer = setTimeout(() => this.#finish(request.abortAfterMs === undefined ? 'timeout' : 'aborted'), limit)
      this.#settle = (result) => {
        clearTimeout(timer)
        resolve(result)
      }
      if (this.#socket === undefined) this.#open()
      this.#socket?.write(request.text, 'latin1')
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #finish(result: LoadAnswer | string): void {
    const settle = this.#settle
    this.#settle = undefined
    if (typeof result === 'string') this.close()
    settle?.(result)
  }

  #open(): void {
    const socket = connect({ port: this.#plan.port, host: this.#plan.host ?? '127.0.0.1', noDelay: true })
    this.#socket = socket
    this.#answer = undefined
    const reader = new MessageReader('response', {
      head: (head) => {
        const status = Number(head.startLine.split(' ')[1])
        if (status >= 200) this.#answer = { status, rawHeaders: head.rawHeaders, chunks: [] }
        return status < 200 || status === 204 || status === 304 ? 'none' : undefined
      },
      body: (chunk) => this.#answer?.chunks.push(chunk),
      end: () => {
        const answer = this.#answer
        queueMicrotask(() => reader.next())
        if (answer === undefined) return
        this.#answer = undefined
        if (headerOf(answer.rawHeaders, 'connection')?.toLowerCase() === 'close') this.close()
        this.#finish({
          status: answer.status,
          rawHeaders: answer.rawHeaders,
          body: answer.chunks.length === 1 ? (answer.chunks[0] as Buffer) : Buffer.concat(answer.chunks),
        })
      },
      error: (message) => this.#finish(message),
    })
    this.#reader = reader
    socket.on('data', (chunk: Buffer) => reader.push(chunk))
    socket.on('end', () => socket === this.#socket && this.#ended('fin'))
    socket.on('error', (error) => socket === this.#socket && this.#ended(error.message))
    socket.on('close', () => socket === this.#socket && this.#ended('close'))
  }

  #ended(why: string): void {
    this.#socket?.destroy()
    this.#socket = undefined
    if (this.#settle === undefined) return
    const byEof = why === 'fin' && this.#answer !== undefined && this.#reader?.finish() === 'clean'
    if (!byEof) this.#finish(`connection ended: ${why}${this.#answer === undefined ? ' before the answer' : ' inside the answer'}`)
  }
}
