// Where the record of changes is kept.
import type { AuditEntry } from '../domain/audit.ts'

export interface AuditFilter {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly entity?: string | undefined
  readonly entityId?: string | undefined
  /** Epoch ms, inclusive. */
  readonly fromMs?: number | undefined
  /** Epoch ms, exclusive. */
  readonly untilMs?: number | undefined
}

export interface AuditRepository {
  /** Newest first, older than `beforeId` when it is given. */
  listNewest(limit: number, filter?: AuditFilter, beforeId?: string): Promise<readonly AuditEntry[]>
  /** Oldest first, later than `afterId`. */
  listAfter(afterId: string, limit: number): Promise<readonly AuditEntry[]>
  findById(id: string): Promise<AuditEntry | undefined>
  /** All or none. */
  insertMany(entries: readonly AuditEntry[]): Promise<void>
  /** Removes the entry with this id and all before it. */
  removeUntil(id: string): Promise<number>
}
