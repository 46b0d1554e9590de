// Key states of all processes: told to each other at once, and looked up in the store, which has the truth.
import { restMs } from '../domain/cooldown.ts'
import { formatKeyStatuses, parseKeyStatuses } from '../domain/key-status-message.ts'
import { limits } from '../limits.ts'
import type { Broadcast } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import { TOPICS } from './cache-names.ts'
import type { KeyPool } from './key-pool.ts'
import type { KeyTransition } from './key-pool-dependencies.ts'

export interface KeyStateExchangeDependencies {
  readonly store: Store
  readonly broadcast: Broadcast
  readonly clock: Clock
  readonly logger: Logger
  readonly findPool: (poolId: string) => KeyPool | undefined
  /** Reads everything again, when it cannot be told what was missed. */
  readonly refresh: () => Promise<void>
}

export class KeyStateExchange {
  readonly #dependencies: KeyStateExchangeDependencies
  /** Waiting to be told; the newest per key. What does not fit is found in the store. */
  readonly #untold = new Map<string, KeyTransition>()
  #isTelling = false
  #poll: NodeJS.Timeout | undefined
  #unsubscribe: (() => void) | undefined
  #looking: Promise<void> | undefined
  #looksAgain = false
  /** Number of the latest stored change that is known here; undefined until the first look. */
  #sequence: number | undefined
  /** Monotonic ms. */
  #lookedAtMs: number | undefined

  constructor(dependencies: KeyStateExchangeDependencies) {
    this.#dependencies = dependencies
  }

  start(): void {
    this.#poll = setInterval(() => void this.look(), limits.keyStatePollMs).unref()
    this.#unsubscribe = this.#dependencies.broadcast.subscribe(
      TOPICS.keyStates,
      (message) => this.#hear(message),
      () => void this.look(),
    )
    void this.look()
  }

  stop(): void {
    clearInterval(this.#poll)
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  /** Tells the others. Transitions of one turn of the event loop share their messages. */
  tell(transition: KeyTransition): void {
    const { key } = transition
    // Each process sees the end of a rest for itself.
    if (key.state === 'probing' || (this.#untold.size >= limits.keyEventsQueueMax && !this.#untold.has(key.id))) return
    this.#untold.set(key.id, transition)
    if (this.#isTelling) return
    this.#isTelling = true
    setImmediate(() => this.#tellAll())
  }

  /** Takes over what the store has and this process has not. Never rejects. */
  look(): Promise<void> {
    if (this.#looking !== undefined) this.#looksAgain = true
    this.#looking ??= this.#lookUntilDone().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  #tellAll(): void {
    this.#isTelling = false
    const { broadcast, clock } = this.#dependencies
    const nowMs = clock.nowMs()
    const changes = [...this.#untold.values()].map(({ poolId, key }) => ({ poolId, keyId: key.id, status: key.status }))
    this.#untold.clear()
    for (let from = 0; from < changes.length; from += limits.keyStatesPerMessage) {
      const message = formatKeyStatuses(changes.slice(from, from + limits.keyStatesPerMessage), nowMs)
      broadcast.publish(TOPICS.keyStates, message).catch(() => undefined)
    }
  }

  #hear(message: string): void {
    const { clock, findPool } = this.#dependencies
    for (const { poolId, keyId, status, forMs } of parseKeyStatuses(message, clock.nowMs())) {
      const pool = findPool(poolId)
      // Only the store may end what a person has switched off.
      if (pool?.keys.get(keyId)?.state !== 'disabled') pool?.hear(keyId, status, forMs)
    }
  }

  async #lookUntilDone(): Promise<void> {
    try {
      do {
        this.#looksAgain = false
        await this.#lookOnce()
      } while (this.#looksAgain)
    } catch (error) {
      this.#dependencies.logger.debug('key.look_failed', 'Key states of other processes could not be looked up', { error: String(error) })
    }
  }

  async #lookOnce(): Promise<void> {
    const { store, clock, refresh } = this.#dependencies
    const lookedAtMs = clock.monotonicMs()
    const latest = await store.keys.statusSequence()
    let seen = this.#sequence
    if (seen === undefined || latest < seen) {
      // The first look, or a store that was put back.
      await refresh()
      seen = latest
    }
    while (seen < latest) {
      const rows = await store.keys.listStatusesSince(seen, limits.keyStatesPerLook)
      for (const { upstreamId, id, status } of rows) this.#takeOver(upstreamId, id, status)
      seen = rows.at(-1)?.sequence ?? latest
      await new Promise(setImmediate)
    }
    this.#sequence = seen
    this.#lookedAtMs = lookedAtMs
  }

  #takeOver(poolId: string, keyId: string, status: KeyTransition['key']['status']): void {
    const { clock, findPool } = this.#dependencies
    // It was not stored at the last look: so old it is at most, whatever the other's clock says.
    const ageMsMax = this.#lookedAtMs === undefined ? Infinity : clock.monotonicMs() - this.#lookedAtMs + limits.keyStateFlushMs
    findPool(poolId)?.hear(keyId, status, restMs(status, clock.nowMs(), ageMsMax))
  }
}
