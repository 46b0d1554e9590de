// Leases a key when others have to be asked: for the turn, for the right to probe, or whether its limits are reached.
import { limits } from '../limits.ts'
import type { KeyPoolDependencies } from './key-pool-dependencies.ts'
import type { PoolKey } from './pool-key.ts'
import type { PoolTier } from './pool-tier.ts'
import type { PoolTiers } from './pool-tiers.ts'

export class SharedLease {
  readonly #dependencies: Pick<KeyPoolDependencies, 'clock' | 'turns' | 'peers'>

  constructor(dependencies: Pick<KeyPoolDependencies, 'clock' | 'turns' | 'peers'>) {
    this.#dependencies = dependencies
  }

  /**
   * The key whose turn it is; undefined when none can be used. While others are asked anything may change, the tiers
   * included: each step looks anew.
   * @param from index of the first tier to look at
   * @param turn the turn that was taken there; undefined when none was
   */
  async lease(
    tiers: PoolTiers,
    from: number,
    turn: number | Promise<number> | undefined,
    tried: readonly PoolKey[],
    mayProbe: boolean,
  ): Promise<PoolKey | undefined> {
    const { clock, turns } = this.#dependencies
    let taken = turn
    for (let index = from; index < tiers.list.length; index++) {
      let place = taken === undefined ? undefined : await taken
      taken = undefined
      let tier = tiers.list[index]
      if (place === undefined && tier !== undefined) {
        const probe = mayProbe ? await this.#claimProbe(tier, tried) : undefined
        if (probe !== undefined) return probe
        tier = tiers.list[index]
        if (tier === undefined || tier.readyCount === 0) continue
        place = await turns.next(tier)
      }
      for (;;) {
        const nowMs = clock.monotonicMs()
        const key = tiers.list[index]?.keyAt(place as number, (candidate) => candidate.hasCapacity(nowMs) && !tried.includes(candidate))
        if (key === undefined) break
        if (await this.#claimUse(key)) return key
      }
    }
    for (;;) {
      const key = tiers.findWithoutReady(tried, clock.monotonicMs())
      if (key === undefined || (await this.#claimUse(key))) return key
    }
  }

  async #claimProbe(tier: PoolTier, tried: readonly PoolKey[]): Promise<PoolKey | undefined> {
    const { clock, peers } = this.#dependencies
    const key = tier.findProbe(tried, clock.monotonicMs())
    if (key === undefined) return undefined
    const { epoch } = key
    // Whoever comes meanwhile takes a ready key instead of asking as well.
    key.probeInFlight = true
    const isMine = (await peers?.mayProbe(key)) !== false
    if (key.epoch !== epoch) return undefined
    key.probeInFlight = false
    if (isMine && (await this.#claimUse(key))) return key
    key.probeDeniedUntilMs = clock.monotonicMs() + limits.probeAskAgainMs
    return undefined
  }

  /** Leases the key unless a limit that it shares with other processes is reached. False also when it left its state meanwhile. */
  async #claimUse(key: PoolKey): Promise<boolean> {
    const { clock, peers } = this.#dependencies
    if (peers === undefined || !key.hasLimits) {
      key.use(clock.monotonicMs())
      return true
    }
    const { epoch } = key
    // Counted before the answer comes, so that this process keeps to the limits whatever the others say.
    key.use(clock.monotonicMs())
    const isGranted = await peers.claimUse(key)
    if (isGranted && key.epoch === epoch) return true
    if (isGranted) key.discountUse()
    if (key.epoch === epoch) key.probeInFlight = false
    peers.useEnded(key)
    // Whoever comes next must not ask the same again at once.
    key.fullUntilMs = Math.max(key.fullUntilMs, clock.monotonicMs() + limits.keyFullAskAgainMs)
    return false
  }
}
