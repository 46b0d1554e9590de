// Lines on their way to stdout: bounded, written in batches, never in the way of the program.
import type { Writable } from 'node:stream'

export interface OutputQueueOptions {
  readonly stream: Writable
  readonly linesMax: number
  /** In characters, which are bytes for ASCII. */
  readonly bytesMax: number
  /** ms that lines are gathered before they are written together. Default 50. */
  readonly flushMs?: number
  /** Characters that are written without waiting for flushMs. Default 64 KiB. */
  readonly batchBytes?: number
  /** Bytes that are written at once, whole lines unless one alone is longer; for a stream that other processes write to as well. Default: no bound. */
  readonly writeBytesMax?: number
  /** The line that tells readers how many lines were dropped before it. */
  readonly renderDropped: (count: number) => string
}

const FLUSH_MS = 50
const BATCH_BYTES = 64 * 1024
/** Slots of taken lines at the front of the array; above it they are cut off. */
const TAKEN_MAX = 1024

/**
 * At most one batch is handed to the stream at a time; what comes meanwhile waits here, and above the bounds the oldest go.
 * A stream that fails for good (EPIPE) makes it drop and count everything.
 */
export class OutputQueue {
  readonly #options: Required<OutputQueueOptions>
  #lines: string[] = []
  #first = 0
  #bytes = 0
  #dropped = 0
  #droppedUntold = 0
  #writing = false
  #broken = false
  #timer: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []
  readonly #onError = (): void => this.#break()

  constructor(options: OutputQueueOptions) {
    this.#options = { flushMs: FLUSH_MS, batchBytes: Math.min(BATCH_BYTES, options.writeBytesMax ?? Infinity), writeBytesMax: Infinity, ...options }
    options.stream.on('error', this.#onError)
  }

  /** Lines lost since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** Lines that wait. */
  get waiting(): number {
    return this.#lines.length - this.#first
  }

  /** @param line without a line break at its end */
  write(line: string): void {
    if (this.#broken) {
      this.#dropped++
      return
    }
    this.#lines.push(line)
    this.#bytes += line.length + 1
    if (this.#bytes > this.#options.bytesMax || this.#lines.length - this.#first > this.#options.linesMax) this.#dropOldest()
    if (this.#writing) return
    if (this.#bytes >= this.#options.batchBytes) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), this.#options.flushMs)
  }

  /** Resolves when everything is written, or after `timeoutMs`; what is left then is dropped and counted. Idempotent. */
  async close(timeoutMs: number): Promise<void> {
    if (!this.#writing) this.#flush()
    if (this.#writing) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, timeoutMs)
      this.#idle.push(resolve)
      await promise
      clearTimeout(timer)
    }
    this.#break()
    this.#options.stream.off('error', this.#onError)
  }

  #dropOldest(): void {
    const { linesMax, bytesMax } = this.#options
    while (this.#first < this.#lines.length && (this.#bytes > bytesMax || this.#lines.length - this.#first > linesMax)) {
      this.#bytes -= (this.#lines[this.#first] as string).length + 1
      // Frees the text now; the slot goes with the next cut.
      this.#lines[this.#first] = ''
      this.#first++
      this.#dropped++
      this.#droppedUntold++
    }
    if (this.#first > TAKEN_MAX && this.#first * 2 > this.#lines.length) this.#cut()
  }

  #cut(): void {
    this.#lines = this.#lines.slice(this.#first)
    this.#first = 0
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#takeBatch()
    if (batch === '' || this.#broken) {
      this.#writing = false
      for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    this.#writing = true
    // The callback also comes with an error; then `error` has been emitted and the queue is broken.
    try {
      this.#options.stream.write(batch, () => this.#written())
    } catch {
      // A stream that throws is as good as gone; a timer must not take the process down for it.
      this.#dropped += batch.split('\n').length - 1
      this.#break()
    }
  }

  /** Small rests wait for company: a write of its own for every line would cost more than the line. */
  #written(): void {
    if (this.#idle.length > 0 || this.#broken || this.#bytes >= this.#options.batchBytes || this.#first === this.#lines.length) return this.#flush()
    this.#writing = false
    this.#timer ??= setTimeout(() => this.#flush(), this.#options.flushMs)
  }

  #takeBatch(): string {
    let batch = ''
    if (this.#droppedUntold > 0) {
      batch = `${this.#options.renderDropped(this.#droppedUntold)}\n`
      this.#droppedUntold = 0
    }
    while (this.#first < this.#lines.length && batch.length < this.#options.batchBytes) {
      const line = this.#lines[this.#first] as string
      if (batch !== '' && !this.#fits(batch, line)) break
      this.#first++
      this.#bytes -= line.length + 1
      batch += `${line}\n`
    }
    if (this.#first === this.#lines.length || this.#first > TAKEN_MAX) this.#cut()
    return batch
  }

  #fits(batch: string, line: string): boolean {
    const { writeBytesMax } = this.#options
    return writeBytesMax === Infinity || Buffer.byteLength(batch) + Buffer.byteLength(line) < writeBytesMax
  }

  #break(): void {
    if (this.#broken) return
    this.#broken = true
    clearTimeout(this.#timer)
    this.#dropped += this.#lines.length - this.#first
    this.#lines = []
    this.#first = 0
    this.#bytes = 0
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
