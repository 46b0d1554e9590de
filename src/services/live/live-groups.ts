// The subscriptions that anybody has: here, in another process, or a moment ago.
import { ACCOUNT_TOPICS, liveSignature, type LiveNews, type LiveSubscription, type LiveTopic } from '../../domain/live-event.ts'
import { limits } from '../../limits.ts'
import { LiveGroup } from './live-group.ts'

export class LiveGroups {
  readonly #run: string
  readonly #bySignature = new Map<string, LiveGroup>()
  /** Groups that can only hear of one account, by its id; all others under ''. */
  readonly #byAccount = new Map<string, Set<LiveGroup>>()
  readonly #topics = new Set<LiveTopic>()
  #made = 0

  /** @param run of this process, for the ids of events */
  constructor(run: string) {
    this.#run = run
  }

  get size(): number {
    return this.#bySignature.size
  }

  list(): LiveGroup[] {
    return [...this.#bySignature.values()]
  }

  isWanted(topic: LiveTopic): boolean {
    return this.#topics.has(topic)
  }

  find(signature: string): LiveGroup | undefined {
    return this.#bySignature.get(signature)
  }

  /** Those that take the news, counted against their bounds. */
  *taking(news: LiveNews): Iterable<LiveGroup> {
    for (const group of this.#byAccount.get('') ?? []) if (group.takes(news)) yield group
    if (news.accountId === undefined || news.accountId === '') return
    for (const group of this.#byAccount.get(news.accountId) ?? []) if (group.takes(news)) yield group
  }

  /** Makes it when there is none; undefined when there are too many. */
  of(subscription: LiveSubscription, nowMs: number): LiveGroup | undefined {
    const signature = liveSignature(subscription)
    const known = this.#bySignature.get(signature)
    if (known !== undefined) return known
    if (this.#bySignature.size >= limits.liveSubscriptionsMax && !this.#makeRoom(nowMs)) return undefined
    const group = new LiveGroup(signature, subscription, `${this.#run}-${++this.#made}`, nowMs)
    this.#bySignature.set(signature, group)
    const account = accountOf(subscription)
    this.#byAccount.set(account, (this.#byAccount.get(account) ?? new Set()).add(group))
    this.#countTopics()
    return group
  }

  /** Lets go of what nobody has come back to. */
  forgetLeft(nowMs: number): void {
    for (const group of this.#bySignature.values()) if (isUnused(group, nowMs) && nowMs - group.leftAtMs > limits.liveReturnMs) this.#forget(group)
  }

  /** Groups that wait for somebody to come back are the first to go. */
  #makeRoom(nowMs: number): boolean {
    const unused = this.list().find((group) => isUnused(group, nowMs))
    if (unused !== undefined) this.#forget(unused)
    return unused !== undefined
  }

  #forget(group: LiveGroup): void {
    this.#bySignature.delete(group.signature)
    const account = accountOf(group.subscription)
    const siblings = this.#byAccount.get(account)
    siblings?.delete(group)
    if (siblings?.size === 0) this.#byAccount.delete(account)
    this.#countTopics()
  }

  #countTopics(): void {
    this.#topics.clear()
    for (const { subscription } of this.#bySignature.values()) for (const topic of subscription.topics) this.#topics.add(topic)
  }
}

function accountOf({ accountId, topics }: LiveSubscription): string {
  return topics.every((topic) => ACCOUNT_TOPICS.includes(topic)) ? (accountId ?? '') : ''
}

function isUnused({ listeners, wantedElsewhereUntilMs }: LiveGroup, nowMs: number): boolean {
  return listeners.size === 0 && wantedElsewhereUntilMs <= nowMs
}
