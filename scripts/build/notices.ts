// The licence texts of everything that ends up in a bundle.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Package {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** Data in the sources that was made from a package. */
const DATA: Readonly<Record<string, string>> = {
  'src/infrastructure/prices/built-in-prices.json': 'node_modules/@pydantic/genai-prices/package.json',
}

/** @param inputs paths relative to root, as in esbuild's metafile */
export function renderNotices(root: string, inputs: readonly string[]): string {
  const folders = new Set(
    inputs
      .map((input) => DATA[input] ?? input)
      .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
      .filter((folder) => folder !== undefined),
  )
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package
    return `${name} ${version} (${license ?? 'see below'})\n\n${licenceText(join(root, folder))}`
  })
  return `API Key Rotator contains the following packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function licenceText(folder: string): string {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file) && existsSync(join(folder, file)))
  return files.map((file) => `${readFileSync(join(folder, file), 'utf8').trim()}\n`).join('\n')
}
