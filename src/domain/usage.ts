// What a model's answer consumed, counted by its vendor or, where the vendor says nothing, estimated by us.

/** Whole numbers from 0. */
export interface TokenUsage {
  /** All tokens that went in, those read from and written to the vendor's cache included. */
  readonly input: number
  /** All tokens that came out, reasoning included. */
  readonly output: number
  /** Part of `input` that the vendor had in its cache. */
  readonly cacheRead: number
  /** Part of `input` that the vendor put into its cache. */
  readonly cacheWrite: number
  /** Part of `output` that the client does not see. */
  readonly reasoning: number
}

export const NO_USAGE: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }

/** What a meter read from one answer. */
export interface MeteredAnswer {
  /** The model that answered, in the vendor's words; empty when the answer does not say. */
  readonly model: string
  readonly usage: TokenUsage
  /** The vendor gave no figures (or the answer broke off before they came): counted from bytes. */
  readonly isEstimated: boolean
}

/** What a request counts towards budgets and token limits. */
export function totalTokens({ input, output }: TokenUsage): number {
  return input + output
}

/** Watches the bytes of one answer go by: it never holds them up, and keeps a bounded rest of them. */
export interface UsageMeter {
  take(chunk: Buffer): void
  /** @param isWhole the answer came to its end; false when it broke off or the client left */
  end(isWhole: boolean): MeterReading
}

export interface MeterReading {
  /** Empty when the answer does not say. */
  readonly model: string
  /** As far as the vendor counted; undefined when it gave no figures. */
  readonly usage: TokenUsage | undefined
  /** The vendor's figures are its last word. */
  readonly isFinal: boolean
  /** Bytes of text that the vendor's figures do not contain. */
  readonly uncountedBytes: number
}

/** A token of English text or code has about four bytes; of other scripts more, in fewer characters. */
const BYTES_PER_TOKEN = 4

export function estimateTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** Fills what the vendor did not say. @param requestBytes stand for the input when nobody counted it */
export function completeReading({ model, usage, isFinal, uncountedBytes }: MeterReading, requestBytes: number): MeteredAnswer {
  if (usage !== undefined && isFinal && uncountedBytes === 0) return { model, usage, isEstimated: false }
  const counted = usage ?? { ...NO_USAGE, input: estimateTokens(requestBytes) }
  return { model, usage: { ...counted, output: counted.output + estimateTokens(uncountedBytes) }, isEstimated: true }
}
