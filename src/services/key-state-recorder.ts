// Writes down, a moment later and off the request path, what happened to keys: their states, histories and last uses.
import type { Logger } from '../ports/logger.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { EventStore, Store } from '../ports/store.ts'
import { limits } from '../limits.ts'
import { KeyHistory } from './key-history.ts'
import type { KeyTransition } from './key-pool-dependencies.ts'
import type { PoolKey } from './pool-key.ts'

export interface KeyStateRecorderDependencies {
  readonly store: Store
  readonly events: EventStore
  readonly logger: Logger
  readonly metrics: Metrics
}

/** A commit waits for the disk: when a whole pool goes to rest, its keys share it. Small enough that other writers get their turn. */
const KEYS_PER_TRANSACTION = 500

export class KeyStateRecorder {
  readonly #dependencies: KeyStateRecorderDependencies
  /** One entry per key: only the newest state matters. */
  readonly #dirty = new Set<PoolKey>()
  readonly #history: KeyHistory
  readonly #used = new Set<PoolKey>()
  #timer: NodeJS.Timeout | undefined
  #useTimer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #isFailing = false

  constructor(dependencies: KeyStateRecorderDependencies) {
    this.#dependencies = dependencies
    this.#history = new KeyHistory(dependencies.events, dependencies.logger)
  }

  /** Events of key histories that were lost since the start. */
  get eventsDropped(): number {
    return this.#history.dropped
  }

  /** What waits to be stored. */
  waiting(): { readonly key_states: number; readonly key_events: number } {
    return { key_states: this.#dirty.size, key_events: this.#history.waiting }
  }

  recordTransition({ key, slug, from, outcome, atMs }: KeyTransition): void {
    const { logger, metrics } = this.#dependencies
    this.#dirty.add(key)
    this.#history.add({ keyId: key.id, atMs, from, to: key.state, reason: key.reason, actor: 'gateway', untilMs: key.untilMs })
    metrics.keyTransition(slug, key.state, outcome)
    const fields = {
      upstream: slug,
      key_id: key.id,
      from,
      to: key.state,
      reason: key.reason,
      until: key.untilMs === undefined ? undefined : new Date(key.untilMs).toISOString(),
    }
    logger.log(key.state === 'parked' ? 'warn' : 'info', 'key.transition', `Key ${key.spec.label || key.id} of ${slug} is ${key.state}`, fields)
    this.#schedule()
  }

  recordUse(key: PoolKey): void {
    this.#used.add(key)
    this.#useTimer ??= setTimeout(() => {
      this.#useTimer = undefined
      void this.#writeUses()
    }, limits.keyUseFlushMs).unref()
  }

  /** Stores everything that waits; what cannot be stored is kept for the next try. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined
      if (this.#dirty.size > 0) this.#schedule()
    })
    return this.#flushing
  }

  async stop(): Promise<void> {
    await this.#flushing
    await this.#write()
    await this.#writeUses()
    await this.#history.flush()
    this.#history.stop()
    clearTimeout(this.#useTimer)
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #writeUses(): Promise<void> {
    const uses = [...this.#used].map((key) => ({ id: key.id, lastUsedAtMs: key.lastUsedAtMs ?? 0 }))
    this.#used.clear()
    // Worth nothing once it is old: what cannot be stored now is stored with the next use.
    if (uses.length > 0) await this.#dependencies.store.keys.updateLastUsed(uses).catch(() => undefined)
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, limits.keyStateFlushMs).unref()
  }

  async #write(): Promise<void> {
    const { store, logger } = this.#dependencies
    const dirty = [...this.#dirty]
    this.#dirty.clear()
    try {
      for (let from = 0; from < dirty.length; from += KEYS_PER_TRANSACTION) {
        const some = dirty.slice(from, from + KEYS_PER_TRANSACTION)
        await store.transaction(({ keys }) => keys.updateStatuses(some.map(({ id, status }) => ({ id, status }))))
      }
      this.#isFailing = false
    } catch (error) {
      for (const key of dirty) this.#dirty.add(key)
      // Once per outage, not once per try.
      if (!this.#isFailing) logger.warn('key.store_failed', 'Key states could not be stored; they are kept in memory and tried again', { error: String(error) })
      this.#isFailing = true
    }
    // Not awaited: a history that is locked must not hold up the states.
    void this.#history.flush()
  }
}
