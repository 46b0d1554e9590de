// What an answer consumed: a meter that looks at the bytes beside the relay, and waits for nobody.
import type { MeteredAnswer, MeterReading, UsageMeter } from '../domain/usage.ts'
import { completeReading } from '../domain/usage.ts'
import { limits } from '../limits.ts'
import { UnpackedCopy } from './unpacked-copy.ts'
import type { VendorAnswer } from './vendor-answer.ts'

const UNREAD: MeterReading = { model: '', usage: undefined, isFinal: false, uncountedBytes: 0 }

export class Metering {
  readonly #meter: UsageMeter
  /** undefined when the answer is plain. */
  readonly #copy: UnpackedCopy | undefined
  #hasFailed = false

  constructor(meter: UsageMeter, copy: UnpackedCopy | undefined) {
    this.#meter = meter
    this.#copy = copy
  }

  take(chunk: Buffer): void {
    if (this.#hasFailed) return
    try {
      if (this.#copy === undefined) this.#meter.take(chunk)
      else this.#copy.take(chunk)
    } catch {
      // Counting must never cost a client its answer.
      this.#hasFailed = true
    }
  }

  /**
   * Calls `done` once: at once for a plain answer, and as soon as what came of it is unpacked for a packed one.
   * @param isWhole the answer came to its end
   */
  end(isWhole: boolean, requestBytes: number, done: (metered: MeteredAnswer) => void): void {
    const settle = (hasAll: boolean): void => done(completeReading(this.#read(isWhole && hasAll), requestBytes))
    if (this.#copy === undefined) settle(true)
    else this.#copy.end(settle)
  }

  #read(isWhole: boolean): MeterReading {
    if (this.#hasFailed) return UNREAD
    try {
      return this.#meter.end(isWhole)
    } catch {
      return UNREAD
    }
  }
}

/** Begins meterings; one per process. */
export class AnswerMeters {
  #copies = 0

  /** undefined when the endpoint consumes no tokens, or the answer is no success. */
  begin(method: string, path: string, { adapter, status, headers, isEventStream }: VendorAnswer): Metering | undefined {
    if (method !== 'POST' || status >= 300) return undefined
    const meter = adapter.createMeter?.(path, isEventStream)
    if (meter === undefined) return undefined
    const encoding = headers['content-encoding']
    return new Metering(meter, encoding === undefined || encoding === 'identity' ? undefined : this.#unpack(encoding, meter))
  }

  #unpack(encoding: string | readonly string[], meter: UsageMeter): UnpackedCopy {
    const mayUnpack = this.#copies < limits.unpackedCopiesMax
    if (mayUnpack) this.#copies++
    return new UnpackedCopy(
      mayUnpack ? encoding : 'unread',
      (chunk) => meter.take(chunk),
      () => {
        if (mayUnpack) this.#copies--
      },
    )
  }
}
