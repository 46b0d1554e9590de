// Tells how long statements took, by what they do; the text of a statement and its values stay where they are.
import type { LogConfig } from 'kysely'

/** @param operation select, insert, update, delete or other; waiting for a connection or for the thread is part of the time */
export type ObserveQuery = (operation: string, durationMs: number) => void

const OPERATIONS: Readonly<Record<string, string>> = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
}

/** For Kysely's configuration; nothing is measured when nobody wants to know. */
export function timed(observe: ObserveQuery | undefined): { log?: LogConfig } {
  if (observe === undefined) return {}
  return { log: ({ query, queryDurationMillis }) => observe(OPERATIONS[query.query.kind] ?? 'other', queryDurationMillis) }
}
