// How many worker processes WORKERS=auto means on this machine, or in this container.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const CGROUP_V2 = '/sys/fs/cgroup/cpu.max'
const CGROUP_V1 = ['/sys/fs/cgroup/cpu/cpu.cfs_quota_us', '/sys/fs/cgroup/cpu/cpu.cfs_period_us'] as const

export interface Processors {
  /** Those the scheduler may use. */
  readonly parallelism: number
  /** Whole text of a file; throws when there is none. */
  readonly readFile: (path: string) => string
}

const thisMachine: Processors = { parallelism: availableParallelism(), readFile: (path) => readFileSync(path, 'utf8') }

/** One per processor that the scheduler and the quota of the container allow; a quota of 1.5 counts as 2. At least 1. */
export function countWorkers(wanted: number | 'auto', { parallelism, readFile }: Processors = thisMachine): number {
  if (wanted !== 'auto') return wanted
  return Math.max(1, Math.min(parallelism, Math.ceil(readQuota(readFile))))
}

/** Processors; Infinity without a quota. Node's own figure knows only some of the layouts that containers show. */
function readQuota(readFile: (path: string) => string): number {
  const [quota, period] = readNumbers(readFile, [CGROUP_V2]) ?? readNumbers(readFile, CGROUP_V1) ?? []
  return quota === undefined || period === undefined || !(quota > 0) || !(period > 0) ? Infinity : quota / period
}

/** undefined when a file is absent. `max` is no number. */
function readNumbers(readFile: (path: string) => string, paths: readonly string[]): number[] | undefined {
  try {
    return paths.map(readFile).join(' ').trim().split(/\s+/).map(Number)
  } catch {
    return undefined
  }
}
