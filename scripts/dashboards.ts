// What the dashboards show. deploy/grafana/dashboards/*.json are written from these tables (render-observability.ts).

export interface Panel {
  readonly title: string
  /** What to read from it, for people who see it for the first time. */
  readonly about: string
  readonly kind: 'timeseries' | 'stat' | 'heatmap' | 'table'
  /** Grafana's name of the unit. */
  readonly unit: 'reqps' | 's' | 'short' | 'percentunit' | 'bytes' | 'currencyUSD' | 'bool'
  /** Columns of 24. */
  readonly width: 6 | 8 | 12 | 24
  readonly queries: readonly { readonly expression: string; readonly legend: string }[]
}

export interface Dashboard {
  /** File name and stable id. */
  readonly id: string
  readonly title: string
  /** Whether one upstream or several can be chosen: queries then carry `upstream=~"$upstream"`. */
  readonly hasUpstream: boolean
  readonly panels: readonly Panel[]
}

const CHOSEN = 'upstream=~"$upstream"'

function one(expression: string, legend = ''): Panel['queries'] {
  return [{ expression, legend }]
}

function quantiles(metric: string, matchers: string): Panel['queries'] {
  return [0.5, 0.95, 0.99].map((part) => ({
    expression: `histogram_quantile(${part}, sum by (le) (rate(${metric}_bucket${matchers === '' ? '' : `{${matchers}}`}[$__rate_interval])))`,
    legend: `p${part * 100}`,
  }))
}

const TRAFFIC: Dashboard = {
  id: 'akr-traffic',
  title: 'API Key Rotator: traffic',
  hasUpstream: true,
  panels: [
    {
      title: 'Requests',
      about: 'Finished requests of clients.',
      kind: 'stat',
      unit: 'reqps',
      width: 6,
      queries: one(`sum(rate(akr_proxy_requests_total{${CHOSEN}}[$__rate_interval]))`),
    },
    {
      title: 'Clients saw an error',
      about: 'Share of requests that ended in an error of the vendor, or without a usable key.',
      kind: 'stat',
      unit: 'percentunit',
      width: 6,
      queries: one(
        `sum(rate(akr_proxy_requests_total{${CHOSEN}, outcome=~"upstream_error|exhausted"}[$__rate_interval])) / sum(rate(akr_proxy_requests_total{${CHOSEN}}[$__rate_interval]))`,
      ),
    },
    {
      title: 'Saved by another key',
      about: 'Failures that no client saw, because a later attempt served the request.',
      kind: 'stat',
      unit: 'short',
      width: 6,
      queries: one(`sum(increase(akr_failures_absorbed_total{${CHOSEN}}[$__range]))`),
    },
    {
      title: 'In flight',
      about: 'Requests and streams that run just now.',
      kind: 'stat',
      unit: 'short',
      width: 6,
      queries: one(`sum(akr_inflight_requests{${CHOSEN}})`),
    },
    {
      title: 'Requests by outcome',
      about: 'absorbed: served after a failure that the client did not see; exhausted: no key was usable; aborted: the client left.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: one(`sum by (outcome) (rate(akr_proxy_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{outcome}}'),
    },
    {
      title: 'Attempts by result',
      about: 'What vendors answered to single attempts, before anything was absorbed.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: one(`sum by (result) (rate(akr_upstream_attempts_total{${CHOSEN}}[$__rate_interval]))`, '{{result}}'),
    },
    {
      title: 'Duration',
      about: 'From the request to the last byte of the answer; streams last as long as they are.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: quantiles('akr_proxy_request_duration_seconds', CHOSEN),
    },
    {
      title: 'Time to the first token',
      about: 'From the request to the first byte of a streamed answer.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: quantiles('akr_llm_time_to_first_token_seconds', CHOSEN),
    },
    {
      title: 'Spent in the gateway',
      about: 'Until the first attempt was sent: what the gateway adds.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: quantiles('akr_proxy_overhead_seconds', ''),
    },
    {
      title: 'Refused by limits',
      about: 'Which limits of client keys, accounts, routes and addresses are reached.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: one('sum by (limit) (rate(akr_client_limited_total[$__rate_interval]))', '{{limit}}'),
    },
    {
      title: 'Refused credentials',
      about: 'Many at once are somebody who guesses.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: one('sum by (surface, reason) (rate(akr_auth_failures_total[$__rate_interval]))', '{{surface}} {{reason}}'),
    },
  ],
}

const KEYS: Dashboard = {
  id: 'akr-keys',
  title: 'API Key Rotator: keys and targets',
  hasUpstream: true,
  panels: [
    {
      title: 'Keys by state',
      about: 'ready serve; cooling and probing come back by themselves; parked want a person.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: one(`max by (upstream, state) (akr_pool_keys{${CHOSEN}})`, '{{upstream}} {{state}}'),
    },
    {
      title: 'Ready share',
      about: 'Of the keys that nobody has switched off.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 12,
      queries: one(
        `max by (upstream) (akr_pool_keys{${CHOSEN}, state="ready"}) / sum by (upstream) (max by (upstream, state) (akr_pool_keys{${CHOSEN}, state!="disabled"}))`,
        '{{upstream}}',
      ),
    },
    {
      title: 'State changes',
      about: 'Why keys go to rest, and come back.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: one(`sum by (to, reason) (increase(akr_key_transitions_total{${CHOSEN}}[$__rate_interval]))`, '{{to}}: {{reason}}'),
    },
    {
      title: 'No key was usable',
      about: 'Requests that were refused because their pool had none.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 12,
      queries: one(`sum by (upstream) (rate(akr_pool_exhausted_total{${CHOSEN}}[$__rate_interval]))`, '{{upstream}}'),
    },
    {
      title: 'Circuit breakers',
      about: '0 closed, 1 half open, 2 open.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: one(`max by (upstream, target) (akr_circuit_breaker_state{${CHOSEN}})`, '{{upstream}} {{target}}'),
    },
    {
      title: 'Healthy targets',
      about: '1 while the health checks say so.',
      kind: 'timeseries',
      unit: 'bool',
      width: 12,
      queries: one(`min by (upstream, target) (akr_target_healthy{${CHOSEN}})`, '{{upstream}} {{target}}'),
    },
  ],
}

const RUNTIME: Dashboard = {
  id: 'akr-runtime',
  title: 'API Key Rotator: the process',
  hasUpstream: false,
  panels: [
    {
      title: 'Versions',
      about: 'What runs where.',
      kind: 'table',
      unit: 'short',
      width: 12,
      queries: one('akr_build_info', '{{instance}} {{version}} {{edition}} {{node}}'),
    },
    { title: 'Replicas', about: 'Processes that hear each other.', kind: 'stat', unit: 'short', width: 6, queries: one('max(akr_replicas)') },
    {
      title: 'Database answers',
      about: '0 while it does not: requests are served on, management is not.',
      kind: 'stat',
      unit: 'bool',
      width: 6,
      queries: one('min(akr_database_reachable)'),
    },
    {
      title: 'CPU',
      about: 'Cores in use; one process uses at most a little more than one.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: one('rate(process_cpu_seconds_total{job="api-key-rotator"}[$__rate_interval])', '{{instance}}'),
    },
    {
      title: 'Memory',
      about: 'Resident memory of the process, and of its heap what is in use.',
      kind: 'timeseries',
      unit: 'bytes',
      width: 12,
      queries: [
        { expression: 'process_resident_memory_bytes{job="api-key-rotator"}', legend: '{{instance}} resident' },
        { expression: 'nodejs_heap_size_used_bytes{job="api-key-rotator"}', legend: '{{instance}} heap' },
      ],
    },
    {
      title: 'Event loop lag',
      about: 'Above 0.2 s the process has more to do than it can.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: one('nodejs_eventloop_lag_p99_seconds', '{{instance}} p99'),
    },
    {
      title: 'Lost lines and events',
      about: 'What could not be written in time, exactly counted.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        { expression: 'sum by (instance) (increase(akr_log_dropped_total[$__rate_interval]))', legend: '{{instance}} log lines' },
        { expression: 'sum by (instance) (increase(akr_key_events_dropped_total[$__rate_interval]))', legend: '{{instance}} key events' },
      ],
    },
    {
      title: 'Open WebSockets',
      about: 'That clients hold through the gateway.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: one('akr_websockets_open', '{{instance}}'),
    },
    {
      title: 'Worker restarts',
      about: 'By reason.',
      kind: 'timeseries',
      unit: 'short',
      width: 12,
      queries: one('sum by (instance, reason) (increase(akr_worker_restarts_total[$__rate_interval]))', '{{instance}} {{reason}}'),
    },
  ],
}

export const DASHBOARDS: readonly Dashboard[] = [TRAFFIC, KEYS, RUNTIME]
