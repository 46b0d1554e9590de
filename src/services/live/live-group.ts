// All listeners with the same subscription: an event is chosen, written and encoded for them once.
import { isForSubscription, type LiveNews, type LiveSubscription, type LiveTopic } from '../../domain/live-event.ts'
import { limits } from '../../limits.ts'
import { EncodedEvents, type LiveEventText, type LiveListener } from './live-listener.ts'

/** Of one topic, since the last look. */
interface Share {
  shown: number
  skipped: number
}

interface Waiting {
  /** JSON of the event without its id. */
  readonly body: string
  /** It happened in this process. */
  readonly isHere: boolean
}

export class LiveGroup {
  readonly signature: string
  readonly subscription: LiveSubscription
  readonly listeners = new Set<LiveListener>()
  /** Monotonic ms until which other processes want to hear of it. */
  wantedElsewhereUntilMs = -Infinity
  /** Monotonic ms; since when nobody here listens. */
  leftAtMs: number
  readonly #run: string
  readonly #shares = new Map<LiveTopic, Share>()
  readonly #recent: LiveEventText[] = []
  #waiting: Waiting[] = []
  #count = 0

  /** @param run tells the ids of one run of the process from those of another */
  constructor(signature: string, subscription: LiveSubscription, run: string, nowMs: number) {
    this.signature = signature
    this.subscription = subscription
    this.#run = run
    this.leftAtMs = nowMs
  }

  get hasNews(): boolean {
    return this.#waiting.length > 0
  }

  /** Whether `news` are to be shown; what is above the bound is counted. */
  takes(news: LiveNews): boolean {
    if (!isForSubscription(news, this.subscription)) return false
    let share = this.#shares.get(news.topic)
    if (share === undefined) this.#shares.set(news.topic, (share = { shown: 0, skipped: 0 }))
    if (share.shown < limits.liveEventsPerSecond) {
      share.shown++
      return true
    }
    share.skipped++
    return false
  }

  add(body: string, isHere: boolean): boolean {
    if (this.#waiting.length >= limits.liveEventsWaitingMax) return false
    this.#waiting.push({ body, isHere })
    return true
  }

  /** Called once per second. @returns how many were left out of each topic since the last call */
  nextSecond(): (readonly [topic: LiveTopic, count: number])[] {
    const skipped: (readonly [LiveTopic, number])[] = []
    for (const [topic, share] of this.#shares) {
      if (share.skipped > 0) skipped.push([topic, share.skipped])
      share.shown = share.skipped = 0
    }
    return skipped
  }

  /** Everything that waits, numbered for the listeners here, and what of it happened here. */
  takeAll(): { readonly events: EncodedEvents; readonly here: readonly string[] } {
    const waiting = this.#waiting
    this.#waiting = []
    const events = waiting.map(({ body }) => {
      const id = `${this.#run}.${++this.#count}`
      return { id, json: `{"id":"${id}",${body.slice(1)}` }
    })
    this.#recent.push(...events)
    if (this.#recent.length > limits.liveEventsKept) this.#recent.splice(0, this.#recent.length - limits.liveEventsKept)
    return { events: new EncodedEvents(events), here: waiting.filter(({ isHere }) => isHere).map(({ body }) => body) }
  }

  /** What came after the event with this id; undefined when that cannot be told any more. */
  since(id: string): readonly LiveEventText[] | undefined {
    if (!id.startsWith(`${this.#run}.`)) return undefined
    const number = Number(id.slice(this.#run.length + 1))
    const missing = this.#count - number
    if (!Number.isSafeInteger(number) || missing < 0 || missing > this.#recent.length) return undefined
    return missing === 0 ? [] : this.#recent.slice(-missing)
  }
}
