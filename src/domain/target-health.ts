// What the active checks of one target have found: healthy until they say otherwise several times in a row.
import type { HealthCheckPolicy } from './balancing.ts'

export class TargetHealth {
  isHealthy = true
  /** What the last check found: `200`, `503`, `timeout`, `connect ECONNREFUSED`; empty before the first. */
  reason = ''
  /** Epoch ms. */
  changedAtMs: number | undefined
  checkedAtMs: number | undefined
  /** Checks in a row that speak against the state. */
  #against = 0

  /** True when the state changed. @param nowMs epoch ms */
  observe(isGood: boolean, reason: string, policy: HealthCheckPolicy, nowMs: number): boolean {
    this.reason = reason
    this.checkedAtMs = nowMs
    if (isGood === this.isHealthy) {
      this.#against = 0
      return false
    }
    if (++this.#against < (isGood ? policy.healthyThreshold : policy.unhealthyThreshold)) return false
    this.isHealthy = isGood
    this.changedAtMs = nowMs
    this.#against = 0
    return true
  }
}
