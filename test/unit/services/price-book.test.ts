// What answers cost: cache tiers, steps, days and hours, the operator's own prices, and the built-in table held against its source.
import { describe, expect, test } from '@jest/globals'
import { calcPrice } from '@pydantic/genai-prices'
import type { DatedPrice, PriceTable } from '../../../src/domain/model-prices.ts'
import { parsePriceFile } from '../../../src/domain/price-file.ts'
import { NO_USAGE } from '../../../src/domain/usage.ts'
import { BUILT_IN_PRICES, PRICES_DAY } from '../../../src/infrastructure/prices/built-in-prices.ts'
import { limits } from '../../../src/limits.ts'
import { PriceBook } from '../../../src/services/price-book.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

function bookOf(...prices: readonly DatedPrice[]): PriceBook {
  return new PriceBook([{ openai: [{ models: ['gpt-x', 'gpt-x-2026*'], prices }] }])
}

describe('a price', () => {
  test('counts fresh, cached and written input, and output, each at its own rate', () => {
    const book = bookOf({ input: 1, output: 8, cacheRead: 0.1, cacheWrite: 1.25 })
    const usage = { input: 1_000, output: 100, cacheRead: 600, cacheWrite: 200, reasoning: 50 }
    expect(book.costOf('openai', 'gpt-x', usage, NOON)).toBe(200 * 1 + 600 * 0.1 + 200 * 1.25 + 100 * 8)
  })

  test('takes cached input for other input when it says nothing about it', () => {
    expect(bookOf({ input: 2, output: 0 }).costOf('openai', 'gpt-x', { ...NO_USAGE, input: 10, cacheRead: 4, cacheWrite: 3 }, NOON)).toBe(20)
  })

  test('has steps by the length of the input, for all tokens at once', () => {
    const step = (base: number, price: number): DatedPrice['input'] => ({ base, above: [[200_000, price]] })
    const book = bookOf({ input: step(1, 2), output: step(10, 15) })
    expect(book.costOf('openai', 'gpt-x', { ...NO_USAGE, input: 200_000, output: 1_000 }, NOON)).toBe(200_000 + 10_000)
    expect(book.costOf('openai', 'gpt-x', { ...NO_USAGE, input: 200_001, output: 1_000 }, NOON)).toBe(400_002 + 15_000)
  })

  test('holds from its day on, and in its hours', () => {
    const usage = { ...NO_USAGE, input: 1 }
    const dated = bookOf({ input: 1, output: 0 }, { from: '2026-11-21', input: 2, output: 0 })
    expect(dated.costOf('openai', 'gpt-x', usage, Date.UTC(2026, 10, 20, 23, 59, 59, 999))).toBe(1)
    expect(dated.costOf('openai', 'gpt-x', usage, Date.UTC(2026, 10, 21))).toBe(2)
    const nightly = bookOf({ input: 4, output: 0 }, { hours: '16:30-00:30', input: 1, output: 0 })
    const at = (hour: number, minute: number): number | undefined => nightly.costOf('openai', 'gpt-x', usage, Date.UTC(2026, 10, 21, hour, minute))
    expect([at(0, 29), at(0, 30), at(16, 29), at(16, 30), at(23, 59)]).toEqual([1, 4, 4, 1, 1])
    const future = bookOf({ from: '2027-01-01', input: 1, output: 0 })
    expect(future.costOf('openai', 'gpt-x', usage, NOON)).toBeUndefined()
  })

  test('is found by name and pattern, whatever the case and however the vendor begins it; others have none', () => {
    const book = bookOf({ input: 1, output: 0 })
    const usage = { ...NO_USAGE, input: 7 }
    for (const model of ['gpt-x', 'GPT-X', 'models/gpt-x', 'gpt-x-2026-11-01']) expect([model, book.costOf('openai', model, usage, NOON)]).toEqual([model, 7])
    for (const model of ['', 'gpt-x-mini', 'constructor', '__proto__']) expect([model, book.costOf('openai', model, usage, NOON)]).toEqual([model, undefined])
    for (const adapter of ['anthropic', 'constructor', '__proto__']) expect(book.costOf(adapter, 'gpt-x', usage, NOON)).toBeUndefined()
  })

  test('is a whole number, and nothing is nothing', () => {
    expect(bookOf({ input: 0.05, output: 0.4 }).costOf('openai', 'gpt-x', { ...NO_USAGE, input: 3, output: 1 }, NOON)).toBe(1)
    expect(bookOf({ input: 5, output: 5 }).costOf('openai', 'gpt-x', NO_USAGE, NOON)).toBe(0)
  })
})

describe('the book', () => {
  test('asks the operator first, and the built-in prices where that one has none in force', () => {
    const own: PriceTable = {
      openai: [{ models: ['gpt-4o'], prices: [{ from: '2027-01-01', input: 100, output: 100 }] }],
      '*': [{ models: ['gpt-4o-mini'], prices: [{ input: 7, output: 7 }] }],
    }
    const book = new PriceBook([own, BUILT_IN_PRICES])
    const usage = { ...NO_USAGE, input: 1_000_000 }
    expect(book.costOf('openai', 'gpt-4o', usage, NOON)).toBe(2_500_000)
    expect(book.costOf('openai', 'gpt-4o', usage, Date.UTC(2027, 0, 1))).toBe(100_000_000)
    expect(book.costOf('openai', 'gpt-4o-mini', usage, NOON)).toBe(7_000_000)
    expect(book.costOf('vllm', 'gpt-4o-mini', usage, NOON)).toBe(7_000_000)
  })

  test('forgets instead of growing when clients invent names', () => {
    const book = bookOf({ input: 1, output: 0 })
    for (let i = 0; i < 3 * limits.pricedModelsMax; i++) book.costOf('openai', `invented-${i}`, NO_USAGE, NOON)
    expect(book.remembered).toBeLessThanOrEqual(limits.pricedModelsMax)
    expect(book.costOf('openai', 'gpt-x', { ...NO_USAGE, input: 1 }, NOON)).toBe(1)
  })
})

describe('the built-in prices', () => {
  const book = new PriceBook([BUILT_IN_PRICES])
  const PROVIDERS: Readonly<Record<string, string>> = {
    openai: 'openai',
    anthropic: 'anthropic',
    gemini: 'google',
    deepseek: 'deepseek',
    mistral: 'mistral',
    groq: 'groq',
    openrouter: 'openrouter',
    xai: 'x-ai',
  }

  test('have a day', () => {
    expect(PRICES_DAY).toMatch(/^\d{4}-\d{2}-\d{2}$/)
  })

  test('say the same as their source, for every model that has a plain name', () => {
    const usages = [
      { input: 1_000, output: 500, cacheRead: 200, cacheWrite: 100, reasoning: 0 },
      { input: 500_000, output: 10_000, cacheRead: 300_000, cacheWrite: 0, reasoning: 0 },
    ]
    let compared = 0
    const different: unknown[] = []
    for (const [adapter, providerId] of Object.entries(PROVIDERS)) {
      const names = (BUILT_IN_PRICES[adapter] ?? []).flatMap(({ models }) => models.filter((name) => /^[^*/]+$/.test(name)))
      for (const name of names)
        for (const { input, output, cacheRead, cacheWrite } of usages) {
          const theirs = calcPrice({ input_tokens: input, output_tokens: output, cache_read_tokens: cacheRead, cache_write_tokens: cacheWrite }, name, {
            providerId,
            timestamp: new Date(NOON),
          })
          // What is also paid per request or per reasoning token is not in this table.
          if (theirs === null || 'requests_kcount' in theirs.model_price || 'output_reasoning_mtok' in theirs.model_price) continue
          const ours = book.costOf(adapter, name, { input, output, cacheRead, cacheWrite, reasoning: 0 }, NOON)
          compared++
          if (ours !== Math.round(theirs.total_price * 1e6)) different.push({ adapter, name, ours, theirs: theirs.total_price * 1e6 })
        }
    }
    expect(compared).toBeGreaterThan(800)
    expect(different).toEqual([])
  })
})

describe('a price file', () => {
  const parse = (value: unknown): ReturnType<typeof parsePriceFile> =>
    parsePriceFile(typeof value === 'string' ? value : JSON.stringify(value), (name) => name === 'openai')

  test('gives prices by adapter and model; later days count', () => {
    const rows = [
      { adapter: 'openai', models: ['Own-*'], from: '2026-12-01', input: 3, output: 3 },
      { adapter: 'openai', models: ['Own-*'], input: 1, output: 2, cache_read: 0.5, cache_write: 1.5, note: 'as agreed' },
      { models: 'local', hours: '22:00-06:00', input: 0, output: 0 },
    ]
    const { table, problems } = parse({ prices: rows })
    expect(problems).toEqual([])
    const book = new PriceBook([table])
    const usage = { input: 100, output: 10, cacheRead: 50, cacheWrite: 20, reasoning: 0 }
    expect(book.costOf('openai', 'own-1', usage, NOON)).toBe(30 * 1 + 50 * 0.5 + 20 * 1.5 + 10 * 2)
    expect(book.costOf('openai', 'own-1', usage, Date.UTC(2026, 11, 1))).toBe(330)
    expect(book.costOf('anything', 'LOCAL', usage, Date.UTC(2026, 0, 1, 23))).toBe(0)
  })

  test.each([
    ['not JSON', '{', /is not JSON/],
    ['no list', {}, /has no list "prices"\. Write \{"prices":/],
    ['no object', { prices: [7] }, /prices\[0\] is not an object/],
    ['an unknown member', { prices: [{ models: ['a'], input: 1, output: 1, outputs: 2 }] }, /prices\[0\]\.outputs is not known/],
    ['an unknown adapter', { prices: [{ adapter: 'opnai', models: ['a'], input: 1, output: 1 }] }, /prices\[0\]\.adapter is no adapter/],
    ['no models', { prices: [{ models: [], input: 1, output: 1 }] }, /prices\[0\]\.models is not a list of names/],
    ['a bad day', { prices: [{ models: ['a'], from: '2026-13-01', input: 1, output: 1 }] }, /prices\[0\]\.from is not a day/],
    ['bad hours', { prices: [{ models: ['a'], hours: '9-17', input: 1, output: 1 }] }, /prices\[0\]\.hours are not two times/],
    ['no output', { prices: [{ models: ['a'], input: 1 }] }, /prices\[0\]\.output is not a price/],
    ['a negative price', { prices: [{ models: ['a'], input: 1, output: 1, cache_read: -1 }] }, /prices\[0\]\.cache_read is not a price/],
  ])('with %s is refused, and says where', (_name, value, problem) => {
    const { table, problems } = parse(value)
    expect(table).toEqual({})
    expect(problems).toEqual([expect.stringMatching(problem)])
  })
})
