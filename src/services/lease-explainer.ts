// Says which key of a pool the next request would use, and why none of the others, without taking a turn.
import type { ExplainedKey, LeaseExplanation } from '../ports/live.ts'
import { limits } from '../limits.ts'
import type { PoolKey } from './pool-key.ts'
import type { PoolTiers } from './pool-tiers.ts'
import type { TurnCounter } from './turn-counter.ts'

export interface ExplainablePool {
  readonly keys: ReadonlyMap<string, PoolKey>
  readonly tiers: PoolTiers
  /** Only keys that carry it may be used; undefined = all. */
  readonly tag: string | undefined
  readonly turns: TurnCounter
  /** Why no key can be used, when that is so. */
  readonly exhausted: () => string
}

interface Choice {
  readonly key: PoolKey | undefined
  readonly tier: number | undefined
  readonly why: string
}

/** For a first attempt with a body that can be sent again. @param nowMs monotonic */
export async function explainLease(pool: ExplainablePool, nowMs: number): Promise<LeaseExplanation> {
  const choice = await choose(pool, nowMs)
  const { others, othersTotal } = ruleOut(pool, choice, nowMs)
  return { keyId: choice.key?.id, why: choice.why, others, othersTotal }
}

/** The order of KeyPool.lease. */
async function choose({ tiers, tag, turns, exhausted }: ExplainablePool, nowMs: number): Promise<Choice> {
  const readyKeys = tag === undefined ? 'ready keys' : `ready keys tagged '${tag}'`
  for (const tier of tiers.list) {
    const probe = tier.findProbe([], nowMs)
    if (probe !== undefined)
      return { key: probe, tier: tier.tier, why: 'Its rest is over: the next request that could be sent again with another key tries whether it is served.' }
    const ready = tier.readyCount
    if (ready === 0) continue
    const turn = await turns.peek(tier)
    if (turn === undefined)
      return {
        key: undefined,
        tier: tier.tier,
        why: `One of the ${ready} ${readyKeys} of tier ${tier.tier}: turns are counted elsewhere, which cannot be asked now.`,
      }
    const key = tier.keyAt(turn, (candidate) => candidate.hasCapacity(nowMs))
    if (key !== undefined) return { key, tier: tier.tier, why: `It is its turn (${turn}) among the ${ready} ${readyKeys} of tier ${tier.tier}.` }
  }
  const key = tiers.findWithoutReady([], nowMs)
  if (key === undefined) return { key, tier: undefined, why: exhausted() }
  return { key, tier: key.spec.tier, why: 'No key is ready, and of those whose rest is over it is the least busy.' }
}

/** The other keys, those first that could be used as well. */
function ruleOut({ keys, tag }: ExplainablePool, choice: Choice, nowMs: number): Pick<LeaseExplanation, 'others' | 'othersTotal'> {
  const byCloseness: ExplainedKey[][] = [[], [], [], [], [], [], []]
  let othersTotal = 0
  for (const key of keys.values()) {
    if (key === choice.key) continue
    othersTotal++
    const isOutside = tag !== undefined && key.spec.tags?.includes(tag) !== true
    const [closeness, reason] = isOutside ? ([6, `It is not tagged '${tag}', and the account may use no others.`] as const) : reasonAgainst(key, choice, nowMs)
    const list = byCloseness[closeness] as ExplainedKey[]
    if (list.length < limits.explainedKeysMax) list.push({ keyId: key.id, state: key.state, reason })
  }
  return { others: byCloseness.flat().slice(0, limits.explainedKeysMax), othersTotal }
}

function reasonAgainst(key: PoolKey, { tier }: Choice, nowMs: number): readonly [closeness: number, reason: string] {
  const because = key.reason === '' ? '' : `: ${key.reason}`
  const until = key.untilMs === undefined ? '' : ` until ${new Date(key.untilMs).toISOString()}`
  switch (key.state) {
    case 'ready':
      if (!key.hasCapacity(nowMs)) return [2, 'One of its own limits is reached.']
      if (tier === key.spec.tier) return [0, 'It is ready, and its turn comes later.']
      return [1, `It is ready; tier ${key.spec.tier} is used when no key of a lower tier can be.`]
    case 'probing':
      return [3, key.probeInFlight ? 'Its rest is over, and a request tries it at the moment.' : `Its rest is over, and it waits to be tried${because}.`]
    case 'cooling':
      return [4, `It rests${until}${because}.`]
    case 'parked':
      return [5, `It is parked${until}${because}.`]
    case 'disabled':
      return [5, `It is disabled${because}.`]
  }
}
