// Adds to the record of changes and proves that nothing in it was changed, taken out or put in.
import { type AuditEntry, type AuditLink, FIRST_LINK, auditId, auditNumber, canonicalAuditText } from '../domain/audit.ts'
import { limits } from '../limits.ts'
import type { Digester } from '../ports/key-vault.ts'
import type { AuditContext } from '../ports/audit-scope.ts'
import type { Repositories, SettingsRepository } from '../ports/store.ts'
import type { JournalLine } from './audit-journal.ts'

/** The newest entry: that a chain was cut short shows here. */
export const AUDIT_HEAD = 'audit_head'
/** The last entry that was let go of, where the chain that is kept begins. */
export const AUDIT_ANCHOR = 'audit_anchor'

/** A page of the chain and what it must fit to. */
export interface ChainPart {
  readonly entries: readonly AuditEntry[]
  /** What the first entry must follow. */
  readonly before: AuditLink
  readonly head: AuditLink
}

export interface ChainVerdict {
  readonly checked: number
  /** undefined = whole so far. */
  readonly fault: { readonly id: string; readonly reason: string } | undefined
  readonly last: AuditLink
}

/** Call inside a write transaction: those wait for each other, so the chain has one end. */
export async function appendToChain(
  repositories: Repositories,
  lines: readonly JournalLine[],
  context: AuditContext,
  atMs: number,
  digester: Digester,
): Promise<void> {
  const { audit, settings } = repositories
  let last = (await readLink(settings, AUDIT_HEAD)) ?? FIRST_LINK
  const entries = lines.map(({ changes, ...line }): AuditEntry => {
    const id = auditId(auditNumber(last.id) + 1)
    const entry = { id, atMs, ...context, ...line, changes: JSON.stringify(changes), previousHash: last.hash }
    last = { id, hash: hashOf(entry, digester) }
    return { ...entry, hash: last.hash }
  })
  await audit.insertMany(entries)
  await settings.set(AUDIT_HEAD, JSON.stringify(last))
  await letGo(repositories, last)
}

/** Keeps limits.auditEntriesMax; where the chain begins then is noted. */
async function letGo({ audit, settings }: Repositories, head: AuditLink): Promise<void> {
  const anchor = (await readLink(settings, AUDIT_ANCHOR)) ?? FIRST_LINK
  const excess = auditNumber(head.id) - auditNumber(anchor.id) - limits.auditEntriesMax
  if (excess <= 0) return
  const cut = await audit.findById(auditId(auditNumber(anchor.id) + excess))
  if (cut === undefined) return
  await settings.set(AUDIT_ANCHOR, JSON.stringify({ id: cut.id, hash: cut.hash }))
  await audit.removeUntil(cut.id)
}

/** @param afterId where to begin; undefined = at the start of what is kept */
export async function readChain({ audit, settings }: Repositories, afterId: string | undefined, limit: number): Promise<ChainPart> {
  const anchor = (await readLink(settings, AUDIT_ANCHOR)) ?? FIRST_LINK
  const head = (await readLink(settings, AUDIT_HEAD)) ?? FIRST_LINK
  const known = afterId === undefined || afterId <= anchor.id ? undefined : await audit.findById(afterId)
  const before = known === undefined ? anchor : { id: known.id, hash: known.hash }
  return { before, head, entries: await audit.listAfter(before.id, limit) }
}

export function verifyPart({ entries, before, head }: ChainPart, digester: Digester): ChainVerdict {
  let last = before
  let checked = 0
  const broken = (id: string, reason: string): ChainVerdict => ({ checked, last, fault: { id, reason } })
  for (const entry of entries) {
    const expected = auditId(auditNumber(last.id) + 1)
    if (entry.id !== expected) return broken(expected, `The entry ${expected} is missing.`)
    if (entry.previousHash !== last.hash) return broken(entry.id, 'It does not follow the entry before it: one of the two was replaced.')
    if (entry.hash !== hashOf(entry, digester)) return broken(entry.id, 'Its content is not what was recorded.')
    last = { id: entry.id, hash: entry.hash }
    checked++
  }
  if (entries.length === 0 && last.id !== head.id) return broken(auditId(auditNumber(last.id) + 1), `Entries up to ${head.id} are missing.`)
  if (last.id > head.id || (last.id === head.id && last.hash !== head.hash)) return broken(last.id, 'The record does not end where the last change left it.')
  return { checked, last, fault: undefined }
}

function hashOf(entry: Omit<AuditEntry, 'hash'>, digester: Digester): string {
  return digester.auditDigest(canonicalAuditText(entry))
}

async function readLink(settings: SettingsRepository, name: string): Promise<AuditLink | undefined> {
  const text = await settings.get(name)
  return text === undefined ? undefined : (JSON.parse(text) as AuditLink)
}
