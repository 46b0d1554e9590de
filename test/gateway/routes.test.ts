// Owns configured routes on the whole product: the founding documents' request, live changes, drain, and what stays reachable.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { RawConnection, requestText, sendRaw, type RawResponse } from '../support/raw-client.ts'

const POOL_KEY = createCanary('sk-')
let chaos: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  chaos = await openChaosUpstream()
  gateway = await startGateway({ env: { TRUST_PROXY: '127.0.0.0/8' }, upstreams: [{ slug: 'any', base_url: chaos.url, keys: [POOL_KEY] }] })
})
beforeEach(() => chaos.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await chaos?.close()
})

async function ask(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<RawResponse> {
  const { responses } = await sendRaw(gateway.port, requestText(method, target, headers, body), { methods: [method] })
  return responses[0] as RawResponse
}

const create = async (route: unknown): Promise<{ id: string }> => (await gateway.admin.expectOk('POST', '/routes', route)) as { id: string }
const json = (response: RawResponse): any => JSON.parse(response.body.toString())
const header = (response: RawResponse, name: string): string | undefined => headerOf(response.rawHeaders, name)

test('the request of the founding documents, as it is', async () => {
  chaos.handle('/users', (exchange) => exchange.json(200, { users: ['ada'] }))
  const body = `{"path":"/api/users","target_url":"http://127.0.0.1:${chaos.port}/users","method":"GET","enabled":true,"rate_limit":100,"timeout":30}`
  const saved = await fetch(`${gateway.url}/api/routes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.admin.token}`, 'content-type': 'application/json' },
    body,
  })
  expect(saved.status).toBe(201)
  const { id } = (await saved.json()) as { id: string }
  const got = await ask('GET', '/api/users')
  expect([got.status, json(got)]).toEqual([200, { users: ['ada'] }])
  expect(header(got, 'ratelimit-policy')).toBe('"route";q=100;w=60')
  expect(chaos.ledger.entries.map(({ target }) => target)).toEqual(['/users'])
  expect(chaos.ledger.entries[0]?.rawHeaders.join(' ')).not.toMatch(new RegExp(`${POOL_KEY}|${gateway.clientKey}`))
  // The people of the gateway are still to be found, and so is the way to undo it.
  expect((await gateway.admin.call('GET', '/users')).status).toBe(200)
  expect((await fetch(`${gateway.url}/api/routes`, { headers: { authorization: `Bearer ${gateway.admin.token}` } })).status).toBe(200)
  await gateway.admin.expectOk('DELETE', `/routes/${id}`)
  expect((await ask('GET', '/api/users')).status).toBe(401)
})

test('a saved route is in force at once, and so are its change and its end', async () => {
  const { id } = await create({ path: '/live', action: { type: 'mock', body: 'one' }, name: 'live' })
  const savedAtMs = performance.now()
  expect((await ask('GET', '/live')).body.toString()).toBe('one')
  expect(performance.now() - savedAtMs).toBeLessThan(100)
  await gateway.admin.expectOk('PATCH', `/routes/${id}`, { action: { type: 'mock', body: 'two' } })
  expect((await ask('GET', '/live')).body.toString()).toBe('two')
  await gateway.admin.expectOk('PATCH', `/routes/${id}`, { mode: 'shadow' })
  expect((await ask('GET', '/live')).status).toBe(404)
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  expect(metrics).toContain('akr_route_shadow_hits_total{route="live"} 1')
  expect(metrics).toContain('akr_route_requests_total{route="live",outcome="ok"} 2')
  await gateway.admin.expectOk('DELETE', `/routes/${id}`)
  expect((await ask('GET', '/live')).status).toBe(404)
  expect(gateway.child.output).toMatch(/"path":"\/live".*"route":"live"/)
})

test('whatever routes exist, the gateway itself stays reachable', async () => {
  const { id } = await create({ path: '/*rest', priority: 1_000, action: { type: 'deny', status: 410, message: 'Gone.' } })
  try {
    expect((await ask('GET', '/nothing/of/ours')).status).toBe(410)
    for (const path of [
      '/health',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/swagger/index.html',
      '/',
      '/api/admin/routes',
      '/api/routes',
      '/api/status',
      '/proxy/any',
      '/v1/models',
    ]) {
      expect([path, (await ask('GET', path)).status]).not.toEqual([path, 410])
    }
    expect((await ask('GET', '/proxy/any/ok', { 'X-Proxy-Key': gateway.clientKey })).status).toBe(200)
  } finally {
    await gateway.admin.expectOk('DELETE', `/routes/${id}`)
  }
})

test('behind a trusted proxy the chain is continued', async () => {
  const { id } = await create({ path: '/chain', target_url: `${chaos.url}/ok` })
  await ask('GET', '/chain', { 'X-Forwarded-For': '203.0.113.9, 198.51.100.2', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'api.example.com' })
  const sent = chaos.ledger.entries[0]?.rawHeaders as string[]
  expect(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'].map((name) => headerOf(sent, name))).toEqual([
    '203.0.113.9, 198.51.100.2, 127.0.0.1',
    'https',
    'api.example.com',
  ])
  await gateway.admin.expectOk('DELETE', `/routes/${id}`)
})

describe('the end', () => {
  test('SIGTERM lets a forwarded stream finish', async () => {
    const own = await startGateway({ env: { SHUTDOWN_ANNOUNCE: '0' } })
    try {
      await own.admin.expectOk('POST', '/routes', { path: '/slow', target_url: `${chaos.url}/slow` })
      const go = Promise.withResolvers<void>()
      chaos.handle('/slow', async (exchange) => {
        exchange.startChunked(200, 'text/event-stream', [])
        exchange.chunk('data: 1\n\n')
        await go.promise
        exchange.chunk('data: 2\n\n')
        exchange.endChunked()
      })
      const client = new RawConnection(own.port)
      client.write(requestText('GET', '/slow', {}))
      await client.waitForText('data: 1')
      own.child.signal('SIGTERM')
      go.resolve()
      expect(await client.waitForResponses(1)).toBe(true)
      expect(client.result().responses[0]).toMatchObject({ status: 200, ending: 'chunked' })
      client.destroy()
      expect(await own.child.exit()).toMatchObject({ code: 0 })
    } finally {
      await own.close()
    }
  })
})
