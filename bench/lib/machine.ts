// What the machine is and how busy it is with things that are not this benchmark.
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { cpuNs } from './processes.ts'

/** Kernel ticks per second of /proc/stat, on every Linux that Node supports. */
const TICK_NS = 1e9 / 100

/** Above this share of all cores used by others a slice counts as dirty. */
export const DIRTY_SHARE = 0.12

export function coreCount(): number {
  return cpus().length
}

export function machineFacts(): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `${coreCount()} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`
}

export interface BusyMark {
  readonly atNs: bigint
  readonly busyNs: number
  readonly stolenNs: number
  readonly oursNs: number
}

/** Call before and after a slice. `programs`: pids of everything of ours that runs throughout. */
export function markBusy(programs: readonly number[]): BusyMark {
  const [user = 0, nice = 0, system = 0, , , , , stolen = 0] = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number)
  return {
    atNs: process.hrtime.bigint(),
    busyNs: (user + nice + system) * TICK_NS,
    stolenNs: stolen * TICK_NS,
    oursNs: programs.reduce((sum, pid) => sum + cpuNs(pid), cpuNs(process.pid) + endedChildrenNs()),
  }
}

/** Time of our children that have ended and been waited for (wrk), in ns. */
function endedChildrenNs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) * TICK_NS
}

/** Shares of all cores between two marks, 0…1: used by other processes of this machine, and stolen by its host. */
export function foreignShares(before: BusyMark, after: BusyMark): { noise: number; stolen: number } {
  const capacityNs = Number(after.atNs - before.atNs) * coreCount()
  const foreignNs = after.busyNs - before.busyNs - (after.oursNs - before.oursNs)
  return { noise: Math.max(0, foreignNs / capacityNs), stolen: (after.stolenNs - before.stolenNs) / capacityNs }
}
