// What the queue of jobs promises on every database: nothing is lost, and no job has two holders.
import { describe, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import { JobRefusedError, type Job, type JobQueue, type NewJob } from '../../src/ports/job-queue.ts'
import { nextId } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

const ANY = [{ name: 'sweep' }]

export function aJob(changes: Partial<NewJob> = {}): NewJob {
  return { id: nextId('job'), kind: 'sweep', payload: { room: 'kitchen' }, ...changes }
}

export function describeJobs(subject: () => StoreUnderTest): void {
  const queue = (): JobQueue => subject().store.jobs
  const add = async (changes: Partial<NewJob> = {}): Promise<Job> => (await queue().enqueue(aJob(changes))).job
  const claimed = async (token: string, kinds = ANY): Promise<string | undefined> => (await queue().claim(token, kinds))?.job.id

  describe('jobs', () => {
    test('every field survives, and what is absent is undefined', async () => {
      const bare = aJob()
      const { job, isNew } = await queue().enqueue(bare)
      const nowMs = subject().clock.nowMs()
      expect(isNew).toBe(true)
      expect(job).toEqual({
        ...{ id: bare.id, kind: 'sweep', state: 'queued', priority: 0, payload: { room: 'kitchen' }, checkpoint: undefined, result: undefined, error: '' },
        ...{ progress: { done: 0, total: undefined, note: '' }, attempts: 0, maxAttempts: limits.jobAttemptsMax, runAtMs: nowMs, accountId: undefined },
        ...{ createdBy: 'gateway', isCancelRequested: false, createdAtMs: nowMs, startedAtMs: undefined, completedAtMs: undefined },
      })
      const full = await add({ priority: -7, maxAttempts: 2, runAtMs: nowMs + 1, accountId: 'acc_1', createdBy: 'Änne', total: 12, payload: ['ü', null, 1.5] })
      expect(full).toMatchObject({ priority: -7, maxAttempts: 2, state: 'scheduled', accountId: 'acc_1', createdBy: 'Änne', progress: { total: 12 } })
      expect(await queue().find(bare.id)).toEqual(job)
      expect(await queue().find(full.id)).toEqual(full)
      expect(await queue().find('job_none')).toBeUndefined()
    })

    test('the highest priority goes first, then the oldest; what is not due and what was not asked for waits', async () => {
      const { clock } = subject()
      const [low, later, high, second] = [
        await add({ priority: -1 }),
        await add({ priority: 9, runAtMs: clock.nowMs() + 1_000 }),
        await add({ priority: 5 }),
        await add({ priority: 5 }),
      ]
      await add({ kind: 'mop', priority: 100 })
      expect([await claimed('a'), await claimed('b')]).toEqual([high.id, second.id])
      clock.advance(1_000)
      expect([await claimed('c'), await claimed('d'), await claimed('e')]).toEqual([later.id, low.id, undefined])
      expect(await queue().claim('f', [])).toBeUndefined()
    })

    test('of many that claim at once each gets another job, and none is left', async () => {
      const ids = new Set<string>()
      for (let index = 0; index < 40; index++) ids.add((await add({ priority: index % 3 })).id)
      const got = await Promise.all(Array.from({ length: 48 }, (_, index) => claimed(`t${index}`)))
      const winners = got.filter((id) => id !== undefined)
      // Who loses to eight others in a row sees nothing more and comes again.
      for (let index = 0; winners.length < 40 && index < 40; index++) winners.push((await claimed(`u${index}`)) as string)
      expect(new Set(winners)).toEqual(ids)
      expect(winners).toHaveLength(40)
    })

    test('a kind runs at most so often in all processes together, and does not keep other kinds waiting', async () => {
      for (let index = 0; index < 12; index++) await add({ priority: 3 })
      const other = await add({ kind: 'mop' })
      const kinds = [{ name: 'sweep', max: 2 }, { name: 'mop' }]
      const got = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((token) => queue().claim(token, kinds)))
      const names = got.flatMap((lease) => lease?.job.kind ?? [])
      expect(names.filter((name) => name === 'sweep')).toHaveLength(2)
      expect(got.some((lease) => lease?.job.id === other.id)).toBe(true)
      const first = got.find((lease) => lease?.job.kind === 'sweep')
      await queue().complete(first?.job.id ?? '', first?.token ?? '', undefined)
      expect((await queue().claim('f', kinds))?.job.kind).toBe('sweep')
      expect(await queue().claim('g', kinds)).toBeUndefined()
    })

    test('a unique key keeps a second job away: while it is open, or while it is stored', async () => {
      const open = { key: 'once', until: 'finished' } as const
      const stored = { key: 'night-1', until: 'removed' } as const
      const [first, night] = [await add({ unique: open }), await add({ unique: stored })]
      expect(await queue().enqueue(aJob({ unique: open }))).toEqual({ job: first, isNew: false })
      const both = await Promise.all([1, 2, 3].map(() => queue().enqueue(aJob({ unique: { key: 'race', until: 'finished' } }))))
      expect(both.filter(({ isNew }) => isNew)).toHaveLength(1)
      expect(new Set(both.map(({ job }) => job.id)).size).toBe(1)
      for (const token of ['a', 'b', 'c']) await queue().complete((await claimed(token)) as string, token, undefined)
      expect((await queue().enqueue(aJob({ unique: open }))).isNew).toBe(true)
      expect((await queue().enqueue(aJob({ unique: stored }))).job.id).toBe(night.id)
    })

    test('progress, checkpoint and result are stored for who holds the lease, and for nobody else', async () => {
      const { id } = await add({ total: 4 })
      await claimed('mine')
      expect(await queue().report(id, 'mine', { done: 1, total: 4, note: 'one' })).toBe(true)
      expect(await queue().find(id)).toMatchObject({ state: 'running', attempts: 1, progress: { done: 1, total: 4, note: 'one' }, checkpoint: undefined })
      expect(await queue().report(id, 'mine', { done: 2, total: 4, note: '' }, { at: 2 })).toBe(true)
      expect(await queue().report(id, 'other', { done: 4, total: 4, note: '' }, { at: 4 })).toBe(false)
      expect(await queue().complete(id, 'other', 'no')).toBe(false)
      expect(await queue().fail(id, 'other', 'no', undefined)).toBe(false)
      expect(await queue().release(id, 'other')).toBe(false)
      expect(await queue().find(id)).toMatchObject({ checkpoint: { at: 2 }, progress: { done: 2 } })
      subject().clock.advance(5)
      expect(await queue().complete(id, 'mine', { swept: 4 })).toBe(true)
      expect(await queue().complete(id, 'mine', { swept: 5 })).toBe(false)
      expect(await queue().find(id)).toMatchObject({ state: 'succeeded', result: { swept: 4 }, completedAtMs: subject().clock.nowMs() })
    })

    test('a failed try waits for its time; the last one ends the job; an error is cut, not refused', async () => {
      const { clock } = subject()
      const { id } = await add()
      await claimed('a')
      expect(await queue().fail(id, 'a', 'x'.repeat(2_000), clock.nowMs() + 10)).toBe(true)
      expect(await queue().find(id)).toMatchObject({ state: 'scheduled', attempts: 1 })
      expect((await queue().find(id))?.error).toHaveLength(limits.jobNoteCharsMax)
      expect(await claimed('b')).toBeUndefined()
      clock.advance(10)
      expect(await claimed('b')).toBe(id)
      expect(await queue().fail(id, 'b', 'gone', undefined)).toBe(true)
      expect(await queue().find(id)).toMatchObject({ state: 'failed', attempts: 2, error: 'gone', completedAtMs: clock.nowMs() })
    })

    test('what is given back is no attempt; a checkpoint lets attempts start anew', async () => {
      const { id } = await add()
      await claimed('a')
      await queue().release(id, 'a')
      expect(await queue().find(id)).toMatchObject({ state: 'queued', attempts: 0 })
      for (const token of ['b', 'c']) {
        await claimed(token)
        await queue().fail(id, token, 'again', subject().clock.nowMs())
      }
      await claimed('d')
      expect(await queue().find(id)).toMatchObject({ attempts: 3 })
      await queue().report(id, 'd', { done: 1, total: undefined, note: '' }, 1)
      expect(await queue().find(id)).toMatchObject({ attempts: 1 })
    })

    test('a lease that still beats is not taken; one that does not is, once; after the last attempt the job is parked', async () => {
      const { id } = await add({ maxAttempts: 2, unique: { key: 'k', until: 'finished' } })
      await claimed('a')
      const [seen] = await queue().listHeld()
      expect(seen).toEqual({ jobId: id, token: 'a', beat: 0 })
      await queue().renew(['a'])
      expect(await queue().expire(seen as never)).toBeUndefined()
      const [again] = await queue().listHeld()
      const taken = await Promise.all([1, 2, 3].map(() => queue().expire(again as never)))
      expect(taken.filter((job) => job !== undefined)).toHaveLength(1)
      expect(await queue().look(['a'])).toEqual([])
      expect(await queue().report(id, 'a', { done: 1, total: 1, note: '' })).toBe(false)
      expect(await queue().find(id)).toMatchObject({ state: 'queued', attempts: 1 })
      await claimed('b')
      const [last] = await queue().listHeld()
      expect(await queue().expire(last as never)).toMatchObject({ state: 'failed', attempts: 2 })
      expect((await queue().find(id))?.error).toMatch(/attempt 2 of 2/)
      expect((await add({ unique: { key: 'k', until: 'finished' } })).id).not.toBe(id)
    })

    test('what waits is cancelled at once, what runs is told, what has ended stays', async () => {
      const [waiting, running, ended] = [await add({ priority: -1 }), await add({ priority: 1 }), await add({ priority: 2 })]
      await queue().complete((await claimed('e')) as string, 'e', undefined)
      await claimed('r')
      expect(await queue().cancel(waiting.id)).toMatchObject({ state: 'cancelled' })
      expect(await queue().cancel(running.id)).toMatchObject({ state: 'running', isCancelRequested: true })
      expect(await queue().cancel(ended.id)).toMatchObject({ state: 'succeeded', isCancelRequested: false })
      expect(await queue().cancel('job_none')).toBeUndefined()
      expect(await queue().look(['r'])).toEqual([{ token: 'r', isCancelRequested: true }])
      expect(await claimed('x')).toBeUndefined()
      await queue().release(running.id, 'r')
      expect(await queue().find(running.id)).toMatchObject({ state: 'cancelled' })
      const told = async (token: string, end: (id: string) => Promise<unknown>): Promise<void> => {
        const { id } = await add()
        await claimed(token)
        await queue().cancel(id)
        await end(id)
        expect(await queue().find(id)).toMatchObject({ state: 'cancelled' })
      }
      await told('f', (id) => queue().fail(id, 'f', 'late', subject().clock.nowMs()))
      await told('g', (id) => queue().expire({ jobId: id, token: 'g', beat: 0 }))
    })

    test('parts come with the job and go with its end; parts of a result are given out once', async () => {
      const large = 'é'.repeat(limits.jobPartBytesMax)
      const { id } = await add({ parts: ['one', large] })
      expect([await queue().findPart(id, 0), await queue().findPart(id, 1), await queue().findPart(id, 2)]).toEqual(['one', large, undefined])
      await claimed('a')
      expect(await queue().putResultPart(id, 'b', 0, 'stolen')).toBe(false)
      for (const [index, text] of [
        [1, 'second'],
        [0, 'draft'],
        [0, 'first'],
      ] as const)
        expect(await queue().putResultPart(id, 'a', index, text)).toBe(true)
      await queue().complete(id, 'a', undefined)
      expect(await queue().findPart(id, 0)).toBeUndefined()
      expect(await queue().takeResultParts(id)).toEqual(['first', 'second'])
      expect(await queue().takeResultParts(id)).toEqual([])
    })

    test('what is too large is refused whole', async () => {
      const id = nextId('job')
      await expect(add({ id, payload: 'x'.repeat(limits.jobPayloadBytesMax) })).rejects.toBeInstanceOf(JobRefusedError)
      await expect(add({ id, parts: ['ok', 'x'.repeat(limits.jobPartBytesMax + 1)] })).rejects.toBeInstanceOf(JobRefusedError)
      expect(await queue().find(id)).toBeUndefined()
    })

    test('lists, newest first, and counts', async () => {
      const { clock } = subject()
      const jobs = [await add(), await add({ kind: 'mop', accountId: 'acc_9' }), await add({ runAtMs: clock.nowMs() + 60_000 }), await add({ priority: 1 })]
      const [queued, mop, later, running] = jobs as [Job, Job, Job, Job]
      await claimed('a')
      const ids = async (filter: object): Promise<string[]> => (await queue().listPage({ page: 1, limit: 10 }, filter)).rows.map(({ id }) => id)
      expect(await ids({})).toEqual([running.id, later.id, mop.id, queued.id])
      expect(await queue().listPage({ page: 2, limit: 3 })).toMatchObject({ rows: [{ id: queued.id }], total: 4 })
      expect(await ids({ state: 'scheduled' })).toEqual([later.id])
      expect(await ids({ state: 'queued', kind: 'sweep' })).toEqual([queued.id])
      expect(await ids({ accountId: 'acc_9' })).toEqual([mop.id])
      const stats = await queue().stats()
      expect(stats.byState).toEqual({ scheduled: 1, queued: 2, running: 1, succeeded: 0, failed: 0, cancelled: 0 })
      expect(stats.byKind).toContainEqual({ kind: 'sweep', state: 'scheduled', count: 1 })
      expect(stats.byKind).toContainEqual({ kind: 'mop', state: 'queued', count: 1 })
      expect(stats.oldestQueuedAtMs).toBe(queued.runAtMs)
    })

    test('ended jobs are removed by age and by number, with what belongs to them; open ones stay', async () => {
      const { clock } = subject()
      const ended: string[] = []
      for (let index = 0; index < 4; index++) {
        const { id } = await add({ unique: { key: `night-${index}`, until: 'removed' } })
        await claimed('a')
        await queue().putResultPart(id, 'a', 0, 'text')
        await queue().complete(id, 'a', undefined)
        ended.push(id)
        clock.advance(1_000)
      }
      const open = await add()
      expect(await queue().removeEnded(clock.nowMs() - 3_000, 99)).toBe(1)
      expect(await queue().removeEnded(0, 2)).toBe(1)
      expect(await Promise.all([...ended, open.id].map(async (id) => (await queue().find(id)) !== undefined))).toEqual([false, false, true, true, true])
      expect(await queue().takeResultParts(ended[0] as string)).toEqual([])
      expect((await queue().enqueue(aJob({ unique: { key: 'night-0', until: 'removed' } }))).isNew).toBe(true)
    })

    test('a job that is added in a transaction that fails was never there', async () => {
      const job = aJob({ parts: ['x'] })
      const work = subject().store.transaction(async ({ jobs }) => {
        await jobs.enqueue(job)
        throw new Error('changed my mind')
      })
      await expect(work).rejects.toThrow('changed my mind')
      expect([await queue().find(job.id), await queue().findPart(job.id, 0)]).toEqual([undefined, undefined])
    })
  })
}
