// Opens tracing when it is configured; without it nothing of OpenTelemetry is loaded.
import { hostname } from 'node:os'
import type { Config } from '../config.ts'
import type { Tracing } from '../infrastructure/tracing/open-tracing.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { TraceStarter } from '../services/trace-starter.ts'

export interface Traces extends Tracing {
  readonly starter: TraceStarter
}

export interface TracesInput {
  readonly config: Config
  readonly random: Random
  readonly logger: Logger
  readonly providerOf: (upstream: string) => string | undefined
}

export async function openTraces({ config, random, logger, providerOf }: TracesInput): Promise<Traces | undefined> {
  const { tracing, version } = config
  if (tracing === undefined) return undefined
  const { openTracing } = await import('../infrastructure/tracing/open-tracing.ts')
  const starter = new TraceStarter(random, tracing.sampling)
  const headers = JSON.parse(tracing.headers.reveal()) as Record<string, string>
  const { url, serviceName, attributes } = tracing
  const instance = `${hostname()}-${process.pid}`
  const isChosen = (traceId: string): boolean => starter.isChosen(traceId)
  const opened = openTracing({ url, headers, serviceName, version, attributes, instance, providerOf, isChosen, logger })
  return { ...opened, starter }
}
