// What processes that share a cache decide together about a key: who probes it, and whether its own limits are reached.
import { limits } from '../limits.ts'
import type { AmountStore } from '../ports/amount-store.ts'
import type { Cache } from '../ports/cache.ts'
import type { Clock } from '../ports/clock.ts'
import type { LimitClaim, LimitStore, SlotLimit, WindowLimit } from '../ports/limit-store.ts'
import { keyLimitName, probeRightName } from './cache-names.ts'
import type { KeyPeers } from './key-pool-dependencies.ts'
import type { PoolKey } from './pool-key.ts'

export interface CacheKeyPeersDependencies {
  readonly cache: Cache
  /** undefined: each process counts the limits of keys for itself. */
  readonly limitStore: LimitStore | undefined
  /** undefined: each process counts the tokens of keys for itself. */
  readonly amounts: AmountStore | undefined
  readonly clock: Clock
  /** Names this process in what it claims. */
  readonly instance: string
  /** Processes of this gateway, this one included. */
  readonly processes: () => number
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export class CacheKeyPeers implements KeyPeers {
  readonly #dependencies: CacheKeyPeersDependencies
  /** Slots that this process holds, per key: any of them may be given back for any lease of it. */
  readonly #held = new Map<PoolKey, LimitClaim[]>()
  #claims = 0
  #renewal: NodeJS.Timeout | undefined

  constructor(dependencies: CacheKeyPeersDependencies) {
    this.#dependencies = dependencies
  }

  async mayProbe(key: PoolKey): Promise<boolean> {
    try {
      return (await this.#dependencies.cache.increment(probeRightName(key.id, key.changedAtMs), limits.probeRightMs)) === 1
    } catch {
      // Nobody to ask: one probe per process is better than none.
      return true
    }
  }

  probeEnded(key: PoolKey): void {
    this.#dependencies.cache.delete(probeRightName(key.id, key.changedAtMs)).catch(() => undefined)
  }

  async claimUse(key: PoolKey): Promise<boolean> {
    const { limitStore, clock, processes, instance } = this.#dependencies
    if (limitStore === undefined) return true
    const claim = createClaim(`${instance}:${++this.#claims}`, key)
    try {
      if (!(await this.#hasTokens(key))) return false
      const answer = await limitStore.claim(claim)
      if (answer.isGranted) {
        if (claim.slots.length > 0) this.#hold(key, claim)
        return true
      }
      key.fullUntilMs = clock.monotonicMs() + (answer.retryAfterMs ?? limits.keyFullAskAgainMs)
    } catch {
      if (key.isWithinShare(processes(), clock.monotonicMs())) return true
    }
    key.discountUse()
    return false
  }

  useEnded(key: PoolKey): void {
    const claims = this.#held.get(key)
    if (claims === undefined) return
    const surplus = claims.splice(key.inFlight)
    if (claims.length === 0) this.#held.delete(key)
    // When it cannot be said now, the lease of the slot runs out by itself.
    if (surplus.length > 0) this.#dependencies.limitStore?.release(surplus).catch(() => undefined)
  }

  tokensUsed({ id }: PoolKey, amount: number): void {
    const { amounts } = this.#dependencies
    amounts?.add([{ key: keyLimitName(id, 'tpm'), windowMs: MINUTE_MS, amount, ageMs: 0 }]).catch(() => undefined)
  }

  /** Takes the use back when the tokens of the last minute are used up. Rejects with CacheUnavailableError. */
  async #hasTokens(key: PoolKey): Promise<boolean> {
    const { amounts, clock } = this.#dependencies
    const { tpm: max } = key.spec.limits
    if (max === undefined || amounts === undefined) return true
    const limit = { key: keyLimitName(key.id, 'tpm'), max, amount: 0, windowMs: MINUTE_MS, lifeMs: 0 }
    const answer = await amounts.look({ id: '', limits: [limit], leaseMs: limits.keySlotLeaseMs })
    if (answer.kind !== 'refused') return true
    key.fullUntilMs = clock.monotonicMs() + (answer.retryAfterMs ?? limits.keyFullAskAgainMs)
    key.discountUse()
    return false
  }

  stop(): void {
    clearInterval(this.#renewal)
    this.#renewal = undefined
  }

  #hold(key: PoolKey, claim: LimitClaim): void {
    const claims = this.#held.get(key)
    if (claims === undefined) this.#held.set(key, [claim])
    else claims.push(claim)
    this.#renewal ??= setInterval(() => this.#renew(), limits.keySlotLeaseMs / 3).unref()
  }

  #renew(): void {
    if (this.#held.size === 0) return this.stop()
    this.#dependencies.limitStore?.renew([...this.#held.values()].flat()).catch(() => undefined)
  }
}

function createClaim(id: string, { id: keyId, spec }: PoolKey): LimitClaim {
  const { rpm, rpd, maxInFlight } = spec.limits
  const windows: WindowLimit[] = []
  if (rpm !== undefined) windows.push({ key: keyLimitName(keyId, 'rpm'), max: rpm, windowMs: MINUTE_MS })
  if (rpd !== undefined) windows.push({ key: keyLimitName(keyId, 'rpd'), max: rpd, windowMs: DAY_MS })
  const slots: SlotLimit[] = maxInFlight === undefined ? [] : [{ key: keyLimitName(keyId, 'in-flight'), max: maxInFlight, leaseMs: limits.keySlotLeaseMs }]
  return { id, windows, slots }
}
