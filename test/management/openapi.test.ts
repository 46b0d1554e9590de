// The OpenAPI document and Swagger UI: every route is there, and what the API answers is what the document says.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { z } from 'zod'
import { until } from '../support/until.ts'
import { anExchangeRecord } from '../support/exchange-records.ts'
import { BatchMaker } from '../support/log-batches.ts'
import { openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

let api: Management
let document: any

beforeAll(async () => {
  api = await openManagement()
  document = await (await fetch(`${api.url}/swagger/doc.json`)).json()
})
afterAll(() => api.close())

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

test('every registry route is in the document, with its permission, and nothing else is', () => {
  const documented = Object.entries<any>(document.paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`))
  const declared = api.routes.map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`)
  expect(documented.sort()).toEqual(declared.sort())
  for (const route of api.routes) {
    const operation = document.paths[route.path.replace(/:(\w+)/g, '{$1}')][route.method]
    expect(operation.security).toEqual(route.permission === 'public' ? [] : [{ bearer: [] }])
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining([...Object.keys(route.responses), 'default']))
    const refusals = Object.keys(operation.responses).filter((status) => operation.responses[status].$ref?.includes('/Refused'))
    expect(refusals.includes('401')).toBe(route.permission !== 'public')
    expect(refusals.includes('404')).toBe(route.path.includes(':'))
    expect(Object.keys(operation.responses)).toHaveLength(Object.keys(route.responses).length + refusals.length + 1)
    expect(operation.summary).toBe(route.summary)
  }
})

test('the document is valid OpenAPI 3.1 as far as readers depend on it', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
  const ids = new Set<string>()
  for (const [path, item] of Object.entries<any>(document.paths)) {
    expect(path).toMatch(/^\/[a-z{}/-]+$/)
    for (const [method, operation] of Object.entries<any>(item)) {
      expect(METHODS).toContain(method)
      expect(ids.has(operation.operationId)).toBe(false)
      ids.add(operation.operationId)
      const inPath = (operation.parameters ?? []).filter((each: any) => each.in === 'path')
      expect(inPath.map((each: any) => `{${each.name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
      for (const parameter of operation.parameters ?? [])
        expect(parameter).toMatchObject({ name: expect.any(String), in: expect.stringMatching(/^(path|query|header)$/), schema: expect.any(Object) })
      expect(inPath.every((each: any) => each.required === true)).toBe(true)
    }
  }
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map((match) => match[1] as string)
  for (const ref of refs)
    expect(
      ref
        .slice(1)
        .split('/')
        .reduce((node, part) => node?.[part], document),
    ).toBeDefined()
  expect(refs.length).toBeGreaterThan(api.routes.length)
  const strict = document.paths['/upstreams'].post.requestBody.content['application/json'].schema
  expect(strict).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: { slug: { type: 'string' }, key_location: { enum: ['header', 'query', 'basic', 'cookie', 'body'] } },
  })
  expect(document.paths['/upstreams/{id}/keys/import'].post.requestBody.content).toMatchObject({ 'text/plain': {}, 'text/csv': {}, 'application/json': {} })
  expect(document.paths['/upstreams'].get.parameters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'limit', required: false, schema: expect.objectContaining({ type: 'integer', maximum: 1000, default: 50 }) }),
    ]),
  )
})

test('answers have exactly the fields that the document promises', async () => {
  const token = await api.tokenOf('admin')
  const call = async (method: string, path: string, template: string, body?: unknown): Promise<any> => {
    const answer = await api.call(method, path, { token, body })
    const route = api.routes.find((each) => each.method === method.toLowerCase() && each.path === template)
    const schema = route?.responses[answer.status]?.schema
    if (answer.status === 204) return undefined
    if (schema === undefined) throw new Error(`${method} ${template} answered ${answer.status}, which is not documented: ${answer.text}`)
    const parsed = (schema as z.ZodObject).parse(answer.json)
    // Object schemas drop what they do not know: an undocumented field would be missing here.
    expect(parsed).toEqual(answer.json)
    seen.add(`${method.toLowerCase()} ${template}`)
    return answer.json
  }
  const seen = new Set<string>()
  const password = 'Tr4verse-granite-otter'
  await call('POST', '/login', '/login', { username: 'the-admin', password })
  await call('POST', '/auth/login', '/auth/login', { username: 'the-admin', password })
  await call('GET', '/auth/me', '/auth/me')
  await call('POST', '/auth/refresh', '/auth/refresh')
  await call('GET', '/setup', '/setup')
  const upstream = await call('POST', '/upstreams', '/upstreams', { slug: 'doc', base_url: 'http://127.0.0.1:59999', total_timeout_ms: 1000 })
  const key = await call('POST', `/upstreams/${upstream.id}/keys`, '/upstreams/:id/keys', { value: 'sk-doc-0123456789abcdef0123456789' })
  await call('POST', `/upstreams/${upstream.id}/keys/import`, '/upstreams/:id/keys/import', {
    keys: ['sk-doc-1123456789abcdef0123456789', 'x\n', 'sk-doc-1123456789abcdef0123456789'],
  })
  await call('PATCH', `/keys/${key.id}`, '/keys/:id', { enabled: false, limits: { rpm: 5, tpm: null } })
  await call('POST', `/keys/${key.id}/revive`, '/keys/:id/revive')
  await call('POST', `/keys/${key.id}/test`, '/keys/:id/test')
  await call('GET', `/keys/${key.id}`, '/keys/:id')
  await call('GET', `/keys/${key.id}/events`, '/keys/:id/events')
  await call('GET', `/upstreams/${upstream.id}/keys`, '/upstreams/:id/keys')
  await call('GET', `/upstreams/${upstream.id}`, '/upstreams/:id')
  await call('GET', '/upstreams', '/upstreams')
  await call('PATCH', `/upstreams/${upstream.id}`, '/upstreams/:id', { name: 'x' })
  await call('PUT', `/upstreams/${upstream.id}`, '/upstreams/:id', { slug: 'doc', base_url: 'https://api.example.org' })
  await call('DELETE', `/upstreams/${upstream.id}/keys`, '/upstreams/:id/keys')
  const client = await call('POST', '/client-keys', '/client-keys', { name: 'doc', upstreams: ['doc'], expires_at: '2100-01-01T00:00:00+02:00' })
  await call('GET', '/client-keys', '/client-keys')
  await call('GET', `/client-keys/${client.id}`, '/client-keys/:id')
  await call('PATCH', `/client-keys/${client.id}`, '/client-keys/:id', { name: 'y' })
  await call('POST', `/client-keys/${client.id}/roll`, '/client-keys/:id/roll')
  const user = await call('POST', '/users', '/users', { username: 'doc', password, role: 'viewer' })
  await call('GET', '/users', '/users')
  await call('GET', `/users/${user.id}`, '/users/:id')
  await call('PATCH', `/users/${user.id}`, '/users/:id', { role: 'operator' })
  const conditions = { headers: [{ name: 'x-a', pattern: '1*' }], query: [{ name: 'q', present: true }] }
  const rewrite = { path: '/x', request_headers: [{ op: 'remove', name: 'x-a' }], response_headers: [{ op: 'set', name: 'x-b', value: '1' }], model: 'm' }
  const route = await call('POST', '/routes', '/routes', { match: { path: '/doc', ...conditions }, action: { type: 'upstream', upstream: 'doc' }, rewrite })
  await call('PUT', `/routes/${route.id}`, '/routes/:id', { path: '/doc', target_url: 'http://127.0.0.1:59999/x', rate_limit: 5, timeout: 1.5 })
  await call('PATCH', `/routes/${route.id}`, '/routes/:id', { priority: 1 })
  await call('GET', `/routes/${route.id}`, '/routes/:id')
  await call('POST', '/routes', '/routes', { path: '/doc', action: { type: 'deny', message: 'No.' } })
  await call('GET', '/routes', '/routes')
  await call('POST', '/explain', '/explain', { path: '/doc' })
  await call('POST', '/explain', '/explain', { path: '/llm/doc/x' })
  const account = await call('POST', '/accounts', '/accounts', { name: 'doc', limits: { rpm: 5 }, bindings: [{ upstream: 'doc' }] })
  await call('PATCH', `/accounts/${account.id}`, '/accounts/:id', { enabled: false })
  await call('PUT', `/accounts/${account.id}`, '/accounts/:id', { name: 'doc' })
  await call('GET', `/accounts/${account.id}`, '/accounts/:id')
  await call('POST', '/accounts', '/accounts', { count: 2 })
  await call('GET', '/accounts', '/accounts')
  await call('GET', '/accounts/stats', '/accounts/stats')
  const job = await call('POST', '/jobs', '/jobs', { kind: 'account_provisioning', payload: { count: 1 } })
  await call('GET', '/jobs?status=queued', '/jobs')
  await call('GET', '/jobs/stats', '/jobs/stats')
  await api.background.runner.start()
  await until(async () => (await call('GET', `/jobs/${job.id}`, '/jobs/:id')).status === 'succeeded')
  await call('POST', `/jobs/${job.id}/result`, '/jobs/:id/result')
  const later = await call('POST', '/jobs', '/jobs', { kind: 'account_provisioning', payload: { count: 1 }, run_at: '2999-01-01T00:00:00Z' })
  await call('POST', `/jobs/${later.id}/cancel`, '/jobs/:id/cancel')
  await call('POST', '/accounts?background=true', '/accounts', { count: 2 })
  await call('GET', '/settings', '/settings')
  await call('PATCH', '/settings', '/settings', { log_level: null })
  await call('GET', '/audit', '/audit')
  await call('GET', '/audit/verify', '/audit/verify')
  await call('GET', '/adapters', '/adapters')
  await call('GET', '/status', '/status')
  await call('GET', '/websocket/stats', '/websocket/stats')
  const nowMs = api.clock.nowMs()
  await api.requestLog.openWriter(1, nowMs)
  await api.requestLog.append(new BatchMaker(1).make([anExchangeRecord({ startedAtMs: nowMs - 1_000 })], nowMs))
  await call('GET', '/logs', '/logs')
  await call('GET', '/logs/req_1', '/logs/:id')
  await call('GET', '/usage', '/usage')
  const targets = [{ url: 'http://127.0.0.1:59998' }, { url: 'http://127.0.0.1:59999' }]
  await call('POST', '/upstreams', '/upstreams', { slug: 'doc-2', targets, circuit_breaker: { probes: 2 } })
  expect((await call('GET', '/load-balancer/status', '/load-balancer/status')).total).toBe(1)
  expect((await call('GET', '/circuit-breaker/status', '/circuit-breaker/status')).total).toBe(2)
  const unseen = api.routes
    .filter((route) => Object.values(route.responses).some(({ schema }) => schema !== undefined))
    .map((route) => `${route.method} ${route.path}`)
  // Events do not end, and exports are no JSON: test/gateway/live-events.test.ts and logs.test.ts have them.
  expect(unseen.filter((name) => !seen.has(name)).sort()).toEqual(['get /events', 'get /logs/export', 'get /usage/export', 'post /setup'])
})

test('what people of an account see of upstreams is in the document too', async () => {
  const { id } = await api.services.accounts.create({ name: 'doc-people' })
  const token = await api.tokenOf('viewer', id)
  const { data } = (await api.call('GET', '/upstreams', { token })).json
  expect(data.length).toBeGreaterThan(0)
  for (const [template, path] of [
    ['/upstreams', '/upstreams'],
    ['/upstreams/:id', `/upstreams/${data[0].id}`],
  ] as const) {
    const { json } = await api.call('GET', path, { token })
    const schema = api.routes.find((each) => each.method === 'get' && each.path === template)?.responses[200]?.schema
    expect((schema as z.ZodObject).parse(json)).toEqual(json)
    const documented = document.paths[template.replace(':id', '{id}')].get.responses['200'].content['application/json'].schema
    expect(JSON.stringify(documented)).toContain('People of an account')
  }
})

test('Swagger UI is served from our own origin, and only its files', async () => {
  const page = await fetch(`${api.url}/swagger/index.html`)
  const html = await page.text()
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(html).not.toMatch(/https?:\/\//)
  for (const [, file] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const asset = await fetch(`${api.url}/swagger/${file}`)
    expect([file, asset.status]).toEqual([file, 200])
    await asset.arrayBuffer()
  }
  expect((await fetch(`${api.url}/swagger`, { redirect: 'manual' })).headers.get('location')).toBe('/swagger/index.html')
  for (const file of ['package.json', 'index.js', '..%2f..%2fpackage.json', '%2e%2e%2fexpress%2fpackage.json', 'constructor']) {
    expect([file, (await fetch(`${api.url}/swagger/${file}`)).status]).toEqual([file, 404])
  }
})
