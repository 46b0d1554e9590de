// Work in the background: list, start, read, cancel, count, and take what came of it.
import { z } from 'zod'
import { GatewayError } from '../../errors.ts'
import type { Job } from '../../ports/job-queue.ts'
import type { Jobs } from '../../services/jobs.ts'
import type { SignedIn } from '../../services/user-auth.ts'
import { route } from '../registry.ts'
import type { Answer, Route } from '../registry.ts'
import { JobDetailView, JobResultView, JobStatsView, JobStatus, JobView, NewJobBody, renderJob, renderJobDetail, renderJobStats } from './job-view.ts'
import { IdParams, PageQuery, listOf, renderList } from './schemas.ts'

const JobQuery = PageQuery.extend({ status: JobStatus.optional(), kind: z.string().min(1).max(64).optional() })

export function createJobRoutes(jobs: Jobs): Route[] {
  return [
    route({
      method: 'get',
      path: '/jobs',
      permission: 'viewer',
      account: 'own',
      summary: 'List jobs, newest first',
      tag: 'jobs',
      query: JobQuery,
      responses: { 200: { description: 'Jobs; people of an account see theirs.', schema: listOf(JobView) } },
      handle: async ({ query: { status: state, kind, ...page }, own }) => ({
        status: 200,
        body: renderList(page, await jobs.list(page, { state, kind, accountId: own }), renderJob),
      }),
    }),
    route({
      method: 'post',
      path: '/jobs',
      permission: 'operator',
      summary: 'Start a job of a kind that people start',
      tag: 'jobs',
      body: NewJobBody,
      example: { kind: 'account_provisioning', payload: { count: 2 } },
      responses: {
        200: { description: 'There is such a job already, and one at a time is enough: this one.', schema: JobDetailView },
        202: { description: 'Stored; it runs as soon as there is room.', schema: JobDetailView },
      },
      handle: async ({ body: { kind, payload, priority, run_at: runAt }, actor, signedIn }) => {
        assertMayStart(jobs, kind, signedIn)
        const { job, isNew } = await jobs.start({ kind, payload, priority, runAtMs: runAt === undefined ? undefined : Date.parse(runAt), createdBy: actor })
        return isNew ? accepted(job) : { status: 200, body: renderJobDetail(job) }
      },
    }),
    route({
      method: 'get',
      path: '/jobs/stats',
      permission: 'viewer',
      summary: 'Count jobs by status and kind',
      tag: 'jobs',
      responses: { 200: { description: 'Counts.', schema: JobStatsView } },
      handle: async () => ({ status: 200, body: renderJobStats(await jobs.stats()) }),
    }),
    route({
      method: 'get',
      path: '/jobs/:id',
      permission: 'viewer',
      account: 'own',
      summary: 'Get a job with its payload and result',
      tag: 'jobs',
      params: IdParams,
      responses: { 200: { description: 'The job.', schema: JobDetailView } },
      handle: async ({ params, own }) => ({ status: 200, body: renderJobDetail(await jobs.get(params.id, own)) }),
    }),
    route({
      method: 'post',
      path: '/jobs/:id/cancel',
      permission: 'operator',
      account: 'own',
      summary: 'Cancel a job: one that waits at once, one that runs within a second',
      tag: 'jobs',
      params: IdParams,
      responses: { 200: { description: 'The job; cancel_requested while it still runs.', schema: JobDetailView } },
      handle: async ({ params, own }) => ({ status: 200, body: renderJobDetail(await jobs.cancel(params.id, own)) }),
    }),
    route({
      method: 'post',
      path: '/jobs/:id/result',
      permission: 'operator',
      account: 'own',
      summary: 'Take the secrets that a job has made; they are given out once',
      tag: 'jobs',
      idempotency: 'secret',
      params: IdParams,
      responses: { 200: { description: 'All entries; from now on nobody can have them again.', schema: JobResultView } },
      handle: async ({ params, own, signedIn }) => {
        assertMayStart(jobs, (await jobs.get(params.id, own)).kind, signedIn)
        const parts = await jobs.takeResult(params.id, own)
        return { status: 200, body: { data: parts.flatMap((part) => JSON.parse(part) as unknown[]) } }
      },
    }),
  ]
}

/** For calls that are answered with a job. */
export function accepted(job: Job): Answer {
  return { status: 202, body: renderJobDetail(job), location: `/jobs/${job.id}` }
}

/** A kind that there is not is found out later. @throws GatewayError forbidden */
function assertMayStart({ kinds }: Jobs, name: string, { user }: SignedIn): void {
  const kind = kinds.find((candidate) => candidate.name === name)
  if (kind === undefined || kind.startedBy === 'operator') return
  if (kind.startedBy === undefined)
    throw new GatewayError('forbidden', `Nobody starts a job of kind "${name}" by hand: another call does, or the gateway itself.`)
  if (user.role !== 'admin') throw new GatewayError('forbidden', `A job of kind "${name}" needs the role "admin".`)
}
