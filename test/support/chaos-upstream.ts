// Owns the scripted raw-socket upstream: any framing, any fault, and a ledger of everything that reached it.
import { createHash, type Hash } from 'node:crypto'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { ChaosExchange, type ChaosHandler } from './chaos/exchange.ts'
import { badRoutes } from './chaos/bad.ts'
import { plainRoutes } from './chaos/plain.ts'
import { sendScripted, type Script, type ScriptedReply } from './chaos/script.ts'
import { streamRoutes } from './chaos/stream.ts'
import { vendorRoutes } from './chaos/vendors.ts'
import { headerOf, MessageReader, type MessageHead } from './http-reader.ts'
import { createEntry, Ledger, type LedgerEntry } from './ledger.ts'

export type { Script, ScriptedReply }

export interface ChaosOptions {
  readonly tls?: TlsOptions
  readonly host?: string
  /** Leave raw heads and bodies out of the ledger, for runs of many thousands. */
  readonly lean?: boolean
}

const BODY_KEPT = 256 * 1024

export class ChaosUpstream {
  readonly ledger = new Ledger()
  readonly #server: Server
  readonly #options: ChaosOptions
  readonly #scripts = new Map<string, Script>()
  readonly #handlers = new Map<string, ChaosHandler>()
  readonly #sockets = new Map<number, Socket>()
  #connections = 0
  #sequence = 0
  /** Application bytes received on all connections. */
  bytesReceived = 0

  constructor(options: ChaosOptions = {}) {
    this.#options = options
    const accept = (socket: Socket): void => this.#accept(socket)
    this.#server = options.tls === undefined ? createServer({ noDelay: true, allowHalfOpen: true }, accept) : createTlsServer(options.tls, accept)
    this.#server.on('tlsClientError', () => {})
    // A test that fails before it closes this must not keep the runner from ending.
    this.#server.unref()
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${this.#options.host ?? '127.0.0.1'}:${this.port}`
  }

  get openConnections(): number {
    return this.#sockets.size
  }

  /** @param connection as in the ledger */
  isOpen(connection: number): boolean {
    return this.#sockets.has(connection)
  }

  /** Bytes given to the open connections, whether they have left or not. */
  get bytesQueued(): number {
    return [...this.#sockets.values()].reduce((sum, socket) => sum + socket.bytesWritten, 0)
  }

  /** How many connections were ever accepted. */
  get connectionsAccepted(): number {
    return this.#connections
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, this.#options.host ?? '127.0.0.1', resolve))
  }

  /** What a credential gets whatever it asks for; replaces an earlier script, undefined removes it. */
  script(key: string, script: Script | undefined): void {
    if (script === undefined) this.#scripts.delete(key)
    else this.#scripts.set(key, script)
  }

  clearScripts(): void {
    this.#scripts.clear()
  }

  /** A behaviour of the test's own for one path; wins over the built-in ones. */
  handle(path: string, handler: ChaosHandler | ChaosHandler['run']): void {
    this.#handlers.set(path, typeof handler === 'function' ? { run: handler } : handler)
  }

  /** Cuts every open connection. */
  cutAll(how: 'fin' | 'rst' = 'rst'): void {
    for (const socket of this.#sockets.values()) {
      if (how === 'rst') socket.resetAndDestroy()
      else socket.end()
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets.values()) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    const connection = ++this.#connections
    let requests = 0
    let current: { entry: LedgerEntry; hash: Hash | undefined; kept: Buffer[]; start?: (() => void) | undefined } | undefined
    this.#sockets.set(connection, socket)
    socket.unref()
    const reader: MessageReader = new MessageReader('request', {
      head: (head) => {
        const entry = this.#record(head, connection)
        const exchange = new ChaosExchange(entry, socket, ++requests, this.ledger, () => {
          current = undefined
          reader.next()
        })
        const handler = this.#handlerFor(exchange)
        current = { entry, hash: undefined, kept: [], start: undefined }
        const start = (): void => void Promise.resolve(handler.run(exchange)).catch((error: unknown) => exchange.reply(500, [], String(error)))
        if (handler.early === true) start()
        else current.start = start
        if (headerOf(head.rawHeaders, 'expect') !== undefined) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      },
      body: (chunk) => {
        if (current === undefined) return
        current.entry.bodyBytes += chunk.length
        current.hash ??= createHash('sha256')
        current.hash.update(chunk)
        if (this.#options.lean !== true && current.entry.bodyBytes <= BODY_KEPT) current.kept.push(chunk)
        this.ledger.changed()
      },
      end: () => {
        if (current === undefined) return
        const { entry, hash, kept, start } = current
        entry.complete = true
        if (kept.length > 0) entry.body = Buffer.concat(kept)
        if (hash !== undefined) entry.bodySha256 = hash.digest('hex')
        this.ledger.changed()
        start?.()
      },
      error: () => socket.resetAndDestroy(),
    })
    socket.on('data', (chunk: Buffer) => {
      this.bytesReceived += chunk.length
      reader.push(chunk)
    })
    socket.on('end', () => {
      if (current === undefined) socket.end()
      else this.#abort(current.entry, socket)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(connection)
      if (current !== undefined) this.#abort(current.entry, socket)
      this.ledger.changed()
    })
  }

  #abort(entry: LedgerEntry, socket: Socket): void {
    if (!entry.answered) entry.abortedAtMs ??= performance.now()
    socket.destroy()
    this.ledger.changed()
  }

  #record(head: MessageHead, connection: number): LedgerEntry {
    const entry = createEntry(head, { sequence: ++this.#sequence, connection, lean: this.#options.lean === true })
    this.ledger.add(entry)
    return entry
  }

  #handlerFor(exchange: ChaosExchange): ChaosHandler {
    const script = this.#scripts.get(exchange.entry.key)
    const route = this.#routeFor(exchange.path)
    if (script === undefined) return route
    return {
      early: route.early === true && typeof script === 'function',
      run: (running) => {
        const reply = typeof script === 'function' ? script(running) : script
        if (reply === undefined) return running.entry.answered ? undefined : route.run(running)
        return sendScripted(running, reply)
      },
    }
  }

  #routeFor(path: string): ChaosHandler {
    const own = this.#handlers.get(path)
    if (own !== undefined) return own
    for (const [pattern, handler] of ROUTES) if (pattern.test(path)) return handler
    return { run: (exchange) => exchange.json(404, { error: { message: `chaos: no such path`, type: 'not_found' } }) }
  }
}

const ROUTES: readonly (readonly [RegExp, ChaosHandler])[] = [...plainRoutes, ...streamRoutes, ...badRoutes, ...vendorRoutes]

/** Starts one on a free loopback port. */
export async function openChaosUpstream(options: ChaosOptions = {}): Promise<ChaosUpstream> {
  const upstream = new ChaosUpstream(options)
  await upstream.listen()
  return upstream
}
