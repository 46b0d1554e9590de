// The Metrics port as plain numbers: one map look-up per call, everything else waits for the scrape.
import type { BreakerState } from '../../domain/circuit-breaker.ts'
import type { ExchangeRecord } from '../../ports/exchange-record.ts'
import type { CacheCounts, Metrics } from '../../ports/metrics.ts'
import type { ReportCounts } from '../logging/open-logging.ts'
import { Histogram } from './histogram.ts'
import { LabelCounter, OTHER } from './label-counter.ts'
import { OVERHEAD_BOUNDS } from './metric-names.ts'
import { OperationTimes } from './operation-times.ts'
import { UpstreamSeries } from './upstream-series.ts'

/** Upstreams with series of their own; the rest counts as `other`. About 60 lines each at a scrape. */
const UPSTREAMS_MAX = 500
const REASONS_MAX = 30
/** Models with series of their own, of all upstreams together. */
const MODELS_MAX = 50
/** Routes and outcomes with a series of their own; the rest counts as `other`. */
const ROUTES_MAX = 1_000

export interface TargetFigures {
  readonly upstream: string
  readonly target: string
  readonly isHealthy: boolean
  /** undefined without a breaker. */
  readonly breaker: BreakerState | undefined
}

export interface RequestLogFigures {
  readonly stored: number
  readonly dropped: number
  readonly leftOut: number
  readonly sampling: number
  /** undefined until it was measured. */
  readonly bytes: number | undefined
}

/** Asked at every scrape; none of them may take long. */
export interface MetricSources {
  /** Whether a slug is configured: only those get series of their own. */
  readonly isUpstream: (slug: string) => boolean
  readonly poolKeys: () => Iterable<{ readonly upstream: string; readonly state: string; readonly count: number }>
  /** Targets that are chosen or watched. */
  readonly targets?: () => Iterable<TargetFigures>
  readonly logLinesDropped: () => number
  readonly requestLog?: () => RequestLogFigures
  /** Streams that are being relayed, by upstream. */
  readonly streams?: () => Iterable<readonly [upstream: string, count: number]>
  readonly connections?: () => number
  readonly caches?: () => Iterable<readonly [cache: string, counts: CacheCounts]>
  /** Spans by what became of them; undefined while tracing is off. */
  readonly spans?: () => Readonly<Record<string, number>> | undefined
  /** Error reports by what became of them; undefined when there is nobody to report to. */
  readonly errorReports?: () => ReportCounts | undefined
  /** undefined in a process that serves nobody. */
  readonly replicas?: () => number
  readonly keyEventsDropped?: () => number
  readonly isDatabaseReachable?: () => boolean
  /** Seconds; undefined without a snapshot file. */
  readonly snapshotFileAgeS?: () => number | undefined
}

export class MetricCounts implements Metrics {
  readonly upstreams = new Map<string, UpstreamSeries>()
  readonly overhead = { llm: new Histogram(OVERHEAD_BOUNDS), generic: new Histogram(OVERHEAD_BOUNDS) }
  /** Keyed `<surface> <reason>`. */
  readonly authFailures = new LabelCounter(REASONS_MAX)
  /** Keyed by limit. */
  readonly clientRefusals = new LabelCounter(REASONS_MAX)
  webSocketsOpen = 0
  /** Keyed by outcome. */
  readonly webSockets = new LabelCounter(REASONS_MAX)
  /** Keyed `<outcome> <route>`. */
  readonly routeRequests = new LabelCounter(ROUTES_MAX)
  /** Keyed by route. */
  readonly routeShadows = new LabelCounter(ROUTES_MAX)
  configReloads = 0
  readonly #models = new Set<string>()
  readonly queryTimes = new OperationTimes()
  readonly redisTimes = new OperationTimes()
  sources: MetricSources | undefined

  connect(sources: MetricSources): void {
    this.sources = sources
  }

  exchangeStarted(upstream: string): void {
    this.#seriesOf(upstream).inFlight++
  }

  exchangeFinished(record: ExchangeRecord): void {
    const series = this.#seriesOf(record.upstream)
    if (series.inFlight > 0) series.inFlight--
    series.finish(record)
    if (record.usage !== undefined) series.consume(record.usage, this.#modelLabel(record.model), record)
    if (record.route !== '') this.routeRequests.add(`${record.outcome} ${record.route}`)
    if (record.overheadMs !== undefined) this.overhead[record.kind].observe(record.overheadMs / 1000)
  }

  attemptFinished(upstream: string, result: string): void {
    this.#seriesOf(upstream).attempts.add(result)
  }

  failureAbsorbed(upstream: string, reason: string): void {
    this.#seriesOf(upstream).absorbed.add(reason)
  }

  keyTransition(upstream: string, to: string, outcome: string): void {
    this.#seriesOf(upstream).transitions.add(`${to} ${outcome}`)
  }

  poolExhausted(upstream: string): void {
    this.#seriesOf(upstream).exhausted++
  }

  clientLimited(limit: string): void {
    this.clientRefusals.add(limit)
  }

  webSocketOpened(): void {
    this.webSocketsOpen++
  }

  webSocketEnded(outcome: string): void {
    if (outcome !== 'refused') this.webSocketsOpen--
    this.webSockets.add(outcome)
  }

  authFailed(surface: 'admin' | 'proxy', reason: string): void {
    this.authFailures.add(`${surface} ${reason}`)
  }

  routeShadowed(route: string): void {
    this.routeShadows.add(route)
  }

  configReloaded(): void {
    this.configReloads++
  }

  /** Upstreams that are gone lose their series, or a year of renames would fill the bound. */
  prune(): void {
    for (const [slug, series] of this.upstreams) {
      if (slug !== OTHER && series.inFlight === 0 && this.sources?.isUpstream(slug) === false) this.upstreams.delete(slug)
    }
  }

  /** The first names that answers bring; others, and none, are `other`. */
  #modelLabel(model: string): string {
    if (this.#models.has(model)) return model
    if (model === '' || this.#models.size >= MODELS_MAX) return OTHER
    this.#models.add(model)
    return model
  }

  #seriesOf(slug: string): UpstreamSeries {
    const known = this.upstreams.get(slug)
    if (known !== undefined) return known
    const isOther = slug === '' || this.upstreams.size >= UPSTREAMS_MAX || this.sources?.isUpstream(slug) === false
    const series = (isOther ? this.upstreams.get(OTHER) : undefined) ?? new UpstreamSeries()
    this.upstreams.set(isOther ? OTHER : slug, series)
    return series
  }
}
