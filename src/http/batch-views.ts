// Files and batches as clients of the OpenAI dialect expect them.
import { type Batch, type ClientFile, isBatchOver } from '../domain/batch.ts'

export function renderFile(file: ClientFile) {
  return {
    id: file.id,
    object: 'file',
    bytes: file.bytes,
    created_at: seconds(file.createdAtMs),
    expires_at: seconds(file.expiresAtMs),
    filename: file.filename,
    purpose: file.purpose,
    status: 'processed',
    status_details: null,
  }
}

export function renderBatch(batch: Batch) {
  const { times, faults } = batch
  const isOver = isBatchOver(batch.status)
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    errors:
      faults.length === 0
        ? null
        : { object: 'list', data: faults.map(({ code, message, line, param }) => ({ code, message, param: param ?? null, line: line ?? null })) },
    input_file_id: batch.inputFileId,
    completion_window: batch.completionWindow,
    status: batch.status,
    output_file_id: isOver && batch.completed > 0 ? batch.outputFileId : null,
    error_file_id: isOver && batch.failed > 0 ? batch.errorFileId : null,
    created_at: seconds(batch.createdAtMs),
    in_progress_at: orNull(times.inProgress),
    expires_at: seconds(batch.expiresAtMs),
    finalizing_at: orNull(times.finalizing),
    completed_at: orNull(times.completed),
    failed_at: orNull(times.failed),
    expired_at: orNull(times.expired),
    cancelling_at: orNull(times.cancelling),
    cancelled_at: orNull(times.cancelled),
    request_counts: { total: batch.total, completed: batch.completed, failed: batch.failed },
    metadata: batch.metadata ?? null,
  }
}

/** @param rows one more than asked for when there are more */
export function renderList<T extends { readonly id: string }>(rows: readonly T[], limit: number, render: (row: T) => object) {
  const shown = rows.slice(0, limit)
  return { object: 'list', data: shown.map(render), first_id: shown[0]?.id ?? null, last_id: shown.at(-1)?.id ?? null, has_more: rows.length > limit }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function orNull(ms: number | undefined): number | null {
  return ms === undefined ? null : seconds(ms)
}
