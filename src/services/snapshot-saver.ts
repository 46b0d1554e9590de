// Keeps the sealed copy of the configuration up to date: a moment after a change, off the request path.
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { SnapshotFile } from '../ports/snapshot-file.ts'
import { type Store, StoreUnavailableError } from '../ports/store.ts'

export interface SnapshotSaverDependencies {
  readonly file: SnapshotFile
  readonly store: Store
  /** Names of the settings that open the vault. */
  readonly vaultSettings: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
}

/** Writing takes at most this share of the time, however large the configuration is. */
const WRITING_SHARE = 0.1

export class SnapshotSaver {
  readonly #dependencies: SnapshotSaverDependencies
  readonly #startedAtMs: number
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> | undefined
  #wanted: number | undefined
  #restMs: number = limits.snapshotFileWriteMs
  #savedAtMs: number | undefined
  #failure: string | undefined
  #isStopped = false

  constructor(dependencies: SnapshotSaverDependencies) {
    this.#dependencies = dependencies
    this.#startedAtMs = dependencies.clock.nowMs()
  }

  /** Epoch ms of what is in the file as far as this process knows; undefined when nothing is. */
  get savedAtMs(): number | undefined {
    return this.#savedAtMs
  }

  /** Why the last write failed; undefined when it did not. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** The store holds this version, and it is in force. */
  changed(version: number): void {
    this.#wanted = version
    this.#schedule(this.#restMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#saving
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#saving !== undefined || this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#saving = this.#save().finally(() => {
        this.#saving = undefined
        if (this.#wanted !== undefined) this.#schedule(this.#failure === undefined ? this.#restMs : limits.snapshotFileRetryMs)
      })
    }, delayMs).unref()
  }

  async #save(): Promise<void> {
    const { file, clock, logger } = this.#dependencies
    const version = this.#wanted
    this.#wanted = undefined
    const startedAtMs = clock.monotonicMs()
    try {
      const there = await file.peek()
      // Another process of this data directory was faster. What is older than this process is written anew: it may be damaged inside.
      if (there?.configVersion === version && there !== undefined && there.writtenAtMs >= this.#startedAtMs) this.#savedAtMs = there.writtenAtMs
      else await this.#write()
      if (this.#failure !== undefined) logger.info('snapshot.saved_again', `${file.path} is written again`)
      this.#failure = undefined
    } catch (error) {
      this.#wanted ??= version
      const failure = error instanceof Error ? error.message : String(error)
      const isNews = this.#failure === undefined && !(error instanceof StoreUnavailableError)
      this.#failure = failure
      if (isNews) {
        const advice =
          'Until it can be, a start without the database serves an older configuration, or none. Make DATA_DIR writable, or set SNAPSHOT_FILE=false.'
        logger.warn('snapshot.save_failed', `${file.path} cannot be written: ${failure}. ${advice}`, { path: file.path, error: failure })
      }
    }
    this.#restMs = Math.max(limits.snapshotFileWriteMs, (clock.monotonicMs() - startedAtMs) / WRITING_SHARE)
  }

  async #write(): Promise<void> {
    const { file, store, vaultSettings: names, clock } = this.#dependencies
    // Version first, as the snapshot itself does: rows that are newer than their version do no harm.
    const configVersion = await store.settings.configVersion()
    const [upstreams, keys, { routes }, clientKeys, accounts, settings] = await Promise.all([
      store.upstreams.list(),
      store.keys.listSealed(),
      store.routes.list(),
      store.clientKeys.list(),
      store.accounts.list(),
      Promise.all(names.map(async (name) => [name, await store.settings.get(name)] as const)),
    ])
    const vaultSettings = Object.fromEntries(settings.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
    const savedAtMs = clock.nowMs()
    await file.write({ configVersion, savedAtMs, vaultSettings, upstreams, routes, keys, clientKeys, accounts })
    this.#savedAtMs = savedAtMs
  }
}
