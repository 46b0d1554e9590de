// Sends what waits: gathered for a moment, encoded once, written in slices, so that nobody waits for anybody.
import { limits } from '../../limits.ts'
import type { LiveGroup } from './live-group.ts'
import type { LiveGroups } from './live-groups.ts'
import type { LiveListener } from './live-listener.ts'

export interface LiveDeliveryDependencies {
  readonly groups: LiveGroups
  /** Events of this process that happened for a group. */
  readonly tellOthers: (group: LiveGroup, bodies: readonly string[]) => void
  /** It does not take what it has. */
  readonly isTooSlow: (listener: LiveListener) => void
}

export class LiveDelivery {
  readonly #dependencies: LiveDeliveryDependencies
  #timer: NodeJS.Timeout | undefined
  #isRunning = false
  /** How many times an event was sent to somebody. */
  sent = 0
  /** Events for which there was no room. */
  overflowed = 0

  constructor(dependencies: LiveDeliveryDependencies) {
    this.#dependencies = dependencies
  }

  add(group: LiveGroup, body: string, isHere: boolean): void {
    if (!group.add(body, isHere)) this.overflowed++
    if (!this.#isRunning) this.#timer ??= setTimeout(() => void this.#run(), limits.liveFlushMs).unref()
  }

  /** Thousands of writes in one go would hold up every request: other work gets its turn between them. */
  async inTurns(listeners: readonly LiveListener[], work: (listener: LiveListener) => void): Promise<void> {
    for (const [index, listener] of listeners.entries()) {
      if (listener.waitingBytes > limits.liveQueueBytesMax) this.#dependencies.isTooSlow(listener)
      else work(listener)
      if (index % limits.liveSendsPerTurn === limits.liveSendsPerTurn - 1) await new Promise(setImmediate)
    }
  }

  async #run(): Promise<void> {
    this.#timer = undefined
    this.#isRunning = true
    const withNews = (): LiveGroup[] => this.#dependencies.groups.list().filter(({ hasNews }) => hasNews)
    for (let groups = withNews(); groups.length > 0; groups = withNews()) for (const group of groups) await this.#send(group)
    this.#isRunning = false
  }

  async #send(group: LiveGroup): Promise<void> {
    const { events, here } = group.takeAll()
    if (here.length > 0) this.#dependencies.tellOthers(group, here)
    await this.inTurns([...group.listeners], (listener) => {
      if (!group.listeners.has(listener)) return
      listener.send(events.bytesFor(listener.encoding))
      this.sent += events.count
    })
  }
}
