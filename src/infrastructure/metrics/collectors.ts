// For every metric the samples of one scrape, in the form prom-client's registry prints.
import { BREAKER_STATES } from '../../domain/circuit-breaker.ts'
import type { Histogram } from './histogram.ts'
import type { MetricCounts, TargetFigures } from './metric-counts.ts'
import { METRICS, type MetricName } from './metric-names.ts'
import type { OperationTimes } from './operation-times.ts'
import type { UpstreamSeries } from './upstream-series.ts'

export interface Sample {
  /** Differs from the metric's own name in histograms: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Targets with series of their own. */
const TARGETS_MAX = 500

type Collector = () => Iterable<Sample>

/** What is known about the worker processes of this gateway. */
export interface CrewFigures {
  readonly serving: number
  readonly answered: number
  readonly restarts: Iterable<readonly [reason: string, count: number]>
}

export interface BuildLabels {
  readonly version: string
  readonly build: string
  readonly nodeVersion: string
  /** undefined in a worker: its primary knows. */
  readonly crew: () => CrewFigures | undefined
}

/** @param ownValues what the process reports about itself, read once per scrape */
export function createCollectors(
  counts: MetricCounts,
  { version, build, nodeVersion, crew }: BuildLabels,
  ownValues: () => Partial<Record<MetricName, number>>,
): Readonly<Record<MetricName, Collector>> {
  const perUpstream = (collect: (upstream: string, series: UpstreamSeries) => Iterable<Sample>): Collector =>
    function* () {
      for (const [upstream, series] of counts.upstreams) yield* collect(upstream, series)
    }
  const own = Object.fromEntries(
    (Object.keys(METRICS) as MetricName[]).map((name): [MetricName, Collector] => [name, () => single(ownValues()[name])]),
  ) as Record<MetricName, Collector>
  return {
    ...own,
    akr_build_info: () => [{ labels: { version, edition: build, node: nodeVersion }, value: 1 }],
    nodejs_version_info: () => [{ labels: { version: nodeVersion }, value: 1 }],
    akr_replicas: () => single(counts.sources?.replicas?.()),
    akr_workers: () => single(crew()?.serving),
    akr_workers_answered: () => single(crew()?.answered),
    akr_worker_restarts_total: () => labelled(crew()?.restarts ?? [], (reason) => ({ reason })),
    akr_config_reloads_total: () => single(counts.configReloads),
    akr_key_events_dropped_total: () => single(counts.sources?.keyEventsDropped?.() ?? 0),
    akr_database_reachable: () => single(flag(counts.sources?.isDatabaseReachable?.())),
    akr_snapshot_file_age_seconds: () => single(counts.sources?.snapshotFileAgeS?.()),
    akr_request_log_stored_total: () => single(counts.sources?.requestLog?.().stored),
    akr_request_log_dropped_total: () => single(counts.sources?.requestLog?.().dropped),
    akr_request_log_left_out_total: () => single(counts.sources?.requestLog?.().leftOut),
    akr_request_log_sampling: () => single(counts.sources?.requestLog?.().sampling),
    akr_request_log_bytes: () => single(counts.sources?.requestLog?.().bytes),
    akr_log_dropped_total: () => single(counts.sources?.logLinesDropped() ?? 0),
    akr_proxy_requests_total: perUpstream(function* (upstream, series) {
      for (const { status, outcome, count } of series.requests()) yield { labels: { upstream, kind: series.kind, status, outcome }, value: count }
    }),
    akr_proxy_request_duration_seconds: perUpstream(function* (upstream, series) {
      for (const { stream, histogram } of series.durations())
        yield* expand('akr_proxy_request_duration_seconds', { upstream, kind: series.kind, stream }, histogram)
    }),
    akr_proxy_overhead_seconds: function* () {
      for (const [kind, histogram] of Object.entries(counts.overhead)) yield* expand('akr_proxy_overhead_seconds', { kind }, histogram)
    },
    akr_llm_time_to_first_token_seconds: perUpstream((upstream, { timeToFirstByte }) =>
      timeToFirstByte === undefined ? [] : expand('akr_llm_time_to_first_token_seconds', { upstream }, timeToFirstByte),
    ),
    akr_inflight_requests: perUpstream((upstream, { inFlight }) => [{ labels: { upstream }, value: inFlight }]),
    akr_inflight_streams: () => labelled(counts.sources?.streams?.() ?? [], (upstream) => ({ upstream })),
    akr_connections: () => single(counts.sources?.connections?.()),
    akr_db_query_duration_seconds: () => timesOf('akr_db_query_duration_seconds', counts.queryTimes),
    akr_redis_command_duration_seconds: () => timesOf('akr_redis_command_duration_seconds', counts.redisTimes),
    akr_cache_requests_total: function* () {
      for (const [cache, { hits, misses }] of counts.sources?.caches?.() ?? []) {
        yield { labels: { cache, result: 'hit' }, value: hits }
        yield { labels: { cache, result: 'miss' }, value: misses }
      }
    },
    akr_trace_spans_total: () => labelled(Object.entries(counts.sources?.spans?.() ?? {}), (result) => ({ result })),
    akr_error_reports_total: () => labelled(Object.entries(counts.sources?.errorReports?.() ?? {}), (result) => ({ result })),
    akr_upstream_attempts_total: perUpstream((upstream, { attempts }) => labelled(attempts.entries(), (result) => ({ upstream, result }))),
    akr_failures_absorbed_total: perUpstream((upstream, { absorbed }) => labelled(absorbed.entries(), (reason) => ({ upstream, reason }))),
    akr_key_transitions_total: perUpstream((upstream, { transitions }) => pairs(transitions.entries(), (to, reason) => ({ upstream, to, reason }))),
    akr_pool_exhausted_total: perUpstream((upstream, { exhausted }) => [{ labels: { upstream }, value: exhausted }]),
    akr_pool_keys: function* () {
      for (const { upstream, state, count } of counts.sources?.poolKeys() ?? []) yield { labels: { upstream, state }, value: count }
    },
    akr_llm_tokens_total: perUpstream(function* (upstream, { models }) {
      for (const [model, series] of models) for (const { direction, count } of series.tokens()) yield { labels: { upstream, model, direction }, value: count }
    }),
    akr_llm_cost_usd_total: perUpstream(function* (upstream, { models }) {
      for (const [model, { costUsd }] of models) if (costUsd !== undefined) yield { labels: { upstream, model }, value: costUsd }
    }),
    akr_target_healthy: function* () {
      for (const { upstream, target, isHealthy } of targets(counts)) yield { labels: { upstream, target }, value: Number(isHealthy) }
    },
    akr_circuit_breaker_state: function* () {
      for (const { upstream, target, breaker } of targets(counts))
        if (breaker !== undefined) yield { labels: { upstream, target }, value: BREAKER_STATES.indexOf(breaker) }
    },
    akr_client_limited_total: () => labelled(counts.clientRefusals.entries(), (limit) => ({ limit })),
    akr_websockets_open: () => single(counts.webSocketsOpen),
    akr_websockets_total: () => labelled(counts.webSockets.entries(), (outcome) => ({ outcome })),
    akr_route_requests_total: () => pairs(counts.routeRequests.entries(), (outcome, route) => ({ route, outcome })),
    akr_route_shadow_hits_total: () => labelled(counts.routeShadows.entries(), (route) => ({ route })),
    akr_auth_failures_total: () => pairs(counts.authFailures.entries(), (surface, reason) => ({ surface, reason })),
  }
}

/** A configuration may name thousands; a scrape stays bounded. */
function* targets(counts: MetricCounts): Iterable<TargetFigures> {
  const seen = new Set<string>()
  for (const figures of counts.sources?.targets?.() ?? []) {
    // Old rows may name a URL twice; a scrape must not.
    const name = `${figures.upstream} ${figures.target}`
    if (seen.has(name) || seen.size >= TARGETS_MAX) continue
    seen.add(name)
    yield figures
  }
}

function single(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }]
}

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function* labelled(entries: Iterable<readonly [string, number]>, labelsOf: (value: string) => Readonly<Record<string, string>>): Iterable<Sample> {
  for (const [value, count] of entries) yield { labels: labelsOf(value), value: count }
}

function pairs(entries: Iterable<readonly [string, number]>, labelsOf: (first: string, second: string) => Readonly<Record<string, string>>): Iterable<Sample> {
  return labelled(entries, (pair) => labelsOf(...splitPair(pair)))
}

/** `other`, beyond the bound, stands for both. */
function splitPair(pair: string): [string, string] {
  const space = pair.indexOf(' ')
  return space < 0 ? [pair, pair] : [pair.slice(0, space), pair.slice(space + 1)]
}

function* timesOf(name: MetricName, times: OperationTimes): Iterable<Sample> {
  for (const [op, histogram] of times.entries()) yield* expand(name, { op }, histogram)
}

function* expand(name: MetricName, labels: Readonly<Record<string, string>>, histogram: Histogram): Iterable<Sample> {
  const { buckets, sum, count } = histogram.collect()
  for (const bucket of buckets) yield { metricName: `${name}_bucket`, labels: { ...labels, le: bucket.bound }, value: bucket.count }
  yield { metricName: `${name}_sum`, labels, value: sum }
  yield { metricName: `${name}_count`, labels, value: count }
}
