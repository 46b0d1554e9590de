// The benchmark: this gateway against its peers, in turn in one run. `node bench/run.ts --help` says what can be chosen.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeConditions, findVersions } from './lib/conditions.ts'
import { ENTERPRISE, startContender, type Contender, type Ground } from './lib/contenders.ts'
import { judge, type Memory } from './lib/floors.ts'
import { startGateway } from './lib/gateway.ts'
import { coreCount, machineFacts } from './lib/machine.ts'
import { parseOptions, type Options } from './lib/options.ts'
import { rssBytes, startProgram, stopAllPrograms } from './lib/processes.ts'
import { renderReport, writeResults } from './lib/report.ts'
import { measureRoutes, type RouteRun } from './lib/routes.ts'
import { runSlice, type Slice } from './lib/slices.ts'
import { startStack, type Stack } from './lib/stack.ts'
import { runStreams, type StreamRun } from './lib/streams.ts'
import { compile, ensurePortkey, ensureTool } from './lib/tools.ts'

const STREAMS = 500
const STREAM_ROUNDS = 3
const IDLE_SECONDS = 5
/** How many times the rounds asked for are run at most when others disturb them. */
const ROUNDS_FACTOR_MAX = 2
const UPSTREAM_PORT = 9100
const EX_UNAVAILABLE = 69
/** The mock's own settings: events of a stream and ms between them. */
const MOCK_STREAM = ['50', '50']
const PATH = '/v1/chat/completions'

/** Where things run and what could not be had. */
interface Bench {
  readonly options: Options
  readonly ground: Ground
  readonly loadCore: number | undefined
  readonly notes: string[]
}

/** Progress goes to stderr: stdout carries the report alone. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

function miss({ notes }: { notes: string[] }, what: string, error: unknown): void {
  notes.push(`Missing: ${what}. ${error instanceof Error ? error.message : String(error)}`)
  say(notes.at(-1) as string)
}

/** Starts every contender that can be; those that cannot are named in the notes. */
async function startContenders(bench: Bench): Promise<Contender[]> {
  const started: Contender[] = []
  for (const [i, name] of bench.options.contenders.entries()) {
    try {
      if (name === 'nginx' && !ensureTool('nginx', 'nginx-light'))
        throw new Error('It is not installed and could not be (Debian: apt-get install nginx-light).')
      if (name === 'portkey' && !ensurePortkey()) throw new Error('`npm ci` in bench/ did not install it.')
      started.push(await startContender(name, UPSTREAM_PORT + 1 + i, bench.ground))
    } catch (error) {
      miss(bench, name, error)
    }
  }
  return started
}

async function measureRequests(bench: Bench): Promise<Slice[]> {
  const { rounds, seconds, warmup, connections } = bench.options
  const contenders = await startContenders(bench)
  const programs = [bench.ground.upstreamPid, ...(bench.ground.stack?.pids ?? []), ...contenders.map((contender) => contender.pid)]
  const load = { connections, core: bench.loadCore, programs }
  for (const contender of contenders) {
    say(`warming up ${contender.name}, ${warmup} s`)
    await runSlice(contender, -1, { ...load, seconds: warmup })
  }
  const slices: Slice[] = []
  let clean = 0
  // A disturbed round is no measurement: it is repeated, up to a point.
  for (let round = 0; clean < rounds && round < rounds * ROUNDS_FACTOR_MAX; round++) {
    let isClean = true
    for (let i = 0; i < contenders.length; i++) {
      const slice = await runSlice(contenders[(i + round) % contenders.length] as Contender, round, { ...load, seconds })
      slices.push(slice)
      sayFigures(slice)
      isClean &&= slice.clean
    }
    if (isClean) clean++
  }
  return slices
}

function sayFigures({ round, contender, requestsPerSecond, cpuUs, noise, stolen, clean }: Slice): void {
  const disturbance = `noise ${(noise * 100).toFixed(0)} %, stolen ${(stolen * 100).toFixed(0)} %${clean ? '' : ', dirty'}`
  say(`round ${round + 1} ${contender.padEnd(12)} ${requestsPerSecond.toFixed(0).padStart(7)} req/s ${cpuUs.toFixed(1).padStart(7)} µs CPU  ${disturbance}`)
}

async function measureStreams(bench: Bench, loader: string): Promise<{ runs: StreamRun[]; memory: Memory }> {
  const port = UPSTREAM_PORT + 20
  const gateway = await startGateway(port, bench.ground)
  await sleep(IDLE_SECONDS * 1000)
  const memory = { idleRssBytes: rssBytes(gateway.pid), streams: STREAMS }
  say(`idle gateway: ${(memory.idleRssBytes / 1e6).toFixed(1)} MB`)
  const targets = [
    { name: 'direct', pid: bench.ground.upstreamPid, port: UPSTREAM_PORT, path: PATH, clientKey: 'none' },
    { name: 'gateway', pid: gateway.pid, port, path: new URL(gateway.url).pathname + PATH, clientKey: gateway.clientKey },
  ]
  const options = { loader, streams: STREAMS, core: bench.loadCore, programs: [bench.ground.upstreamPid, gateway.pid] }
  const runs: StreamRun[] = []
  let clean = 0
  for (let round = 0; clean < STREAM_ROUNDS && round < STREAM_ROUNDS * ROUNDS_FACTOR_MAX; round++) {
    let isClean = true
    for (const target of targets) {
      const run = await runStreams(target, round, options)
      runs.push(run)
      isClean &&= run.clean
      say(
        `streams ${target.name.padEnd(8)} chunk p50 ${run.chunkP50Ms} ms, head p50 ${run.headP50Ms} ms, complete ${run.complete}, peak ${(run.rssPeak / 1e6).toFixed(0)} MB`,
      )
    }
    if (isClean) clean++
  }
  return { runs, memory }
}

function findRoutes({ options: { rounds }, ground }: Bench): RouteRun[] {
  const runs = measureRoutes(rounds, rounds * ROUNDS_FACTOR_MAX, [ground.upstreamPid])
  for (const { round, routes, findNs } of runs) say(`round ${round + 1} ${String(routes).padStart(6)} routes ${findNs.toFixed(0).padStart(6)} ns/look-up`)
  return runs
}

async function openBench(options: Options, directory: string): Promise<Bench & { cMock: boolean }> {
  const pinned = coreCount() >= 2 && ensureTool('taskset', 'util-linux')
  const loadCore = pinned ? 1 : undefined
  const mock = compile('upstream', directory)
  const command = mock === undefined ? [process.execPath, new URL('mock/upstream.ts', import.meta.url).pathname] : [mock]
  const upstream = await startProgram(
    { name: 'mock upstream', command: [...command, String(UPSTREAM_PORT), ...MOCK_STREAM], core: loadCore, logFile: join(directory, 'upstream.log') },
    UPSTREAM_PORT,
  )
  const notes: string[] = []
  const stack = options.contenders.some((name) => (ENTERPRISE as readonly string[]).includes(name)) ? await findStack(loadCore, notes) : undefined
  const ground = { directory, core: pinned ? 0 : undefined, upstreamPort: UPSTREAM_PORT, upstreamPid: upstream.pid as number, stack }
  return { options, ground, loadCore, notes, cMock: mock !== undefined }
}

async function findStack(core: number | undefined, notes: string[]): Promise<Stack | undefined> {
  try {
    return await startStack(core)
  } catch (error) {
    miss({ notes }, 'MariaDB and Redis', error)
    return undefined
  }
}

async function measureAll(options: Options, directory: string): Promise<number> {
  const bench = await openBench(options, directory)
  try {
    return await measure(bench)
  } finally {
    await stopAllPrograms()
    await bench.ground.stack?.stop()
  }
}

async function measure(bench: Bench & { cMock: boolean }): Promise<number> {
  const {
    options,
    ground: { directory },
  } = bench
  const slices = options.contenders.length > 0 ? await measureRequests(bench) : []
  let streamRuns: StreamRun[] = []
  let memory: Memory | undefined
  if (options.streams) {
    const loader = bench.cMock ? compile('sse-load', directory) : undefined
    try {
      if (loader === undefined) throw new Error('Event streams are generated and measured by C programs; there is no C compiler.')
      ;({ runs: streamRuns, memory } = await measureStreams(bench, loader))
    } catch (error) {
      miss(bench, 'event streams', error)
    }
  }
  const routeRuns = options.routes ? findRoutes(bench) : []
  const floors = judge(slices, streamRuns, memory, routeRuns)
  const results = {
    command: ['node bench/run.ts', ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString(),
    machine: machineFacts(),
    versions: findVersions(),
    conditions: describeConditions(options, bench.loadCore !== undefined, bench.cMock),
    notes: bench.notes,
    slices,
    streamRuns,
    routeRuns,
    memory,
    floors,
  }
  process.stdout.write(renderReport(results))
  say(`written: ${writeResults(results, options.complete && bench.notes.length === 0).join(', ')}`)
  const missed = bench.notes.length > 0 || floors.length === 0 || floors.some((floor) => !floor.holds)
  return options.check && missed ? 1 : 0
}

async function main(): Promise<number> {
  const options = parseOptions()
  if (options.contenders.length > 0 && !ensureTool('wrk', 'wrk')) {
    say('wrk is missing and could not be installed: install it (Debian: apt-get install wrk) and try again.')
    return EX_UNAVAILABLE
  }
  const directory = mkdtempSync(join(tmpdir(), 'akr-bench-'))
  try {
    return await measureAll(options, directory)
  } finally {
    await stopAllPrograms()
    rmSync(directory, { recursive: true, force: true })
  }
}

process.once('SIGINT', () => void stopAllPrograms().then(() => process.exit(130)))
process.exitCode = await main()
