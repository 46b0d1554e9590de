// Runs the tests in parts, because load falsifies figures: what measures runs alone, the rest side by side. Ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { prepareServers } from './prepare-servers.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const RESULTS = `${ROOT}.test-results`

/** Folders whose tests drive whole gateways with load and read clocks, memory or files. */
const ALONE = ['test/acceptance/', 'test/gateway/', 'test/builds/', 'test/data/crash', 'test/ops/', 'test/enterprise/', 'test/support/load']
/** Installs from the registry: only when it is asked for. */
const START = ['test/start/']

const PARTS: Readonly<Record<string, readonly string[]>> = {
  together: ['--testPathIgnorePatterns', ...ALONE, ...START, '--maxWorkers', String(Math.max(2, availableParallelism()))],
  alone: ['--runInBand', '--testPathPatterns', ...ALONE],
  start: ['--runInBand', '--testPathPatterns', ...START],
}

interface JestResults {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numRuntimeErrorTestSuites: number
  readonly success: boolean
}

function runPart(part: string, extra: readonly string[]): { passed: number; failed: number } {
  const file = `${RESULTS}/${part}.json`
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--json',
    '--outputFile',
    file,
    ...extra,
    ...(PARTS[part] ?? []),
  ]
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  let results: JestResults
  try {
    results = JSON.parse(readFileSync(file, 'utf8')) as JestResults
  } catch {
    process.stderr.write(`jest left no results of the part "${part}" (exit ${status})\n`)
    return { passed: 0, failed: 1 }
  }
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
  // Jest also fails for reasons that are no test, e.g. a coverage threshold.
  return { passed: results.numPassedTests, failed: failed === 0 && !(results.success && status === 0) ? 1 : failed }
}

const asked = process.argv.slice(2)
const named = asked.filter((word) => Object.hasOwn(PARTS, word))
const parts = named.length > 0 ? named : ['together', 'alone']
rmSync(RESULTS, { recursive: true, force: true })
mkdirSync(RESULTS, { recursive: true })
prepareServers()
let passed = 0
let failed = 0
for (const part of parts) {
  // Only the first part runs the product inside the process where coverage can see it.
  const extra = asked.filter((word) => !Object.hasOwn(PARTS, word) && (word !== '--coverage' || part === 'together'))
  const counts = runPart(part, extra)
  passed += counts.passed
  failed += counts.failed
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
