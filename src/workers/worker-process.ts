// One worker as the primary sees it: its state, what it says, and its end.
import cluster, { type Worker } from 'node:cluster'
import type { Clock } from '../ports/clock.ts'
import type { StopOrder, ToPrimary, ToWorker } from './messages.ts'

/** Marks the environment of a worker. Being in anybody's cluster is not enough: process supervisors use the same module. */
export const WORKER_MARK = 'AKR_WORKER_OF'

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** Why the primary killed it. */
export type KillReason = 'hung' | 'slow_start' | 'slow_stop' | 'not_needed'

export class WorkerProcess {
  readonly startedAtMs: number
  /** Resolves with true when it serves, with false when it ended before. */
  readonly ready: Promise<boolean>
  /** Resolves when it is gone and everything it said has been heard. */
  readonly ended: Promise<Exit>
  /** Last sign of life, monotonic ms. */
  seenAtMs: number
  state: 'loading' | 'starting' | 'serving' | 'stopping' | 'ended' = 'loading'
  killedFor: KillReason | undefined
  wasServing = false
  readonly #worker: Worker

  /** @param hear what the worker says, `alive` and `ready` excepted */
  constructor(clock: Clock, start: () => ToWorker, hear: (message: ToPrimary, from: WorkerProcess) => void) {
    this.#worker = cluster.fork({ [WORKER_MARK]: String(process.pid) })
    this.startedAtMs = this.seenAtMs = clock.monotonicMs()
    const serving = Promise.withResolvers<boolean>()
    this.ready = serving.promise
    this.#worker.on('message', (message: ToPrimary) => {
      this.seenAtMs = clock.monotonicMs()
      if (message.say === 'hello') {
        this.state = 'starting'
        this.send(start())
      } else if (message.say === 'ready') {
        if (this.state === 'starting') this.state = 'serving'
        this.wasServing = true
        serving.resolve(true)
      } else if (message.say !== 'alive') hear(message, this)
    })
    // Sending to a process that just died; its end is heard anyway.
    this.#worker.on('error', () => undefined)
    const gone = Promise.withResolvers<Exit>()
    const silent = Promise.withResolvers<void>()
    this.#worker.once('exit', (code: number | null, signal: string | null) => gone.resolve({ code, signal }))
    this.#worker.once('disconnect', () => silent.resolve())
    this.ended = Promise.all([gone.promise, silent.promise]).then(([exit]) => {
      this.state = 'ended'
      serving.resolve(false)
      return exit
    })
  }

  get id(): number {
    return this.#worker.id
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0
  }

  send(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => undefined)
  }

  stop(order: StopOrder): void {
    // Whoever is on the way out finishes what it does.
    if (this.state === 'stopping') return
    if (this.state !== 'serving') return this.kill('not_needed')
    this.state = 'stopping'
    this.send({ say: 'stop', ...order })
  }

  kill(reason: KillReason): void {
    if (this.state === 'ended') return
    this.killedFor ??= reason
    this.#worker.process.kill('SIGKILL')
  }
}
