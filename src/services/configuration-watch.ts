// Sees configuration changes of other processes: an announcement is a hint that comes at once, the stored version is the truth.
import { limits } from '../limits.ts'
import type { Broadcast } from '../ports/cache.ts'
import type { Logger } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import { TOPICS } from './cache-names.ts'
import type { ConfigurationSnapshot } from './snapshot.ts'

export interface ConfigurationWatchDependencies {
  readonly store: Store
  readonly snapshot: ConfigurationSnapshot
  /** undefined: nobody announces anything, so that the stored version is looked at more often. */
  readonly broadcast: Broadcast | undefined
  readonly logger: Logger
}

export class ConfigurationWatch {
  readonly #dependencies: ConfigurationWatchDependencies
  #poll: NodeJS.Timeout | undefined
  #unsubscribe: (() => void) | undefined
  #looking: Promise<void> | undefined
  #looksAgain = false
  #isAway = false
  #refusedVersion: number | undefined

  constructor(dependencies: ConfigurationWatchDependencies) {
    this.#dependencies = dependencies
  }

  start(): void {
    const { broadcast } = this.#dependencies
    this.#poll = setInterval(() => void this.look(), broadcast === undefined ? limits.configPollMs : limits.configPollAnnouncedMs).unref()
    this.#unsubscribe = broadcast?.subscribe(
      TOPICS.configuration,
      (message) => this.#hear(message),
      () => void this.look(),
    )
  }

  stop(): void {
    clearInterval(this.#poll)
    this.#unsubscribe?.()
  }

  /** Tells the other processes that a version was stored. When it gets lost, their next look finds it. */
  announce(version: number): void {
    this.#dependencies.broadcast?.publish(TOPICS.configuration, String(version)).catch(() => undefined)
  }

  /** Compares versions and loads what is newer. Calls during a look share the one after it. Never rejects. */
  look(): Promise<void> {
    if (this.#looking !== undefined) this.#looksAgain = true
    this.#looking ??= this.#lookUntilDone().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  #hear(message: string): void {
    const version = this.#dependencies.snapshot.current?.version
    // Anybody might have sent it: it can make this process look, and nothing else.
    if (message.length <= 20 && version !== undefined && Number(message) <= version) return
    void this.look()
  }

  async #lookUntilDone(): Promise<void> {
    do {
      this.#looksAgain = false
      await this.#lookOnce()
    } while (this.#looksAgain)
  }

  async #lookOnce(): Promise<void> {
    const { store, snapshot, logger } = this.#dependencies
    try {
      const stored = await store.settings.configVersion()
      const inForce = snapshot.current?.version
      if (inForce !== undefined && stored < inForce) this.#refuse(stored, inForce)
      else if (stored !== inForce) await snapshot.refresh()
      if (this.#isAway) logger.info('config.poll_recovered', 'The stored configuration can be read again', { config_version: stored })
      this.#isAway = false
    } catch (error) {
      if (!this.#isAway) logger.warn('config.poll_failed', 'The stored configuration cannot be read; the one in force is kept', { error: String(error) })
      this.#isAway = true
    }
  }

  /** A store that was put back to an older state, or a lagging copy of it: going back by itself could bring revoked keys to life. */
  #refuse(stored: number, inForce: number): void {
    if (this.#refusedVersion === stored) return
    this.#refusedVersion = stored
    this.#dependencies.logger.error(
      'config.version_went_back',
      `The store holds configuration ${stored}, older than ${inForce}, which is in force and kept. If the store was restored on purpose, restart the gateway.`,
      { config_version: stored },
    )
  }
}
