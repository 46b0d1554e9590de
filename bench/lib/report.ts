// Writes what was measured: a table for people, a JSON file for programs, and the generated part of docs/benchmarks.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderFigure, summarize } from './figures.ts'
import { pairedDifference, pairedRatio, routeRatio, type Floor, type Memory } from './floors.ts'
import type { RouteRun } from './routes.ts'
import type { Slice } from './slices.ts'
import type { StreamRun } from './streams.ts'

export interface Results {
  readonly command: string
  readonly date: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly conditions: readonly string[]
  readonly notes: readonly string[]
  readonly slices: readonly Slice[]
  readonly streamRuns: readonly StreamRun[]
  readonly routeRuns: readonly RouteRun[]
  readonly memory: Memory | undefined
  readonly floors: readonly Floor[]
}

type Row = readonly string[]

const repository = fileURLToPath(new URL('../..', import.meta.url))
const BEGIN = '<!-- measured: begin (written by bench/run.ts) -->'
const END = '<!-- measured: end -->'

export function renderReport(results: Results): string {
  const parts = [
    `Command: \`${results.command}\`, ${results.date}`,
    `Machine: ${results.machine}`,
    `Versions: ${Object.entries(results.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    ...results.conditions,
    '',
  ]
  if (results.slices.length > 0) parts.push('### Requests', '', ...renderTable(requestRows(results.slices)), '')
  const shared = sharedRows(results.slices)
  if (shared.length > 1) parts.push('### What sharing costs', '', ...renderTable(shared), '')
  const observed = observabilityRows(results.slices)
  if (observed.length > 1) parts.push('### Observability on against off', '', ...renderTable(observed), '')
  if (results.streamRuns.length > 0) parts.push('### Event streams', '', ...renderTable(streamRows(results.streamRuns)), '')
  if (results.routeRuns.length > 0) parts.push('### Finding the route', '', ...renderTable(routeRows(results.routeRuns)), '')
  if (results.memory !== undefined) parts.push(`Idle memory of a fresh gateway: ${(results.memory.idleRssBytes / 1e6).toFixed(1)} MB RSS.`, '')
  if (results.floors.length > 0) parts.push('### Floors', '', ...renderTable(floorRows(results.floors)), '')
  if (hasDirty(results)) parts.push('`*` = fewer than 3 clean slices: dirty ones (other processes used more than 12 % of the cores) are in the figure.', '')
  return [...parts, ...results.notes.map((note) => `- ${note}`)].join('\n').trimEnd() + '\n'
}

function requestRows(slices: readonly Slice[]): Row[] {
  const names = [...new Set(slices.map((slice) => slice.contender))].sort()
  const rows: Row[] = [['contender', 'CPU µs/request', 'requests/s', 'CPU / nginx', 'CPU / bare', 'requests/s / nginx', 'p50 / p99 µs', 'errors', 'clean']]
  for (const name of names) {
    const mine = slices.filter((slice) => slice.contender === name)
    const of = (field: 'cpuUs' | 'requestsPerSecond' | 'p50Us' | 'p99Us') => summarize(mine.map((slice) => ({ value: slice[field], clean: slice.clean })))
    rows.push([
      name,
      renderFigure(of('cpuUs'), 1),
      renderFigure(of('requestsPerSecond'), 0),
      renderFigure(pairedRatio(slices, name, 'nginx', 'cpuUs'), 2),
      renderFigure(pairedRatio(slices, name, 'bare', 'cpuUs'), 2),
      renderFigure(pairedRatio(slices, name, 'nginx', 'requestsPerSecond'), 3),
      `${of('p50Us').median.toFixed(0)} / ${of('p99Us').median.toFixed(0)}`,
      String(mine.reduce((sum, slice) => sum + slice.errors, 0)),
      `${mine.filter((slice) => slice.clean).length}/${mine.length}`,
    ])
  }
  return rows
}

/** The enterprise rows against each other, round by round. */
const SHARED: readonly { readonly what: string; readonly of: string; readonly to: string }[] = [
  { what: 'exact rotation through Redis, against a cache in memory', of: 'enterprise-redis', to: 'enterprise-memory' },
  { what: 'rotation in blocks of 100 (not exact), against a cache in memory', of: 'enterprise-blocks', to: 'enterprise-memory' },
  { what: 'exactness: one turn at a time, against blocks', of: 'enterprise-redis', to: 'enterprise-blocks' },
  { what: 'two workers, against one (neither pinned)', of: 'workers-2', to: 'workers-1' },
]

function sharedRows(slices: readonly Slice[]): Row[] {
  const rows = SHARED.flatMap(({ what, of, to }): Row[] => {
    const cpu = pairedDifference(slices, of, to, 'cpuUs')
    if (cpu.count === 0) return []
    const latency = (field: 'p50Us' | 'p99Us'): string => renderFigure(pairedDifference(slices, of, to, field), 0)
    return [[what, renderFigure(cpu, 1), renderFigure(pairedRatio(slices, of, to, 'requestsPerSecond'), 2), latency('p50Us'), latency('p99Us')]]
  })
  return [['what', 'CPU µs/request more', 'requests/s, ratio', 'p50 µs more', 'p99 µs more'], ...rows]
}

function observabilityRows(slices: readonly Slice[]): Row[] {
  const more = pairedDifference(slices, 'observed', 'unobserved', 'cpuUs')
  const what = 'request log, usage metering, metrics, 10 % of the requests traced, against none of them'
  const ratio = renderFigure(pairedRatio(slices, 'observed', 'unobserved', 'cpuUs'), 3)
  return [['what', 'CPU µs/request more', 'CPU, ratio'], ...(more.count === 0 ? [] : [[what, renderFigure(more, 1), ratio]])]
}

function streamRows(runs: readonly StreamRun[]): Row[] {
  const rows: Row[] = [
    [
      'through',
      'chunk p50 ms',
      'chunk p99 ms',
      'first byte p50 ms',
      'first byte p99 ms',
      'first event p50 ms',
      'CPU µs/chunk',
      'peak RSS MB',
      'complete',
      'clean',
    ],
  ]
  for (const name of new Set(runs.map((run) => run.target))) {
    const mine = runs.filter((run) => run.target === name)
    const cell = (digits: number, value: (run: StreamRun) => number): string => {
      const figure = summarize(mine.map((run) => ({ value: value(run), clean: run.clean })))
      return renderFigure(figure, digits)
    }
    rows.push([
      name,
      cell(2, (run) => run.chunkP50Ms),
      cell(2, (run) => run.chunkP99Ms),
      cell(2, (run) => run.headP50Ms),
      cell(2, (run) => run.headP99Ms),
      cell(1, (run) => run.firstEventP50Ms),
      name === 'direct' ? '-' : cell(1, (run) => run.cpuUsPerChunk),
      name === 'direct' ? '-' : cell(0, (run) => run.rssPeak / 1e6),
      `${mine.reduce((sum, run) => sum + run.complete, 0)}/${mine.reduce((sum, run) => sum + run.complete + run.failed, 0)}`,
      `${mine.filter((run) => run.clean).length}/${mine.length}`,
    ])
  }
  return rows
}

function routeRows(runs: readonly RouteRun[]): Row[] {
  const counts = [...new Set(runs.map((run) => run.routes))]
  const rows = counts.map((count) => {
    const mine = runs.filter((run) => run.routes === count)
    const cpu = summarize(mine.map((run) => ({ value: run.findNs, clean: run.clean })))
    return [String(count), renderFigure(cpu, 0), renderFigure(routeRatio(runs, count), 2), `${mine.filter((run) => run.clean).length}/${mine.length}`]
  })
  return [['routes', 'CPU ns/look-up', 'against 10', 'clean'], ...rows]
}

function floorRows(floors: readonly Floor[]): Row[] {
  const rows = floors.map(({ name, limit, unit, figure, holds }) => {
    const bound = `≤ ${Number(limit.toFixed(3))} ${unit}`.trimEnd()
    return [name, bound, renderFigure(figure, unit === '×' ? 3 : Number.isInteger(figure.median) ? 0 : 2), holds ? 'holds' : '**missed**']
  })
  return [['floor', 'limit', 'measured', 'verdict'], ...rows]
}

function renderTable(rows: readonly Row[]): string[] {
  const widths = (rows[0] as Row).map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`)
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`)
  return lines
}

function hasDirty(results: Results): boolean {
  return results.slices.some((slice) => !slice.clean) || [...results.streamRuns, ...results.routeRuns].some((run) => !run.clean)
}

/** Returns the paths written, relative to the repository. */
export function writeResults(results: Results, intoDocs: boolean): string[] {
  const json = `bench/results/${results.date.replaceAll(/[^0-9]/g, '').slice(0, 14)}.json`
  mkdirSync(join(repository, dirname(json)), { recursive: true })
  writeFileSync(join(repository, json), JSON.stringify(results, undefined, 2) + '\n')
  if (!intoDocs) return [json]
  const page = 'docs/benchmarks.md'
  const path = join(repository, page)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : `# Benchmarks\n\n${BEGIN}\n${END}\n`
  const start = before.indexOf(BEGIN)
  const end = before.indexOf(END)
  if (start < 0 || end < start) throw new Error(`${page} has lost its markers: ${BEGIN} … ${END}`)
  writeFileSync(path, `${before.slice(0, start + BEGIN.length)}\n\n${renderReport(results)}\n${before.slice(end)}`)
  return [json, page]
}
