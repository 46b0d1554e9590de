// Says once that a cache server went away and once that it is back, however many requests notice.
import type { Logger } from '../../../ports/logger.ts'
import { textOf } from './replies.ts'

export class Reachability {
  readonly #logger: Logger | undefined
  readonly #away = new Set<string>()

  constructor(logger: Logger | undefined) {
    this.#logger = logger
  }

  down(server: string, reason: unknown): void {
    if (this.#away.has(server)) return
    this.#away.add(server)
    this.#logger?.warn('cache.unreachable', 'Redis is out of reach: each process counts for itself until it is back', {
      address: server,
      reason: textOf(reason),
    })
  }

  up(server: string): void {
    if (this.#away.delete(server)) this.#logger?.info('cache.reachable', 'Redis is back: the processes share their counts again', { address: server })
  }
}
