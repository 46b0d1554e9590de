// Translates upstream keys between the program and their table.
import type { KeyLimits, KeyStatus, UpstreamKey } from '../../domain/upstream-key.ts'
import type { SealedUpstreamKey } from '../../ports/store.ts'
import { fromNull, toNull } from './query.ts'
import type { Insertable, Selectable } from 'kysely'
import type { UpstreamKeyRow } from './schema.ts'

export function keyToRow(key: SealedUpstreamKey): Insertable<UpstreamKeyRow> {
  return {
    id: key.id,
    upstream_id: key.upstreamId,
    label: key.label,
    weight: key.weight,
    tier: key.tier,
    quota_group: key.quotaGroup,
    limits: JSON.stringify(key.limits),
    tags: tagsToRow(key.tags),
    masked: key.masked,
    fingerprint: key.fingerprint,
    sealed_value: key.sealedValue,
    value_digest: key.valueDigest,
    state: key.status.state,
    reason: key.status.reason,
    until_ms: toNull(key.status.untilMs),
    changed_at_ms: key.status.changedAtMs,
    created_at_ms: key.createdAtMs,
    updated_at_ms: key.updatedAtMs,
    last_used_at_ms: toNull(key.lastUsedAtMs),
  }
}

/** Leaves the sealed value behind: lists for people never carry it. */
export function keyFromRow(row: Selectable<UpstreamKeyRow>): UpstreamKey {
  return {
    id: row.id,
    upstreamId: row.upstream_id,
    label: row.label,
    weight: row.weight,
    tier: row.tier,
    quotaGroup: row.quota_group,
    limits: JSON.parse(row.limits) as KeyLimits,
    tags: row.tags === null ? undefined : (JSON.parse(row.tags) as string[]),
    masked: row.masked,
    fingerprint: row.fingerprint,
    status: statusFromRow(row),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    lastUsedAtMs: fromNull(row.last_used_at_ms),
  }
}

export function tagsToRow(tags: UpstreamKey['tags']): string | null {
  return tags === undefined ? null : JSON.stringify(tags)
}

export function sealedKeyFromRow(row: Selectable<UpstreamKeyRow>): SealedUpstreamKey {
  return { ...keyFromRow(row), sealedValue: row.sealed_value, valueDigest: row.value_digest }
}

export function statusFromRow(row: Pick<UpstreamKeyRow, 'state' | 'reason' | 'until_ms' | 'changed_at_ms'>): KeyStatus {
  return { state: row.state, reason: row.reason, untilMs: fromNull(row.until_ms), changedAtMs: row.changed_at_ms }
}
