// Every metric of the product: name, type, labels and meaning. docs/metrics.md is generated from this table.

export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly about: string
  /** How the figures of several workers become one. Default: `sum`. */
  readonly across?: 'first' | 'min' | 'max'
}

/** Seconds; from a cache hit to the longest stream. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const
/** Seconds; from a statement in memory to one that is about to be given up. */
export const OPERATION_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const
/** Seconds; what the gateway itself may take. */
export const OVERHEAD_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1] as const

export const METRICS = {
  akr_build_info: { type: 'gauge', labels: ['version', 'edition', 'node'], about: 'Always 1; says what is running', across: 'max' },
  akr_proxy_requests_total: { type: 'counter', labels: ['upstream', 'kind', 'status', 'outcome'], about: 'Finished requests of clients' },
  akr_proxy_request_duration_seconds: { type: 'histogram', labels: ['upstream', 'kind', 'stream'], about: 'From the request to the last byte of the answer' },
  akr_proxy_overhead_seconds: { type: 'histogram', labels: ['kind'], about: 'Spent in the gateway before the first attempt was sent' },
  akr_llm_time_to_first_token_seconds: { type: 'histogram', labels: ['upstream'], about: 'From the request to the first byte of a streamed answer' },
  akr_inflight_requests: { type: 'gauge', labels: ['upstream'], about: 'Requests in flight' },
  akr_inflight_streams: { type: 'gauge', labels: ['upstream'], about: 'Streams in flight whose answer has begun' },
  akr_connections: { type: 'gauge', labels: [], about: 'Open connections of clients, idle ones included' },
  akr_upstream_attempts_total: {
    type: 'counter',
    labels: ['upstream', 'result'],
    about: 'Tries against an upstream, several per request when keys are switched',
  },
  akr_failures_absorbed_total: {
    type: 'counter',
    labels: ['upstream', 'reason'],
    about: 'Failures that no client saw, because a later attempt served the request',
  },
  akr_target_healthy: {
    type: 'gauge',
    labels: ['upstream', 'target'],
    about: '1 while the health checks of a target say that it is well or there are none, else 0; only where there is a choice or a check',
    across: 'min',
  },
  akr_circuit_breaker_state: {
    type: 'gauge',
    labels: ['upstream', 'target'],
    about: '0 closed, 1 half open, 2 open',
    across: 'max',
  },
  akr_pool_keys: { type: 'gauge', labels: ['upstream', 'state'], about: 'Keys by state', across: 'first' },
  akr_pool_exhausted_total: { type: 'counter', labels: ['upstream'], about: 'Requests refused because no key was usable' },
  akr_key_transitions_total: { type: 'counter', labels: ['upstream', 'to', 'reason'], about: 'Changes of a key state' },
  akr_llm_tokens_total: {
    type: 'counter',
    labels: ['upstream', 'model', 'direction'],
    about: 'Tokens that answers consumed; `input` contains `cache_read` and `cache_write`, `output` contains `reasoning`',
  },
  akr_llm_cost_usd_total: { type: 'counter', labels: ['upstream', 'model'], about: 'Estimated cost in US dollars of answers of models with a known price' },
  akr_client_limited_total: {
    type: 'counter',
    labels: ['limit'],
    about: 'Requests refused by a limit of their client key, account, route or address, or of all',
  },
  akr_websockets_open: { type: 'gauge', labels: [], about: 'Open WebSockets' },
  akr_websockets_total: { type: 'counter', labels: ['outcome'], about: 'WebSockets that ended, by what ended them; `refused` = the handshake opened none' },
  akr_route_requests_total: { type: 'counter', labels: ['route', 'outcome'], about: 'Finished requests that a route took, by its name' },
  akr_route_shadow_hits_total: { type: 'counter', labels: ['route'], about: 'Requests that a route in shadow mode would have taken' },
  akr_auth_failures_total: { type: 'counter', labels: ['surface', 'reason'], about: 'Refused credentials' },
  akr_config_reloads_total: { type: 'counter', labels: [], about: 'Configurations put in force' },
  akr_key_events_dropped_total: { type: 'counter', labels: [], about: 'Events of key histories lost because the database could not take them' },
  akr_database_reachable: { type: 'gauge', labels: [], about: '1 while the database answers, 0 while it does not', across: 'min' },
  akr_db_query_duration_seconds: {
    type: 'histogram',
    labels: ['op'],
    about: 'Statements of the database, waiting included: select, insert, update, delete, other',
  },
  akr_redis_command_duration_seconds: { type: 'histogram', labels: ['op'], about: 'Commands and scripts of Redis, refused ones included, by name' },
  akr_cache_requests_total: {
    type: 'counter',
    labels: ['cache', 'result'],
    about: 'Look-ups in memory, `hit` or `miss`: digests of `client_key`, addresses of upstreams in `dns`',
  },
  akr_snapshot_file_age_seconds: {
    type: 'gauge',
    labels: [],
    about: 'Since the sealed snapshot file was written; only beside a database server',
    across: 'min',
  },
  akr_request_log_stored_total: {
    type: 'counter',
    labels: [],
    about: 'Requests that are in the sums of the request log, and have a row unless they were left out',
  },
  akr_request_log_dropped_total: {
    type: 'counter',
    labels: [],
    about: 'Requests that are missing in the request log and its sums, because the database could not take them',
  },
  akr_request_log_left_out_total: {
    type: 'counter',
    labels: [],
    about: 'Requests without a row because the request log has reached LOG_MAX_BYTES; its sums count them',
  },
  akr_request_log_sampling: {
    type: 'gauge',
    labels: [],
    about: 'Of so many requests that went well one gets a row in the request log; 1 = every one',
    across: 'max',
  },
  akr_request_log_bytes: { type: 'gauge', labels: [], about: 'What the request log takes in the database', across: 'max' },
  akr_log_dropped_total: { type: 'counter', labels: [], about: 'Log lines lost because their reader was too slow' },
  akr_trace_spans_total: {
    type: 'counter',
    labels: ['result'],
    about: 'Spans by what became of them: `exported`, `failed` (the collector did not take them), `dropped` (too many waited)',
  },
  akr_error_reports_total: {
    type: 'counter',
    labels: ['result'],
    about: 'Reports to the error tracker by what became of them: `sent`, `failed`, `dropped` (too many, or too much alike)',
  },
  akr_replicas: { type: 'gauge', labels: [], about: 'Processes that serve this gateway and hear each other; 1 without a shared cache', across: 'max' },
  akr_workers: { type: 'gauge', labels: [], about: 'Worker processes that serve; 1 without WORKERS' },
  akr_workers_answered: {
    type: 'gauge',
    labels: [],
    about: 'Worker processes that gave their figures for this answer in time; of the others the last known ones count',
  },
  akr_worker_restarts_total: { type: 'counter', labels: ['reason'], about: 'Worker processes started in the place of another one' },
  process_cpu_user_seconds_total: { type: 'counter', labels: [], about: 'CPU time in user mode' },
  process_cpu_system_seconds_total: { type: 'counter', labels: [], about: 'CPU time in the kernel' },
  process_cpu_seconds_total: { type: 'counter', labels: [], about: 'CPU time' },
  process_start_time_seconds: { type: 'gauge', labels: [], about: 'Start of the process, seconds since 1970', across: 'min' },
  process_resident_memory_bytes: { type: 'gauge', labels: [], about: 'Memory of the process; with WORKERS, of all together (pages they share count in each)' },
  process_open_fds: { type: 'gauge', labels: [], about: 'Open file descriptors (Linux)' },
  nodejs_heap_size_total_bytes: { type: 'gauge', labels: [], about: 'Heap reserved by V8' },
  nodejs_heap_size_used_bytes: { type: 'gauge', labels: [], about: 'Heap in use' },
  nodejs_external_memory_bytes: { type: 'gauge', labels: [], about: 'Memory of buffers outside the heap' },
  nodejs_eventloop_lag_mean_seconds: { type: 'gauge', labels: [], about: 'Mean delay of the event loop since the last scrape', across: 'max' },
  nodejs_eventloop_lag_p99_seconds: { type: 'gauge', labels: [], about: '99th percentile of the delay of the event loop since the last scrape', across: 'max' },
  nodejs_eventloop_lag_max_seconds: { type: 'gauge', labels: [], about: 'Longest delay of the event loop since the last scrape', across: 'max' },
  nodejs_version_info: { type: 'gauge', labels: ['version'], about: 'Always 1; version of Node.js', across: 'max' },
} as const satisfies Record<string, MetricEntry>

export type MetricName = keyof typeof METRICS
