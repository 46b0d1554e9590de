// How jobs are ordered and shown.
import { z } from 'zod'
import { JOB_STATES, type Job, type JobStats, type JobSummary } from '../../ports/job-queue.ts'
import { Id, NullableTime, renderTime, Time } from './schemas.ts'

export const JobStatus = z.enum(JOB_STATES).describe('scheduled = its time has not come; failed = parked after its last attempt, or it can never succeed.')

export const NewJobBody = z.strictObject({
  kind: z.string().min(1).max(64).describe('key_validation, account_provisioning.'),
  payload: z.record(z.string(), z.unknown()).default({}).describe('What the kind needs to know; docs/jobs.md has all kinds.'),
  priority: z.int().min(-100).max(100).default(0).describe('Higher goes first.'),
  run_at: Time.optional().describe('Not before this time; default: at once.'),
})

export const JobView = z.object({
  id: Id,
  kind: z.string(),
  status: JobStatus,
  priority: z.int(),
  count: z.int().nullable().describe('How many there are to be done; null = not known.'),
  progress: z.object({ done: z.int(), total: z.int().nullable(), percent: z.number().nullable(), note: z.string() }),
  error_message: z.string().describe('Of the last attempt that failed; empty when none did.'),
  attempts: z.int().describe('Runs begun since the last checkpoint.'),
  max_attempts: z.int(),
  cancel_requested: z.boolean(),
  account_id: Id.nullable(),
  created_by: z.string(),
  run_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
  started_at: NullableTime,
  completed_at: NullableTime,
})

export const JobDetailView = JobView.extend({
  payload: z.unknown(),
  result: z.unknown().describe('What came of it; null before the end. Secrets are not in it: POST /jobs/{id}/result gives them out once.'),
})

export const JobStatsView = z.object({
  total: z.int(),
  by_status: z.record(JobStatus, z.int()),
  by_kind: z.record(z.string(), z.partialRecord(JobStatus, z.int())),
  oldest_queued_at: NullableTime,
})

export const JobResultView = z.object({ data: z.array(z.unknown()) }).describe('All entries of the result, given out once.')

export function renderJob(job: JobSummary): z.input<typeof JobView> {
  const { done, total, note } = job.progress
  const percent = total === undefined || total === 0 ? null : Math.min(100, Math.round((done / total) * 1000) / 10)
  return {
    id: job.id,
    kind: job.kind,
    status: job.state,
    priority: job.priority,
    count: total ?? null,
    progress: { done, total: total ?? null, percent, note },
    error_message: job.error,
    attempts: job.attempts,
    max_attempts: job.maxAttempts,
    cancel_requested: job.isCancelRequested,
    account_id: job.accountId ?? null,
    created_by: job.createdBy,
    run_at: new Date(job.runAtMs).toISOString(),
    created_at: new Date(job.createdAtMs).toISOString(),
    started_at: renderTime(job.startedAtMs),
    completed_at: renderTime(job.completedAtMs),
  }
}

export function renderJobDetail(job: Job): z.input<typeof JobDetailView> {
  return { ...renderJob(job), payload: job.payload, result: job.result ?? null }
}

export function renderJobStats({ byState, byKind, oldestQueuedAtMs }: JobStats): z.input<typeof JobStatsView> {
  const kinds: Record<string, Partial<Record<(typeof JOB_STATES)[number], number>>> = {}
  for (const { kind, state, count } of byKind) kinds[kind] = { ...kinds[kind], [state]: count }
  return {
    total: Object.values(byState).reduce((sum, count) => sum + count, 0),
    by_status: byState,
    by_kind: kinds,
    oldest_queued_at: renderTime(oldestQueuedAtMs),
  }
}
