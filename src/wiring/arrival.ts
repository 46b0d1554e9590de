// How a database server comes into force: at the start when it is there, later by itself when it is not.
import { StartupError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { StoreUnavailableError } from '../ports/store.ts'

export interface ArrivalSteps {
  /** Opens the database and lets everybody use it. @throws StartupError 69 while it is out of reach, 78 when it never can be opened */
  readonly open: () => Promise<void>
  /** Vault, first rows, configuration in force. Repeated from its beginning when the database goes away meanwhile. */
  readonly settle: () => Promise<void>
  /** Puts the last known configuration in force. Never rejects. */
  readonly restore: () => Promise<void>
  /** Whether requests are served already, from a restored configuration. */
  readonly isServing: () => boolean
  readonly random: Random
  readonly logger: Logger
}

/** ms between two tries, at random between these: at most two a second, and well below the 5 s within which the gateway is ready again. */
const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 1_000
/** ms until a mistake of the configuration is tried again while requests are served: somebody may be correcting the database. */
const MISTAKE_RETRY_MS = 10_000
/** Two replicas that prepare a new database at once are in each other's way once; a fault of ours would be there every time. */
const FAULTS_MAX = 5

export class Arrival {
  /** Resolves when the database is in force. Rejects with StartupError 78 when it never will be and nothing is served. */
  readonly done: Promise<void>
  readonly #steps: ArrivalSteps
  readonly #settled = Promise.withResolvers<void>()
  #isDone = false
  #isStopped = false
  #timer: NodeJS.Timeout | undefined
  #faults = 0
  #told = ''

  constructor(steps: ArrivalSteps) {
    this.#steps = steps
    this.done = this.#settled.promise
    this.done.catch(() => undefined)
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** Resolves when the gateway can listen: with the database, or without it. @throws StartupError 78 */
  async begin(): Promise<void> {
    const opening = this.#steps.open().then(
      () => true,
      (error: unknown) => {
        this.#judge(error)
        return false
      },
    )
    const isOpen = await Promise.race([opening, this.#pause(limits.storeStartWaitMs).then(() => false)])
    if (isOpen && (await this.#settleOnce())) return
    await this.#steps.restore()
    void this.#keepTrying(opening)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #keepTrying(opening: Promise<boolean>): Promise<void> {
    try {
      while (!this.#isStopped && !(await opening)) {
        await this.#rest()
        opening = this.#attempt(this.#steps.open)
      }
      while (!this.#isStopped && !(await this.#settleOnce())) await this.#rest()
    } catch (error) {
      if (this.#isStopped) return
      if (!this.#steps.isServing()) return this.#settled.reject(error)
      const reason = error instanceof Error ? error.message : String(error)
      this.#tell(`The database cannot be used: ${reason}\n  The gateway goes on with the configuration of its snapshot file; nothing can be changed.`, reason)
      await this.#pause(MISTAKE_RETRY_MS)
      this.#faults = 0
      void this.#keepTrying(this.#attempt(this.#steps.open))
    }
  }

  async #settleOnce(): Promise<boolean> {
    const isSettled = await this.#attempt(this.#steps.settle)
    if (!isSettled || this.#isStopped) return isSettled
    this.#isDone = true
    this.#settled.resolve()
    return true
  }

  /** Whether it worked. @throws what trying again cannot cure */
  async #attempt(step: () => Promise<void>): Promise<boolean> {
    try {
      await step()
      return true
    } catch (error) {
      this.#judge(error)
      return false
    }
  }

  #judge(error: unknown): void {
    const isAbsence = error instanceof StoreUnavailableError || (error instanceof StartupError && error.exitCode === 69)
    if (!isAbsence && (error instanceof StartupError || ++this.#faults >= FAULTS_MAX)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    this.#tell(`The database cannot be used yet, and is tried again until it can: ${reason}`, reason)
  }

  /** Once per reason, not once per try. */
  #tell(message: string, reason: string): void {
    if (this.#told === reason) return
    this.#told = reason
    this.#steps.logger.error('database.awaited', message)
  }

  #rest(): Promise<void> {
    return this.#pause(RETRY_MIN_MS + this.#steps.random.fraction() * (RETRY_MAX_MS - RETRY_MIN_MS))
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = setTimeout(resolve, ms)
    })
  }
}
