// The leases of jobs: who runs what, how far it is, and how a run ends. Each end names the lease that it ends, so that no two processes both end a run.
import type { Kysely } from 'kysely'
import { limits } from '../../limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HeldLease, Job, JobProgress, Json } from '../../ports/job-queue.ts'
import { removeParts } from './job-parts.ts'
import { jsonOf, toJob, type JobRow, type StoredJobState } from './job-row.ts'
import { changedAny, chunks, fromNull, toNull } from './query.ts'
import type { CoreSchema } from './schema.ts'

interface End {
  readonly state: StoredJobState
  readonly error?: string | undefined
  readonly result?: string | null | undefined
  /** Of a job that is queued again. */
  readonly runAtMs?: number | undefined
  readonly attempts?: number | undefined
}

export class JobLeaseTable {
  protected readonly db: Kysely<CoreSchema>
  protected readonly clock: Clock

  constructor(db: Kysely<CoreSchema>, clock: Clock) {
    this.db = db
    this.clock = clock
  }

  async find(jobId: string): Promise<Job | undefined> {
    const row = await this.db.selectFrom('jobs').selectAll().where('id', '=', jobId).executeTakeFirst()
    return row && toJob(row, this.clock.nowMs())
  }

  async renew(tokens: readonly string[]): Promise<void> {
    for (const some of chunks(tokens)) {
      await this.db
        .updateTable('jobs')
        .set((eb) => ({ lease_beat: eb('lease_beat', '+', 1) }))
        .where('lease_token', 'in', some)
        .execute()
    }
  }

  async look(tokens: readonly string[]): Promise<readonly { readonly token: string; readonly isCancelRequested: boolean }[]> {
    if (tokens.length === 0) return []
    const rows = await this.db.selectFrom('jobs').select(['lease_token', 'cancel_requested']).where('lease_token', 'in', tokens).execute()
    return rows.map((row) => ({ token: row.lease_token as string, isCancelRequested: row.cancel_requested === 1 }))
  }

  async report(jobId: string, token: string, { done, total, note }: JobProgress, checkpoint?: Json): Promise<boolean> {
    const forward = checkpoint === undefined ? {} : { checkpoint_state: jsonOf('checkpoint', checkpoint), attempts: 1 }
    const results = await this.db
      .updateTable('jobs')
      .set((eb) => ({ done, total: toNull(total), note: short(note), ...forward, lease_beat: eb('lease_beat', '+', 1) }))
      .where('id', '=', jobId)
      .where('lease_token', '=', token)
      .execute()
    return changedAny(results)
  }

  async complete(jobId: string, token: string, result: Json | undefined): Promise<boolean> {
    return this.#end(jobId, token, () => ({ state: 'succeeded', result: result === undefined ? null : jsonOf('result', result) }))
  }

  async fail(jobId: string, token: string, error: string, retryAtMs: number | undefined): Promise<boolean> {
    return this.#end(jobId, token, (row) => {
      if (row.cancel_requested === 1) return { state: 'cancelled', error }
      return retryAtMs === undefined ? { state: 'failed', error } : { state: 'queued', error, runAtMs: retryAtMs }
    })
  }

  async release(jobId: string, token: string): Promise<boolean> {
    return this.#end(jobId, token, (row) =>
      row.cancel_requested === 1 ? { state: 'cancelled' } : { state: 'queued', attempts: Math.max(0, row.attempts - 1) },
    )
  }

  async listHeld(): Promise<readonly HeldLease[]> {
    const rows = await this.db.selectFrom('jobs').select(['id', 'lease_token', 'lease_beat']).where('state', '=', 'running').orderBy('id').execute()
    return rows.map((row) => ({ jobId: row.id, token: row.lease_token as string, beat: row.lease_beat }))
  }

  async expire({ jobId, token, beat }: HeldLease): Promise<Job | undefined> {
    const isTaken = await this.#end(
      jobId,
      token,
      (row) => {
        if (row.cancel_requested === 1) return { state: 'cancelled' }
        const error = `The process that ran it ended without a word, at attempt ${row.attempts} of ${row.max_attempts}.`
        return row.attempts < row.max_attempts ? { state: 'queued', error } : { state: 'failed', error }
      },
      beat,
    )
    return isTaken ? this.find(jobId) : undefined
  }

  /** Ends the run that holds this token, as `decide` says; again when somebody asked for its cancellation meanwhile. */
  async #end(jobId: string, token: string, decide: (row: JobRow) => End, beat?: number): Promise<boolean> {
    for (;;) {
      const row = await this.db.selectFrom('jobs').selectAll().where('id', '=', jobId).where('lease_token', '=', token).executeTakeFirst()
      if (row === undefined || (beat !== undefined && row.lease_beat !== beat)) return false
      const end = decide(row)
      const isOver = end.state !== 'queued'
      const query = this.db
        .updateTable('jobs')
        .set({
          state: end.state,
          lease_token: null,
          ...(end.error === undefined ? {} : { error: short(end.error) }),
          ...(end.result === undefined ? {} : { result: end.result }),
          ...(end.runAtMs === undefined ? {} : { run_at_ms: end.runAtMs }),
          ...(end.attempts === undefined ? {} : { attempts: end.attempts }),
          ...(isOver ? { completed_at_ms: this.clock.nowMs(), ...freed(row) } : {}),
        })
        .where('id', '=', jobId)
        .where('lease_token', '=', token)
        .where('lease_beat', '=', row.lease_beat)
        .where('cancel_requested', '=', row.cancel_requested)
      if (!changedAny(await query.execute())) continue
      if (isOver) await removeParts(this.db, [jobId], 'input')
      return true
    }
  }
}

/** A key that is for open jobs only is free again. */
export function freed(row: Pick<JobRow, 'unique_until'>): { unique_key?: null } {
  return fromNull(row.unique_until) === 'finished' ? { unique_key: null } : {}
}

function short(text: string): string {
  return text.length <= limits.jobNoteCharsMax ? text : `${text.slice(0, limits.jobNoteCharsMax - 1)}…`
}
