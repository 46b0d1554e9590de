// The promises of the benchmark: what is compared with what, and whether it holds.
import { summarize, type Figure } from './figures.ts'
import { ROUTE_COUNTS, type RouteRun } from './routes.ts'
import type { Slice } from './slices.ts'
import type { StreamRun } from './streams.ts'

export interface Floor {
  readonly name: string
  readonly limit: number
  readonly unit: string
  readonly figure: Figure
  readonly holds: boolean
}

/** CPU per request of the gateway over that of the peer, at most. */
const CPU_RATIO_MAX: Readonly<Record<string, number>> = { 'express-hpm': 1 / 2, portkey: 1 / 7, bare: 1.2 }
/** Request log, usage metering, metrics and a tenth of the requests traced, over the gateway without them. */
const OBSERVED_RATIO_MAX = 1.1
/** A look-up among many routes over one among ten. */
const ROUTES_RATIO_MAX = 2
const IDLE_RSS_MB_MAX = 110
const STREAM_KIB_MAX = 300
const CHUNK_DELAY_MS_MAX = 1
/** The mock's first event comes 50 ms after its head: a head that waits for it would be at least that late. */
const FIRST_BYTE_DELAY_MS_MAX = 30
/** For the slowest of a hundred streams: far below the seconds that a stream waits which gets no connection of its own. */
const FIRST_BYTE_P99_DELAY_MS_MAX = 250

export interface Memory {
  readonly idleRssBytes: number
  readonly streams: number
}

/** Ratios of slices of the same round, because the machine drifts between rounds. */
export function pairedRatio(slices: readonly Slice[], of: string, to: string, field: 'cpuUs' | 'requestsPerSecond'): Figure {
  return paired(slices, of, to, (mine, theirs) => mine[field] / theirs[field])
}

/** What one costs more than the other, in the unit of the field. */
export function pairedDifference(slices: readonly Slice[], of: string, to: string, field: 'cpuUs' | 'p50Us' | 'p99Us'): Figure {
  return paired(slices, of, to, (mine, theirs) => mine[field] - theirs[field])
}

function paired(slices: readonly Slice[], of: string, to: string, compare: (mine: Slice, theirs: Slice) => number): Figure {
  const values = slices
    .filter((slice) => slice.contender === of)
    .flatMap((mine) => {
      const theirs = slices.find((slice) => slice.contender === to && slice.round === mine.round)
      return theirs === undefined ? [] : [{ value: compare(mine, theirs), clean: mine.clean && theirs.clean }]
    })
  return summarize(values)
}

export function judge(slices: readonly Slice[], runs: readonly StreamRun[], memory: Memory | undefined, routeRuns: readonly RouteRun[]): Floor[] {
  const floors: Floor[] = []
  for (const [peer, limit] of Object.entries(CPU_RATIO_MAX)) {
    const figure = pairedRatio(slices, 'gateway', peer, 'cpuUs')
    if (figure.count > 0) floors.push(floor(`CPU per request / ${peer}`, limit, '×', figure))
  }
  if (floors.length > 0) {
    const errors = slices.filter((slice) => slice.contender === 'gateway').reduce((sum, slice) => sum + slice.errors, 0)
    floors.push(floor('failed requests', 0, '', single(errors)))
  }
  const observed = pairedRatio(slices, 'observed', 'unobserved', 'cpuUs')
  if (observed.count > 0) floors.push(floor('CPU per request, observability on / off', OBSERVED_RATIO_MAX, '×', observed))
  if (routeRuns.length > 0)
    for (const count of ROUTE_COUNTS.slice(1))
      floors.push(floor(`look-up, ${count} routes / ${ROUTE_COUNTS[0]}`, ROUTES_RATIO_MAX, '×', routeRatio(routeRuns, count)))
  if (memory === undefined) return floors
  floors.push(floor('idle memory (RSS)', IDLE_RSS_MB_MAX, 'MB', single(memory.idleRssBytes / 1e6)))
  const through = runs.filter((run) => run.target === 'gateway')
  if (through.length === 0) return floors
  const growth = through.map((run) => ({ value: (run.rssPeak - memory.idleRssBytes) / 1024 / memory.streams, clean: true }))
  floors.push(floor(`memory per stream, ${memory.streams} streams`, STREAM_KIB_MAX, 'KiB', summarize(growth)))
  floors.push(floor('added delay per chunk, median', CHUNK_DELAY_MS_MAX, 'ms', added(runs, 'chunkP50Ms')))
  floors.push(floor('added delay of the first byte, median', FIRST_BYTE_DELAY_MS_MAX, 'ms', added(runs, 'headP50Ms')))
  floors.push(floor('added delay of the first byte, p99', FIRST_BYTE_P99_DELAY_MS_MAX, 'ms', added(runs, 'headP99Ms')))
  floors.push(floor('broken streams', 0, '', single(through.reduce((sum, run) => sum + run.failed, 0))))
  return floors
}

/** Through the gateway minus direct, run by run. */
export function added(runs: readonly StreamRun[], field: 'chunkP50Ms' | 'headP50Ms' | 'headP99Ms'): Figure {
  const values = runs
    .filter((run) => run.target === 'gateway')
    .flatMap((mine) => {
      const direct = runs.find((run) => run.target === 'direct' && run.round === mine.round)
      return direct === undefined ? [] : [{ value: mine[field] - direct[field], clean: mine.clean && direct.clean }]
    })
  return summarize(values)
}

/** Look-ups among so many routes over those among the fewest, round by round. */
export function routeRatio(runs: readonly RouteRun[], count: number): Figure {
  const values = runs
    .filter((run) => run.routes === count)
    .flatMap((mine) => {
      const few = runs.find((run) => run.routes === ROUTE_COUNTS[0] && run.round === mine.round)
      return few === undefined ? [] : [{ value: mine.findNs / few.findNs, clean: mine.clean && few.clean }]
    })
  return summarize(values)
}

function single(value: number): Figure {
  return { median: value, min: value, max: value, count: 1, clean: true }
}

function floor(name: string, limit: number, unit: string, figure: Figure): Floor {
  return { name, limit, unit, figure, holds: figure.median <= limit }
}
