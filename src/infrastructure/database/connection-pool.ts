// A bounded pool of connections to a database server: nobody waits long, nothing broken or stale is handed out.
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import { POOL_BUSY, POOL_CLOSED, ServerFault } from './server-fault.ts'

export interface ServerConnection {
  /** False once it must not be used again: closed, timed out, or its server refuses to write. */
  readonly isUsable: boolean
  /** Resolves when the server answers within `timeoutMs`; else it is destroyed. */
  ping(timeoutMs: number): Promise<void>
  /** Cuts it at once, whatever it does. Idempotent. */
  destroy(): void
  /** Says good-bye and closes. */
  end(): void
}

export interface ConnectionPoolOptions<C> {
  /** Resolves with a connection that is signed in and set up, or rejects, within `timeoutMs`. */
  readonly open: (timeoutMs: number) => Promise<C>
  /** Connections at once. */
  readonly max: number
  readonly clock: Clock
}

interface Waiter<C> {
  /** undefined: a place for a connection, which the waiter opens itself. */
  resolve(connection: C | undefined): void
  reject(error: ServerFault): void
}

interface Idle<C> {
  readonly connection: C
  readonly sinceMs: number
}

/** ms of idleness after which a connection is asked whether it is still there; its server may have gone, or a firewall have forgotten it. */
const PING_AFTER_MS = 1_000
const PING_MS = 500
const REAP_MS = 5_000
/** ms that opening is given even when most of the time went into waiting. */
const OPEN_MS_MIN = 100

export class ConnectionPool<C extends ServerConnection> {
  readonly #options: ConnectionPoolOptions<C>
  readonly #idle: Idle<C>[] = []
  readonly #borrowed = new Set<C>()
  readonly #waiting = new Set<Waiter<C>>()
  readonly #reaper: NodeJS.Timeout
  /** Places taken: idle, borrowed, and being opened. */
  #size = 0
  /** When a connection last came back in good order: the server is alive, so waiting is worth it. */
  #progressMs = -Infinity
  #isClosed = false
  #onDrained: (() => void) | undefined

  constructor(options: ConnectionPoolOptions<C>) {
    this.#options = options
    this.#reaper = setInterval(() => this.#reap(), REAP_MS).unref()
  }

  /** Open and opening connections. */
  get size(): number {
    return this.#size
  }

  /** @throws ServerFault when no connection is to be had within limits.databaseAcquireMs without progress */
  async acquire(): Promise<C> {
    if (this.#isClosed) throw new ServerFault(POOL_CLOSED, 'the database is closed')
    const startMs = this.#options.clock.monotonicMs()
    const candidate = this.#idle.pop() ?? (await this.#takePlace(startMs))
    try {
      const connection = await this.#prepare(candidate, startMs)
      this.#borrowed.add(connection)
      return connection
    } catch (error) {
      this.#leavePlace()
      throw error
    }
  }

  release(connection: C): void {
    if (!this.#borrowed.delete(connection)) return
    if (!connection.isUsable || this.#isClosed) {
      if (connection.isUsable) connection.end()
      this.#leavePlace()
      return
    }
    const nowMs = this.#options.clock.monotonicMs()
    this.#progressMs = nowMs
    const [waiter] = this.#waiting
    if (waiter !== undefined) waiter.resolve(connection)
    else this.#idle.push({ connection, sinceMs: nowMs })
  }

  /** Lets go of all idle connections, e.g. because their server has become a replica. */
  clear(): void {
    for (const { connection } of this.#idle.splice(0)) {
      connection.destroy()
      this.#leavePlace()
    }
  }

  /** Refuses new borrowers, waits for those under way, then cuts them. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#reaper)
    for (const waiter of this.#waiting) waiter.reject(new ServerFault(POOL_CLOSED, 'the database is closed'))
    for (const { connection } of this.#idle.splice(0)) {
      connection.end()
      this.#leavePlace()
    }
    if (this.#size === 0) return
    const drained = new Promise<void>((resolve) => (this.#onDrained = resolve))
    const timer = setTimeout(() => {
      for (const connection of this.#borrowed) connection.destroy()
      this.#onDrained?.()
    }, limits.databaseQueryMs)
    await drained
    clearTimeout(timer)
  }

  async #takePlace(startMs: number): Promise<Idle<C> | undefined> {
    if (this.#size < this.#options.max) {
      this.#size++
      return undefined
    }
    if (this.#waiting.size >= limits.databaseWaitersMax) throw new ServerFault(POOL_BUSY, `${limits.databaseWaitersMax} calls wait for a connection already`)
    const connection = await this.#wait(startMs)
    return connection && { connection, sinceMs: this.#options.clock.monotonicMs() }
  }

  #wait(startMs: number): Promise<C | undefined> {
    return new Promise((resolve, reject) => {
      const endMs = startMs + limits.databaseWaitMs
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(waiter)
        act()
      }
      const waiter: Waiter<C> = {
        resolve: (connection) => settle(() => resolve(connection)),
        reject: (error) => settle(() => reject(error)),
      }
      const look = (): void => {
        const nowMs = this.#options.clock.monotonicMs()
        const leftMs = Math.min(endMs, Math.max(startMs, this.#progressMs) + limits.databaseAcquireMs) - nowMs
        // Another look only when a connection came back meanwhile.
        if (leftMs > 0 && this.#progressMs > startMs) timer = setTimeout(look, leftMs)
        else waiter.reject(new ServerFault(POOL_BUSY, `all ${this.#options.max} connections are busy and none came back in ${limits.databaseAcquireMs} ms`))
      }
      let timer = setTimeout(look, limits.databaseAcquireMs)
      this.#waiting.add(waiter)
    })
  }

  async #prepare(candidate: Idle<C> | undefined, startMs: number): Promise<C> {
    const { clock, open } = this.#options
    if (candidate !== undefined) {
      const { connection, sinceMs } = candidate
      if (connection.isUsable && (clock.monotonicMs() - sinceMs < PING_AFTER_MS || (await answers(connection)))) return connection
      connection.destroy()
      // The others went the same way, most likely: each would cost its borrower another ping.
      this.clear()
    }
    const leftMs = limits.databaseAcquireMs - (clock.monotonicMs() - Math.max(startMs, this.#progressMs))
    const connection = await open(Math.max(OPEN_MS_MIN, leftMs))
    if (!this.#isClosed) return connection
    connection.end()
    throw new ServerFault(POOL_CLOSED, 'the database is closed')
  }

  /** The place of a connection that is gone: for the first who waits, else free. */
  #leavePlace(): void {
    const [waiter] = this.#waiting
    if (waiter !== undefined && !this.#isClosed) return waiter.resolve(undefined)
    this.#size--
    if (this.#isClosed && this.#size === 0) this.#onDrained?.()
  }

  #reap(): void {
    const oldestMs = this.#options.clock.monotonicMs() - limits.databaseIdleMs
    while (this.#idle[0] !== undefined && this.#idle[0].sinceMs <= oldestMs) {
      this.#idle.shift()?.connection.end()
      this.#leavePlace()
    }
  }
}

async function answers(connection: ServerConnection): Promise<boolean> {
  try {
    await connection.ping(PING_MS)
    return true
  } catch {
    return false
  }
}
