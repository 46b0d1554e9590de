// What the process itself reports, read when it is scraped; between scrapes only the native delay histogram runs.
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { MetricName } from './metric-names.ts'

/** ms between two samples of the event loop's delay: native code, 50 times a second. */
const DELAY_RESOLUTION_MS = 20
const NS_PER_S = 1e9

export interface ProcessMetrics {
  collect(): Partial<Record<MetricName, number>>
  close(): void
}

export function openProcessMetrics(): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  delay.enable()
  const startS = performance.timeOrigin / 1000
  return {
    collect() {
      const cpu = process.cpuUsage()
      const memory = process.memoryUsage()
      const lag = (ns: number): number => (Number.isFinite(ns) ? Math.max(0, ns / NS_PER_S - DELAY_RESOLUTION_MS / 1000) : 0)
      const values: Partial<Record<MetricName, number>> = {
        process_cpu_user_seconds_total: cpu.user / 1e6,
        process_cpu_system_seconds_total: cpu.system / 1e6,
        process_cpu_seconds_total: (cpu.user + cpu.system) / 1e6,
        process_start_time_seconds: startS,
        process_resident_memory_bytes: memory.rss,
        nodejs_heap_size_total_bytes: memory.heapTotal,
        nodejs_heap_size_used_bytes: memory.heapUsed,
        nodejs_external_memory_bytes: memory.external,
        nodejs_eventloop_lag_mean_seconds: lag(delay.mean),
        nodejs_eventloop_lag_p99_seconds: lag(delay.percentile(99)),
        nodejs_eventloop_lag_max_seconds: lag(delay.max),
        ...countOpenFiles(),
      }
      delay.reset()
      return values
    },
    close: () => void delay.disable(),
  }
}

function countOpenFiles(): Partial<Record<MetricName, number>> {
  try {
    // The listing itself holds one.
    return { process_open_fds: readdirSync('/proc/self/fd').length - 1 }
  } catch {
    return {}
  }
}
