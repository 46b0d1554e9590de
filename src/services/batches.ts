// Batches as their clients see them: made, looked at, listed, cancelled.
import { type Batch, isBatchOver } from '../domain/batch.ts'
import { BATCH_ENDPOINTS, isBatchEndpoint } from '../domain/batch-line.ts'
import { createId } from '../domain/id.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobQueue } from '../ports/job-queue.ts'
import type { Random } from '../ports/random.ts'
import type { Store } from '../ports/store.ts'
import { type BatchPayload, BATCH_KIND } from './batch-kind.ts'
import type { ClientFiles } from './client-files.ts'

export interface BatchesDependencies {
  readonly store: Store
  readonly queue: Pick<JobQueue, 'enqueue' | 'cancel'>
  readonly files: ClientFiles
  readonly clock: Clock
  readonly random: Random
}

export interface NewBatch {
  readonly inputFileId: string
  readonly endpoint: string
  readonly completionWindow: string
  readonly metadata: Readonly<Record<string, string>> | undefined
  /** Whose account the job is shown to. */
  readonly accountId: string | undefined
}

const HOUR_MS = 3_600_000
/** Below everything else that runs in the background. */
const PRIORITY = -10
const OPEN_AT_ONCE = 100

export class Batches {
  readonly #dependencies: BatchesDependencies

  constructor(dependencies: BatchesDependencies) {
    this.#dependencies = dependencies
  }

  /** @throws GatewayError validation_failed, not_found, conflict */
  async create(owner: string, input: NewBatch): Promise<Batch> {
    const { store, files, clock, random } = this.#dependencies
    if (!isBatchEndpoint(input.endpoint))
      throw new GatewayError('validation_failed', `The endpoint must be one of ${BATCH_ENDPOINTS.join(', ')}, or name its upstream: /llm/<upstream>/v1/….`)
    const file = await files.get(owner, input.inputFileId)
    if (file.purpose !== 'batch') throw new GatewayError('validation_failed', 'The input file must have been uploaded with the purpose "batch".')
    const nowMs = clock.nowMs()
    const batch: Batch = {
      id: createId('batch', nowMs, random.bytes(10)),
      owner,
      endpoint: input.endpoint,
      inputFileId: file.id,
      outputFileId: files.createFileId(),
      errorFileId: files.createFileId(),
      completionWindow: input.completionWindow,
      metadata: input.metadata,
      status: 'validating',
      faults: [],
      total: 0,
      completed: 0,
      failed: 0,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + 24 * HOUR_MS,
      times: {},
    }
    await store.transaction(async ({ batches }) => {
      const open = await batches.countOpen(owner)
      if (open >= limits.batchesOpenPerClientMax)
        throw new GatewayError('conflict', `This client key has ${open} batches under way; at most ${limits.batchesOpenPerClientMax} are. Wait for one to end.`)
      await batches.insert(batch)
    })
    // If this fails, pickUp finds it.
    await this.#enqueue(batch, input.accountId)
    return batch
  }

  /** @throws GatewayError not_found, also for batches of others */
  async get(owner: string, id: string): Promise<Batch> {
    const batch = await this.#dependencies.store.batches.find(id)
    if (batch === undefined || batch.owner !== owner)
      throw new GatewayError('not_found', `There is no batch '${id.slice(0, 64)}', or it is not this client key's.`)
    return batch
  }

  async list(owner: string, limit: number, after: string | undefined): Promise<readonly Batch[]> {
    return this.#dependencies.store.batches.listOf(owner, limit, after)
  }

  /** What is in flight is given up, results so far are kept. @throws GatewayError not_found, conflict when it is over */
  async cancel(owner: string, id: string): Promise<Batch> {
    const { store, clock } = this.#dependencies
    const batch = await this.get(owner, id)
    if (batch.status === 'cancelling') return batch
    const cancelling: Batch = { ...batch, status: 'cancelling', times: { ...batch.times, cancelling: clock.nowMs() } }
    if (await store.batches.update(cancelling, ['validating', 'in_progress'])) return cancelling
    const now = await this.get(owner, id)
    if (now.status === 'cancelling') return now
    throw new GatewayError('conflict', `The batch cannot be cancelled any more: it is ${now.status}.`)
  }

  /** Sees to batches whose job is gone, or was cancelled by a person; removes what is old. Harmless at any time. */
  async pickUp(): Promise<void> {
    const { store, clock, files } = this.#dependencies
    for (const batch of await store.batches.listOpen(OPEN_AT_ONCE)) {
      const state = await this.#enqueue(batch, undefined)
      if (state === 'failed' || state === 'cancelled' || state === 'succeeded') await this.#giveUp(batch, state)
    }
    while ((await files.removeExpired()) > 0);
    await store.batches.removeEnded(clock.nowMs() - limits.fileKeptMs)
  }

  async #enqueue(batch: Batch, accountId: string | undefined): Promise<string> {
    const { queue, clock, random } = this.#dependencies
    const payload: BatchPayload = { batch_id: batch.id }
    const { job } = await queue.enqueue({
      id: createId('job', clock.nowMs(), random.bytes(10)),
      kind: BATCH_KIND,
      payload: { ...payload },
      priority: PRIORITY,
      unique: { key: `batch:${batch.id}`, until: 'removed' },
      accountId,
    })
    return job.state
  }

  /** The job ended without ending the batch. */
  async #giveUp(seen: Batch, state: string): Promise<void> {
    const { store, clock } = this.#dependencies
    const batch = await store.batches.find(seen.id)
    if (batch === undefined || isBatchOver(batch.status)) return
    const nowMs = clock.nowMs()
    const isCancelled = state === 'cancelled' || batch.status === 'cancelling'
    const ended: Batch = isCancelled
      ? { ...batch, status: 'cancelled', times: { ...batch.times, cancelled: nowMs } }
      : {
          ...batch,
          status: 'failed',
          faults: [{ code: 'internal', message: 'The batch could not be run to its end; the administrator of the gateway finds the cause among its jobs.' }],
          times: { ...batch.times, failed: nowMs },
        }
    for (const id of [batch.outputFileId, batch.errorFileId]) {
      const bytes = await store.files.size(id)
      if (bytes > 0) await store.files.update(id, { status: 'processed', bytes, expiresAtMs: nowMs + limits.fileKeptMs })
    }
    await store.batches.update(ended, [batch.status])
  }
}
