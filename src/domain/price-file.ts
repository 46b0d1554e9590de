// The operator's own prices: a JSON file, read at the start and held against its rules.
import { limits } from '../limits.ts'
import type { DatedPrice, PriceTable } from './model-prices.ts'

export interface PriceFile {
  readonly table: PriceTable
  /** What is wrong, each with where it is and what to write; empty when all is well. */
  readonly problems: readonly string[]
}

interface Row {
  readonly adapter: string
  readonly models: readonly string[]
  readonly price: DatedPrice
}

type Fields = Readonly<Record<string, unknown>>

const MEMBERS = new Set(['adapter', 'models', 'from', 'hours', 'input', 'output', 'cache_read', 'cache_write', 'note'])
const DAY = /^\d{4}-\d{2}-\d{2}$/
const HOURS = /^(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d$/
/** US dollars per million tokens; a hundred times what anybody ever asked. */
const PRICE_MAX = 100_000
const PROBLEMS_MAX = 20
const EXAMPLE = '{"prices":[{"models":["my-model*"],"input":1.25,"output":10}]}'

/** @param text `{"prices":[{"adapter","models","from","hours","input","output","cache_read","cache_write"}]}` */
export function parsePriceFile(text: string, isAdapter: (name: string) => boolean): PriceFile {
  const problems: string[] = []
  const rows = readRows(text, problems).flatMap((value, index) => {
    const row = readRow(value, `prices[${index}]`, isAdapter, problems)
    return row === undefined ? [] : [row]
  })
  return { table: problems.length > 0 ? {} : createTable(rows), problems: problems.slice(0, PROBLEMS_MAX) }
}

function readRows(text: string, problems: string[]): readonly unknown[] {
  if (text.length > limits.priceFileCharsMax) return say(problems, `has more than ${limits.priceFileCharsMax} characters`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return say(problems, `is not JSON (${(error as Error).message.slice(0, 120)})`)
  }
  const rows = isFields(parsed) ? parsed['prices'] : undefined
  if (!Array.isArray(rows)) return say(problems, `has no list "prices". Write ${EXAMPLE}`)
  return rows.length > limits.priceRowsMax ? say(problems, `has more than ${limits.priceRowsMax} prices`) : (rows as unknown[])
}

function say(problems: string[], problem: string): [] {
  problems.push(problem)
  return []
}

function readRow(value: unknown, at: string, isAdapter: (name: string) => boolean, problems: string[]): Row | undefined {
  const before = problems.length
  if (!isFields(value)) return void problems.push(`${at} is not an object. Write ${EXAMPLE}`)
  for (const name of Object.keys(value)) if (!MEMBERS.has(name)) problems.push(`${at}.${name.slice(0, 40)} is not known. Known are ${[...MEMBERS].join(', ')}.`)
  const { adapter = '*', models, from, hours } = value
  if (typeof adapter !== 'string' || (adapter !== '*' && !isAdapter(adapter)))
    problems.push(`${at}.adapter is no adapter. Leave it out for all, or write one of docs/adapters.md.`)
  const names = typeof models === 'string' ? [models] : models
  const isList =
    Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string' && name !== '' && name.length <= limits.modelNameCharsMax)
  if (!isList) problems.push(`${at}.models is not a list of names. Write ["gpt-5", "gpt-5-*"]; * stands for anything.`)
  if (from !== undefined && !(typeof from === 'string' && DAY.test(from) && !Number.isNaN(Date.parse(from))))
    problems.push(`${at}.from is not a day. Write it as 2026-11-21.`)
  if (hours !== undefined && !(typeof hours === 'string' && HOURS.test(hours)))
    problems.push(`${at}.hours are not two times of day in UTC. Write them as 00:30-16:30.`)
  for (const name of ['input', 'output', 'cache_read', 'cache_write']) checkPrice(value[name], `${at}.${name}`, name === 'input' || name === 'output', problems)
  if (problems.length > before) return undefined
  const { input, output, cache_read: cacheRead, cache_write: cacheWrite } = value as Readonly<Record<string, number>>
  const price = { ...defined({ from, hours, cacheRead, cacheWrite }), input, output } as DatedPrice
  return { adapter: adapter as string, models: (names as string[]).map((name) => name.toLowerCase()), price }
}

function checkPrice(value: unknown, at: string, isNeeded: boolean, problems: string[]): void {
  if (value === undefined && !isNeeded) return
  if (typeof value !== 'number' || !(value >= 0 && value <= PRICE_MAX))
    problems.push(`${at} is not a price. Write US dollars per million tokens, e.g. 1.25, or 0.`)
}

/** Rows for the same models are one entry whose later days count. */
function createTable(rows: readonly Row[]): PriceTable {
  const table: Record<string, { models: readonly string[]; prices: DatedPrice[] }[]> = {}
  for (const { adapter, models, price } of rows) {
    const entries = (table[adapter] ??= [])
    const same = entries.find((entry) => entry.models.join('\n') === models.join('\n'))
    if (same === undefined) entries.push({ models, prices: [price] })
    else same.prices.push(price)
  }
  for (const entries of Object.values(table)) for (const { prices } of entries) prices.sort(byDay)
  return table
}

/** Prices of certain hours stand behind those of the whole day, because the last one counts. */
function byDay(left: DatedPrice, right: DatedPrice): number {
  const [a, b] = [left.from ?? '', right.from ?? '']
  return a === b ? Number(left.hours !== undefined) - Number(right.hours !== undefined) : a < b ? -1 : 1
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
