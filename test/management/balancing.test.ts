// How the balancing of an upstream is set and shown, and what is refused with which advice.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

let api: Management
let token: string
beforeAll(async () => {
  api = await openManagement()
  token = await api.tokenOf('operator')
})
afterAll(() => api.close())

const TARGETS = [{ url: 'https://a.example.org' }, { url: 'https://b.example.org', weight: 3 }]
let made = 0

async function create(more: Readonly<Record<string, unknown>> = {}): Promise<any> {
  return (await api.call('POST', '/upstreams', { token, body: { slug: `balanced-${++made}`, targets: TARGETS, ...more } })).json
}

test('defaults are shown as null, settings with everything filled in, in seconds', async () => {
  expect(await create()).toMatchObject({ balance: 'round_robin', health_check: null, circuit_breaker: null })
  const full = await create({ balance: 'weighted', health_check: { path: '/healthz', interval_seconds: 2.5 }, circuit_breaker: { open_seconds: 0.5 } })
  expect(full).toMatchObject({
    targets: [{ weight: 1 }, { weight: 3 }],
    balance: 'weighted',
    health_check: { path: '/healthz', interval_seconds: 2.5, timeout_seconds: 2, healthy_threshold: 2, unhealthy_threshold: 3, expected_status: '200-399' },
    circuit_breaker: { failure_ratio: 0.5, minimum_requests: 5, window_seconds: 10, open_seconds: 0.5, probes: 1, fail_fast: false },
  })
  const { targets, balance, health_check, circuit_breaker } = full
  const again = await api.call('PUT', `/upstreams/${full.id}`, { token, body: { slug: full.slug, targets, balance, health_check, circuit_breaker } })
  expect({ ...again.json, updated_at: '' }).toEqual({ ...full, updated_at: '' })
})

test('a change keeps what it does not name; null brings the default back; PUT brings all defaults back', async () => {
  const { id, slug } = await create({ balance: 'least_connections', health_check: { path: '/' }, circuit_breaker: 'off' })
  const patched = await api.call('PATCH', `/upstreams/${id}`, { token, body: { name: 'x' } })
  expect(patched.json).toMatchObject({ balance: 'least_connections', health_check: { path: '/' }, circuit_breaker: 'off' })
  const reset = await api.call('PATCH', `/upstreams/${id}`, { token, body: { health_check: null, circuit_breaker: null } })
  expect(reset.json).toMatchObject({ balance: 'least_connections', health_check: null, circuit_breaker: null })
  const replaced = await api.call('PUT', `/upstreams/${id}`, { token, body: { slug, targets: TARGETS } })
  expect(replaced.json.balance).toBe('round_robin')
})

test.each([
  [{ balance: 'random' }, '/balance', /one of/],
  [{ targets: [TARGETS[0], { url: 'https://A.example.org/' }] }, '/targets/1/url', /is there already; give one entry a larger weight/],
  [{ health_check: {} }, '/health_check/path', /./],
  [{ health_check: { path: 'healthz' } }, '/health_check/path', /must start with \//],
  [{ health_check: { path: '/a b' } }, '/health_check/path', /no spaces/],
  [{ health_check: { path: '/a\r\nx: y' } }, '/health_check/path', /no spaces/],
  [{ health_check: { path: '/a#b' } }, '/health_check/path', /no spaces, #/],
  [{ health_check: { path: '/', interval_seconds: 0.9 } }, '/health_check/interval_seconds', />=1/],
  [{ health_check: { path: '/', timeout_seconds: 0 } }, '/health_check/timeout_seconds', />=0.1/],
  [{ health_check: { path: '/', expected_status: '2xx' } }, '/health_check/expected_status', /200-399,404/],
  [{ health_check: { path: '/', key: 'x' } }, '/health_check/key', /not a known field/],
  [{ circuit_breaker: 'on' }, '/circuit_breaker', /./],
  [{ circuit_breaker: { failure_ratio: 0 } }, '/circuit_breaker', /./],
  [{ circuit_breaker: { probes: 0 } }, '/circuit_breaker', /./],
])('%j is refused', async (body, path, advice) => {
  const answer = await api.call('POST', '/upstreams', { token, body: { slug: 'refused', targets: TARGETS, ...body } })
  expect(answer.status).toBe(422)
  expect(answer.json.errors[0].path).toMatch(new RegExp(`^${path}`))
  expect(answer.json.errors[0].message).toMatch(advice)
})

test('status: nothing to show without a choice; pages', async () => {
  for (const path of ['/load-balancer/status', '/circuit-breaker/status'])
    expect((await api.call('GET', `${path}?limit=1`, { token })).json).toEqual({ data: [], page: 1, limit: 1, total: 0 })
})
