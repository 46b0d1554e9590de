// Rows of jobs, and what the program sees of them.
import type { Job, JobState, JobSummary, Json, NewJob } from '../../ports/job-queue.ts'
import { JobRefusedError } from '../../ports/job-queue.ts'
import { limits } from '../../limits.ts'
import { fromNull, toNull } from './query.ts'

/** What is stored: whether a queued job is due is a matter of time. */
export type StoredJobState = Exclude<JobState, 'scheduled'>

export interface JobRow {
  id: string
  kind: string
  state: StoredJobState
  /** -priority */
  turn: number
  payload: string
  checkpoint_state: string | null
  done: number
  total: number | null
  note: string
  result: string | null
  error: string
  attempts: number
  max_attempts: number
  run_at_ms: number
  unique_key: string | null
  unique_until: 'finished' | 'removed' | null
  account_id: string | null
  created_by: string
  cancel_requested: number
  lease_token: string | null
  lease_beat: number
  created_at_ms: number
  started_at_ms: number | null
  completed_at_ms: number | null
}

export interface JobPartRow {
  job_id: string
  place: 'input' | 'result'
  part_index: number
  content: string
}

export const SUMMARY_COLUMNS = [
  'id',
  'kind',
  'state',
  'turn',
  'done',
  'total',
  'note',
  'error',
  'attempts',
  'max_attempts',
  'run_at_ms',
  'account_id',
  'created_by',
  'cancel_requested',
  'created_at_ms',
  'started_at_ms',
  'completed_at_ms',
] as const satisfies readonly (keyof JobRow)[]

export type SummaryRow = Pick<JobRow, (typeof SUMMARY_COLUMNS)[number]>

/** @throws JobRefusedError when something is larger than it may be */
export function newRow(job: NewJob, nowMs: number): JobRow {
  return {
    id: job.id,
    kind: job.kind,
    state: 'queued',
    turn: -(job.priority ?? 0) + 0,
    payload: jsonOf('payload', job.payload),
    checkpoint_state: null,
    done: 0,
    total: toNull(job.total),
    note: '',
    result: null,
    error: '',
    attempts: 0,
    max_attempts: job.maxAttempts ?? limits.jobAttemptsMax,
    run_at_ms: job.runAtMs ?? nowMs,
    unique_key: toNull(job.unique?.key),
    unique_until: toNull(job.unique?.until),
    account_id: toNull(job.accountId),
    created_by: job.createdBy ?? 'gateway',
    cancel_requested: 0,
    lease_token: null,
    lease_beat: 0,
    created_at_ms: nowMs,
    started_at_ms: null,
    completed_at_ms: null,
  }
}

/** @throws JobRefusedError */
export function jsonOf(what: string, value: Json): string {
  const text = JSON.stringify(value)
  const bytes = Buffer.byteLength(text)
  if (bytes <= limits.jobPayloadBytesMax) return text
  throw new JobRefusedError(`The ${what} of a job has ${bytes} bytes; at most ${limits.jobPayloadBytesMax} are stored. Bulk goes into parts.`)
}

export function toSummary(row: SummaryRow, nowMs: number): JobSummary {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state === 'queued' && row.run_at_ms > nowMs ? 'scheduled' : row.state,
    priority: 0 - row.turn,
    progress: { done: row.done, total: fromNull(row.total), note: row.note },
    error: row.error,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    runAtMs: row.run_at_ms,
    accountId: fromNull(row.account_id),
    createdBy: row.created_by,
    isCancelRequested: row.cancel_requested === 1,
    createdAtMs: row.created_at_ms,
    startedAtMs: fromNull(row.started_at_ms),
    completedAtMs: fromNull(row.completed_at_ms),
  }
}

export function toJob(row: JobRow, nowMs: number): Job {
  const parse = (text: string | null): Json | undefined => (text === null ? undefined : (JSON.parse(text) as Json))
  return {
    ...toSummary(row, nowMs),
    payload: JSON.parse(row.payload) as Json,
    checkpoint: parse(row.checkpoint_state),
    result: parse(row.result),
  }
}
