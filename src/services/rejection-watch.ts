// Tells a bad key from a bad day of the upstream: the same rejection on several keys while no key is served.
import { limits } from '../limits.ts'

export class RejectionWatch {
  #lastServedMs = -Infinity
  readonly #rejectedAtMs = new Map<string, Map<string, number>>()

  served(nowMs: number): void {
    this.#lastServedMs = nowMs
  }

  /** Notes that `keyId` was rejected with `reason`; true when that counts as upstream-wide. */
  rejected(keyId: string, reason: string, nowMs: number): boolean {
    const since = nowMs - limits.upstreamWideWindowMs
    for (const [other, keys] of this.#rejectedAtMs) {
      for (const [id, atMs] of keys) if (atMs < since) keys.delete(id)
      if (keys.size === 0) this.#rejectedAtMs.delete(other)
    }
    const keys = this.#rejectedAtMs.get(reason) ?? new Map<string, number>()
    this.#rejectedAtMs.set(reason, keys)
    keys.set(keyId, nowMs)
    return keys.size >= limits.upstreamWideKeys && this.#lastServedMs < since
  }
}
