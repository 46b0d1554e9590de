// The operator's own prices of models, from the file that PRICES_FILE names.
import { resolve } from 'node:path'
import { findAdapter } from '../adapters/index.ts'
import type { PriceTable } from '../domain/model-prices.ts'
import { parsePriceFile } from '../domain/price-file.ts'
import type { VariableReader } from './variable-reader.ts'

export function readPrices(reader: VariableReader, sources: { readonly workingDir: string; readonly readFile: (path: string) => string }): PriceTable {
  const name = reader.text('PRICES_FILE')
  if (name === undefined) return {}
  const path = resolve(sources.workingDir, name)
  let text: string
  try {
    text = sources.readFile(path)
  } catch (error) {
    reader.problems.push(`PRICES_FILE names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`)
    return {}
  }
  const { table, problems } = parsePriceFile(text, (adapter) => findAdapter(adapter) !== undefined)
  for (const problem of problems) reader.problems.push(`PRICES_FILE (${path}): ${problem}`)
  return table
}
