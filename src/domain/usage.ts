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
