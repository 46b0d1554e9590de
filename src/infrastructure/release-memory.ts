// Gives back what starting took: V8 keeps the pages of its young generation, full of start-up's garbage, as long as the process lives.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Collects everything in the calling thread and returns its pages to the system: 7 to 8 MiB per thread, measured.
 * Blocks for about 30 ms, so it belongs right behind the start. An ordinary collection would keep the pages pooled.
 */
export function releaseStartMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
