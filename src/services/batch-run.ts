// Sends the lines of one batch, a few at a time, and stores each result once, whatever interrupts it.
import type { Batch } from '../domain/batch.ts'
import { type BatchLine, parseBatchLine } from '../domain/batch-line.ts'
import { limits } from '../limits.ts'
import type { FilePart } from '../ports/batch-store.ts'
import { BatchLineRun, type LineResult } from './batch-line-run.ts'
import type { BatchKindDependencies, BatchPayload } from './batch-kind.ts'
import { readLines } from './batch-lines.ts'
import type { JobContext } from './job-kind.ts'
import { sleep } from './sleep.ts'

export type RunEnd = 'done' | 'expired' | 'cancelled' | 'no room'

type Context = Pick<JobContext<BatchPayload>, 'signal' | 'progress' | 'checkpoint'>

interface Result extends LineResult {
  readonly number: number
}

const CHECKPOINT_MS = 1_000
/** ms between two looks whether an upstream has room. */
const ROOM_MS = 100
const POSITIONS_AT_ONCE = 5_000

export class BatchRun {
  readonly #batch: Batch
  readonly #context: Context
  readonly #dependencies: BatchKindDependencies
  /** Ends the lines in flight: the run's own signal, or the batch was cancelled. */
  readonly #stop = new AbortController()
  readonly #inFlight = new Set<Promise<void>>()
  #waiting: Result[] = []
  #writing: Promise<void> | undefined
  #done = 0
  #isCancelled = false
  #isFull = false
  #fault: Error | undefined
  #bytes = { output: 0, error: 0 }
  #lastCheckpointMs = -Infinity

  constructor(batch: Batch, context: Context, dependencies: BatchKindDependencies) {
    this.#batch = batch
    this.#context = context
    this.#dependencies = dependencies
  }

  /** @throws the signal's reason, and StoreUnavailableError; what is stored then stays */
  async process(): Promise<RunEnd> {
    const { signal } = this.#context
    const abort = (): void => this.#stop.abort(signal.reason)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    const looking = setInterval(() => void this.#look(), limits.batchLookMs)
    try {
      await this.#sendAll()
    } finally {
      clearInterval(looking)
      signal.removeEventListener('abort', abort)
      if (this.#fault !== undefined) this.#stop.abort(this.#fault)
      await Promise.all(this.#inFlight)
      await this.#writing
    }
    signal.throwIfAborted()
    if (this.#fault !== undefined) throw this.#fault
    if (this.#isCancelled) return 'cancelled'
    if (this.#isFull) return 'no room'
    return this.#isExpired ? 'expired' : 'done'
  }

  get #isExpired(): boolean {
    return this.#dependencies.clock.nowMs() >= this.#batch.expiresAtMs
  }

  async #sendAll(): Promise<void> {
    const { files, sender, clock } = this.#dependencies
    const { inputFileId, endpoint } = this.#batch
    const known = await this.#knownLines()
    for await (const { number, text } of readLines(files.read(inputFileId))) {
      if (known.has(number)) continue
      const line = text === undefined ? undefined : parseBatchLine(text, endpoint)
      // Validated before; only a damaged database gets here.
      if (text === undefined || line === undefined || 'code' in line) throw new Error(`Line ${number} of the input of ${this.#batch.id} has changed`)
      if (!(await this.#place(line))) return
      const run = new BatchLineRun({ batch: this.#batch, number, line, text }, { sender, clock, signal: this.#stop.signal })
      const sent: Promise<void> = run.result().then(
        (result) => {
          this.#inFlight.delete(sent)
          if (result !== undefined) this.#store({ ...result, number })
        },
        (error: unknown) => {
          this.#inFlight.delete(sent)
          if (!this.#stop.signal.aborted) this.#fault ??= asError(error)
        },
      )
      this.#inFlight.add(sent)
    }
    await Promise.all(this.#inFlight)
  }

  /** Lines whose results are stored: of an earlier run. */
  async #knownLines(): Promise<ReadonlySet<number>> {
    const { store } = this.#dependencies
    const known = new Set<number>()
    for (const id of [this.#batch.outputFileId, this.#batch.errorFileId]) {
      for (let last = 0; ;) {
        const positions = await store.files.positions(id, last, POSITIONS_AT_ONCE)
        for (const position of positions) known.add(position)
        if (positions.length < POSITIONS_AT_ONCE) break
        last = positions.at(-1) as number
      }
    }
    this.#done = known.size
    this.#bytes = { output: await store.files.size(this.#batch.outputFileId), error: await store.files.size(this.#batch.errorFileId) }
    return known
  }

  /** Waits until the line may go out; false when no further one is to. */
  async #place({ target }: BatchLine): Promise<boolean> {
    const { sender } = this.#dependencies
    const { signal } = this.#stop
    for (;;) {
      if (signal.aborted || this.#isFull || this.#fault !== undefined) return false
      const isCrowded = this.#inFlight.size + this.#waiting.length >= limits.batchLinesParallel
      // Expired lines are not sent, so they need no room.
      if (!isCrowded && (this.#isExpired || sender.room(target.slug) > 0)) return true
      const ended: Promise<unknown>[] = isCrowded ? [...this.#inFlight, ...(this.#writing === undefined ? [] : [this.#writing])] : []
      await Promise.race([sleep(isCrowded ? limits.batchRetryMs : ROOM_MS, signal), ...ended])
    }
  }

  async #look(): Promise<void> {
    const { store } = this.#dependencies
    const batch = await store.batches.find(this.#batch.id).catch(() => this.#batch)
    if (batch !== undefined && batch.status !== 'cancelling') return
    this.#isCancelled = true
    this.#stop.abort(new Error('The batch was cancelled'))
  }

  /** Results that come while others are being written go together in the next transaction. */
  #store(result: Result): void {
    this.#waiting.push(result)
    this.#writing ??= this.#writeAll().catch((error: unknown) => {
      this.#fault ??= asError(error)
      this.#stop.abort(error)
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const results = this.#waiting.slice(0, limits.batchResultsAtOnce)
      await this.#write(results)
      this.#waiting = this.#waiting.slice(results.length)
      this.#done += results.length
      this.#context.progress(this.#done, this.#batch.total)
      await this.#checkpoint()
    }
    // In the same turn as the look above: what comes now begins anew.
    this.#writing = undefined
  }

  async #write(results: readonly Result[]): Promise<void> {
    const { store, files } = this.#dependencies
    const { id, outputFileId, errorFileId } = this.#batch
    const parts = (isError: boolean): FilePart[] =>
      results.filter((result) => result.isError === isError).map(({ number: position, text }) => ({ position, text: `${text}\n` }))
    const [output, errors] = [parts(false), parts(true)]
    const sizes = { output: this.#bytes.output + sizeOf(output), error: this.#bytes.error + sizeOf(errors) }
    await store.transaction(async (repositories) => {
      const completed = await repositories.files.addParts(outputFileId, output)
      const failed = await repositories.files.addParts(errorFileId, errors)
      await repositories.batches.count(id, completed.length, failed.length)
      await repositories.files.update(outputFileId, { status: 'uploading', bytes: sizes.output })
      await repositories.files.update(errorFileId, { status: 'uploading', bytes: sizes.error })
    })
    this.#bytes = sizes
    this.#isFull = !(await files.hasRoom())
  }

  /** With it, a run that is killed does not count as a failed one. */
  async #checkpoint(): Promise<void> {
    const { clock } = this.#dependencies
    if (this.#context.signal.aborted || clock.monotonicMs() - this.#lastCheckpointMs < CHECKPOINT_MS) return
    this.#lastCheckpointMs = clock.monotonicMs()
    await this.#context.checkpoint({ done: this.#done })
  }
}

/** Bytes in UTF-8. */
function sizeOf(parts: readonly FilePart[]): number {
  return parts.reduce((sum, { text }) => sum + new TextEncoder().encode(text).byteLength, 0)
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('A line failed', { cause: thrown })
}
