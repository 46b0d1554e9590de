// The kind of job that imports more keys than one answer should wait for, piece by piece, each piece once.
import { IMPORT_INVALID_MAX, type ImportedKey, type KeyImport } from '../domain/key-import-collector.ts'
import { GatewayError } from '../errors.ts'
import type { Job, Json } from '../ports/job-queue.ts'
import type { JobContext, JobKind } from './job-kind.ts'
import { PART_CHARS_MAX } from './job-parts.ts'
import { invalidPayload, payloadOf, type Jobs } from './jobs.ts'
import type { KeyImportAdmin, KeyImportResult } from './key-import-admin.ts'

export const KEY_IMPORT_KIND = 'key_import'

export interface KeyImportPayload {
  readonly upstream_id: string
  /** Lines that were not understood when the job was made. */
  readonly invalid: number
}

/** Keys of one piece: one transaction, and one breath between two others. */
const PIECE_KEYS = 1_000
/** Line numbers that are kept of each kind; the counts are true. */
const LINES_MAX = 200

type Counts = Pick<KeyImportResult, 'created' | 'duplicates' | 'invalid' | 'suspicious'>
interface State extends Counts {
  readonly parts: number
  readonly done: number
  readonly invalidLines: KeyImportResult['invalidLines']
  readonly duplicateLines: readonly number[]
  readonly suspiciousLines: readonly number[]
}

export function createKeyImportKind(imports: KeyImportAdmin): JobKind<KeyImportPayload> {
  return {
    name: KEY_IMPORT_KIND,
    perCluster: 2,
    validate: (payload) => {
      const { upstream_id: upstream, invalid } = payloadOf(payload, ['upstream_id', 'invalid'])
      if (typeof upstream !== 'string' || typeof invalid !== 'number') throw invalidPayload('', 'is made by POST /upstreams/:id/keys/import?background=true')
      return { upstream_id: upstream, invalid }
    },
    run: (context) => run(context, imports),
  }
}

/** Stores what was pasted, sealed, as a job. @throws GatewayError not_found, conflict, validation_failed when nothing could be read */
export async function startKeyImport(jobs: Jobs, imports: KeyImportAdmin, upstreamId: string, parsed: KeyImport, actor: string): Promise<Job> {
  if (parsed.keys.length === 0) throw new GatewayError('validation_failed', 'Nothing that was sent looks like a key. Try it with dry_run=true to see why.')
  await imports.findUpstream(upstreamId)
  const payload = { upstream_id: upstreamId, invalid: parsed.invalidCount }
  const parts = [...piecesOf(parsed.keys)]
  const { job } = await jobs.start({ kind: KEY_IMPORT_KIND, payload, createdBy: actor, total: parsed.keys.length, parts })
  return job
}

function* piecesOf(keys: readonly ImportedKey[]): Generator<string> {
  let piece: string[] = []
  let chars = 2
  for (const key of keys) {
    const text = JSON.stringify(key)
    if (piece.length === PIECE_KEYS || chars + text.length + 1 > PART_CHARS_MAX) {
      yield `[${piece.join(',')}]`
      piece = []
      chars = 2
    }
    piece.push(text)
    chars += text.length + 1
  }
  yield `[${piece.join(',')}]`
}

async function run(context: JobContext<KeyImportPayload>, imports: KeyImportAdmin): Promise<Json> {
  const { job, payload, signal } = context
  let state = (context.state as unknown as State | undefined) ?? firstState(payload)
  try {
    for (;;) {
      signal.throwIfAborted()
      const text = await context.findPart(state.parts)
      if (text === undefined) break
      const keys = JSON.parse(text) as readonly ImportedKey[]
      const piece: KeyImport = { keys, invalid: [], invalidCount: 0 }
      let isStored = false
      const next = (result: KeyImportResult): State => merge(state, result, keys.length)
      const result = await imports.importPiece(payload.upstream_id, piece, job.createdBy, async (partial, repositories) => {
        // In the transaction of the keys: a run that follows an interrupted one knows exactly which pieces are in.
        show(context, next(partial))
        await context.checkpoint(next(partial) as unknown as Json, repositories)
        isStored = true
      })
      state = next(result)
      show(context, state)
      if (!isStored) await context.checkpoint(state as unknown as Json)
    }
  } finally {
    // Also what an interrupted run has stored goes into rotation.
    if (state.created > 0) await imports.putInForce()
  }
  const { created, duplicates, invalid, suspicious, duplicateLines, invalidLines, suspiciousLines } = state
  return {
    ...{ created, duplicates, invalid, suspicious, duplicate_lines: duplicateLines, suspicious_lines: suspiciousLines },
    invalid_lines: invalidLines.map(({ line, reason }) => ({ line, reason })),
  }
}

function show(context: JobContext<KeyImportPayload>, state: State): void {
  context.progress(state.done, undefined, `${state.created} new, ${state.duplicates} known`)
}

function firstState({ invalid }: KeyImportPayload): State {
  return { ...{ parts: 0, done: 0, created: 0, duplicates: 0, suspicious: 0 }, invalid, invalidLines: [], duplicateLines: [], suspiciousLines: [] }
}

function merge(state: State, result: KeyImportResult, keys: number): State {
  const lines = <T>(old: readonly T[], fresh: readonly T[]): readonly T[] => [...old, ...fresh].slice(0, Math.min(LINES_MAX, IMPORT_INVALID_MAX))
  return {
    parts: state.parts + 1,
    done: state.done + keys,
    created: state.created + result.created,
    duplicates: state.duplicates + result.duplicates,
    invalid: state.invalid + result.invalid,
    suspicious: state.suspicious + result.suspicious,
    duplicateLines: lines(state.duplicateLines, result.duplicateLines),
    invalidLines: lines(state.invalidLines, result.invalidLines),
    suspiciousLines: lines(state.suspiciousLines, result.suspiciousLines),
  }
}
