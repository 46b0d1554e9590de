// The Metrics port: plain numbers on the hot path, Prometheus text through prom-client's registry at a scrape.
import { AggregatorRegistry, Registry, type Metric, type MetricObjectWithValues, type MetricValue } from 'prom-client'
import type { Metrics } from '../../ports/metrics.ts'
import { createCollectors, type CrewFigures } from './collectors.ts'
import { MetricCounts, type MetricSources } from './metric-counts.ts'
import { METRICS, type MetricEntry, type MetricName } from './metric-names.ts'
import { openProcessMetrics } from './process-metrics.ts'
import { unfailing } from '../unfailing.ts'

export interface MetricsOptions {
  readonly version: string
  readonly build: string
  readonly nodeVersion: string
  /** Default: one process that is its own crew. A worker has none, its primary has. */
  readonly crew?: () => CrewFigures | undefined
}

/** The answer to a scrape. */
export interface Scrape {
  readonly contentType: string
  readonly body: string
}

/** All samples of one process at one moment, as plain data. */
export type MetricDump = readonly MetricObjectWithValues<MetricValue<string>>[]

export interface OpenMetrics {
  readonly metrics: Metrics
  /** Names what can only be known after the data plane was put together. Until then slugs are taken as they come. */
  connect(sources: MetricSources): void
  /** Told how long a statement of the database took, and a command of Redis. */
  readonly observeQuery: (operation: string, durationMs: number) => void
  readonly observeCommand: (operation: string, durationMs: number) => void
  /** Between clients and vendors, open now. */
  webSocketsOpen(): number
  render(): Promise<Scrape>
  collect(): Promise<MetricDump>
  close(): void
}

const ALONE: CrewFigures = { serving: 1, answered: 1, restarts: [] }

export function openMetrics(options: MetricsOptions): OpenMetrics {
  const counts = new MetricCounts()
  const own = openProcessMetrics()
  const registry = new Registry()
  let ownValues: Partial<Record<MetricName, number>> = {}
  const collectors = createCollectors(counts, { crew: () => ALONE, ...options }, () => ownValues)
  for (const [name, { type, about, labels, across }] of Object.entries(METRICS) as [MetricName, MetricEntry][]) {
    const metric = {
      name,
      get: async () => ({ name, type, help: about, aggregator: across ?? 'sum', labelNames: labels, values: [...collectors[name]()] }),
    }
    registry.registerMetric(metric as unknown as Metric)
  }
  const readOwn = (): void => {
    counts.prune()
    ownValues = own.collect()
  }
  return {
    metrics: unfailing<Metrics>(counts, 'metrics'),
    connect: (sources) => counts.connect(sources),
    observeQuery: counts.queryTimes.observe,
    observeCommand: counts.redisTimes.observe,
    webSocketsOpen: () => counts.webSocketsOpen,
    async render() {
      readOwn()
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
    async collect() {
      readOwn()
      return await registry.getMetricsAsJSON()
    },
    close: () => own.close(),
  }
}

/** The figures of several processes as one. Where the first one counts, it is the first that has the sample. */
export async function mergeMetrics(dumps: readonly MetricDump[]): Promise<MetricDump> {
  return await merge(dumps).getMetricsAsJSON()
}

/** Like mergeMetrics, as the answer to a scrape. */
export async function renderMerged(dumps: readonly MetricDump[]): Promise<Scrape> {
  const registry = merge(dumps)
  return { contentType: registry.contentType, body: await registry.metrics() }
}

function merge(dumps: readonly MetricDump[]): Registry {
  // Only its arithmetic: its messages between processes have no answer for a worker that is late or gone.
  return AggregatorRegistry.aggregate(dumps as unknown as object[])
}
