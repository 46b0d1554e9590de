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
  // Disabled, so that nobody is asked how he is.
  const full = await create({
    enabled: false,
    balance: 'weighted',
    health_check: { path: '/healthz', interval_seconds: 2.5 },
    circuit_breaker: { open_seconds: 0.5 },
  })
  expect(full).toMatchObject({
    targets: [{ weight: 1 }, { weight: 3 }],
    balance: 'weighted',
    health_check: { path: '/healthz', interval_seconds: 2.5, timeout_seconds: 2, healthy_threshold: 2, unhealthy_threshold: 3, expected_status: '200-399' },
    circuit_breaker: { failure_ratio: 0.5, minimum_requests: 5, window_seconds: 10, open_seconds: 0.5, probes: 1, fail_fast: false },
  })
  const { targets, balance, health_check, circuit_breaker } = full
  const again = await api.call('PUT', `/upstreams/${full.id}`, {
    token,
    body: { slug: full.slug, enabled: false, targets, balance, health_check, circuit_breaker },
  })
  expect({ ...again.json, updated_at: '' }).toEqual({ ...full, updated_at: '' })
})

test('a change keeps what it does not name; null brings the default back; PUT brings all defaults back', async () => {
  const { id, slug } = await create({ enabled: false, balance: 'least_connections', health_check: { path: '/' }, circuit_breaker: 'off' })
  const patched = await api.call('PATCH', `/upstreams/${id}`, { token, body: { name: 'x' } })
  expect(patched.json).toMatchObject({ balance: 'least_connections', health_check: { path: '/' }, circuit_breaker: 'off' })
  const reset = await api.call('PATCH', `/upstreams/${id}`, { token, body: { health_check: null, circuit_breaker: null } })
  expect(reset.json).toMatchObject({ balance: 'least_connections', health_check: null, circuit_breaker: null })
  const replaced = await api.call('PUT', `/upstreams/${id}`, { token, body: { slug, enabled: false, targets: TARGETS } })
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

test('status: only what has a choice or is watched, at once after the change, in pages', async () => {
  const status = async (what: string): Promise<any> => (await api.call('GET', `/${what}/status?limit=1000`, { token })).json
  const before = (await status('load-balancer')).total as number
  const { id, slug } = await create({ balance: 'weighted', circuit_breaker: { fail_fast: true } })
  await create({ targets: [TARGETS[0]] })
  const { data, total } = await status('load-balancer')
  expect(total).toBe(before + 1)
  const target = { usable: true, healthy: true, reason: '', checked_at: null, changed_at: null, breaker: 'closed', in_flight: 0, requests: 0 }
  expect(data.at(-1)).toEqual({
    ...{ kind: 'upstream', id, slug, balance: 'weighted' },
    targets: [
      { url: 'https://a.example.org', weight: 1, ...target },
      { url: 'https://b.example.org', weight: 3, ...target },
    ],
  })
  const breakers = (await status('circuit-breaker')).data.filter((row: { id: string }) => row.id === id)
  const breaker = { kind: 'upstream', id, slug, state: 'closed', requests: 0, failures: 0, changed_at: null, opens_in_seconds: 0 }
  expect(breakers).toEqual([
    { ...breaker, target: 'https://a.example.org' },
    { ...breaker, target: 'https://b.example.org' },
  ])
  const page = (await api.call('GET', '/circuit-breaker/status?page=2&limit=1', { token })).json
  expect([page.data.length, page.page, page.limit]).toEqual([1, 2, 1])
  await api.call('DELETE', `/upstreams/${id}`, { token })
  expect((await status('load-balancer')).total).toBe(before)
})
