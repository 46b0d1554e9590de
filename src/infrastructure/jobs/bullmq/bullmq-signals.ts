// One ticket in a BullMQ queue for every job that waits. Tickets are hints: the job is in the database, and who takes a ticket asks there what to run.
import { Queue, Worker } from 'bullmq'
import { limits } from '../../../limits.ts'
import type { Job, JobSignals } from '../../../ports/job-queue.ts'
import type { RedisOptions } from '../../cache/redis/options.ts'
import type { JobSignalDeps } from '../../catalog.ts'
import { createClient } from './connection.ts'

const QUEUE = 'tickets'
/** In BullMQ the lowest goes first, from 1; ours go from -100 to 100. */
const MIDDLE = 1_000
/** s that one call waits for a ticket before it asks anew. */
const WAIT_S = 5
/** ms that a ticket belongs to its holder without a sign of life. */
const HOLD_MS = 30_000
/** ms that a polite end may take. */
const CLOSE_MS = 500

export function openBullmqSignals(options: RedisOptions, deps: JobSignalDeps): JobSignals {
  return new BullmqSignals(options, deps)
}

type Ticket = Pick<Job, 'id' | 'kind' | 'priority' | 'runAtMs'>

class BullmqSignals implements JobSignals {
  readonly #options: RedisOptions
  readonly #deps: JobSignalDeps
  readonly #prefix: string
  readonly #client
  readonly #queue: Queue
  readonly #workers = new Set<() => Promise<void>>()
  #pending = 0
  #closing: Promise<void> | undefined

  constructor(options: RedisOptions, deps: JobSignalDeps) {
    this.#options = options
    this.#deps = deps
    // Braces: in a Cluster all keys of the queue must be on one node.
    this.#prefix = `{${options.keyPrefix}jobs}`
    this.#client = createClient(options, deps.random, false)
    this.#queue = new Queue(QUEUE, { connection: this.#client, prefix: this.#prefix, skipVersionCheck: true, skipWaitingForReady: true })
    this.#queue.on('error', (error) => this.#note(error))
  }

  announce({ id, kind, priority, runAtMs }: Ticket): void {
    if (this.#closing !== undefined || this.#pending >= limits.jobSignalsPending) return
    this.#pending++
    const delay = Math.max(0, runAtMs - this.#deps.clock.nowMs())
    this.#queue
      .add(kind, {}, { jobId: id, delay, priority: MIDDLE - priority, attempts: 1, removeOnComplete: true, removeOnFail: true })
      .catch((error: unknown) => this.#note(error))
      .finally(() => this.#pending--)
  }

  subscribe(onWork: () => Promise<void>): () => Promise<void> {
    const client = createClient(this.#options, this.#deps.random, true)
    const worker = new Worker(QUEUE, () => onWork(), {
      ...{ connection: client, prefix: this.#prefix, skipVersionCheck: true },
      ...{ concurrency: 1, drainDelay: WAIT_S, lockDuration: HOLD_MS, stalledInterval: HOLD_MS },
      ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
    })
    worker.on('error', (error) => this.#note(error))
    const end = async (): Promise<void> => {
      if (!this.#workers.delete(end)) return
      // By force: a ticket that is not given back goes to somebody else, and the wait for the next one is not worth a slow end.
      await atMost(worker.close(true))
      client.disconnect()
    }
    this.#workers.add(end)
    return end
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#workers].map((end) => end()))
    await atMost(this.#queue.close())
    this.#client.disconnect()
  }

  /** The cache on the same server tells people that it is away. */
  #note(error: unknown): void {
    this.#deps.logger?.debug('job.signal_lost', 'Jobs could not be announced: they are found in the database', { error: String(error) })
  }
}

/** Resolves when the work is done, however it ends, or after `CLOSE_MS`. */
async function atMost(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS)
  })
  await Promise.race([work.catch(() => undefined), late])
  clearTimeout(timer)
}
