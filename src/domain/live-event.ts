// What listeners are told while it happens: topics, who may hear what, and the events themselves.

export const LIVE_TOPICS = ['requests', 'keys', 'config', 'jobs', 'targets', 'health', 'replicas'] as const
export type LiveTopic = (typeof LIVE_TOPICS)[number]

/** What people of an account may hear: their own part of these. */
export const ACCOUNT_TOPICS: readonly LiveTopic[] = ['requests', 'jobs']

/** Why a stream of events is ended by the gateway. */
export type LiveEnd = 'session_expired' | 'session_revoked' | 'too_slow' | 'no_heartbeat' | 'shutting_down' | 'too_many_messages'

/** Absent members match everything. They are held only against events that have such a property. */
export interface LiveFilter {
  /** Slug. */
  readonly upstream?: string | undefined
  readonly clientKeyId?: string | undefined
  readonly accountId?: string | undefined
}

export interface LiveSubscription extends LiveFilter {
  /** In the order of LIVE_TOPICS, each once, at least one. */
  readonly topics: readonly LiveTopic[]
  /** For people of `accountId`: nothing else, and without what belongs to the gateway. */
  readonly isOwn: boolean
}

/** Something that happened, not yet written down: that is done once, and only when somebody listens. */
export interface LiveNews {
  readonly topic: LiveTopic
  /** Stable, `noun.verb`. */
  readonly type: string
  /** Epoch ms. */
  readonly atMs: number
  /** Slug; undefined where there is none to filter by. Likewise the others. */
  readonly upstream?: string | undefined
  readonly clientKeyId?: string | undefined
  /** Empty for what belongs to no account. */
  readonly accountId?: string | undefined
  /** Each process finds it out for itself: the others are not told. */
  readonly isLocal?: boolean
  /**
   * Plain data with snake_case names. No secrets, no queries, no bodies.
   * @param isOwn for people of the account
   */
  render(isOwn: boolean): Readonly<Record<string, unknown>>
}

/** Whom news are told to. */
export interface LiveFeed {
  /** Whether anybody listens to this topic, here or in another process. */
  isWanted(topic: LiveTopic): boolean
  /** Cheap, bounded, never throws. */
  publish(news: LiveNews): void
}

/** Says what the subscription is; equal for equal ones. */
export function liveSignature({ topics, upstream, clientKeyId, accountId, isOwn }: LiveSubscription): string {
  return JSON.stringify([topics, upstream ?? null, clientKeyId ?? null, accountId ?? null, isOwn])
}

const FILTER_CHARS_MAX = 64
const SIGNATURE_CHARS_MAX = 512

/** @returns undefined for what liveSignature did not write */
export function parseLiveSignature(signature: unknown): LiveSubscription | undefined {
  if (typeof signature !== 'string' || signature.length > SIGNATURE_CHARS_MAX) return undefined
  let parts: unknown
  try {
    parts = JSON.parse(signature)
  } catch {
    return undefined
  }
  if (!Array.isArray(parts) || parts.length !== 5) return undefined
  const [topics, upstream, clientKeyId, accountId, isOwn] = parts as unknown[]
  const isFilter = (value: unknown): value is string | null => value === null || (typeof value === 'string' && value.length <= FILTER_CHARS_MAX)
  if (!Array.isArray(topics) || !isFilter(upstream) || !isFilter(clientKeyId) || !isFilter(accountId) || typeof isOwn !== 'boolean') return undefined
  const known = LIVE_TOPICS.filter((topic) => topics.includes(topic))
  if (known.length === 0 || (isOwn && accountId === null)) return undefined
  const subscription = { topics: known, upstream: upstream ?? undefined, clientKeyId: clientKeyId ?? undefined, accountId: accountId ?? undefined, isOwn }
  return liveSignature(subscription) === signature ? subscription : undefined
}

export function isForSubscription(news: Omit<LiveNews, 'render'>, subscription: LiveSubscription): boolean {
  if (!subscription.topics.includes(news.topic)) return false
  // People of an account hear of what is theirs, and never of what belongs to nobody.
  if (subscription.isOwn && (news.accountId !== subscription.accountId || !ACCOUNT_TOPICS.includes(news.topic))) return false
  return isIn(news.upstream, subscription.upstream) && isIn(news.clientKeyId, subscription.clientKeyId) && isIn(news.accountId, subscription.accountId)
}

function isIn(value: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || value === undefined || value === wanted
}
