// Routes over the management API: both forms, what is refused and where, what is warned of, and explanations.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isManagementToken } from '../../src/domain/management-token.ts'
import { openManagement } from './fixture.ts'
import type { Answer, Management } from './fixture.ts'

let api: Management
let operator: string
let viewer: string

beforeAll(async () => {
  api = await openManagement()
  operator = await api.tokenOf('operator')
  viewer = await api.tokenOf('viewer')
  const upstream = { slug: 'openai', adapter: 'openai', base_url: 'https://api.example.org/v1' }
  expect((await api.call('POST', '/upstreams', { token: operator, body: upstream })).status).toBe(201)
})
afterAll(() => api.close())

const create = (body: object): Promise<Answer> => {
  // Each route is older than the next one.
  api.clock.advance(1)
  return api.call('POST', '/routes', { token: operator, body })
}
const explain = async (body: object): Promise<any> => {
  const answer = await api.call('POST', '/explain', { token: viewer, body })
  expect(answer).toMatchObject({ status: 200 })
  return answer.json
}

const DENY = { type: 'deny', status: 403, message: 'No.' }

describe('both forms', () => {
  test('the flat form of the founding documents is taken as it is, and shown back beside the full form', async () => {
    const body = { path: '/api/users', target_url: 'http://127.0.0.1:18080/users', method: 'GET', enabled: true, rate_limit: 100, timeout: 30 }
    const created = await create(body)
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/api/admin/routes/${created.json.id}`)
    expect(created.json).toMatchObject(body)
    expect(created.json).toMatchObject({
      name: 'GET /api/users',
      priority: 0,
      mode: 'enforce',
      match: { path: '/api/users', methods: ['GET'], host: null, headers: [], query: [], model: null, client_key_ids: null, account_ids: null },
      action: { type: 'forward', targets: [{ url: 'http://127.0.0.1:18080/users', weight: 1 }] },
      rewrite: null,
      requires_client_key: false,
      rate_limit_window_seconds: 60,
      warnings: [],
    })
    expect(api.snapshot.current?.routes?.claims('GET', '/api/users')).toBe(true)
    expect(created.headers.get('etag')).toMatch(/^"[\da-z]+"$/)
    const replaced = await api.call('PUT', `/routes/${created.json.id}`, {
      token: operator,
      body: { path: '/flat', target_url: 'http://127.0.0.1:18080', method: '*' },
    })
    expect(replaced.json).toMatchObject({
      path: '/flat',
      method: null,
      rate_limit: null,
      rate_limit_window_seconds: null,
      timeout: null,
      created_at: created.json.created_at,
    })
    expect(api.snapshot.current?.routes?.claims('GET', '/api/users')).toBe(false)
  })

  test('the full form: every member survives, changes keep the rest, null takes away', async () => {
    const body = {
      name: 'Everything',
      enabled: false,
      priority: 7,
      mode: 'shadow',
      match: {
        path: '/full/:id/*rest',
        methods: ['post'],
        host: '*.Example.com',
        headers: [{ name: 'X-A', pattern: 'v*' }],
        query: [{ name: 'Q', present: true }],
        model: 'gpt-*',
        client_key_ids: ['cli_1'],
        account_ids: ['acc_1'],
      },
      action: { type: 'upstream', upstream: 'openai' },
      rewrite: {
        path: '/v2/:id/*rest',
        request_headers: [{ op: 'set', name: 'X-B', value: '1' }],
        response_headers: [{ op: 'remove', name: 'server' }],
        model: 'm',
      },
      rate_limit: 5,
      rate_limit_window_seconds: 1,
      timeout: 0.5,
    }
    const { json: created } = await create(body)
    const shown = {
      ...body,
      requires_client_key: true,
      match: { ...body.match, methods: ['POST'], host: '*.example.com', headers: [{ name: 'x-a', pattern: 'v*' }] },
      rewrite: { ...body.rewrite, request_headers: [{ op: 'set', name: 'x-b', value: '1' }] },
    }
    expect(created).toMatchObject(shown)
    expect((await api.call('GET', `/routes/${created.id}`, { token: viewer })).json).toMatchObject(shown)
    const changed = await api.call('PATCH', `/routes/${created.id}`, { token: operator, body: { priority: 8, rate_limit: null, timeout: 0, rewrite: null } })
    expect(changed.json).toMatchObject({ ...shown, priority: 8, rate_limit: null, rate_limit_window_seconds: null, timeout: null, rewrite: null })
    expect((await api.call('PATCH', `/routes/${created.id}`, { token: operator, body: { path: '/moved' } })).json).toMatchObject({
      match: { path: '/moved', host: '*.example.com' },
    })
  })

  test('pages, search, versions and removal', async () => {
    const { json: route } = await create({ name: 'Findable', path: '/findable', action: DENY })
    expect((await api.call('GET', '/routes?search=FINDABLE&limit=1', { token: viewer })).json).toMatchObject({
      page: 1,
      limit: 1,
      total: 1,
      data: [{ id: route.id }],
    })
    const stale = { token: operator, headers: { 'if-match': '"zzz"' } }
    expect((await api.call('PATCH', `/routes/${route.id}`, { ...stale, body: { priority: 1 } })).status).toBe(412)
    expect((await api.call('DELETE', `/routes/${route.id}`, stale)).status).toBe(412)
    expect((await api.call('DELETE', `/routes/${route.id}`, { token: operator })).status).toBe(204)
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await api.call(method, `/routes/${route.id}`, { token: operator, ...(method === 'PATCH' && { body: {} }) })).status).toBe(404)
    }
  })
})

describe('what is refused, with its place', () => {
  const flat = (path: string): object => ({ path, action: DENY })
  const full = (more: object): object => ({ match: { path: '/r' }, action: DENY, ...more })
  const forward = { type: 'forward', targets: [{ url: 'http://127.0.0.1:18080' }] }
  const cases: readonly (readonly [body: object, path: string, message: RegExp])[] = [
    [{}, '/path', /is required/],
    [{ path: '/a' }, '/target_url', /is required/],
    [{ path: '/a', match: { path: '/a' }, action: DENY }, '/path', /together with match/],
    [flat('users'), '/path', /^character 1: must start with "\/"/],
    [flat('/a/{id}'), '/path', /^character 4: parameters are written ":name"/],
    [flat('/a/*rest/b'), '/path', /^character 4: a wildcard must be the last/],
    [flat('/a/b*'), '/path', /^character 5: a wildcard takes a whole segment/],
    [flat('/a/:id/:id'), '/path', /^character 8: names the parameter "id" a second time/],
    [flat('/a/:i-d'), '/path', /^character 6: a parameter takes a whole segment/],
    [flat('/a/:'), '/path', /^character 5: has a parameter without a name/],
    [flat('/a//b'), '/path', /^character 4: has an empty segment/],
    [flat('/a/../b'), '/path', /^character 4: has a dot segment/],
    [flat('/a/%2e%2E'), '/path', /^character 4: has a dot segment/],
    [flat('/a/%zz'), '/path', /^character 4: "%" must be followed/],
    [flat('/a?b'), '/path', /^character 3: a path has no query/],
    [flat('/ä'), '/path', /^character 2: "ä" is not allowed/],
    [flat('/'), '/path', /^character 2: .*web UI/],
    [flat('/proxy/x'), '/path', /^character 2: .*another surface/],
    [flat('/health'), '/path', /another surface/],
    [flat('/api/admin/x'), '/path', /^character 6: .*kept for management/],
    [flat('/api/routes'), '/path', /kept for management/],
    [flat('/api/auth/login'), '/path', /kept for management/],
    [flat('/api/*rest'), '/path', /^character 6: .*written out/],
    [flat('/api/:x'), '/path', /written out/],
    [flat('/api'), '/path', /written out/],
    [{ path: '/a', target_url: 'ftp://x' }, '/target_url', /http/],
    [{ path: '/a', target_url: 'http://169.254.169.254/' }, '/target_url', /metadata/],
    [{ path: '/a', method: 'GET,FETCH', action: DENY }, '/method', /must be one of/],
    [{ match: { path: '/a' }, action: { type: 'upstream', upstream: 'nope' } }, '/action/upstream', /not the slug/],
    [full({ action: { type: 'upstream', upstream: 'openai' }, requires_client_key: false }), '/requires_client_key', /must be true/],
    [full({ action: forward, rewrite: { path: '/x/:id' } }), '/rewrite/path', /^character 4: "id" is not a parameter/],
    [full({ action: forward, rewrite: { request_headers: [{ op: 'set', name: 'Authorization', value: 'x' }] } }), '/rewrite/request_headers/0', /credential/],
    [full({ action: forward, rewrite: { request_headers: [{ op: 'remove', name: 'content-length' }] } }), '/rewrite/request_headers/0', /frames/],
    [full({ action: forward, rewrite: { request_headers: [{ op: 'set', name: 'x-forwarded-for', value: '1' }] } }), '/rewrite/request_headers/0', /client is/],
    [
      full({ action: forward, rewrite: { response_headers: [{ op: 'set', name: 'content-security-policy', value: 'x' }] } }),
      '/rewrite/response_headers/0',
      /gateway/,
    ],
    [full({ action: forward, rewrite: { request_headers: [{ op: 'set', name: 'x-a', value: 'a\r\nb: c' }] } }), '/rewrite/request_headers/0', /visible ASCII/],
    [full({ action: forward, rewrite: { request_headers: [{ op: 'set', name: 'x-a' }] } }), '/rewrite/request_headers/0/value', /required/],
    [full({ rewrite: { model: 'x' } }), '/rewrite', /sends no request/],
    [full({ match: { path: '/r', headers: [{ name: 'x-a' }] } }), '/match/headers/0', /exactly one/],
    [full({ match: { path: '/r', headers: [{ name: 'x-a', equals: '1', present: true }] } }), '/match/headers/0', /exactly one/],
    [full({ match: { path: '/r', headers: [{ name: 'authorization', equals: 'Bearer x' }] } }), '/match/headers/0', /must not hold a credential/],
    [full({ match: { path: '/r', query: [{ name: 'a', pattern: 'x\ny' }] } }), '/match/query/0/pattern', /^character 2/],
    [full({ match: { path: '/r', host: 'a b' } }), '/match/host', /host name/],
    [full({ match: { path: '/r', methods: [] } }), '/match/methods', /at least one/],
    [full({ action: { type: 'redirect', location: '//evil.test' } }), '/action/location', /path that starts/],
    [full({ action: { type: 'redirect', location: 'javascript:alert(1)' } }), '/action/location', /path that starts/],
    [full({ action: { type: 'redirect', status: 200, location: '/x' } }), '/action/status', /one of 301/],
    [full({ action: { type: 'deny', status: 200, message: 'x' } }), '/action/status', /400 to 599/],
    [full({ action: { type: 'mock', headers: { 'set-cookie': 'a=b' } } }), '/action/headers/set-cookie', /credential/],
    [full({ priority: 1e9 }), '/priority', /whole number/],
    [full({ rate_limit: 1e12 }), '/rate_limit', /whole number/],
    [full({ timeout: 1e9 }), '/timeout', /seconds/],
    [full({ nobody_knows: 1 }), '/nobody_knows', /not a known field/],
  ]
  test.each(cases.map((each) => [JSON.stringify(each[0]), each] as const))('%s', async (_, [body, path, message]) => {
    const { status, json } = await create(body)
    expect(status).toBe(422)
    const told = (json.errors as { path: string; message: string }[]).find((error) => error.path === path)
    expect({ errors: json.errors, told: told?.message ?? '' }).toMatchObject({ told: expect.stringMatching(message) as unknown })
  })
})

test('overlaps are told when a route is saved, and nothing is refused', async () => {
  const kinds = (answer: Answer): string[] =>
    (answer.json.warnings as { kind: string; route_name: string }[]).map(({ kind, route_name }) => `${kind} ${route_name}`)
  const named = (name: string, match: object, more: object = {}): Promise<Answer> => create({ name, match, action: DENY, ...more })
  expect(kinds(await named('wall', { path: '/o/*rest' }, { priority: 5 }))).toEqual([])
  expect(kinds(await named('below', { path: '/o/:id', methods: ['GET'] }))).toEqual(['shadowed_by wall'])
  expect(kinds(await named('beside', { path: '/p/:id', headers: [{ name: 'x-a', equals: '1' }] }))).toEqual([])
  expect(kinds(await named('also', { path: '/p/:key', query: [{ name: 'q', present: true }] }))).toEqual(['ambiguous beside'])
  expect(kinds(await named('off', { path: '/o/x' }, { enabled: false }))).toEqual([])
  expect(kinds(await named('above', { path: '/p/*rest' }, { priority: 9 }))).toEqual(['shadows beside', 'shadows also'])
  expect(kinds(await named('same', { path: '/o/:other', methods: ['GET'] }))).toEqual(['shadowed_by wall', 'shadowed_by below'])
})

describe('explain', () => {
  test('which route, with what of the path, where it goes, and why not the others', async () => {
    await create({ name: 'chat', match: { path: '/e/:who/*rest' }, action: { type: 'upstream', upstream: 'openai' }, rewrite: { path: '/chat/*rest' } })
    await create({ name: 'posts', match: { path: '/e/*rest', methods: ['POST'] }, action: DENY })
    await create({ name: 'beta', match: { path: '/e/*rest', headers: [{ name: 'x-beta', equals: '1' }] }, priority: 3, action: DENY })
    await create({ name: 'ghost', match: { path: '/e/ann/x' }, mode: 'shadow', action: DENY })
    await create({ name: 'unused', match: { path: '/e/ann/x' }, enabled: false, action: DENY })
    const told = await explain({ path: '/e/ann/x?y=1', headers: { Authorization: 'Bearer canary-in-a-header' } })
    expect(told).toMatchObject({
      surface: 'route',
      route: { route_name: 'chat', action: 'upstream', requires_client_key: true, params: { who: 'ann', rest: 'x' }, targets: [] },
      upstream: { slug: 'openai', exists: true, enabled: true, targets: ['https://api.example.org/v1'], keys: { ready: 0 } },
      path_after_target: '/chat/x',
      shadows: [{ route_name: 'ghost' }],
    })
    expect(JSON.stringify(told)).not.toContain('canary')
    const why = Object.fromEntries((told.others as any[]).map(({ route_name, field }) => [route_name, field]))
    expect(why).toMatchObject({ posts: '/match/methods', beta: '/match/headers/0', ghost: '/mode', unused: '/enabled' })
    expect(told.others.length).toBeLessThanOrEqual(20)
    expect(await explain({ path: '/e/ann/x', headers: { 'x-beta': ['0', '1'] } })).toMatchObject({
      route: { route_name: 'beta', action: 'deny' },
      upstream: null,
      path_after_target: null,
    })
  })

  test('which key of the pool would be used, by id and mask, and why not the others; the key itself is never told', async () => {
    const upstream = await api.call('POST', '/upstreams', {
      token: operator,
      body: { slug: 'pooled', adapter: 'openai', base_url: 'https://api.example.org/v1' },
    })
    const addKey = async (value: string, more: object = {}): Promise<any> =>
      (await api.call('POST', `/upstreams/${upstream.json.id}/keys`, { token: operator, body: { value, ...more } })).json
    const first = await addKey('sk-canary-first-0123456789abcdef', { label: 'first' })
    const second = await addKey('sk-canary-second-0123456789abcdef')
    const off = await addKey('sk-canary-off-0123456789abcdef', { enabled: false })
    const pool = api.snapshot.findPool(upstream.json.id)
    await pool?.lease([], true)
    const asked = { path: '/llm/pooled/chat/completions', method: 'POST' }
    const { lease } = (await explain(asked)).upstream
    expect(lease).toMatchObject({ why: 'It is its turn (2) among the 2 ready keys of tier 0.', others_total: 2 })
    const [expected, other] = lease.key.key_id === first.id ? [first, second] : [second, first]
    expect(lease.key).toEqual({ key_id: expected.id, label: expected.label, masked: expected.masked })
    expect(lease.others).toEqual([
      { key_id: other.id, label: other.label, masked: other.masked, state: 'ready', reason: 'It is ready, and its turn comes later.' },
      { key_id: off.id, label: '', masked: off.masked, state: 'disabled', reason: expect.stringMatching(/^It is disabled/) },
    ])
    expect(JSON.stringify(lease)).not.toContain('canary-')
    expect((await explain(asked)).upstream.lease).toEqual(lease)
    expect(await pool?.lease([], true)).toMatchObject({ id: expected.id })
    await api.call('PATCH', `/upstreams/${upstream.json.id}`, { token: operator, body: { enabled: false } })
    expect((await explain(asked)).upstream).toMatchObject({ enabled: false, lease: null })
    expect((await explain({ path: '/llm/nobody/x' })).upstream).toMatchObject({ exists: false, keys: null, lease: null })
  })

  test('the model of the body, the host, and the client key', async () => {
    const client = await api.services.clientKeys.issue({ name: 'one' })
    await create({ name: 'model', match: { path: '/f', model: 'gpt-*' }, action: DENY })
    await create({ name: 'host', match: { path: '/f', host: 'one.test' }, action: DENY })
    await create({ name: 'key', match: { path: '/f', client_key_ids: [client.clientKey.id] }, priority: 1, action: DENY })
    expect((await explain({ method: 'POST', path: '/f', body: { model: 'gpt-4' } })).route.route_name).toBe('model')
    expect((await explain({ path: '/f', headers: { host: 'ONE.test:80' } })).route.route_name).toBe('host')
    expect((await explain({ path: '/f', client_key_id: client.clientKey.id })).route.route_name).toBe('key')
    const none = await explain({ path: '/f' })
    expect([none.surface, none.route]).toEqual(['none', null])
  })

  test('other surfaces come before routes', async () => {
    expect(await explain({ path: '/llm/openai/chat/completions' })).toMatchObject({
      surface: 'llm',
      route: null,
      upstream: { slug: 'openai' },
      path_after_target: '/chat/completions',
    })
    expect(await explain({ path: '/proxy/nope/x' })).toMatchObject({ surface: 'proxy', upstream: { slug: 'nope', exists: false } })
    expect(await explain({ path: '/api/upstreams' })).toMatchObject({ surface: 'management', route: null })
    expect(await explain({ path: '/metrics' })).toMatchObject({ surface: 'metrics', upstream: null })
    expect(await explain({ path: '/no/such/path' })).toMatchObject({ surface: 'none' })
    await create({ name: 'claimed', path: '/api/orders/:id', action: DENY })
    expect(await explain({ path: '/api/orders/1' })).toMatchObject({ surface: 'route', route: { route_name: 'claimed' } })
  })
})

test('a token of the management API is known as such, and no other', () => {
  const other = Buffer.from(JSON.stringify({ aud: 'somebody else' })).toString('base64url')
  expect([isManagementToken(`Bearer ${operator}`), isManagementToken(`bearer  ${viewer}`)]).toEqual([true, true])
  for (const no of [undefined, '', operator, 'Bearer sk-akr-x', `Bearer a.${other}.c`, 'Bearer a.e30.c', 'Bearer a.bnVsbA.c', 'Bearer a.!.c'])
    expect(isManagementToken(no)).toBe(false)
})

test('many routes of one path and host are refused above the bound, because a look-up tries them one by one', async () => {
  await api.store.transaction(async ({ routes }) => {
    const { aRoute } = await import('../support/rows.ts')
    for (let i = 0; i < 100; i++) await routes.insert(aRoute({ match: { path: '/crowd/:id', headers: [{ name: 'x-a', equals: String(i) }] } }))
  })
  expect((await create({ path: '/crowd/:name', action: DENY })).status).toBe(409)
  expect((await create({ path: '/crowd/:name', action: DENY, enabled: false })).status).toBe(201)
  expect((await create({ match: { path: '/crowd/:name', host: 'one.test' }, action: DENY })).status).toBe(201)
})
