// Turns what a person says about upstream keys into rows, values sealed.
import { createId } from '../domain/id.ts'
import { createMask } from '../domain/masking.ts'
import { Secret } from '../domain/secret.ts'
import { type KeyLimits, setTags } from '../domain/upstream-key.ts'
import type { Upstream } from '../domain/upstream.ts'
import type { AdapterFacts } from '../domain/adapter-facts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Digester, KeyVault } from '../ports/key-vault.ts'
import type { Random } from '../ports/random.ts'
import type { SealedUpstreamKey } from '../ports/store.ts'
import { SEALED_KEY_PLACE } from './snapshot.ts'

/** Absent members take the default: empty label and group, weight 1, tier 0, no tags, no limits, enabled. */
export interface KeyInput {
  readonly value: string
  readonly label?: string | undefined
  readonly weight?: number | undefined
  readonly tier?: number | undefined
  readonly quotaGroup?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly limits?: KeyLimits | undefined
  readonly enabled?: boolean | undefined
}

export interface KeySealing {
  readonly vault: KeyVault
  readonly digester: Digester
  readonly clock: Clock
  readonly random: Random
  readonly findAdapter: (name: string) => AdapterFacts | undefined
}

/**
 * @param actor the person's name, for the reason of a key that starts disabled
 * @param order place among the keys of one import: ids of the same millisecond sort by it, and so do lists and rotation
 */
export function sealKey(input: KeyInput, upstream: Upstream, actor: string, sealing: KeySealing, order = 0): SealedUpstreamKey {
  const { vault, digester, clock, random } = sealing
  const nowMs = clock.nowMs()
  const tail = random.bytes(10)
  tail.writeUIntBE(order, 0, 3)
  const id = createId('key', nowMs, tail)
  const value = new Secret(input.value)
  const isEnabled = input.enabled ?? true
  return {
    id,
    upstreamId: upstream.id,
    label: input.label ?? '',
    weight: input.weight ?? 1,
    tier: input.tier ?? 0,
    quotaGroup: input.quotaGroup ?? '',
    tags: setTags(input.tags),
    limits: input.limits ?? {},
    masked: createMask(input.value, sealing.findAdapter(upstream.adapter)?.keyPrefixes ?? []),
    fingerprint: digester.fingerprint(value),
    status: { state: isEnabled ? 'ready' : 'disabled', reason: isEnabled ? '' : `disabled by ${actor}`, untilMs: undefined, changedAtMs: nowMs },
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    lastUsedAtMs: undefined,
    sealedValue: vault.seal(value, { ...SEALED_KEY_PLACE, id }),
    valueDigest: digester.upstreamKeyDigest(value),
  }
}
