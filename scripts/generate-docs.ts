// Writes the generated documents and types; with --check only says whether they are current (exit code 1 when not).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderApiTypes } from './render-api-types.ts'
import { renderDocs } from './render-docs.ts'

const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')
let isCurrent = true

const files = { ...renderDocs(), 'ui/src/api/schema.d.ts': await renderApiTypes() }

for (const [path, wanted] of Object.entries(files)) {
  const file = join(root, path)
  const found = readText(file)
  if (found === wanted) continue
  isCurrent = false
  if (!isCheck) writeFileSync(file, wanted)
  process.stdout.write(isCheck ? `${path} is not what the code says: run make docs\n` : `wrote ${path}\n`)
}
if (isCheck && !isCurrent) process.exitCode = 1

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
