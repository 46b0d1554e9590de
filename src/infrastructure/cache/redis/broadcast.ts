// Messages between the processes: listens on a connection of its own that comes back and subscribes again by itself.
import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '../../../limits.ts'
import type { Logger } from '../../../ports/logger.ts'
import { type Client, destroyClient } from './client.ts'
import type { Pace } from './pace.ts'
import { textOf } from './replies.ts'

interface Subscription {
  readonly name: string
  readonly onMessage: (message: string) => void
  readonly onGap: () => void
}

export interface SubscriberDeps {
  readonly keyPrefix: string
  readonly pace: Pace
  readonly logger: Logger | undefined
  connect(): Promise<Client>
  /** Whether the commands reach a server; there is no use in trying while they do not. */
  isUp(): boolean
}

export class Subscriber {
  readonly #deps: SubscriberDeps
  readonly #subscriptions = new Set<Subscription>()
  readonly #closing = new AbortController()
  #client: Client | undefined
  #isRunning = false
  #wake: (() => void) | undefined
  /** Whether messages may have been missed since somebody began to listen. */
  #hasGap = false
  #isRefusalLogged = false

  constructor(deps: SubscriberDeps) {
    this.#deps = deps
  }

  subscribe(channelName: string, onMessage: (message: string) => void, onGap: () => void): () => void {
    const subscription = { name: this.#deps.keyPrefix + channelName, onMessage, onGap }
    if (this.#closing.signal.aborted) return () => {}
    this.#subscriptions.add(subscription)
    if (!this.#isRunning) {
      this.#isRunning = true
      void this.#run()
    } else {
      // A refusal ends the connection, and the next one subscribes to everything again.
      this.#client?.subscribe(subscription.name).catch(() => this.#lose())
    }
    return () => {
      this.#subscriptions.delete(subscription)
      if (![...this.#subscriptions].some(({ name }) => name === subscription.name)) this.#client?.unsubscribe(subscription.name).catch(() => {})
    }
  }

  /** The commands have a new connection: the one for messages may hang on a server that is gone or no longer the primary. */
  renew(): void {
    this.#wake?.()
    this.#lose()
  }

  /** The commands reach a server again. */
  wake(): void {
    this.#wake?.()
  }

  close(): void {
    this.#closing.abort()
    this.#subscriptions.clear()
    this.#wake?.()
    this.#lose()
  }

  #lose(): void {
    if (this.#client !== undefined) destroyClient(this.#client)
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (let attempt = 0; !signal.aborted; attempt++) {
      while (!this.#deps.isUp() && !signal.aborted) {
        this.#hasGap ||= attempt > 0
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      if (attempt > 0) await delay(this.#deps.pace.takeTurn(), undefined, { ref: false, signal }).catch(() => {})
      if (!signal.aborted) await this.#listen()
      this.#hasGap = true
    }
  }

  /** Resolves when the connection has ended, or was not to be had. */
  async #listen(): Promise<void> {
    let client: Client
    try {
      client = await this.#deps.connect()
    } catch {
      return
    }
    if (this.#closing.signal.aborted) return destroyClient(client)
    const ended = new Promise((resolve) => client.once('end', resolve))
    client.on('message', (name: string, message: string) => {
      for (const subscription of this.#subscriptions) if (subscription.name === name) subscription.onMessage(message)
    })
    this.#client = client
    const heartbeat = setInterval(() => this.#within(client, client.ping()), limits.cacheHeartbeatMs).unref()
    const names = new Set([...this.#subscriptions].map(({ name }) => name))
    if (names.size > 0)
      this.#within(
        client,
        client.subscribe(...names).then(() => this.#subscribed()),
      )
    else this.#subscribed()
    await ended
    clearInterval(heartbeat)
    this.#client = undefined
  }

  #subscribed(): void {
    this.#isRefusalLogged = false
    if (!this.#hasGap) return
    this.#hasGap = false
    for (const { onGap } of this.#subscriptions) onGap()
  }

  /** Destroys the connection when this is refused, or not answered in time. */
  #within(client: Client, answer: Promise<unknown>): void {
    const timer = setTimeout(() => destroyClient(client), limits.cacheHeartbeatTimeoutMs).unref()
    answer
      .catch((error: unknown) => {
        if ((error as Error).name === 'ReplyError' && !this.#isRefusalLogged) {
          this.#isRefusalLogged = true
          this.#deps.logger?.error(
            'cache.messages_refused',
            'Redis refuses messages: changes reach the other processes late, by polling. docs/redis.md has the ACL line',
            {
              reason: textOf(error),
            },
          )
        }
        destroyClient(client)
      })
      .finally(() => clearTimeout(timer))
  }
}
