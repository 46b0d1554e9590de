// Owns what the machine itself adds to a measured time: on a busy one, figures of ms need an allowance that an idle one does not.
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface MachineNoise {
  /** ms that a process had to wait for the processor while this was watching, at this percentile (default 99); near 0 on an idle machine. */
  stop(percentile?: number): number
}

const RESOLUTION_MS = 5

/** Watches how late this process's own timers are. Everything else on the machine is as late as this. */
export function watchMachineNoise(): MachineNoise {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  return {
    stop: (percentile = 99) => {
      delay.disable()
      return Math.max(0, delay.percentile(percentile) / 1e6 - RESOLUTION_MS)
    },
  }
}
