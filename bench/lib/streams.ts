// 500 event streams at once, through the gateway and straight to the mock: delay per chunk, first byte, memory per stream.
import { spawn } from 'node:child_process'
import { foreignShares, markBusy, DIRTY_SHARE } from './machine.ts'
import { cpuNs, pinned, rssBytes } from './processes.ts'

export interface StreamTarget {
  /** `direct` or the contender's name. */
  readonly name: string
  readonly pid: number
  readonly port: number
  readonly path: string
  readonly clientKey: string
}

export interface StreamRun {
  readonly target: string
  readonly round: number
  readonly complete: number
  readonly failed: number
  readonly chunks: number
  readonly chunkP50Ms: number
  readonly chunkP99Ms: number
  /** From connecting to the first byte of the answer's head; the mock sends its head at once and its first event one interval later. */
  readonly headP50Ms: number
  readonly headP99Ms: number
  readonly firstEventP50Ms: number
  readonly firstEventP99Ms: number
  readonly cpuUsPerChunk: number
  /** Highest resident memory seen during the run, bytes. */
  readonly rssPeak: number
  readonly noise: number
  readonly clean: boolean
}

export interface StreamOptions {
  readonly loader: string
  readonly streams: number
  readonly core: number | undefined
  readonly programs: readonly number[]
}

/** Not a divisor of the mock's 50 ms interval: chunks of the streams spread over the whole of it. */
const START_GAP_US = 2_100
const RSS_SAMPLE_MS = 100

export async function runStreams(target: StreamTarget, round: number, options: StreamOptions): Promise<StreamRun> {
  const before = markBusy(options.programs)
  const cpuBefore = cpuNs(target.pid)
  let rssPeak = rssBytes(target.pid)
  const sampling = setInterval(() => (rssPeak = Math.max(rssPeak, rssBytes(target.pid))), RSS_SAMPLE_MS)
  try {
    const measured = await runLoader(target, options)
    const cpuUs = (cpuNs(target.pid) - cpuBefore) / 1000
    const { noise } = foreignShares(before, markBusy(options.programs))
    return { ...measured, target: target.name, round, cpuUsPerChunk: cpuUs / measured.chunks, rssPeak, noise, clean: noise <= DIRTY_SHARE }
  } finally {
    clearInterval(sampling)
  }
}

function runLoader(target: StreamTarget, options: StreamOptions): Promise<StreamRun> {
  const [file, ...rest] = [
    ...pinned(options.core),
    ...[options.loader, String(target.port), target.path, target.clientKey, String(options.streams), String(START_GAP_US)],
  ]
  const loader = spawn(file as string, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  loader.stdout.setEncoding('utf8').on('data', (part: string) => (output += part))
  return new Promise((resolve, reject) => {
    loader.once('error', reject)
    loader.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as StreamRun)
      else reject(new Error(`sse-load ended with ${code} against ${target.name}`))
    })
  })
}
