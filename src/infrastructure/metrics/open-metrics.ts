// The Metrics port: plain numbers on the hot path, Prometheus text through prom-client's registry at a scrape.
import { Registry, type Metric } from 'prom-client'
import type { Metrics } from '../../ports/metrics.ts'
import { createCollectors } from './collectors.ts'
import { MetricCounts, type MetricSources } from './metric-counts.ts'
import { METRICS, type MetricName } from './metric-names.ts'
import { openProcessMetrics } from './process-metrics.ts'

export interface MetricsOptions {
  readonly version: string
  readonly build: string
  readonly nodeVersion: string
}

export interface OpenMetrics {
  readonly metrics: Metrics
  /** Names what can only be known after the data plane was put together. Until then slugs are taken as they come. */
  connect(sources: MetricSources): void
  render(): Promise<{ readonly contentType: string; readonly body: string }>
  close(): void
}

export function openMetrics(options: MetricsOptions): OpenMetrics {
  const counts = new MetricCounts()
  const own = openProcessMetrics()
  const registry = new Registry()
  let ownValues: Partial<Record<MetricName, number>> = {}
  const collectors = createCollectors(counts, options, () => ownValues)
  for (const [name, { type, about, labels }] of Object.entries(METRICS)) {
    const metric = {
      name,
      get: async () => ({ name, type, help: about, aggregator: 'sum', labelNames: labels, values: [...collectors[name as MetricName]()] }),
    }
    registry.registerMetric(metric as unknown as Metric)
  }
  return {
    metrics: counts,
    connect: (sources) => counts.connect(sources),
    async render() {
      counts.prune()
      ownValues = own.collect()
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
    close: () => own.close(),
  }
}
