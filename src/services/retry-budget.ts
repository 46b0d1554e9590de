// How many retries after failures an upstream may cause: a share of its requests, so that a sick vendor is not stormed.
import { limits } from '../limits.ts'

/** Key switches (429, 401, quota) are not charged here: the vendor said that it did not work on the request. */
export class RetryBudget {
  #tokens: number = limits.retryBudgetMax

  requestStarted(): void {
    if (this.#tokens < limits.retryBudgetMax) this.#tokens += limits.retryBudgetPerRequest
  }

  /** Takes one retry if there is one left. */
  tryTake(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
