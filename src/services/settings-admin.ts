// What people may set while the gateway runs: the log level, in every process and until it is started again.
import type { Logger, LogLevel } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import type { ConfigurationWriter } from './configuration-writer.ts'

/** The level of one process. */
export interface LevelControl {
  level(): LogLevel
  /** In force at once. */
  setLevel(level: LogLevel): void
  /** What the configuration says. */
  readonly configured: LogLevel
}

export interface SettingsAdminDependencies {
  readonly store: Pick<Store, 'settings'>
  readonly writer: ConfigurationWriter
  readonly levels: LevelControl
  readonly logger: Logger
}

export interface Settings {
  readonly logLevel: LogLevel
  /** After the next start. */
  readonly logLevelDefault: LogLevel
}

/** `<level> <configuration version>`; a process that began with that version, or a later one, does not follow it. */
export const LOG_LEVEL_SETTING = 'log_level'
const STORED = /^(error|warn|info|debug|trace) (\d{1,15})$/

export class SettingsAdmin {
  readonly #dependencies: SettingsAdminDependencies
  #startedWith: number | undefined

  constructor(dependencies: SettingsAdminDependencies) {
    this.#dependencies = dependencies
  }

  get(): Settings {
    const { levels } = this.#dependencies
    return { logLevel: levels.level(), logLevelDefault: levels.configured }
  }

  /** In force here when it resolves, elsewhere within a second. @param level null = what the configuration says */
  async setLogLevel(level: LogLevel | null): Promise<Settings> {
    const { writer, levels } = this.#dependencies
    await writer.change(async ({ settings }) => {
      if (level === null) await settings.remove(LOG_LEVEL_SETTING)
      else await settings.set(LOG_LEVEL_SETTING, `${level} ${(await settings.configVersion()) + 1}`)
    })
    this.#put(level ?? levels.configured)
    return this.get()
  }

  /** A configuration is in force: whether the level was set since this process began. Never rejects. */
  async follow(version: number): Promise<void> {
    const { store, levels, logger } = this.#dependencies
    if (this.#startedWith === undefined) {
      this.#startedWith = version
      return
    }
    try {
      const [, level, since] = STORED.exec((await store.settings.get(LOG_LEVEL_SETTING)) ?? '') ?? []
      this.#put(since !== undefined && Number(since) > this.#startedWith ? (level as LogLevel) : levels.configured)
    } catch (error) {
      logger.warn('log_level.unread', 'The log level that is stored cannot be read; the one in force stays', { error })
    }
  }

  #put(level: LogLevel): void {
    const { levels, logger } = this.#dependencies
    if (levels.level() === level) return
    const from = levels.level()
    const tell = (): void => logger.warn('log_level.changed', `The log level is now ${level}`, { level, from })
    // While it can be seen.
    if (level === 'error') tell()
    levels.setLevel(level)
    if (level !== 'error') tell()
  }
}
