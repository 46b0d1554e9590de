// One line of the record of who changed what. Each carries the hash of the one before it, so that none can be changed or taken out unseen.

/** What happened to one thing; values only of fields that are known to be harmless. */
export interface AuditChanges {
  /** Names of all fields that differ. */
  readonly fields: readonly string[]
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
  /** How many, where many were changed at once. */
  readonly count?: number
}

export interface AuditEntry {
  /** `aud_` + 15 digits, one more each time: sorts by time and leaves no gap. */
  readonly id: string
  readonly atMs: number
  /** Name of the person, `anonymous`, `gateway` or `command line`. */
  readonly actor: string
  readonly actorId: string | undefined
  /** `client_key.change` */
  readonly action: string
  readonly entity: string
  readonly entityId: string
  /** JSON of AuditChanges; kept as text, because the hash covers it byte for byte. */
  readonly changes: string
  readonly requestId: string | undefined
  readonly network: string | undefined
  readonly previousHash: string
  readonly hash: string
}

/** A place in the chain. */
export interface AuditLink {
  readonly id: string
  readonly hash: string
}

/** Where a chain begins from which nothing was cut yet. */
export const FIRST_LINK: AuditLink = { id: auditId(0), hash: '0'.repeat(64) }

export function auditId(number: number): string {
  return `aud_${String(number).padStart(15, '0')}`
}

export function auditNumber(id: string): number {
  return Number(id.slice(4))
}

/** What the hash of an entry covers: everything but itself. */
export function canonicalAuditText(entry: Omit<AuditEntry, 'hash'>): string {
  const { id, atMs, actor, actorId, action, entity, entityId, changes, requestId, network, previousHash } = entry
  return JSON.stringify([id, atMs, actor, actorId ?? null, action, entity, entityId, changes, requestId ?? null, network ?? null, previousHash])
}
