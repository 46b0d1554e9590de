// The kind of job that runs a batch: validates it, sends its lines, writes its results, ends it.
import { type Batch, type BatchStatus, isBatchOver } from '../domain/batch.ts'
import { GatewayError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { BatchSender } from '../ports/batch-sender.ts'
import type { Clock } from '../ports/clock.ts'
import type { Json } from '../ports/job-queue.ts'
import type { Store } from '../ports/store.ts'
import { checkLines, unusableFaults } from './batch-check.ts'
import { readLines } from './batch-lines.ts'
import { BatchRun, type RunEnd } from './batch-run.ts'
import type { ClientFiles } from './client-files.ts'
import type { JobContext, JobKind } from './job-kind.ts'

export const BATCH_KIND = 'batch'

export interface BatchPayload {
  readonly batch_id: string
}

export interface BatchKindDependencies {
  readonly store: Store
  readonly files: ClientFiles
  readonly sender: BatchSender
  readonly clock: Clock
}

type Context = Pick<JobContext<BatchPayload>, 'payload' | 'signal' | 'progress' | 'checkpoint'>

/** Where each way to end leads. */
const ENDS: Readonly<Record<RunEnd, BatchStatus & keyof Batch['times']>> = {
  done: 'completed',
  expired: 'expired',
  cancelled: 'cancelled',
  'no room': 'failed',
}

export function createBatchKind(dependencies: BatchKindDependencies): JobKind<BatchPayload> {
  return {
    name: BATCH_KIND,
    perProcess: limits.batchesPerProcess,
    perCluster: limits.batchesParallel,
    validate: (payload) => {
      const id = (payload as Partial<BatchPayload> | null)?.batch_id
      if (typeof id === 'string') return { batch_id: id }
      throw new GatewayError('validation_failed', 'A batch is made with POST /v1/batches.', { errors: [{ path: '/payload/batch_id', message: 'is missing' }] })
    },
    run: (context) => runBatch(context, dependencies),
  }
}

async function runBatch(context: Context, dependencies: BatchKindDependencies): Promise<Json> {
  const { store } = dependencies
  const found = await store.batches.find(context.payload.batch_id)
  if (found === undefined) return { status: 'removed' }
  let batch = found
  if (batch.status === 'validating') batch = await validate(batch, context, dependencies)
  if (isBatchOver(batch.status)) return summary(batch)
  const end: RunEnd = batch.status === 'cancelling' ? 'cancelled' : await new BatchRun(batch, context, dependencies).process()
  return summary(await finish(batch.id, end, dependencies))
}

/** @returns the batch in its next state */
async function validate(batch: Batch, { signal, progress }: Context, dependencies: BatchKindDependencies): Promise<Batch> {
  const { store, files, clock } = dependencies
  progress(0, undefined, 'validating')
  const { total, faults, slugs } = await checkLines(readLines(files.read(batch.inputFileId)), batch.endpoint, signal)
  const found = faults.length > 0 ? faults : findUnusable(batch, slugs, dependencies.sender)
  const nowMs = clock.nowMs()
  const next: Batch =
    found.length > 0
      ? { ...batch, status: 'failed', faults: found, times: { ...batch.times, failed: nowMs } }
      : { ...batch, status: 'in_progress', total, times: { ...batch.times, inProgress: nowMs } }
  await store.transaction(async (repositories) => {
    if (!(await repositories.batches.update(next, ['validating'])) || next.status === 'failed') return
    for (const id of [batch.outputFileId, batch.errorFileId]) {
      if ((await repositories.files.find(id)) !== undefined) continue
      const filename = `${batch.id}_${id === batch.outputFileId ? 'output' : 'error'}.jsonl`
      const expiresAtMs = batch.expiresAtMs + limits.fileKeptMs
      await repositories.files.insert({
        id,
        owner: batch.owner,
        filename,
        purpose: 'batch_output',
        status: 'uploading',
        bytes: 0,
        createdAtMs: nowMs,
        expiresAtMs,
      })
    }
  })
  return (await store.batches.find(batch.id)) ?? next
}

function findUnusable(batch: Batch, slugs: ReadonlyMap<string, number>, sender: BatchSender): Batch['faults'] {
  try {
    return unusableFaults(slugs, sender.usable(batch.owner, slugs.keys()))
  } catch (error) {
    if (!(error instanceof GatewayError) || error.status >= 500) throw error instanceof GatewayError ? new Error(error.message) : error
    return [{ code: error.code, message: error.message }]
  }
}

/** Shows the results and ends the batch; may be repeated. */
async function finish(id: string, end: RunEnd, { store, clock }: BatchKindDependencies): Promise<Batch> {
  const nowMs = clock.nowMs()
  return store.transaction(async ({ batches, files }) => {
    const batch = (await batches.find(id)) as Batch
    if (isBatchOver(batch.status)) return batch
    for (const fileId of [batch.outputFileId, batch.errorFileId]) {
      const bytes = await files.size(fileId)
      if (bytes > 0) await files.update(fileId, { status: 'processed', bytes, expiresAtMs: nowMs + limits.fileKeptMs })
      else await files.update(fileId, { status: 'uploading', expiresAtMs: nowMs })
    }
    // Somebody may have cancelled it while the last line was under way.
    const status = ENDS[end]
    const faults =
      end === 'no room' ? [{ code: 'storage_full', message: 'The files of the gateway (FILES_MAX_BYTES) have no room for more results.' }] : batch.faults
    const over: Batch = { ...batch, status, faults, times: { ...batch.times, finalizing: nowMs, [status]: nowMs } }
    await batches.update(over, [batch.status])
    return over
  })
}

function summary({ status, total, completed, failed }: Batch): Json {
  return { status, total, completed, failed }
}
