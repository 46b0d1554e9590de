// How an upstream key is written and shown; its value goes in and never comes out.
import { z } from 'zod'
import { KEY_STATES, KEY_TAG_PATTERN, KEY_TAG_RULE } from '../../domain/upstream-key.ts'
import type { KeyLimits, UpstreamKey } from '../../domain/upstream-key.ts'
import { limits as bounds } from '../../limits.ts'
import type { KeyEvent } from '../../ports/store.ts'
import type { KeyChange } from '../../services/key-admin.ts'
import type { KeyImportResult } from '../../services/key-import-admin.ts'
import { Id, NullableTime, label, renderTime } from './schemas.ts'

const limit = z.int().min(1).max(1_000_000_000).nullable().optional()

const LimitsBody = z.strictObject({ rpm: limit, tpm: limit, rpd: limit, max_in_flight: limit })

export const KeyTag = z.string().regex(KEY_TAG_PATTERN, `must be made of ${KEY_TAG_RULE}`)

export const KeyChangeBody = z.strictObject({
  label: label(100).optional(),
  weight: z.int().min(1).max(1000).optional().describe('Share of the rotation among the keys of its tier.'),
  tier: z.int().min(0).max(100).optional().describe('0 = primary; a tier is used only while every lower one has no usable key.'),
  quota_group: label(100).optional().describe('Keys that share one vendor quota.'),
  tags: z.array(KeyTag).max(bounds.keyTagsMax).optional().describe('Accounts may be bound to the keys with one tag (key_tag).'),
  limits: LimitsBody.optional(),
  enabled: z.boolean().optional(),
})

export const NewKeyBody = KeyChangeBody.extend({ value: z.string().min(1).max(4096).describe('The vendor key. Never shown again.') })

export const KeyImportBody = z.strictObject({ keys: z.array(z.union([z.string().max(1_000_000), NewKeyBody])).max(100_000) })

export const KeyView = z.object({
  id: Id,
  upstream_id: Id,
  label: z.string(),
  masked: z.string(),
  fingerprint: z.string().describe('Recognises the key without knowing it.'),
  weight: z.int(),
  tier: z.int(),
  quota_group: z.string(),
  tags: z.array(z.string()),
  limits: z.object({ rpm: z.int().nullable(), tpm: z.int().nullable(), rpd: z.int().nullable(), max_in_flight: z.int().nullable() }),
  enabled: z.boolean(),
  state: z.enum(KEY_STATES),
  reason: z.string(),
  until: NullableTime.describe('When it recovers or is tried again by itself.'),
  changed_at: z.iso.datetime(),
  last_used_at: NullableTime,
  created_at: z.iso.datetime(),
})

export const KeyImportView = z.object({
  created: z.int(),
  duplicates: z.int(),
  invalid: z.int(),
  suspicious: z.int().describe("Accepted, but they do not look like the vendor's keys."),
  dry_run: z.boolean(),
  duplicate_lines: z.array(z.int()),
  invalid_lines: z.array(z.object({ line: z.int(), reason: z.string() })).describe('At most 1,000.'),
  suspicious_lines: z.array(z.int()),
})

export const KeyEventView = z.object({
  at: z.iso.datetime(),
  from: z.enum(KEY_STATES),
  to: z.enum(KEY_STATES),
  reason: z.string(),
  actor: z.string().describe('`gateway` or the name of the person.'),
  until: NullableTime,
})

export const KeyTestView = z.object({
  ok: z.boolean(),
  status: z.int().nullable().describe('HTTP status of the vendor.'),
  latency_ms: z.number(),
  reason: z.string(),
  message: z.string().describe("The vendor's own words."),
  key: KeyView,
})

export function parseKeyChange(body: z.output<typeof KeyChangeBody>): KeyChange {
  const { label: text, weight, tier, quota_group, tags, limits, enabled } = body
  return { label: text, weight, tier, quotaGroup: quota_group, tags, limits: limits === undefined ? undefined : parseLimits(limits), enabled }
}

function parseLimits({ rpm, tpm, rpd, max_in_flight }: z.output<typeof LimitsBody>): KeyLimits {
  return { rpm: rpm ?? undefined, tpm: tpm ?? undefined, rpd: rpd ?? undefined, maxInFlight: max_in_flight ?? undefined }
}

export function renderKey(key: UpstreamKey): unknown {
  const { rpm, tpm, rpd, maxInFlight } = key.limits
  return {
    id: key.id,
    upstream_id: key.upstreamId,
    label: key.label,
    masked: key.masked,
    fingerprint: key.fingerprint,
    weight: key.weight,
    tier: key.tier,
    quota_group: key.quotaGroup,
    tags: key.tags ?? [],
    limits: { rpm: rpm ?? null, tpm: tpm ?? null, rpd: rpd ?? null, max_in_flight: maxInFlight ?? null },
    enabled: key.status.state !== 'disabled',
    state: key.status.state,
    reason: key.status.reason,
    until: renderTime(key.status.untilMs),
    changed_at: renderTime(key.status.changedAtMs),
    last_used_at: renderTime(key.lastUsedAtMs),
    created_at: renderTime(key.createdAtMs),
  }
}

export function renderImport(result: KeyImportResult, isDryRun: boolean): unknown {
  return {
    created: result.created,
    duplicates: result.duplicates,
    invalid: result.invalid,
    suspicious: result.suspicious,
    dry_run: isDryRun,
    duplicate_lines: result.duplicateLines,
    invalid_lines: result.invalidLines,
    suspicious_lines: result.suspiciousLines,
  }
}

export function renderKeyEvent(event: KeyEvent): unknown {
  return { at: renderTime(event.atMs), from: event.from, to: event.to, reason: event.reason, actor: event.actor, until: renderTime(event.untilMs) }
}
