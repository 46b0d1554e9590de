// Writes src/infrastructure/prices/built-in-prices.json from the package @pydantic/genai-prices: `node scripts/generate-prices.ts 2026-11-21`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProvider, type MatchLogic, type ModelInfo, type ModelPrice } from '@pydantic/genai-prices'
import type { DatedPrice, ModelPrices, Rate } from '../src/domain/model-prices.ts'

/** Whose prices hold for an adapter, the first ones before all. Without one: vendors that are not listed, and what runs on one's own machine. */
const PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  openai: ['openai'],
  anthropic: ['anthropic'],
  gemini: ['google'],
  'azure-openai': ['azure', 'openai'],
  cerebras: ['cerebras'],
  cohere: ['cohere'],
  deepseek: ['deepseek'],
  fireworks: ['fireworks'],
  groq: ['groq'],
  minimax: ['minimax'],
  mistral: ['mistral'],
  moonshot: ['moonshotai'],
  openrouter: ['openrouter'],
  perplexity: ['perplexity'],
  together: ['together'],
  xai: ['x-ai'],
  zhipu: ['zhipuai', 'zai'],
}

const root = join(import.meta.dirname, '..')
const [day] = process.argv.slice(2)
if (day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error('Say of which day the prices are: node scripts/generate-prices.ts 2026-11-21')

const { version } = JSON.parse(readFileSync(join(root, 'node_modules/@pydantic/genai-prices/package.json'), 'utf8')) as { version: string }
const adapters: Record<string, ModelPrices[]> = {}
for (const [adapter, providers] of Object.entries(PROVIDERS)) {
  adapters[adapter] = providers.flatMap((id) => {
    const provider = findProvider({ providerId: id })
    if (provider === undefined) throw new Error(`genai-prices has no provider ${id} any more`)
    return provider.models.flatMap(createEntry)
  })
}
const lines = Object.entries(adapters).map(
  ([adapter, models]) => `    ${JSON.stringify(adapter)}: [\n${models.map((entry) => `      ${JSON.stringify(entry)}`).join(',\n')}\n    ]`,
)
const head = `  "day": "${day}",\n  "source": "genai-prices ${version} (https://github.com/pydantic/genai-prices, MIT)",`
writeFileSync(join(root, 'src/infrastructure/prices/built-in-prices.json'), `{\n${head}\n  "adapters": {\n${lines.join(',\n')}\n  }\n}\n`)

function createEntry({ match, prices }: ModelInfo): ModelPrices[] {
  const dated = Array.isArray(prices) ? prices : [{ prices }]
  const rows = dated.flatMap((entry): DatedPrice[] => {
    const price = createPrice(entry.prices)
    if (price === undefined) return []
    const { constraint } = entry as { constraint?: { start_date?: string; start_time?: string; end_time?: string } }
    if (constraint?.start_date !== undefined) return [{ from: constraint.start_date, ...price }]
    return [
      constraint?.start_time === undefined ? price : { hours: `${constraint.start_time.slice(0, 5)}-${String(constraint.end_time).slice(0, 5)}`, ...price },
    ]
  })
  return rows.length === 0 ? [] : [{ models: listPatterns(match), prices: rows }]
}

/** undefined for what is not sold by the token. */
function createPrice(price: ModelPrice): DatedPrice | undefined {
  const rates: Partial<Record<'input' | 'output' | 'cacheRead' | 'cacheWrite', Rate>> = {}
  for (const [name, member] of [
    ['input', 'input_mtok'],
    ['output', 'output_mtok'],
    ['cacheRead', 'cache_read_mtok'],
    ['cacheWrite', 'cache_write_mtok'],
  ] as const) {
    const given = price[member]
    if (given !== undefined)
      rates[name] = typeof given === 'number' ? given : { base: given.base, above: given.tiers.map(({ start, price: one }) => [start, one] as const) }
  }
  return rates.input === undefined && rates.output === undefined ? undefined : { input: 0, output: 0, ...rates }
}

function listPatterns(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(listPatterns)
  if ('and' in match)
    return [
      `/^${match.and
        .flatMap(listPatterns)
        .map((pattern) => `(?=${expressionOf(pattern)})`)
        .join('')}/`,
    ]
  if ('regex' in match) return [`/${match.regex}/`]
  if ('equals' in match) return [match.equals.toLowerCase()]
  if ('starts_with' in match) return [`${match.starts_with.toLowerCase()}*`]
  return 'ends_with' in match ? [`*${match.ends_with.toLowerCase()}`] : [`*${match.contains.toLowerCase()}*`]
}

function expressionOf(pattern: string): string {
  if (pattern.startsWith('/')) return pattern.slice(1, -1)
  return `^${pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')}$`
}
