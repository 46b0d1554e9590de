// The one way to change what is stored: in a transaction, with a new configuration version, in force before the answer.
import { GatewayError } from '../errors.ts'
import type { LiveConfiguration } from '../ports/live.ts'
import type { Logger } from '../ports/logger.ts'
import type { Repositories, Store } from '../ports/store.ts'

export interface ConfigurationWriterDependencies {
  readonly store: Store
  readonly live: LiveConfiguration
  readonly logger: Logger
  /** Told the version of a change as soon as it is stored. Must not throw. */
  readonly announce?: ((version: number) => void) | undefined
}

export class ConfigurationWriter {
  readonly #dependencies: ConfigurationWriterDependencies

  constructor(dependencies: ConfigurationWriterDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Commits `work` and resolves when requests of this process see the change.
   * @throws GatewayError degraded when the change is stored but could not be put in force yet
   */
  async change<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    const { store, live, logger, announce } = this.#dependencies
    const { result, version } = await store.transaction(async (repositories) => {
      const value = await work(repositories)
      return { result: value, version: await repositories.settings.bumpConfigVersion() }
    })
    announce?.(version)
    try {
      await live.refresh()
    } catch (error) {
      logger.error('config.refresh_failed', 'A change is stored but not yet in force', { error: String(error) })
      throw new GatewayError(
        'degraded',
        'The change is stored but not yet in force, because the configuration could not be read back. It is tried again every second.',
        {
          cause: error,
        },
      )
    }
    return result
  }
}

/** The time of a change, later than the one it replaces even when the wall clock went back: it is also the row's version. */
export function nextChangeMs(nowMs: number, previousMs: number): number {
  return Math.max(nowMs, previousMs + 1)
}

/**
 * @param expected versions (updatedAtMs) that the caller has seen; undefined = whatever is stored
 * @throws GatewayError precondition_failed
 */
export function assertSeenVersion(updatedAtMs: number, expected: readonly number[] | undefined): void {
  if (expected === undefined || expected.includes(updatedAtMs)) return
  throw new GatewayError('precondition_failed', 'This was changed by somebody else since you read it. Read it again, then repeat your change.')
}
