// What the record of changes may show of each thing: a list of harmless fields; of all others only that they changed.
import type { AuditChanges } from '../domain/audit.ts'
import { redactText } from '../domain/redact.ts'

type Row = Readonly<Record<string, unknown>>

/** Longer texts say enough with their beginning. */
const TEXT_CHARS_MAX = 200
const LIST_ITEMS_MAX = 50
/** They change with every write and say nothing. */
const UNINTERESTING = new Set(['id', 'createdAtMs', 'updatedAtMs'])

/** Fields whose values may be shown. A field that is not here is named only: addresses and patterns may hold passwords. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  upstream: ['slug', 'name', 'kind', 'adapter', 'enabled', 'strategy', 'maxAttempts', 'timeouts', 'retryAmbiguous', 'managedBy'],
  upstream_key: ['upstreamId', 'label', 'weight', 'tier', 'quotaGroup', 'tags', 'limits', 'fingerprint', 'state'],
  client_key: [
    'name',
    'source',
    'fingerprint',
    'upstreams',
    'models',
    'networks',
    'limits',
    'budget',
    'expiresAtMs',
    'revokedAtMs',
    'previousUntilMs',
    'accountId',
  ],
  user: ['username', 'role', 'enabled', 'accountId'],
  account: ['name', 'enabled', 'priority', 'verificationEnabled', 'limits', 'budget', 'bindings'],
  job: ['kind', 'priority', 'runAtMs', 'accountId'],
  route: ['name', 'enabled', 'priority', 'mode'],
}

/** Keyed digests are cut to what a fingerprint shows. */
const FINGERPRINT_CHARS = 12

/** @param before undefined for something new; @param after undefined for something that is gone */
export function describeChange(entity: string, before: Row | undefined, after: Row | undefined): AuditChanges {
  const [old, fresh] = [prepare(before), prepare(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
  const fields = names.filter((name) => !UNINTERESTING.has(name) && JSON.stringify(old[name]) !== JSON.stringify(fresh[name]))
  const shown = fields.filter((name) => SHOWN[entity]?.includes(name))
  return { fields, before: pick(old, shown), after: pick(fresh, shown) }
}

/** What settings hold is for the gateway alone, but for those that people set. */
const SHOWN_SETTINGS = new Set(['log_level'])

/** @param value undefined for one that is gone */
export function describeSetting(name: string, before: unknown, value: unknown): AuditChanges {
  const shown = (text: unknown): Record<string, unknown> => (SHOWN_SETTINGS.has(name) && text !== undefined ? { value: shorten(text) } : {})
  return { fields: ['value'], before: shown(before), after: shown(value) }
}

export function describeMany(entity: string, rows: readonly Row[]): AuditChanges {
  const fingerprints = rows.flatMap((row) => prepare(row)['fingerprint'] ?? []).slice(0, LIST_ITEMS_MAX)
  return { fields: [], before: {}, after: SHOWN[entity]?.includes('fingerprint') === true ? { fingerprints } : {}, count: rows.length }
}

function prepare(row: Row | undefined): Record<string, unknown> {
  if (row === undefined) return {}
  const plain: Record<string, unknown> = { ...row }
  // The digest of a client key is keyed already; a part of it recognises the key and no more.
  if (typeof plain['digest'] === 'string') plain['fingerprint'] = plain['digest'].slice(0, FINGERPRINT_CHARS)
  const { status } = plain
  if (typeof status === 'object' && status !== null && 'state' in status) {
    plain['state'] = status.state
    delete plain['status']
  }
  return plain
}

function pick(row: Row, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, shorten(row[name])]])))
}

function shorten(value: unknown): unknown {
  // A key that was pasted into a name must not be kept for ever.
  if (typeof value === 'string') {
    const text = redactText(value)
    return text.length <= TEXT_CHARS_MAX ? text : `${text.slice(0, TEXT_CHARS_MAX)}…`
  }
  if (Array.isArray(value)) return value.slice(0, LIST_ITEMS_MAX).map(shorten)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shorten(inner)]))
}
