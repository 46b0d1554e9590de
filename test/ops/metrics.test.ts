import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { afterEach, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { GatewayError } from '../../src/errors.ts'
import { createHealthRoutes, type HealthCheck, type Phase } from '../../src/http/health-routes.ts'
import { createMetricsRoutes } from '../../src/http/metrics-routes.ts'
import { METRICS } from '../../src/infrastructure/metrics/metric-names.ts'
import { openMetrics, type OpenMetrics } from '../../src/infrastructure/metrics/open-metrics.ts'
import { anExchangeRecord } from '../support/exchange-records.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function open(): OpenMetrics {
  const opened = openMetrics({ version: '1.2.3', build: 'lightweight', nodeVersion: '24.0.0' })
  closers.push(() => opened.close())
  return opened
}

const record = anExchangeRecord()

async function render(opened: OpenMetrics): Promise<string> {
  return (await opened.render()).body
}

test('what the data plane reports appears under the documented names', async () => {
  const opened = open()
  const { metrics } = opened
  opened.connect({
    isUpstream: () => true,
    poolKeys: () => [{ upstream: 'openai', state: 'ready', count: 2 }],
    logLinesDropped: () => 7,
    streams: () => [['openai', 3]],
    connections: () => 12,
    caches: () => [['dns', { hits: 9, misses: 1 }]],
    spans: () => ({ exported: 5, failed: 0, dropped: 2 }),
  })
  metrics.exchangeStarted('openai')
  metrics.exchangeStarted('openai')
  metrics.exchangeFinished(record)
  metrics.exchangeStarted('openai')
  metrics.exchangeFinished({ ...record, status: 503, outcome: 'exhausted', stream: true, durationMs: 400_000, firstByteMs: 40 })
  metrics.attemptFinished('openai', 'rate_limited')
  metrics.attemptFinished('openai', 'rate_limited')
  metrics.failureAbsorbed('openai', 'rate_limited')
  metrics.keyTransition('openai', 'cooling', 'rate_limited')
  metrics.poolExhausted('openai')
  metrics.authFailed('proxy', 'invalid_client_key')
  metrics.configReloaded()
  opened.observeQuery('select', 0.2)
  opened.observeCommand('increment', 3)
  const text = await render(opened)
  for (const line of [
    'akr_build_info{version="1.2.3",edition="lightweight",node="24.0.0"} 1',
    'akr_proxy_requests_total{upstream="openai",kind="llm",status="200",outcome="ok"} 1',
    'akr_proxy_requests_total{upstream="openai",kind="llm",status="503",outcome="exhausted"} 1',
    'akr_proxy_request_duration_seconds_bucket{upstream="openai",kind="llm",stream="false",le="0.025"} 0',
    'akr_proxy_request_duration_seconds_bucket{upstream="openai",kind="llm",stream="false",le="0.05"} 1',
    'akr_proxy_request_duration_seconds_bucket{upstream="openai",kind="llm",stream="true",le="300"} 0',
    'akr_proxy_request_duration_seconds_bucket{upstream="openai",kind="llm",stream="true",le="+Inf"} 1',
    'akr_proxy_request_duration_seconds_sum{upstream="openai",kind="llm",stream="false"} 0.03',
    'akr_proxy_request_duration_seconds_count{upstream="openai",kind="llm",stream="false"} 1',
    'akr_proxy_overhead_seconds_bucket{kind="llm",le="0.0005"} 2',
    'akr_llm_time_to_first_token_seconds_count{upstream="openai"} 1',
    'akr_inflight_requests{upstream="openai"} 1',
    'akr_upstream_attempts_total{upstream="openai",result="rate_limited"} 2',
    'akr_failures_absorbed_total{upstream="openai",reason="rate_limited"} 1',
    'akr_key_transitions_total{upstream="openai",to="cooling",reason="rate_limited"} 1',
    'akr_pool_exhausted_total{upstream="openai"} 1',
    'akr_pool_keys{upstream="openai",state="ready"} 2',
    'akr_auth_failures_total{surface="proxy",reason="invalid_client_key"} 1',
    'akr_config_reloads_total 1',
    'akr_log_dropped_total 7',
    'akr_inflight_streams{upstream="openai"} 3',
    'akr_connections 12',
    'akr_cache_requests_total{cache="dns",result="hit"} 9',
    'akr_cache_requests_total{cache="dns",result="miss"} 1',
    'akr_trace_spans_total{result="exported"} 5',
    'akr_trace_spans_total{result="dropped"} 2',
    'akr_db_query_duration_seconds_bucket{op="select",le="0.0001"} 0',
    'akr_db_query_duration_seconds_bucket{op="select",le="0.00025"} 1',
    'akr_redis_command_duration_seconds_bucket{op="increment",le="0.0025"} 0',
    'akr_redis_command_duration_seconds_count{op="increment"} 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  for (const name of Object.keys(METRICS)) expect(text).toContain(`# TYPE ${name} ${METRICS[name as keyof typeof METRICS].type}`)
  expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m)
  expect(text).toMatch(/^nodejs_eventloop_lag_max_seconds [\d.e-]+$/m)
})

test('labels from outside cannot make series without end', async () => {
  const opened = open()
  opened.connect({ isUpstream: (slug) => slug === 'openai', poolKeys: () => [], logLinesDropped: () => 0 })
  for (let i = 0; i < 5_000; i++) {
    opened.metrics.exchangeStarted(`slug-${i}`)
    opened.metrics.exchangeFinished({ ...record, upstream: `slug-${i}`, status: 404, outcome: 'rejected' })
    opened.metrics.exchangeFinished({ ...record, status: i, outcome: 'upstream_error' })
    opened.metrics.attemptFinished('openai', `result-${i}`)
    opened.metrics.authFailed('proxy', `reason-${i}`)
  }
  const lines = (await render(opened)).split('\n')
  expect(lines).toContain('akr_proxy_requests_total{upstream="other",kind="llm",status="404",outcome="rejected"} 5000')
  expect(lines.length).toBeLessThan(400)
})

test('a removed upstream loses its series', async () => {
  const opened = open()
  const slugs = new Set(['a', 'b'])
  opened.connect({ isUpstream: (slug) => slugs.has(slug), poolKeys: () => [], logLinesDropped: () => 0 })
  opened.metrics.poolExhausted('a')
  opened.metrics.poolExhausted('b')
  slugs.delete('a')
  const text = await render(opened)
  expect(text).not.toContain('upstream="a"')
  expect(text).toContain('upstream="b"')
})

async function listen(mount: (app: express.Express) => void): Promise<string> {
  const app = express()
  mount(app)
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(error instanceof GatewayError ? error.status : 500).json({ code: error instanceof GatewayError ? error.code : String(error) })
  })
  const server: Server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('/metrics asks for the token, or else for a private address', async () => {
  const answer = async (): Promise<{ contentType: string; body: string }> => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' })
  const byToken = await listen((app) =>
    app.use(createMetricsRoutes({ isEnabled: true, token: new Secret('s3cr3t-of-metrics'), render: answer, clientAddress: () => '127.0.0.1' })),
  )
  expect((await fetch(`${byToken}/metrics`)).status).toBe(401)
  expect((await fetch(`${byToken}/metrics`, { headers: { authorization: 'Bearer s3cr3t-of-metricS' } })).status).toBe(401)
  const good = await fetch(`${byToken}/metrics`, { headers: { authorization: 'Bearer s3cr3t-of-metrics' } })
  expect([good.status, await good.text()]).toEqual([200, 'up 1\n'])

  const off = await listen((app) => app.use(createMetricsRoutes({ isEnabled: false, token: undefined, render: answer, clientAddress: () => '127.0.0.1' })))
  expect((await fetch(`${off}/metrics`)).status).toBe(404)

  let address = ''
  const byAddress = await listen((app) => app.use(createMetricsRoutes({ isEnabled: true, token: undefined, render: answer, clientAddress: () => address })))
  for (const [from, status] of Object.entries({
    '127.0.0.1': 200,
    '::1': 200,
    '::ffff:10.1.2.3': 200,
    '192.168.1.1': 200,
    'fe80::1%eth0': 200,
    '8.8.8.8': 403,
    '::ffff:8.8.8.8': 403,
    '2001:db8::1': 403,
    '': 403,
  })) {
    address = from
    expect([from, (await fetch(`${byAddress}/metrics`)).status]).toEqual([from, status])
  }
})

test('health: live always, ready only with a configuration and while not draining, details for admins only', async () => {
  let phase: Phase = 'starting'
  let checksRun = 0
  let checks: () => Promise<Record<string, HealthCheck>> = async () => ({ database: { status: 'warn', detail: 'slow' } })
  let isDegraded = false
  const health = {
    phase: () => phase,
    waitingFor: () => 'The database is awaited.',
    isDegraded: () => isDegraded,
    checks: () => {
      checksRun++
      return checks()
    },
  }
  const isAdmin = async (request: Request): Promise<boolean> => request.get('authorization') === 'Bearer admin'
  const base = await listen((app) => app.use(createHealthRoutes({ health, build: 'lightweight', version: '1.2.3', isAdmin })))
  const statuses = async (): Promise<Record<string, number>> => {
    const entries = ['live', 'ready', 'startup', 'ping'].map(async (name) => [name, (await fetch(`${base}/health/${name}`)).status])
    return Object.fromEntries(await Promise.all(entries)) as Record<string, number>
  }
  expect(await statuses()).toEqual({ live: 200, ready: 503, startup: 503, ping: 200 })
  expect(await (await fetch(`${base}/health/ready`)).json()).toEqual({ status: 'fail', phase: 'starting', reason: 'The database is awaited.' })
  phase = 'ready'
  expect(await statuses()).toEqual({ live: 200, ready: 200, startup: 200, ping: 200 })
  phase = 'draining'
  expect(await statuses()).toEqual({ live: 200, ready: 503, startup: 200, ping: 200 })
  for (const [alias, status] of [['livez', 200], ['readyz', 503], ['healthz', 503], ['health/nothing', 404]] as const) expect((await fetch(`${base}/${alias}`)).status).toBe(status) // prettier-ignore

  phase = 'ready'
  const anonymous = (await (await fetch(`${base}/health`)).json()) as object
  expect(anonymous).toEqual({ status: 'pass', phase: 'ready' })
  isDegraded = true
  const degraded = await fetch(`${base}/health`)
  expect([degraded.status, await degraded.json()]).toEqual([200, { status: 'warn', phase: 'ready' }])
  expect((await fetch(`${base}/health/ready`)).status).toBe(200)
  isDegraded = false
  expect(checksRun).toBe(0)
  const admin = { headers: { authorization: 'Bearer admin' } }
  expect(await (await fetch(`${base}/health`, admin)).json()).toEqual({
    status: 'warn', phase: 'ready', build: 'lightweight', version: '1.2.3', checks: { database: { status: 'warn', detail: 'slow' } },
  }) // prettier-ignore
  checks = () => Promise.reject(new Error('boom'))
  expect(await (await fetch(`${base}/health`, admin)).json()).toMatchObject({ status: 'fail' })
})

test('tokens and cost are counted by upstream, model and direction; of models beyond the bound as others', async () => {
  const opened = open()
  const { metrics } = opened
  const usage = { input: 100, output: 20, cacheRead: 60, cacheWrite: 10, reasoning: 5 }
  const use = (changes: Partial<typeof record>): void => metrics.exchangeFinished({ ...record, usage, ...changes })
  use({ model: 'gpt-x', costMicroUsd: 1_500_000 })
  use({ model: 'gpt-x', costMicroUsd: 250_000 })
  use({ model: 'free', costMicroUsd: undefined })
  use({ model: '' })
  metrics.exchangeFinished({ ...record, model: 'asked-and-refused' })
  for (let i = 0; i < 60; i++) use({ model: `invented-${i}` })
  const text = await render(opened)
  for (const line of [
    'akr_llm_tokens_total{upstream="openai",model="gpt-x",direction="input"} 200',
    'akr_llm_tokens_total{upstream="openai",model="gpt-x",direction="output"} 40',
    'akr_llm_tokens_total{upstream="openai",model="gpt-x",direction="cache_read"} 120',
    'akr_llm_tokens_total{upstream="openai",model="gpt-x",direction="cache_write"} 20',
    'akr_llm_tokens_total{upstream="openai",model="gpt-x",direction="reasoning"} 10',
    'akr_llm_tokens_total{upstream="openai",model="free",direction="input"} 100',
    'akr_llm_cost_usd_total{upstream="openai",model="gpt-x"} 1.75',
    // 50 names in all, two of them above: 12 of the invented ones, and the one without a name.
    'akr_llm_tokens_total{upstream="openai",model="other",direction="input"} 1300',
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).not.toMatch(/akr_llm_cost_usd_total\{[^}]*model="free"|asked-and-refused/)
  expect(text.match(/akr_llm_tokens_total\{[^}]*direction="input"/g)).toHaveLength(51)
})
