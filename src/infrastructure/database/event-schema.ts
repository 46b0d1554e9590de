// The tables of logs.db as Kysely sees them, but for those of the request log that come and go (request-log-tables.ts).
import type { Generated } from 'kysely'
import type { SegmentKind } from '../../domain/log-segment.ts'
import type { KeyState } from '../../domain/upstream-key.ts'

export interface KeyEventRow {
  seq: Generated<number>
  key_id: string
  at_ms: number
  from_state: KeyState
  to_state: KeyState
  reason: string
  actor: string
  until_ms: number | null
}

/** A table of the request log; its own columns are in request-log-tables.ts. */
export interface LogSegmentRow {
  name: string
  kind: SegmentKind
  from_ms: number
  until_ms: number
}

export interface LogWriterRow {
  writer: number
  last_batch: number
  seen_ms: number
}

export interface LogLeaseRow {
  name: string
  owner: number
  until_ms: number
}

/** logs.db: history that may be lost. */
export interface EventSchema {
  key_events: KeyEventRow
  log_segments: LogSegmentRow
  log_writers: LogWriterRow
  log_leases: LogLeaseRow
}
