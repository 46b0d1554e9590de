// Lists, counts and removal of jobs.
import type { Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import { JOB_STATES } from '../../ports/job-queue.ts'
import type { JobFilter, JobState, JobStats, JobSummary } from '../../ports/job-queue.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { removeParts } from './job-parts.ts'
import { SUMMARY_COLUMNS, toSummary, type StoredJobState } from './job-row.ts'
import { fromNull, pageWindow } from './query.ts'
import type { CoreSchema } from './schema.ts'

const ENDED: readonly StoredJobState[] = ['succeeded', 'failed', 'cancelled']
const OPEN: readonly StoredJobState[] = ['queued', 'running']

export async function countOpen(db: Kysely<CoreSchema>): Promise<number> {
  const { total } = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('state', 'in', OPEN)
    .executeTakeFirstOrThrow()
  return Number(total)
}

export async function listJobs(db: Kysely<CoreSchema>, page: PageRequest, { state, kind, accountId }: JobFilter, nowMs: number): Promise<Page<JobSummary>> {
  let query = db.selectFrom('jobs')
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (accountId !== undefined) query = query.where('account_id', '=', accountId)
  if (state === 'scheduled') query = query.where('state', '=', 'queued').where('run_at_ms', '>', nowMs)
  else if (state === 'queued') query = query.where('state', '=', 'queued').where('run_at_ms', '<=', nowMs)
  else if (state !== undefined) query = query.where('state', '=', state)
  const { limit, offset } = pageWindow(page)
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  const rows = await query.select(SUMMARY_COLUMNS).orderBy('id', 'desc').limit(limit).offset(offset).execute()
  return { rows: rows.map((row) => toSummary(row, nowMs)), total: Number(total) }
}

export async function countJobs(db: Kysely<CoreSchema>, nowMs: number): Promise<JobStats> {
  const counted = async (isScheduled: boolean): Promise<JobStats['byKind']> => {
    let query = db.selectFrom('jobs').select((eb) => ['kind', 'state', eb.fn.countAll<number>().as('count')])
    if (isScheduled) query = query.where('state', '=', 'queued').where('run_at_ms', '>', nowMs)
    const rows = await query.groupBy(['kind', 'state']).orderBy('kind').execute()
    return rows.map((row) => ({ ...row, count: Number(row.count) }))
  }
  const [all, scheduled] = [await counted(false), await counted(true)]
  const byKind = all.flatMap(({ kind, state, count }) => {
    const later = state === 'queued' ? (scheduled.find((row) => row.kind === kind)?.count ?? 0) : 0
    const rows: JobStats['byKind'] = [
      { kind, state, count: count - later },
      { kind, state: 'scheduled', count: later },
    ]
    return rows.filter((row) => row.count > 0)
  })
  const byState = Object.fromEntries(JOB_STATES.map((state) => [state, byKind.reduce((sum, row) => sum + (row.state === state ? row.count : 0), 0)])) as Record<
    JobState,
    number
  >
  const oldest = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.min<number | null>('run_at_ms').as('at'))
    .where('state', '=', 'queued')
    .where('run_at_ms', '<=', nowMs)
    .executeTakeFirst()
  const at = fromNull(oldest?.at ?? null)
  return { byState, byKind, oldestQueuedAtMs: at === undefined ? undefined : Number(at) }
}

export async function removeEndedJobs(db: Kysely<CoreSchema>, beforeMs: number, keep: number): Promise<number> {
  const ended = db.selectFrom('jobs').select('id').where('state', 'in', ENDED)
  const old = await ended.where('completed_at_ms', '<', beforeMs).orderBy('id').limit(limits.jobsRemovedAtOnce).execute()
  const surplus = await ended.orderBy('id', 'desc').offset(keep).limit(limits.jobsRemovedAtOnce).execute()
  const ids = [...new Set([...old, ...surplus].map(({ id }) => id))].slice(0, limits.jobsRemovedAtOnce)
  if (ids.length === 0) return 0
  await removeParts(db, ids)
  await db.deleteFrom('jobs').where('id', 'in', ids).execute()
  return ids.length
}
