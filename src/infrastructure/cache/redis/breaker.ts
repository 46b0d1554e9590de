// Decides whether callers may use a server: not after failures in a row, not before a probe was answered.
import { limits } from '../../../limits.ts'
import type { Random } from '../../../ports/random.ts'

/** A probe comes this share of its interval earlier or later. */
const JITTER = 0.2

export interface BreakerDeps {
  readonly random: Random
  /** Resolves when the server does what callers need. */
  probe(): Promise<unknown>
  onClose(): void
  onOpen(error: unknown): void
}

/** Open until the first probe has been answered. */
export class Breaker {
  readonly #deps: BreakerDeps
  #isOpen = true
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  /** Counts connections, so that the answer of an old probe does not speak for a new one. */
  #round = 0

  constructor(deps: BreakerDeps) {
    this.#deps = deps
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  succeeded(): void {
    this.#failures = 0
  }

  failed(error: unknown): void {
    if (this.#isOpen || ++this.#failures < limits.cacheFailuresToOpen) return
    this.#isOpen = true
    this.#deps.onOpen(error)
    this.#schedule()
  }

  /** Opens without probing: there is no connection that could be probed. */
  hold(): void {
    this.#round++
    this.#isOpen = true
    clearTimeout(this.#timer)
  }

  /** Probes now, and again until it is answered or held. */
  async probe(): Promise<void> {
    const round = this.#round
    try {
      await this.#deps.probe()
    } catch (error) {
      if (round !== this.#round) return
      this.#deps.onOpen(error)
      this.#schedule()
      return
    }
    if (round !== this.#round) return
    this.#isOpen = false
    this.#failures = 0
    this.#deps.onClose()
  }

  #schedule(): void {
    const delayMs = limits.cacheProbeMs * (1 - JITTER + 2 * JITTER * this.#deps.random.fraction())
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.probe(), delayMs).unref()
  }
}
