// What tokens of a model cost, when, and what follows for one answer.
import type { TokenUsage } from './usage.ts'

/** US dollars per million tokens. With steps, the price of the highest step that the input exceeds is that of all tokens. */
export type Rate = number | { readonly base: number; readonly above: readonly (readonly [inputTokens: number, price: number])[] }

export interface DatedPrice {
  /** UTC day from which it holds, `2026-03-13`; absent = always. */
  readonly from?: string
  /** UTC hours in which it holds, `00:30-16:30`; absent = all day. */
  readonly hours?: string
  readonly input: Rate
  readonly output: Rate
  /** Absent: the vendor takes what other input costs. */
  readonly cacheRead?: Rate
  readonly cacheWrite?: Rate
}

/** Prices of models with one name, or one kind of name; of those that hold, the last one counts. */
export interface ModelPrices {
  /** `*` is any run of characters; one between slashes is a regular expression. Lower case. */
  readonly models: readonly string[]
  readonly prices: readonly DatedPrice[]
}

/** By adapter; `*` = any. In each list the first entry that knows a model counts. */
export type PriceTable = Readonly<Record<string, readonly ModelPrices[]>>

const MS_PER_DAY = 86_400_000
const MS_PER_MINUTE = 60_000

/** The last price that holds; undefined when none does. @param atMs epoch ms */
export function priceAt(prices: readonly DatedPrice[], atMs: number): DatedPrice | undefined {
  for (let i = prices.length - 1; i >= 0; i--) {
    const price = prices[i] as DatedPrice
    if ((price.from === undefined || atMs >= Date.parse(price.from)) && (price.hours === undefined || isWithin(price.hours, atMs))) return price
  }
  return undefined
}

/** Across midnight when the end comes before the beginning. */
function isWithin(hours: string, atMs: number): boolean {
  const [from = 0, until = 0] = hours.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)))
  const minute = Math.floor((atMs % MS_PER_DAY) / MS_PER_MINUTE)
  return until < from ? minute >= from || minute < until : minute >= from && minute < until
}

/** Millionths of a US dollar: a token at a dollar per million costs one. Whole. */
export function costOf(price: DatedPrice, { input, output, cacheRead, cacheWrite }: TokenUsage): number {
  const rate = (given: Rate): number => rateFor(given, input)
  const fresh = rate(price.input)
  const read = price.cacheRead === undefined ? fresh : rate(price.cacheRead)
  const written = price.cacheWrite === undefined ? fresh : rate(price.cacheWrite)
  return Math.round((input - cacheRead - cacheWrite) * fresh + cacheRead * read + cacheWrite * written + output * rate(price.output))
}

function rateFor(rate: Rate, input: number): number {
  if (typeof rate === 'number') return rate
  let found = rate.base
  for (const [above, price] of rate.above) if (input > above) found = price
  return found
}
