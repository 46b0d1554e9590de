// Tells listeners what happens: chosen once per distinct subscription, and written once.
import { LIVE_TOPICS, type LiveEnd, type LiveFeed, type LiveNews, type LiveSubscription, type LiveTopic } from '../../domain/live-event.ts'
import { GatewayError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LiveStats } from '../../ports/live.ts'
import { LiveDelivery } from './live-delivery.ts'
import type { LiveGroup } from './live-group.ts'
import { LiveGroups } from './live-groups.ts'
import { EncodedEvents, type LiveListener } from './live-listener.ts'
import type { LiveOutlet } from './live-relay.ts'

export interface LiveHubDependencies {
  readonly clock: Clock
  /** Id of this process among the replicas. */
  readonly replica: string
}

export class LiveHub implements LiveFeed {
  readonly #dependencies: LiveHubDependencies
  readonly #groups: LiveGroups
  readonly #delivery: LiveDelivery
  readonly #groupOf = new Map<LiveListener, LiveGroup | undefined>()
  readonly #ended = new Map<LiveEnd, number>()
  #events = 0
  #skipped = 0
  #isClosed = false
  #secondTimer: NodeJS.Timeout | undefined
  #beatTimer: NodeJS.Timeout | undefined
  outlet: LiveOutlet | undefined

  constructor(dependencies: LiveHubDependencies) {
    this.#dependencies = dependencies
    this.#groups = new LiveGroups(dependencies.replica.slice(-8))
    this.#delivery = new LiveDelivery({
      groups: this.#groups,
      tellOthers: (group, bodies) => {
        if (group.wantedElsewhereUntilMs > this.#nowMs) this.outlet?.send(group.signature, bodies)
      },
      isTooSlow: (listener) => this.end(listener, 'too_slow'),
    })
  }

  get replica(): string {
    return this.#dependencies.replica
  }

  get size(): number {
    return this.#groupOf.size
  }

  /** Subscriptions that somebody here has. */
  get signatures(): string[] {
    return this.#groups.list().flatMap(({ listeners, signature }) => (listeners.size > 0 ? [signature] : []))
  }

  isWanted(topic: LiveTopic): boolean {
    return this.#groups.isWanted(topic)
  }

  /** @throws GatewayError shutting_down, overloaded */
  assertOpen(): void {
    if (this.#isClosed) throw new GatewayError('shutting_down', 'The gateway is shutting down. Connect again at once.', { retryAfterMs: 1_000 })
    if (this.#groupOf.size < limits.liveListenersMax) return
    throw new GatewayError('overloaded', `Already ${limits.liveListenersMax} listeners are connected to this process.`, { retryAfterMs: 5_000 })
  }

  /** A connection that subscribes to nothing yet. @throws GatewayError like assertOpen */
  add(listener: LiveListener): void {
    this.assertOpen()
    this.#groupOf.set(listener, undefined)
    this.#beatTimer ??= setInterval(() => void this.#delivery.inTurns([...this.#groupOf.keys()], (each) => each.beat()), limits.liveHeartbeatMs).unref()
  }

  /**
   * In place of whatever the listener was subscribed to.
   * @returns what came after `lastEventId`, to be sent before anything else; undefined when that is not known any more
   * @throws GatewayError overloaded when too many different subscriptions are open
   */
  subscribe(listener: LiveListener, subscription: LiveSubscription, lastEventId?: string): EncodedEvents | undefined {
    const group = this.#groups.of(subscription, this.#nowMs)
    if (group === undefined) {
      const message = `Already ${limits.liveSubscriptionsMax} different subscriptions are open in this process. Filter less, or try again later.`
      throw new GatewayError('overloaded', message, { retryAfterMs: 5_000 })
    }
    this.#secondTimer ??= setInterval(() => this.#nextSecond(), 1_000).unref()
    this.#quit(listener)
    this.#groupOf.set(listener, group)
    const missed = lastEventId === undefined ? [] : group.since(lastEventId)
    group.listeners.add(listener)
    if (group.listeners.size === 1) this.outlet?.subscribed()
    return missed && new EncodedEvents(missed)
  }

  unsubscribe(listener: LiveListener): void {
    if (!this.#groupOf.has(listener)) return
    this.#quit(listener)
    this.#groupOf.set(listener, undefined)
  }

  /** Its connection is gone. Idempotent. */
  remove(listener: LiveListener): void {
    this.#quit(listener)
    this.#groupOf.delete(listener)
  }

  /** Sends a listener away. Idempotent. */
  end(listener: LiveListener, reason: LiveEnd): void {
    if (!this.#groupOf.has(listener)) return
    this.remove(listener)
    this.#ended.set(reason, (this.#ended.get(reason) ?? 0) + 1)
    listener.end(reason)
  }

  publish(news: LiveNews): void {
    if (!this.#groups.isWanted(news.topic)) return
    const bodies: (string | undefined)[] = []
    for (const group of this.#groups.taking(news)) {
      const { isOwn } = group.subscription
      this.#delivery.add(group, (bodies[Number(isOwn)] ??= this.#write(news, isOwn)), news.isLocal !== true)
    }
    if (bodies.length > 0) this.#events++
  }

  /** Events of another process, for the listeners here. */
  receive(signature: string, bodies: readonly string[]): void {
    const group = this.#groups.find(signature)
    if (group === undefined || group.listeners.size === 0) return
    for (const body of bodies) this.#delivery.add(group, body, false)
  }

  /** Another process has listeners with this subscription, and says so again before the time is over. */
  wantedElsewhere(subscription: LiveSubscription, forMs: number): void {
    const group = this.#groups.of(subscription, this.#nowMs)
    if (group === undefined) return
    group.wantedElsewhereUntilMs = this.#nowMs + forMs
    this.#secondTimer ??= setInterval(() => this.#nextSecond(), 1_000).unref()
  }

  stats(): LiveStats {
    const listeners = { sse: 0, websocket: 0 }
    for (const { encoding } of this.#groupOf.keys()) listeners[encoding.name]++
    const byTopic = Object.fromEntries(LIVE_TOPICS.map((topic) => [topic, 0])) as Record<LiveTopic, number>
    for (const { subscription, listeners: own } of this.#groups.list()) for (const topic of subscription.topics) byTopic[topic] += own.size
    return {
      listeners,
      listenersMax: limits.liveListenersMax,
      listenersByTopic: byTopic,
      subscriptions: this.signatures.length,
      ...{ events: this.#events, sent: this.#delivery.sent, skipped: this.#skipped + this.#delivery.overflowed },
      ended: Object.fromEntries(this.#ended),
    }
  }

  /** Sends everybody away, for good. Idempotent. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#beatTimer)
    clearInterval(this.#secondTimer)
    for (const listener of [...this.#groupOf.keys()]) this.end(listener, 'shutting_down')
  }

  get #nowMs(): number {
    return this.#dependencies.clock.monotonicMs()
  }

  #write({ type, topic, atMs, render }: LiveNews, isOwn: boolean): string {
    return JSON.stringify({ type, topic, at: new Date(atMs).toISOString(), replica: this.replica, data: render(isOwn) })
  }

  #quit(listener: LiveListener): void {
    const group = this.#groupOf.get(listener)
    if (group?.listeners.delete(listener) !== true) return
    // Kept for a moment: who lost a connection may come back and ask what it missed.
    if (group.listeners.size === 0) group.leftAtMs = this.#nowMs
  }

  #nextSecond(): void {
    for (const group of this.#groups.list()) for (const [topic, count] of group.nextSecond()) this.#tellSkipped(group, topic, count)
    this.#groups.forgetLeft(this.#nowMs)
    if (this.#groups.size > 0) return
    clearInterval(this.#secondTimer)
    this.#secondTimer = undefined
  }

  #tellSkipped(group: LiveGroup, topic: LiveTopic, count: number): void {
    this.#skipped += count
    const news = { topic, type: 'events.skipped', atMs: this.#dependencies.clock.nowMs(), render: () => ({ count }) }
    this.#delivery.add(group, this.#write(news, false), true)
  }
}
