// Runs the tests in parts, because load falsifies figures: what measures runs alone, the rest side by side. Ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareServers } from './prepare-servers.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const RESULTS = `${ROOT}.test-results`

/** Folders whose tests drive whole gateways with load and read clocks, memory or files. */
const ALONE = ['test/acceptance/', 'test/gateway/', 'test/builds/', 'test/data/crash', 'test/ops/', 'test/enterprise/', 'test/support/load', 'test/ui/']
/** Installs from the registry: only when it is asked for. */
const START = ['test/start/']

const PARTS: Readonly<Record<string, readonly string[]>> = {
  together: ['--testPathIgnorePatterns', ...ALONE, ...START, '--maxWorkers', String(Math.max(2, availableParallelism()))],
  alone: ['--runInBand', '--testPathPatterns', ...ALONE],
  start: ['--runInBand', '--testPathPatterns', ...START],
}

/** More failed files than this are no bad luck of a busy machine. */
const SECOND_LOOKS_MAX = 6

interface FileResult {
  /** Absolute path. */
  readonly name: string
  readonly status: 'passed' | 'failed'
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
}

interface JestResults {
  readonly success: boolean
  readonly testResults: readonly FileResult[]
}

interface Counts {
  readonly passed: number
  readonly failed: number
}

/** undefined when jest left no results. */
function runJest(file: string, words: readonly string[]): JestResults | undefined {
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--json', '--outputFile', file, ...words]
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  try {
    const results = JSON.parse(readFileSync(file, 'utf8')) as JestResults
    return { ...results, success: results.success && status === 0 }
  } catch {
    process.stderr.write(`jest left no results in ${file} (exit ${status})\n`)
    return undefined
  }
}

function countOf(files: readonly FileResult[]): Counts {
  let passed = 0
  let failed = 0
  for (const { status, assertionResults } of files) {
    const failures = failuresOf({ assertionResults }).length
    passed += assertionResults.filter((test) => test.status === 'passed').length
    // A file that could not be loaded has no tests to fail.
    failed += status === 'failed' ? Math.max(1, failures) : failures
  }
  return { passed, failed }
}

function failuresOf({ assertionResults }: Pick<FileResult, 'assertionResults'>): readonly string[] {
  return assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
}

/** Files that failed run once more by themselves. What passes then was unsteady: it is named at the end, and wants mending. */
function runPart(part: string, extra: readonly string[], unsteady: string[]): Counts {
  const first = runJest(`${RESULTS}/${part}.json`, [...extra, ...(PARTS[part] ?? [])])
  if (first === undefined) return { passed: 0, failed: 1 }
  const broken = first.testResults.filter(({ status }) => status === 'failed')
  const mayLookAgain = broken.length > 0 && broken.length <= SECOND_LOOKS_MAX
  const again = mayLookAgain ? runJest(`${RESULTS}/${part}-again.json`, ['--runInBand', '--runTestsByPath', ...broken.map(({ name }) => name)]) : undefined
  const seenAgain = new Map(again?.testResults.map((result) => [result.name, result]))
  for (const file of broken) {
    if (seenAgain.get(file.name)?.status === 'passed') for (const name of failuresOf(file)) unsteady.push(`${relative(ROOT, file.name)} › ${name}`)
  }
  const counts = countOf(first.testResults.map((file) => seenAgain.get(file.name) ?? file))
  // Jest also fails for reasons that are no test, e.g. a coverage threshold.
  return broken.length === 0 && !first.success ? { ...counts, failed: 1 } : counts
}

const asked = process.argv.slice(2)
const named = asked.filter((word) => Object.hasOwn(PARTS, word))
const parts = named.length > 0 ? named : ['together', 'alone']
rmSync(RESULTS, { recursive: true, force: true })
mkdirSync(RESULTS, { recursive: true })
prepareServers()
let passed = 0
let failed = 0
const unsteady: string[] = []
for (const part of parts) {
  // Only the first part runs the product inside the process where coverage can see it.
  const extra = asked.filter((word) => !Object.hasOwn(PARTS, word) && (word !== '--coverage' || part === 'together'))
  const counts = runPart(part, extra, unsteady)
  passed += counts.passed
  failed += counts.failed
}
for (const name of unsteady) process.stdout.write(`unsteady: ${name}\n`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
