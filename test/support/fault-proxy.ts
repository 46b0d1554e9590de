// Owns a TCP proxy between two parties whose faults are switched at run time.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/**
 * - `pass`; `refuse`: nothing listens; `hang`: accepts and forwards nothing;
 * - `resetAfter`: RST to both sides after so many reply bytes; `dropReplies`: forwards requests, swallows replies;
 * - `latency`: each reply chunk is delayed by `ms`, give or take `jitterMs`, in order; `slice`: replies arrive one byte at a time; `halfClose`: FIN to the caller after its first bytes were forwarded;
 * - `cut-reply-to`: a request that contains `text` reaches the server; when its reply arrives, both sides are reset instead. `chance` decides each time.
 */
export interface Fault {
  readonly mode: 'pass' | 'refuse' | 'hang' | 'reset-after' | 'drop-replies' | 'latency' | 'slice' | 'half-close' | 'cut-reply-to'
  readonly bytes?: number
  readonly ms?: number
  readonly jitterMs?: number
  readonly text?: string
  readonly chance?: () => boolean
}

export class FaultProxy {
  readonly #target: { port: number; host: string }
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #fault: Fault = { mode: 'pass' }
  /** When the last delayed chunk of a caller goes out. */
  readonly #dueMs = new WeakMap<Socket, number>()
  /** Connections accepted so far. */
  accepted = 0
  /** Bytes that callers sent, forwarded or not. */
  bytesIn = 0
  /** Replies cut by `cut-reply-to`. */
  repliesCut = 0

  constructor(target: { port: number; host?: string }) {
    this.#target = { port: target.port, host: target.host ?? '127.0.0.1' }
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get openConnections(): number {
    return this.#sockets.size
  }

  async listen(): Promise<void> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (caller) => this.#accept(caller))
    this.#server = server.unref()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
  }

  /** Applies to connections and bytes from now on; `refuse` also cuts what is open. */
  async switch(fault: Fault): Promise<void> {
    this.#fault = fault
    if (fault.mode === 'refuse') await this.close()
    else if (this.#server === undefined) await this.listen()
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.unref()
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #accept(caller: Socket): void {
    this.accepted++
    this.#track(caller)
    if (this.#fault.mode === 'hang') {
      caller.on('data', (chunk: Buffer) => (this.bytesIn += chunk.length))
      caller.on('end', () => caller.destroy())
      return
    }
    const server = connect({ ...this.#target, noDelay: true, allowHalfOpen: true })
    this.#track(server)
    let replied = 0
    let isDoomed = false
    caller.on('data', (chunk: Buffer) => {
      this.bytesIn += chunk.length
      if (this.#fault.mode === 'hang') return
      const { mode, text = '', chance } = this.#fault
      if (mode === 'cut-reply-to' && chunk.includes(text)) isDoomed = chance?.() ?? true
      server.write(chunk)
      if (this.#fault.mode === 'half-close') caller.end()
    })
    server.on('data', (chunk: Buffer) => {
      replied += chunk.length
      if (isDoomed) {
        this.repliesCut++
        caller.resetAndDestroy()
        server.resetAndDestroy()
        return
      }
      this.#reply(caller, server, chunk, replied)
    })
    caller.on('end', () => server.end())
    server.on('end', () => caller.end())
    caller.on('close', () => server.destroy())
    server.on('close', (hadError) => (hadError ? caller.resetAndDestroy() : caller.end()))
  }

  #delay(caller: Socket, chunk: Buffer, { ms = 100, jitterMs = 0 }: Fault): void {
    const dueMs = performance.now() + ms + (Math.random() * 2 - 1) * jitterMs
    // Never before the chunk that came before it.
    const atMs = Math.max(dueMs, this.#dueMs.get(caller) ?? 0)
    this.#dueMs.set(caller, atMs)
    setTimeout(() => caller.writable && caller.write(chunk), Math.max(0, atMs - performance.now()))
  }

  #reply(caller: Socket, server: Socket, chunk: Buffer, replied: number): void {
    const fault = this.#fault
    if (fault.mode === 'drop-replies' || fault.mode === 'hang' || fault.mode === 'half-close') return
    if (fault.mode === 'latency') return this.#delay(caller, chunk, fault)
    if (fault.mode === 'slice') {
      for (const byte of chunk) caller.write(Buffer.from([byte]))
      return
    }
    if (fault.mode === 'reset-after' && replied >= (fault.bytes ?? 0)) {
      const allowed = chunk.subarray(0, Math.max(0, chunk.length - (replied - (fault.bytes ?? 0))))
      caller.write(allowed, () => {
        caller.resetAndDestroy()
        server.resetAndDestroy()
      })
      return
    }
    // What was delayed before goes first.
    if ((this.#dueMs.get(caller) ?? 0) > performance.now()) return this.#delay(caller, chunk, { mode: 'pass', ms: 0 })
    caller.write(chunk)
  }
}

export async function openFaultProxy(target: { port: number; host?: string }): Promise<FaultProxy> {
  const proxy = new FaultProxy(target)
  await proxy.listen()
  return proxy
}
