// The tables of files and batches, as Kysely sees them.
import type { BatchStatus, FilePurpose, FileStatus } from '../../domain/batch.ts'

export interface FileRow {
  id: string
  owner: string
  filename: string
  purpose: FilePurpose
  status: FileStatus
  bytes: number
  created_at_ms: number
  expires_at_ms: number
}

export interface FilePartRow {
  file_id: string
  position: number
  bytes: number
  content: string
}

export interface BatchRow {
  id: string
  owner: string
  endpoint: string
  input_file_id: string
  output_file_id: string
  error_file_id: string
  completion_window: string
  metadata: string | null
  status: BatchStatus
  faults: string
  total: number
  completed: number
  failed: number
  created_at_ms: number
  expires_at_ms: number
  times: string
}
