// Runs jobs in this process: a few at a time, behind requests, as long as it holds their leases.
import { limits } from '../limits.ts'
import type { JobSignals } from '../ports/job-queue.ts'
import type { JobKind } from './job-kind.ts'
import { JobRun, type Interruption, type JobRunDependencies } from './job-run.ts'
import type { JobSweep } from './job-sweep.ts'

export interface JobRunnerDependencies extends JobRunDependencies {
  readonly kinds: readonly JobKind[]
  readonly sweep: JobSweep
  readonly signals: JobSignals | undefined
  /** Of this process, different from all others and from its own earlier lives. */
  readonly instance: string
  /** No other process uses the database. */
  readonly isAlone: boolean
  /** False while requests need the processor more. */
  readonly mayBegin: () => boolean
  /** Default limits.jobLeaseMs. */
  readonly leaseMs?: number | undefined
  /** Runs at once. Default limits.jobsPerProcess. */
  readonly perProcess?: number | undefined
}

export class JobRunner {
  readonly #dependencies: JobRunnerDependencies
  readonly #leaseMs: number
  readonly #max: number
  readonly #runs = new Map<string, JobRun>()
  readonly #ends = new Set<Promise<void>>()
  #claims = 0
  #filling: Promise<void> | undefined
  #isFillWanted = false
  #isStarted = false
  #isStopping = false
  #looks: NodeJS.Timeout | undefined
  #beats: NodeJS.Timeout | undefined
  #isBeating = false
  #isSweeping = false
  #sweptAtMs = Number.NEGATIVE_INFINITY
  #unsubscribe: (() => Promise<void>) | undefined
  #lookedAtMs = 0
  #waiters: (() => void)[] = []

  constructor(dependencies: JobRunnerDependencies) {
    this.#dependencies = dependencies
    this.#leaseMs = dependencies.leaseMs ?? limits.jobLeaseMs
    this.#max = dependencies.perProcess ?? limits.jobsPerProcess
  }

  get running(): number {
    return this.#runs.size
  }

  async start(): Promise<void> {
    const { signals, isAlone, sweep, logger } = this.#dependencies
    if (isAlone)
      await sweep.expireDead(true).catch((error: unknown) => logger.warn('job.sweep_failed', 'Jobs of an earlier run wait', { error: String(error) }))
    if (this.#isStopping) return
    this.#isStarted = true
    this.#looks = setInterval(() => this.#tick(), limits.jobLookMs).unref()
    this.#beats = setInterval(() => void this.checkLeases(), Math.min(limits.jobRenewMs, this.#leaseMs / 4)).unref()
    this.#unsubscribe = signals?.subscribe(() => this.#onWork())
    this.wake()
  }

  /** Something may be due. Cheap; called any number of times, also before the start. */
  wake(): void {
    if (!this.#isStarted || this.#isStopping) return
    this.#isFillWanted = true
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined
      if (this.#isFillWanted) this.wake()
    })
  }

  /** Gives running jobs back at their next checkpoint; waits for them, but not long. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#isFillWanted = false
    clearInterval(this.#looks)
    this.#interruptAll()
    await this.#unsubscribe?.()
    await this.#filling
    // Also what was claimed while we began to stop.
    this.#interruptAll()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limits.jobStopMs)
    })
    await Promise.race([Promise.all(this.#ends), late])
    clearTimeout(timer)
    clearInterval(this.#beats)
  }

  /** Looks now which runs are to stop, renews leases, stores progress. Never rejects. */
  async checkLeases(): Promise<void> {
    if (this.#isBeating || this.#runs.size === 0) return
    this.#isBeating = true
    const { queue, clock } = this.#dependencies
    const runs = [...this.#runs.values()]
    const sentAtMs = clock.monotonicMs()
    try {
      const due = runs.filter((run) => sentAtMs - run.renewedAtMs > this.#leaseMs / 4)
      if (due.length > 0) await queue.renew(due.map(({ lease }) => lease.token))
      const valid = new Map((await queue.look(runs.map(({ lease }) => lease.token))).map((found) => [found.token, found]))
      for (const run of runs) {
        const found = valid.get(run.lease.token)
        if (found === undefined) this.#interrupt(run, 'lost')
        else if (due.includes(run)) run.renewedAtMs = sentAtMs
        if (found?.isCancelRequested === true) run.interrupt('cancelled')
      }
      for (const run of runs) await run.report()
    } catch {
      // The database is away: the leases last a while without it, and no longer.
    } finally {
      this.#isBeating = false
    }
    const nowMs = clock.monotonicMs()
    for (const run of this.#runs.values()) if (nowMs - run.renewedAtMs > this.#leaseMs * 0.75) this.#interrupt(run, 'lost')
  }

  #interruptAll(): void {
    for (const run of this.#runs.values()) run.interrupt('stopping')
  }

  /** A run that is over is not interrupted any more: its lease ended with it. */
  #interrupt(run: JobRun, reason: Interruption): void {
    if (this.#runs.get(run.lease.token) === run) run.interrupt(reason)
  }

  async #fill(): Promise<void> {
    do {
      this.#isFillWanted = false
      try {
        while (await this.#claimOne());
      } catch (error) {
        this.#dependencies.logger.debug('job.claim_failed', 'No job could be claimed', { error: String(error) })
      }
    } while (this.#isFillWanted && !this.#isStopping)
  }

  async #claimOne(): Promise<boolean> {
    const { queue, clock, kinds, instance, mayBegin } = this.#dependencies
    if (this.#isStopping || this.#runs.size >= this.#max || !mayBegin()) return false
    const counts = new Map<string, number>()
    for (const { kind } of this.#runs.values()) counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1)
    const open = kinds.filter(({ name, perProcess = 1 }) => (counts.get(name) ?? 0) < perProcess)
    const claimedAtMs = clock.monotonicMs()
    const lease = await queue.claim(
      `${instance}.${++this.#claims}`,
      open.map(({ name, perCluster }) => ({ name, max: perCluster })),
    )
    if (lease === undefined) return false
    const kind = kinds.find(({ name }) => name === lease.job.kind) as JobKind
    this.#begin(new JobRun(this.#dependencies, kind, lease, claimedAtMs))
    return true
  }

  #begin(run: JobRun): void {
    const { token } = run.lease
    this.#runs.set(token, run)
    const end = run.execute().finally(() => {
      this.#runs.delete(token)
      this.#ends.delete(end)
      for (const waiter of this.#waiters.splice(0)) waiter()
      this.wake()
    })
    this.#ends.add(end)
  }

  /** Takes what is there; a process that is full answers when it has room, so that the next signal goes to another one. */
  async #onWork(): Promise<void> {
    this.wake()
    await this.#filling
    if (this.#runs.size >= this.#max && !this.#isStopping) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  #tick(): void {
    const { clock, signals } = this.#dependencies
    const nowMs = clock.monotonicMs()
    if (signals === undefined || nowMs - this.#lookedAtMs >= limits.jobLookAnnouncedMs) {
      this.#lookedAtMs = nowMs
      this.wake()
    }
    if (this.#isSweeping || nowMs - this.#sweptAtMs < this.#leaseMs / 5) return
    this.#isSweeping = true
    this.#sweptAtMs = nowMs
    void this.#sweep().finally(() => {
      this.#isSweeping = false
    })
  }

  async #sweep(): Promise<void> {
    const { sweep, logger } = this.#dependencies
    try {
      await sweep.expireDead()
      await sweep.queueScheduled()
      await sweep.removeOld()
    } catch (error) {
      logger.debug('job.sweep_failed', 'The queue of jobs could not be looked through', { error: String(error) })
    }
  }
}
