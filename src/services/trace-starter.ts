// Begins or joins the trace of every exchange, and decides which ones are recorded.
import type { HeaderList } from '../domain/message.ts'
import { findTraceParent } from '../domain/trace-context.ts'
import type { TraceContext } from '../ports/exchange-record.ts'
import type { Random } from '../ports/random.ts'

export interface Sampling {
  /** Share of the traces that begin here. */
  readonly ratio: number
  /** Whoever began a trace has decided for all of it; false = the ratio decides, and all replicas of a gateway decide alike. */
  readonly followsParent: boolean
}

/** Bytes of randomness that are fetched at once: one call for some 85 exchanges. */
const POOL_BYTES = 2_048
const TRACE_CHARS = 32
const SPAN_CHARS = 16
/** Of the trace id's end, which the standard wants to be random. */
const RATIO_CHARS = 8
const ZEROS = '0'.repeat(TRACE_CHARS)

export class TraceStarter {
  readonly #random: Random
  readonly #sampling: Sampling
  /** Trace ids whose last digits are below it are recorded. */
  readonly #below: number
  #pool = ''
  #taken = 0

  constructor(random: Random, sampling: Sampling) {
    this.#random = random
    this.#sampling = sampling
    this.#below = Math.round(sampling.ratio * 2 ** (4 * RATIO_CHARS))
  }

  begin(headers: HeaderList): TraceContext {
    const parent = findTraceParent(headers)
    const spanId = this.#hex(SPAN_CHARS)
    if (parent === undefined) {
      const traceId = this.#hex(TRACE_CHARS)
      return { traceId, spanId, parentSpanId: '', isSampled: this.isChosen(traceId) }
    }
    const isSampled = this.#sampling.followsParent ? parent.isSampled : this.isChosen(parent.traceId)
    return { traceId: parent.traceId, spanId, parentSpanId: parent.spanId, isSampled }
  }

  /** What the ratio says, whatever a parent said. */
  isChosen(traceId: string): boolean {
    return Number.parseInt(traceId.slice(-RATIO_CHARS), 16) < this.#below
  }

  #hex(chars: number): string {
    if (this.#taken + chars > this.#pool.length) {
      this.#pool = this.#random.bytes(POOL_BYTES).toString('hex')
      this.#taken = 0
    }
    const text = this.#pool.slice(this.#taken, (this.#taken += chars))
    // All zero means "none".
    return ZEROS.startsWith(text) ? this.#hex(chars) : text
  }
}
