// One vendor credential and the states it goes through.

export const KEY_STATES = ['ready', 'cooling', 'probing', 'parked', 'disabled'] as const

/**
 * - `ready`: takes part in rotation.
 * - `cooling`: rests until `untilMs`.
 * - `probing`: its rest is over; one request at a time tries it before it is ready again.
 * - `parked`: refused by the vendor; needs a person or a successful probe (tried again at `untilMs`).
 * - `disabled`: switched off by a person.
 */
export type KeyState = (typeof KEY_STATES)[number]

export interface KeyStatus {
  readonly state: KeyState
  /** Why, for people: `429`, `401 invalid_api_key`, `disabled by admin`; empty for a fresh key. */
  readonly reason: string
  /** Epoch ms at which the key recovers or is probed by itself; undefined when only a person can change it, or when ready. */
  readonly untilMs: number | undefined
  /** Epoch ms of the last change of state. */
  readonly changedAtMs: number
}

/** What one key may be asked for; undefined = unlimited. */
export interface KeyLimits {
  readonly rpm?: number | undefined
  readonly tpm?: number | undefined
  readonly rpd?: number | undefined
  readonly maxInFlight?: number | undefined
}

/** A tag names a part of the pool, for accounts that may use no other. */
export const KEY_TAG_PATTERN = /^[a-z0-9][a-z0-9._-]{0,31}$/
export const KEY_TAG_RULE = 'lower-case letters, digits, dots, dashes and underscores, at most 32, the first a letter or digit'

/** Sorted, each once; undefined when there are none. */
export function setTags(tags: readonly string[] | undefined): readonly string[] | undefined {
  return tags === undefined || tags.length === 0 ? undefined : [...new Set(tags)].sort()
}

/** A key as stored and listed: everything but the value. */
export interface UpstreamKey {
  readonly id: string
  readonly upstreamId: string
  readonly label: string
  /** 1…1000, share of the rotation among the keys of its tier. */
  readonly weight: number
  /** 0 = primary; a tier is used only while every lower tier has no usable key. */
  readonly tier: number
  readonly quotaGroup: string
  /** Sorted; undefined = none. */
  readonly tags?: readonly string[] | undefined
  readonly limits: KeyLimits
  /** What people may see: `sk-proj-…a91f`; see domain/masking.ts. */
  readonly masked: string
  /** First 12 hex digits of HMAC-SHA-256(pepper, value): recognises a key without knowing it. */
  readonly fingerprint: string
  readonly status: KeyStatus
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly lastUsedAtMs: number | undefined
}
