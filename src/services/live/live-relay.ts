// Live events of all processes: each says what is listened to there, and is sent what of it happens elsewhere. Hints; any may be lost.
import { parseLiveSignature, type LiveSubscription } from '../../domain/live-event.ts'
import { limits } from '../../limits.ts'
import type { Broadcast } from '../../ports/cache.ts'
import { TOPICS } from '../cache-names.ts'
import type { LiveHub } from './live-hub.ts'

/** Where events of this process go besides its own listeners. */
export interface LiveOutlet {
  /** JSON objects without ids. */
  send(signature: string, bodies: readonly string[]): void
  /** Somebody has a subscription that nobody here had so far. */
  subscribed(): void
}

/** Subscriptions in one message. */
const SUBSCRIPTIONS_PER_MESSAGE = 100
const TYPE = /^[a-z][a-z_]{0,30}\.[a-z][a-z_]{0,30}$/
const TEXT_CHARS_MAX = 64

export class LiveRelay implements LiveOutlet {
  readonly #hub: LiveHub
  readonly #broadcast: Broadcast
  #timer: NodeJS.Timeout | undefined
  #unsubscribe: (() => void)[] = []
  #isAnnouncing = false

  constructor(hub: LiveHub, broadcast: Broadcast) {
    this.#hub = hub
    this.#broadcast = broadcast
  }

  start(): void {
    this.#hub.outlet = this
    const announce = (): void => this.#announce()
    this.#unsubscribe = [
      this.#broadcast.subscribe(TOPICS.liveInterest, (message) => this.#hearInterest(message), announce),
      this.#broadcast.subscribe(TOPICS.liveEvents, (message) => this.#hearEvents(message), announce),
    ]
    this.#timer = setInterval(announce, limits.liveInterestMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }

  subscribed(): void {
    if (this.#isAnnouncing) return
    this.#isAnnouncing = true
    setImmediate(() => {
      this.#isAnnouncing = false
      this.#announce()
    })
  }

  send(signature: string, bodies: readonly string[]): void {
    const head = `{"from":${JSON.stringify(this.#hub.replica)},"to":${JSON.stringify(signature)},"events":[`
    for (let from = 0; from < bodies.length;) {
      let text = head + (bodies[from++] as string)
      while (from < bodies.length && text.length + (bodies[from] as string).length + 3 < limits.messageCharsMax) text += `,${bodies[from++] as string}`
      this.#publish(TOPICS.liveEvents, `${text}]}`)
    }
  }

  #announce(): void {
    const all = this.#hub.signatures
    for (let from = 0; from < all.length; from += SUBSCRIPTIONS_PER_MESSAGE) {
      const wanted = all.slice(from, from + SUBSCRIPTIONS_PER_MESSAGE)
      this.#publish(TOPICS.liveInterest, JSON.stringify({ from: this.#hub.replica, wanted }))
    }
  }

  #publish(topic: string, message: string): void {
    this.#broadcast.publish(topic, message).catch(() => undefined)
  }

  #hearInterest(message: string): void {
    const { wanted } = this.#parse(message)
    if (!Array.isArray(wanted)) return
    for (const signature of wanted.slice(0, SUBSCRIPTIONS_PER_MESSAGE)) {
      const subscription = parseLiveSignature(signature)
      if (subscription !== undefined) this.#hub.wantedElsewhere(subscription, limits.liveInterestForMs)
    }
  }

  #hearEvents(message: string): void {
    const { to, events } = this.#parse(message)
    const subscription = parseLiveSignature(to)
    if (subscription === undefined || !Array.isArray(events)) return
    this.#hub.receive(
      to as string,
      events.filter((event) => isEvent(event, subscription)).map((event) => JSON.stringify(event)),
    )
  }

  /** Anybody might have sent it: what is not of our shape, or our own, is nothing. */
  #parse(message: string): Readonly<Record<string, unknown>> {
    if (message.length > limits.messageCharsMax) return {}
    try {
      const parsed: unknown = JSON.parse(message)
      if (typeof parsed !== 'object' || parsed === null) return {}
      const fields = parsed as Record<string, unknown>
      return typeof fields['from'] === 'string' && fields['from'] !== this.#hub.replica ? fields : {}
    } catch {
      return {}
    }
  }
}

/** Exactly what this process would write itself, for exactly this subscription. */
function isEvent(event: unknown, { topics, isOwn, accountId }: LiveSubscription): boolean {
  if (typeof event !== 'object' || event === null) return false
  const { type, topic, at, replica, data, ...rest } = event as Record<string, unknown>
  const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= TEXT_CHARS_MAX
  if (Object.keys(rest).length > 0 || typeof type !== 'string' || !TYPE.test(type) || !isText(at) || !isText(replica)) return false
  if (!topics.some((known) => known === topic) || typeof data !== 'object' || data === null || Array.isArray(data)) return false
  const isSkip = type === 'events.skipped'
  if (isOwn && !isSkip && (data as Record<string, unknown>)['account_id'] !== accountId) return false
  return JSON.stringify(event).length <= limits.liveEventCharsMax
}
