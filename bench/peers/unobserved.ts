// The gateway without what observes it: no request log, no usage metering, no metrics. The last two have no switch, so they are taken out here.
import { ADAPTERS } from '../../src/adapters/index.ts'
import type { Adapter } from '../../src/adapters/adapter.ts'
import { MetricCounts } from '../../src/infrastructure/metrics/metric-counts.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

for (const adapter of ADAPTERS as readonly Mutable<Adapter>[]) adapter.createMeter = undefined
for (const name of ['exchangeStarted', 'exchangeFinished', 'attemptFinished', 'failureAbsorbed'] as const) MetricCounts.prototype[name] = () => {}

process.env['REQUEST_LOG_ENABLED'] = 'false'
process.env['METRICS_ENABLED'] = 'false'
await import('../../builds/lightweight/main.ts')
