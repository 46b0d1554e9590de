// Prices of models by vendor: the operator's own first, then those that come with the product.
import { Glob } from '../domain/glob.ts'
import { costOf, type DatedPrice, priceAt, type PriceTable } from '../domain/model-prices.ts'
import type { TokenUsage } from '../domain/usage.ts'
import { limits } from '../limits.ts'

interface PriceEntry {
  readonly matches: (model: string) => boolean
  readonly prices: readonly DatedPrice[]
}

export class PriceBook {
  readonly #tables: readonly PriceTable[]
  /** Made when an adapter is asked about for the first time. */
  readonly #entries = new Map<string, readonly (readonly PriceEntry[])[]>()
  /** What was found, by adapter and model: one list per table that knows the model. */
  readonly #found = new Map<string, Map<string, readonly (readonly DatedPrice[])[]>>()
  #foundCount = 0

  /** @param tables the first one that has a price in force counts */
  constructor(tables: readonly PriceTable[]) {
    this.#tables = tables
  }

  /**
   * Millionths of a US dollar; undefined when nobody knows the price.
   * @param model as the vendor calls it
   * @param atMs epoch ms
   */
  costOf(adapter: string, model: string, usage: TokenUsage, atMs: number): number | undefined {
    for (const prices of this.#pricesOf(adapter, model)) {
      const price = priceAt(prices, atMs)
      if (price !== undefined) return costOf(price, usage)
    }
    return undefined
  }

  /** Models whose prices are remembered. */
  get remembered(): number {
    return this.#foundCount
  }

  #pricesOf(adapter: string, model: string): readonly (readonly DatedPrice[])[] {
    let byModel = this.#found.get(adapter)
    if (byModel === undefined) {
      byModel = new Map<string, readonly (readonly DatedPrice[])[]>()
      this.#found.set(adapter, byModel)
    }
    const known = byModel.get(model)
    if (known !== undefined) return known
    // Models are names from outside: the memory of them starts afresh instead of growing.
    if (this.#foundCount >= limits.pricedModelsMax) {
      for (const models of this.#found.values()) models.clear()
      this.#foundCount = 0
    }
    const found = this.#find(adapter, plainName(model))
    byModel.set(model, found)
    this.#foundCount++
    return found
  }

  #find(adapter: string, model: string): readonly (readonly DatedPrice[])[] {
    if (model === '') return []
    return this.#entriesOf(adapter).flatMap((entries) => {
      const entry = entries.find(({ matches }) => matches(model))
      return entry === undefined ? [] : [entry.prices]
    })
  }

  #entriesOf(adapter: string): readonly (readonly PriceEntry[])[] {
    let entries = this.#entries.get(adapter)
    if (entries === undefined) {
      entries = this.#tables.map((table) => {
        const own = Object.hasOwn(table, adapter) ? (table[adapter] ?? []) : []
        return [...own, ...(table['*'] ?? [])].map(({ models, prices }) => ({ matches: createMatch(models), prices }))
      })
      this.#entries.set(adapter, entries)
    }
    return entries
  }
}

/** Some vendors put the kind of thing before the name. */
function plainName(model: string): string {
  return model.toLowerCase().replace(/^models\//, '')
}

function createMatch(models: readonly string[]): (model: string) => boolean {
  const names = new Set(models.filter((pattern) => !isExpression(pattern) && !pattern.includes('*')))
  const globs = models.filter((pattern) => !isExpression(pattern) && pattern.includes('*')).map((pattern) => new Glob(pattern))
  const expressions = models.filter(isExpression).map((pattern) => new RegExp(pattern.slice(1, -1)))
  return (model) => names.has(model) || globs.some((glob) => glob.matches(model)) || expressions.some((expression) => expression.test(model))
}

function isExpression(pattern: string): boolean {
  return pattern.length > 1 && pattern.startsWith('/') && pattern.endsWith('/')
}
