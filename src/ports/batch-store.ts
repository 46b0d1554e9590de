// Where the files and batches of clients are kept.
import type { Batch, BatchStatus, ClientFile, FileStatus } from '../domain/batch.ts'

/** A part of a file; parts stand in the order of their positions, which may have gaps. */
export interface FilePart {
  /** From 1. */
  readonly position: number
  readonly text: string
}

export interface FileListing {
  /** Newest first, or oldest first. */
  readonly order: 'asc' | 'desc'
  readonly limit: number
  /** Id of the last one that was seen. */
  readonly after?: string | undefined
  readonly purpose?: string | undefined
}

export interface FileRepository {
  insert(file: ClientFile): Promise<void>
  find(id: string): Promise<ClientFile | undefined>
  /** Processed files of one owner that have not expired. */
  listOf(owner: string, listing: FileListing, nowMs: number): Promise<readonly ClientFile[]>
  /** Bytes of all files, reserved ones included; files of one owner. */
  usage(owner: string): Promise<{ readonly bytes: number; readonly files: number }>
  update(id: string, change: Partial<Pick<ClientFile, 'filename' | 'purpose' | 'bytes' | 'expiresAtMs'>> & { readonly status: FileStatus }): Promise<void>
  /** Adds parts whose positions are not taken; the others are left out. @returns the positions that were added */
  addParts(fileId: string, parts: readonly FilePart[]): Promise<readonly number[]>
  /** The next positions behind `after`, at most `limit`. */
  positions(fileId: string, after: number, limit: number): Promise<readonly number[]>
  /** Bytes of all parts. */
  size(fileId: string): Promise<number>
  /** The next parts behind `after`, together about limits.filePieceBytes; undefined at the end. */
  read(fileId: string, after: number): Promise<{ readonly text: string; readonly last: number } | undefined>
  /** The file with its parts, in bounded steps; false when there is none. Not inside a transaction. */
  remove(id: string): Promise<boolean>
  listExpired(nowMs: number, limit: number): Promise<readonly string[]>
}

export interface BatchRepository {
  insert(batch: Batch): Promise<void>
  find(id: string): Promise<Batch | undefined>
  /** Newest first. */
  listOf(owner: string, limit: number, after: string | undefined): Promise<readonly Batch[]>
  /** Batches of one owner that are not over. */
  countOpen(owner: string): Promise<number>
  /** Whether a batch that is not over reads from this file. */
  isReading(fileId: string): Promise<boolean>
  /** Oldest first. */
  listOpen(limit: number): Promise<readonly Batch[]>
  /** Replaces status, faults, counts and times; false when the stored status is none of `from`. */
  update(batch: Batch, from: readonly BatchStatus[]): Promise<boolean>
  /** Adds to the counts. */
  count(id: string, completed: number, failed: number): Promise<void>
  /** Batches that ended before then. @returns how many were removed */
  removeEnded(beforeMs: number): Promise<number>
}
