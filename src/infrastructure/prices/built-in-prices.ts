// The prices that come with the product: dated, and made by scripts/generate-prices.ts.
import type { PriceTable } from '../../domain/model-prices.ts'
import table from './built-in-prices.json' with { type: 'json' }

/** UTC day of the prices. */
export const PRICES_DAY: string = table.day
export const PRICES_SOURCE: string = table.source
export const BUILT_IN_PRICES = table.adapters as unknown as PriceTable
