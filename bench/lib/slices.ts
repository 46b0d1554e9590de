// One contender under wrk for a few seconds: requests, CPU of the contender, and how disturbed the slice was.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Contender } from './contenders.ts'
import { DIRTY_SHARE, foreignShares, markBusy } from './machine.ts'
import { cpuNs, pinned } from './processes.ts'

export interface Slice {
  readonly contender: string
  readonly round: number
  readonly requestsPerSecond: number
  /** CPU time of the contender per request, µs. */
  readonly cpuUs: number
  readonly p50Us: number
  readonly p99Us: number
  /** wrk's connect, read, write and timeout errors and answers above 399. */
  readonly errors: number
  /** Share of all cores that other processes used, and that the host took, 0…1. */
  readonly noise: number
  readonly stolen: number
  readonly clean: boolean
}

interface WrkSummary {
  requests: number
  duration_us: number
  p50_us: number
  p99_us: number
  connect: number
  read: number
  write: number
  status: number
  timeout: number
}

const SCRIPT = fileURLToPath(new URL('../mock/wrk.lua', import.meta.url))

export interface LoadOptions {
  readonly seconds: number
  readonly connections: number
  readonly core: number | undefined
  /** pids of all our long-running programs. */
  readonly programs: readonly number[]
}

export async function runSlice(contender: Contender, round: number, options: LoadOptions): Promise<Slice> {
  const before = markBusy(options.programs)
  const cpuBefore = cpuNs(contender.pid)
  const wrk = await runWrk(contender, options)
  const cpuAfter = cpuNs(contender.pid)
  const { noise, stolen } = foreignShares(before, markBusy(options.programs))
  return {
    contender: contender.name,
    round,
    requestsPerSecond: wrk.requests / (wrk.duration_us / 1e6),
    cpuUs: (cpuAfter - cpuBefore) / 1000 / wrk.requests,
    p50Us: wrk.p50_us,
    p99Us: wrk.p99_us,
    errors: wrk.connect + wrk.read + wrk.write + wrk.status + wrk.timeout,
    noise,
    stolen,
    clean: noise <= DIRTY_SHARE,
  }
}

function runWrk(contender: Contender, options: LoadOptions): Promise<WrkSummary> {
  const [file, ...rest] = [
    ...pinned(options.core),
    ...['wrk', '-t1', `-c${options.connections}`, `-d${options.seconds}s`, '--timeout', '10s', '-s', SCRIPT, contender.url],
  ]
  const wrk = spawn(file as string, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...contender.wrkEnvironment },
  })
  let output = ''
  wrk.stdout.setEncoding('utf8').on('data', (part: string) => (output += part))
  return new Promise((resolve, reject) => {
    wrk.once('error', reject)
    wrk.once('close', (code) => {
      const line = output.split('\n').find((l) => l.startsWith('{'))
      if (code === 0 && line !== undefined) resolve(JSON.parse(line) as WrkSummary)
      else reject(new Error(`wrk ended with ${code} against ${contender.name}: ${output.slice(-500)}`))
    })
  })
}
