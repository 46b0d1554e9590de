// The connection for commands to one server: comes back by itself, answers within its time or is destroyed, never keeps a caller waiting.
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'ioredis'
import { CacheUnavailableError } from '../../../ports/cache.ts'
import type { Random } from '../../../ports/random.ts'
import { Breaker } from './breaker.ts'
import { type Client, destroyClient } from './client.ts'
import type { Pace } from './pace.ts'
import { isServerFault, needsNewConnection, RedisReplyError, textOf } from './replies.ts'

export interface LinkDeps {
  readonly pace: Pace
  readonly random: Random
  /** Until a command is answered; after it the connection is destroyed. */
  readonly commandTimeoutMs: number
  connect(): Promise<Client>
  /** A command that the server only answers well when it can be written to. */
  probe(): readonly [name: string, ...args: string[]]
  /** Commands go out from now on. `isNew`: over a new connection. */
  onUp(isNew: boolean): void
  /** They do not, or still not. */
  onDown(reason: unknown): void
}

/** Commands of one turn of the event loop: written at once, answered within one deadline. */
interface Batch {
  readonly client: Client
  pending: number
  isWritten: boolean
  timer: NodeJS.Timeout | undefined
}

export class Link {
  readonly #deps: LinkDeps
  readonly #breaker: Breaker
  readonly #closing = new AbortController()
  #client: Client | undefined
  #isNew = true
  #batch: Batch | undefined
  #lossReason: unknown

  constructor(deps: LinkDeps) {
    this.#deps = deps
    this.#breaker = new Breaker({
      random: deps.random,
      probe: () => {
        const [name, ...args] = deps.probe()
        return this.#client === undefined ? Promise.reject(this.#gone()) : this.#exchange(this.#client, name, args)
      },
      onClose: () => {
        deps.onUp(this.#isNew)
        this.#isNew = false
      },
      onOpen: (error) => deps.onDown(error),
    })
  }

  get isUp(): boolean {
    return this.#client !== undefined && !this.#breaker.isOpen
  }

  /** Connects for the first time at once, later at the common pace, until it is closed. */
  async start(): Promise<void> {
    for (let attempt = 0; !this.#closing.signal.aborted; attempt++) {
      if (attempt > 0) await delay(this.#deps.pace.takeTurn(), undefined, { ref: false, signal: this.#closing.signal }).catch(() => {})
      if (!this.#closing.signal.aborted) await this.#holdConnection()
    }
  }

  /** Rejects with a CacheUnavailableError, at once when the server is out of reach: nothing is kept for later. */
  send(name: string, args: readonly string[]): Promise<unknown> {
    const client = this.#client
    return client === undefined || this.#breaker.isOpen ? Promise.reject(this.#gone()) : this.#exchange(client, name, args)
  }

  /** Like `send`, for questions that the server may refuse without being any worse. */
  ask(name: string, args: readonly string[]): Promise<unknown> {
    const client = this.#client
    return client === undefined || this.#breaker.isOpen ? Promise.reject(this.#gone()) : this.#exchange(client, name, args, false)
  }

  close(): void {
    this.#closing.abort()
    if (this.#client !== undefined) this.#drop(this.#client, undefined)
  }

  /** Resolves when the connection has ended, or was not to be had. */
  async #holdConnection(): Promise<void> {
    let client: Client
    try {
      client = await this.#deps.connect()
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#deps.onDown(error)
      return
    }
    if (this.#closing.signal.aborted) return destroyClient(client)
    const ended = new Promise((resolve) => client.once('end', resolve))
    this.#client = client
    this.#isNew = true
    this.#lossReason = undefined
    void this.#breaker.probe()
    await ended
    if (this.#client === client) this.#client = undefined
    this.#breaker.hold()
    if (!this.#closing.signal.aborted) this.#deps.onDown(this.#lossReason ?? this.#gone())
  }

  async #exchange(client: Client, name: string, args: readonly string[], counts = true): Promise<unknown> {
    const batch = this.#joinBatch(client)
    batch.pending++
    try {
      const reply = await client.sendCommand(new Command(name, [...args], { replyEncoding: 'utf8' }))
      // A server that is full still answers reads; only what it may refuse tells that it works.
      if (name === 'evalsha') this.#breaker.succeeded()
      return reply
    } catch (error) {
      throw this.#judge(client, error, counts)
    } finally {
      if (--batch.pending === 0) clearTimeout(batch.timer)
    }
  }

  /** What is asked for within one turn of the event loop goes out in one write; corking keeps the order whoever else writes. */
  #joinBatch(client: Client): Batch {
    if (this.#batch !== undefined && this.#batch.client === client && !this.#batch.isWritten) return this.#batch
    const batch: Batch = { client, pending: 0, isWritten: false, timer: undefined }
    this.#batch = batch
    client.stream.cork()
    // Not at the end of this callback: every socket that has a request for us in this turn comes first.
    setImmediate(() => {
      batch.isWritten = true
      client.stream.uncork()
      if (batch.pending > 0) batch.timer = setTimeout(() => this.#giveUp(batch), this.#deps.commandTimeoutMs)
    })
    return batch
  }

  #giveUp(batch: Batch): void {
    // The timer may be due only because our own loop was blocked. Then the replies are here and unread: sockets are read after
    // timers and before immediates, so one more look tells a slow Redis from a slow self.
    setImmediate(() => {
      if (batch.pending === 0 || this.#client !== batch.client) return
      this.#drop(batch.client, new CacheUnavailableError(`Redis did not answer within ${this.#deps.commandTimeoutMs} ms`))
    })
  }

  /** Destroyed, not reused: a reply that comes late must find nobody. */
  #drop(client: Client, reason: unknown): void {
    if (this.#client === client) this.#client = undefined
    this.#lossReason = reason
    this.#breaker.hold()
    destroyClient(client)
  }

  #judge(client: Client, error: unknown, counts: boolean): CacheUnavailableError {
    if ((error as Error).name !== 'ReplyError') {
      const lost = this.#gone()
      this.#breaker.failed(lost)
      return lost
    }
    // Not as `cause`: the library puts the arguments of the command into its errors.
    const reply = new RedisReplyError(textOf(error))
    if (counts && isServerFault(reply)) this.#breaker.failed(reply)
    if (needsNewConnection(reply) && this.#client === client) this.#drop(client, reply)
    return reply
  }

  #gone(): CacheUnavailableError {
    return this.#lossReason instanceof CacheUnavailableError ? this.#lossReason : new CacheUnavailableError('Redis is out of reach')
  }
}
