// The queue of jobs as a table with leases. Each step from state to state is one statement that names the state it starts from, so that two processes
// cannot both take it.
import type { Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import { JobRefusedError } from '../../ports/job-queue.ts'
import type { Job, JobFilter, JobLease, JobQueue, JobStats, JobSummary, NewJob } from '../../ports/job-queue.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { freed, JobLeaseTable } from './job-leases.ts'
import { countJobs, countOpen, listJobs, removeEndedJobs } from './job-lists.ts'
import { insertParts, refuseLargeParts, removeParts, replacePart } from './job-parts.ts'
import { newRow, toJob } from './job-row.ts'
import { changedAny, inTransaction } from './query.ts'
import type { CoreSchema } from './schema.ts'
import type { DatabaseTraits } from './traits.ts'

/** Looked at per claim: of several processes that see the same first row one gets it, and the others the next. */
const CANDIDATES = 8
/** Rows that others take from under our eyes before we leave it to them. */
const LOST_MAX = 64

type Claimable = Parameters<JobQueue['claim']>[1]

export class KyselyJobQueue extends JobLeaseTable implements JobQueue {
  readonly #traits: DatabaseTraits

  constructor(db: Kysely<CoreSchema>, traits: DatabaseTraits, clock: Clock) {
    super(db, clock)
    this.#traits = traits
  }

  async enqueue(job: NewJob): Promise<{ readonly job: Job; readonly isNew: boolean }> {
    const row = newRow(job, this.clock.nowMs())
    const parts = job.parts ?? []
    refuseLargeParts(parts)
    const existing = await this.#findUnique(row.unique_key)
    if (existing !== undefined) return { job: existing, isNew: false }
    if ((await countOpen(this.db)) >= limits.jobsOpenMax) {
      throw new JobRefusedError(`${limits.jobsOpenMax} jobs wait already. Wait until some have ended, or cancel some.`)
    }
    try {
      if (parts.length === 0) await this.db.insertInto('jobs').values(row).execute()
      else
        await inTransaction(this.db, async (db) => {
          await db.insertInto('jobs').values(row).execute()
          await insertParts(db, row.id, 'input', parts)
        })
    } catch (error) {
      const other = this.#traits.isUniqueViolation(error) && !this.db.isTransaction ? await this.#findUnique(row.unique_key) : undefined
      if (other === undefined) throw error
      return { job: other, isNew: false }
    }
    return { job: toJob(row, this.clock.nowMs()), isNew: true }
  }

  async claim(token: string, kinds: Claimable): Promise<JobLease | undefined> {
    let open = kinds
    for (let lost = 0; open.length > 0 && lost < LOST_MAX;) {
      const candidates = await this.db
        .selectFrom('jobs')
        .select(['id', 'kind'])
        .where('state', '=', 'queued')
        .where('run_at_ms', '<=', this.clock.nowMs())
        .where(
          'kind',
          'in',
          open.map(({ name }) => name),
        )
        .orderBy('turn')
        .orderBy('id')
        .limit(CANDIDATES)
        .execute()
      if (candidates.length === 0) return undefined
      for (const { id, kind } of candidates) {
        const outcome = await this.#begin(id, token, kind, open.find(({ name }) => name === kind)?.max)
        if (outcome === 'begun') return { job: await this.#get(id), token }
        if (outcome === 'lost') lost++
        else {
          open = open.filter(({ name }) => name !== kind)
          break
        }
      }
    }
    return undefined
  }

  async #begin(id: string, token: string, kind: string, max: number | undefined): Promise<'begun' | 'lost' | 'full'> {
    const take = async (db: Kysely<CoreSchema>): Promise<'begun' | 'lost'> => {
      const nowMs = this.clock.nowMs()
      const results = await db
        .updateTable('jobs')
        .set((eb) => ({ state: 'running', lease_token: token, lease_beat: 0, started_at_ms: nowMs, attempts: eb('attempts', '+', 1) }))
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .where('run_at_ms', '<=', nowMs)
        .execute()
      return changedAny(results) ? 'begun' : 'lost'
    }
    if (max === undefined) return take(this.db)
    // Write transactions wait for each other over all processes: nobody begins one between the count and the start.
    return inTransaction(this.db, async (db) => {
      const { running } = await db
        .selectFrom('jobs')
        .select((eb) => eb.fn.countAll<number>().as('running'))
        .where('kind', '=', kind)
        .where('state', '=', 'running')
        .executeTakeFirstOrThrow()
      return Number(running) < max ? take(db) : 'full'
    })
  }

  async cancel(jobId: string): Promise<Job | undefined> {
    const row = await this.db.selectFrom('jobs').selectAll().where('id', '=', jobId).executeTakeFirst()
    if (row === undefined) return undefined
    const waiting = await this.db
      .updateTable('jobs')
      .set({ state: 'cancelled', cancel_requested: 1, completed_at_ms: this.clock.nowMs(), ...freed(row) })
      .where('id', '=', jobId)
      .where('state', '=', 'queued')
      .execute()
    if (changedAny(waiting)) await removeParts(this.db, [jobId], 'input')
    // Also one that was begun just now.
    else await this.db.updateTable('jobs').set({ cancel_requested: 1 }).where('id', '=', jobId).where('state', '=', 'running').execute()
    return this.find(jobId)
  }

  async listPage(page: PageRequest, filter: JobFilter = {}): Promise<Page<JobSummary>> {
    return listJobs(this.db, page, filter, this.clock.nowMs())
  }

  async stats(): Promise<JobStats> {
    return countJobs(this.db, this.clock.nowMs())
  }

  async findPart(jobId: string, index: number): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('job_parts')
      .select('content')
      .where('job_id', '=', jobId)
      .where('place', '=', 'input')
      .where('part_index', '=', index)
      .executeTakeFirst()
    return row?.content
  }

  async putResultPart(jobId: string, token: string, index: number, content: string): Promise<boolean> {
    if (index >= limits.jobPartsMax) throw new JobRefusedError(`A job has at most ${limits.jobPartsMax} parts of a result.`)
    refuseLargeParts([content])
    return inTransaction(this.db, async (db) => {
      const held = await db.selectFrom('jobs').select('id').where('id', '=', jobId).where('lease_token', '=', token).executeTakeFirst()
      if (held !== undefined) await replacePart(db, { job_id: jobId, place: 'result', part_index: index, content })
      return held !== undefined
    })
  }

  async takeResultParts(jobId: string): Promise<readonly string[]> {
    return inTransaction(this.db, async (db) => {
      const rows = await db.selectFrom('job_parts').select('content').where('job_id', '=', jobId).where('place', '=', 'result').orderBy('part_index').execute()
      if (rows.length > 0) await removeParts(db, [jobId], 'result')
      return rows.map(({ content }) => content)
    })
  }

  async removeEnded(beforeMs: number, keep: number): Promise<number> {
    return removeEndedJobs(this.db, beforeMs, keep)
  }

  async #findUnique(key: string | null): Promise<Job | undefined> {
    if (key === null) return undefined
    const row = await this.db.selectFrom('jobs').selectAll().where('unique_key', '=', key).executeTakeFirst()
    return row && toJob(row, this.clock.nowMs())
  }

  async #get(id: string): Promise<Job> {
    const job = await this.find(id)
    if (job === undefined) throw new Error(`The job ${id} was removed while it ran`)
    return job
  }
}
