// Counts failed sign-ins per account and network and says when the door is shut.
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { LoginFailureRepository } from '../ports/login-failure-repository.ts'

/** Not a user name (see USERNAME_PATTERN): counts all sign-ins of a network, so that many accounts cannot be tried one by one. */
const ALL_ACCOUNTS = '*'

export class LoginThrottle {
  readonly #failures: LoginFailureRepository
  readonly #clock: Clock

  constructor(failures: LoginFailureRepository, clock: Clock) {
    this.#failures = failures
    this.#clock = clock
  }

  /**
   * Counts this try of the account as failed before it is judged, so that tries in parallel cannot outrun the lock.
   * @throws GatewayError login_locked, with the same words for every account, known or not
   */
  async admit(account: string, network: string): Promise<void> {
    const nowMs = this.#clock.nowMs()
    await this.#refuseAt(limits.loginFailuresMax, account, network, nowMs)
    await this.#refuseAt(limits.loginFailuresPerNetworkMax, ALL_ACCOUNTS, network, nowMs)
    if ((await this.#failures.add(account, network, nowMs, limits.loginLockMs)) > limits.loginFailuresMax) throw locked(limits.loginLockMs)
  }

  /** Counts a failure of the network as a whole; that of the account was counted by admit(). */
  async recordFailure(network: string): Promise<void> {
    await this.#failures.add(ALL_ACCOUNTS, network, this.#clock.nowMs(), limits.loginLockMs)
  }

  /** A success forgets the failures of this account from this network; those of the network stay. */
  async forgive(account: string, network: string): Promise<void> {
    await this.#failures.clear(account, network)
  }

  async #refuseAt(failuresMax: number, account: string, network: string, nowMs: number): Promise<void> {
    const known = await this.#failures.find(account, network)
    if (known === undefined || known.count < failuresMax) return
    const restMs = known.firstAtMs + limits.loginLockMs - nowMs
    if (restMs > 0) throw locked(restMs)
  }
}

function locked(retryAfterMs: number): GatewayError {
  const minutes = limits.loginLockMs / 60_000
  return new GatewayError('login_locked', `Too many failed sign-ins. Wait up to ${minutes} minutes, then try again.`, { retryAfterMs })
}
