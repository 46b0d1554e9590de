// Owns an incremental HTTP/1.1 reader that keeps the exact bytes; lenient on purpose, it judges nothing but the framing.

export interface MessageHead {
  readonly startLine: string
  /** Flat `[name, value, …]` in wire order and wire case, latin1. */
  readonly rawHeaders: readonly string[]
  /** Everything up to and including the blank line, latin1. */
  readonly raw: string
}

export interface ReaderEvents {
  /** Return `none` when this message has no body whatever its headers say (HEAD, 204, 304, 1xx). */
  head(head: MessageHead): 'none' | undefined | void
  body(chunk: Buffer): void
  end(): void
  error(message: string): void
}

type State = 'head' | 'length' | 'eof' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'held' | 'broken'

const EMPTY = Buffer.alloc(0)

export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) return rawHeaders[i + 1]
  return undefined
}

export function headersOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
}

/** Reads messages one after the other; after each it holds until `next()`, so that a pipelined message waits its turn. */
export class MessageReader {
  readonly #kind: 'request' | 'response'
  readonly #events: ReaderEvents
  #state: State = 'head'
  #buffer: Buffer = EMPTY
  #left = 0

  constructor(kind: 'request' | 'response', events: ReaderEvents) {
    this.#kind = kind
    this.#events = events
  }

  /** True between two messages with nothing unread. */
  get idle(): boolean {
    return (this.#state === 'head' || this.#state === 'held') && this.#buffer.length === 0
  }

  /** Bytes that arrived and belong to no finished message. */
  get unread(): Buffer {
    return this.#buffer
  }

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    this.#run()
  }

  next(): void {
    if (this.#state !== 'held') return
    this.#state = 'head'
    this.#run()
  }

  /** The peer closed cleanly. Returns whether that left a message unfinished. */
  finish(): 'clean' | 'truncated' {
    if (this.#state === 'eof') {
      this.#end()
      return 'clean'
    }
    return this.idle ? 'clean' : 'truncated'
  }

  #end(): void {
    this.#state = 'held'
    this.#events.end()
  }

  #run(): void {
    while (this.#step());
  }

  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'length':
        return this.#readData(() => this.#end())
      case 'chunk-data':
        return this.#readData(() => (this.#state = 'chunk-end'))
      case 'chunk-size':
        return this.#readChunkSize()
      case 'chunk-end':
        return this.#readLine(() => (this.#state = 'chunk-size')) !== undefined
      case 'trailers':
        return this.#readLine((line) => line === '' && this.#end()) !== undefined
      case 'eof':
        if (this.#buffer.length > 0) this.#events.body(this.#take(this.#buffer.length))
        return false
      default:
        return false
    }
  }

  #take(count: number): Buffer {
    const part = this.#buffer.subarray(0, count)
    this.#buffer = count === this.#buffer.length ? EMPTY : this.#buffer.subarray(count)
    return part
  }

  #readHead(): boolean {
    const at = this.#buffer.indexOf('\r\n\r\n')
    if (at < 0) return false
    const raw = this.#take(at + 4).toString('latin1')
    const lines = raw.slice(0, -4).split('\r\n')
    const rawHeaders: string[] = []
    for (let i = 1; i < lines.length; i++) {
      const line = lines[i] as string
      const colon = line.indexOf(':')
      rawHeaders.push(colon < 0 ? line : line.slice(0, colon), colon < 0 ? '' : line.slice(colon + 1).trim())
    }
    const head = { startLine: lines[0] as string, rawHeaders, raw }
    this.#state = this.#bodyState(head)
    const verdict = this.#events.head(head)
    if (this.#state === 'broken') this.#events.error('bad content-length')
    if (verdict === 'none') this.#state = 'length'
    if (verdict === 'none' || (this.#state === 'length' && this.#left === 0)) {
      this.#left = 0
      this.#end()
    }
    return true
  }

  #bodyState(head: MessageHead): State {
    this.#left = 0
    if (headerOf(head.rawHeaders, 'transfer-encoding') !== undefined) return 'chunk-size'
    const length = headerOf(head.rawHeaders, 'content-length')
    if (length !== undefined && !/^\d+$/.test(length)) return 'broken'
    if (length !== undefined) {
      this.#left = Number(length)
      return 'length'
    }
    return this.#kind === 'request' ? 'length' : 'eof'
  }

  #readData(done: () => void): boolean {
    if (this.#buffer.length === 0) return false
    const part = this.#take(Math.min(this.#left, this.#buffer.length))
    this.#left -= part.length
    this.#events.body(part)
    if (this.#left === 0) done()
    return true
  }

  #readChunkSize(): boolean {
    return (
      this.#readLine((line) => {
        const size = Number.parseInt(line, 16)
        if (!/^[0-9a-f]+/i.test(line) || Number.isNaN(size)) {
          this.#state = 'broken'
          this.#events.error(`bad chunk size ${JSON.stringify(line)}`)
          return
        }
        this.#left = size
        this.#state = size === 0 ? 'trailers' : 'chunk-data'
      }) !== undefined
    )
  }

  #readLine(use: (line: string) => void): string | undefined {
    const at = this.#buffer.indexOf('\r\n')
    if (at < 0) return undefined
    const line = this.#take(at + 2).toString('latin1', 0, at)
    use(line)
    return line
  }
}
