// A batch: a list of requests that a client leaves here to be done in the background, and the files that carry requests and results.

/** `uploading` until the last byte is stored; only `processed` files are shown. */
export type FileStatus = 'uploading' | 'processed'
/** `batch`: a list of requests; `batch_output`: results, or the errors among them. */
export type FilePurpose = 'batch' | 'batch_output'

export interface ClientFile {
  readonly id: string
  /** Who may see it, see ownerOf. */
  readonly owner: string
  readonly filename: string
  readonly purpose: FilePurpose
  readonly status: FileStatus
  /** Stored, or reserved while it is being uploaded. */
  readonly bytes: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export type BatchStatus = 'validating' | 'failed' | 'in_progress' | 'finalizing' | 'completed' | 'expired' | 'cancelling' | 'cancelled'

/** Why a whole batch failed, as the client reads it. `line` counts from 1. */
export interface BatchFault {
  readonly code: string
  readonly message: string
  readonly line?: number | undefined
  readonly param?: string | undefined
}

/** Epoch ms at which a batch came into a state; absent = it has not been there. */
export interface BatchTimes {
  readonly inProgress?: number | undefined
  readonly finalizing?: number | undefined
  readonly completed?: number | undefined
  readonly failed?: number | undefined
  readonly expired?: number | undefined
  readonly cancelling?: number | undefined
  readonly cancelled?: number | undefined
}

export interface Batch {
  readonly id: string
  readonly owner: string
  /** The path that its lines ask for. */
  readonly endpoint: string
  readonly inputFileId: string
  /** Made with the first line; kept only when something is in them. */
  readonly outputFileId: string
  readonly errorFileId: string
  /** As the client wrote it: `24h`. */
  readonly completionWindow: string
  readonly metadata: Readonly<Record<string, string>> | undefined
  readonly status: BatchStatus
  readonly faults: readonly BatchFault[]
  /** Lines in all; 0 until they are counted. */
  readonly total: number
  /** Lines with a result in the output file, and in the error file. */
  readonly completed: number
  readonly failed: number
  readonly createdAtMs: number
  /** What is not done then is given up. */
  readonly expiresAtMs: number
  readonly times: BatchTimes
}

const ENDED: ReadonlySet<BatchStatus> = new Set(['failed', 'completed', 'expired', 'cancelled'])

export function isBatchOver(status: BatchStatus): boolean {
  return ENDED.has(status)
}
