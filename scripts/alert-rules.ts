// What is worth waking somebody for. deploy/prometheus/alerts.yml and a part of docs/metrics.md are written from this table.

export interface AlertRule {
  readonly title: string
  readonly severity: 'critical' | 'warning'
  /** PromQL; true while something is wrong. */
  readonly expression: string
  /** How long it must be true; empty = at once. */
  readonly for: string
  /** One sentence; `{{ $labels.x }}` names whom it concerns. */
  readonly summary: string
  /** What to do first. */
  readonly action: string
}

export const ALERT_RULES: Readonly<Record<string, AlertRule>> = {
  GatewayDown: {
    title: 'A gateway does not answer',
    severity: 'critical',
    expression: 'up{job="api-key-rotator"} == 0',
    for: '1m',
    summary: '{{ $labels.instance }} gives no metrics.',
    action: 'Look at the log of the container, and at METRICS_TOKEN when it runs.',
  },
  PoolExhausted: {
    title: 'A pool is exhausted',
    severity: 'critical',
    expression: 'sum by (upstream) (increase(akr_pool_exhausted_total[5m])) > 0',
    for: '',
    summary: 'Requests to {{ $labels.upstream }} are refused because no key is usable.',
    action: 'Look at the states of its keys: rate limits pass by themselves, rejected keys want replacing.',
  },
  PoolLow: {
    title: 'A pool runs low',
    severity: 'warning',
    expression: 'max by (upstream) (akr_pool_keys{state="ready"}) / sum by (upstream) (max by (upstream, state) (akr_pool_keys{state!="disabled"})) < 0.2',
    for: '5m',
    summary: 'Fewer than a fifth of the keys of {{ $labels.upstream }} are ready.',
    action: 'Add keys, or ask clients to send less.',
  },
  AbsorbedSpike: {
    title: 'Failures are absorbed more than usual',
    severity: 'warning',
    expression:
      'sum by (upstream) (rate(akr_failures_absorbed_total[5m])) > 4 * sum by (upstream) (rate(akr_failures_absorbed_total[1h] offset 5m)) and sum by (upstream) (rate(akr_failures_absorbed_total[5m])) > 0.1',
    for: '5m',
    summary: 'No client sees it yet, but {{ $labels.upstream }} fails four times as often as an hour ago.',
    action: 'The label `reason` of akr_failures_absorbed_total says how it fails.',
  },
  UpstreamErrors: {
    title: 'Clients see errors',
    severity: 'critical',
    expression:
      'sum by (upstream) (rate(akr_proxy_requests_total{outcome=~"upstream_error|exhausted"}[5m])) / sum by (upstream) (rate(akr_proxy_requests_total[5m])) > 0.05',
    for: '5m',
    summary: 'More than 5 % of the requests to {{ $labels.upstream }} end in an error that clients see.',
    action: 'Compare akr_upstream_attempts_total by result: one key, one target, or the whole vendor?',
  },
  CircuitOpen: {
    title: 'A circuit breaker is open',
    severity: 'warning',
    expression: 'max by (upstream, target) (akr_circuit_breaker_state) == 2',
    for: '2m',
    summary: 'No requests are sent to {{ $labels.target }} of {{ $labels.upstream }}.',
    action: 'GET /api/circuit-breaker/status says why; it closes by itself when probes succeed.',
  },
  AuthFailures: {
    title: 'Credentials are guessed',
    severity: 'warning',
    expression: 'sum by (surface) (increase(akr_auth_failures_total[5m])) > 50',
    for: '',
    summary: 'More than 50 refused credentials in 5 minutes on the {{ $labels.surface }} surface.',
    action: 'The access log has the addresses; RATE_LIMIT_ENABLED with RATE_LIMIT_PER_IP slows them down.',
  },
  DatabaseAway: {
    title: 'The database does not answer',
    severity: 'critical',
    expression: 'min by (instance) (akr_database_reachable) == 0',
    for: '1m',
    summary: '{{ $labels.instance }} serves from memory; management answers 503.',
    action: 'Bring the database back; nothing has to be restarted.',
  },
  EventLoopLag: {
    title: 'The event loop is blocked',
    severity: 'warning',
    expression: 'nodejs_eventloop_lag_p99_seconds > 0.2',
    for: '5m',
    summary: '{{ $labels.instance }} answers late: it has more to do than one core can.',
    action: 'Add replicas, or WORKERS.',
  },
  LogDropped: {
    title: 'Log lines are lost',
    severity: 'warning',
    expression: 'sum by (instance) (increase(akr_log_dropped_total[5m])) > 0',
    for: '',
    summary: 'The reader of the log of {{ $labels.instance }} is too slow.',
    action: 'Look at what reads the standard output, or raise LOG_LEVEL.',
  },
  WorkerRestarts: {
    title: 'Workers die',
    severity: 'warning',
    expression: 'sum by (instance) (increase(akr_worker_restarts_total{reason=~"crashed|hung|failed_start"}[15m])) > 2',
    for: '',
    summary: 'Workers of {{ $labels.instance }} were replaced more than twice in 15 minutes.',
    action: 'The label `reason` and the log say why.',
  },
}
