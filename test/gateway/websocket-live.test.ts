// Owns what limits WebSockets while they are asked for, and what closes open ones: whatever leads to them is taken away.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { handshakeText, WebSocketClient } from '../support/web-socket-client.ts'
import { CLOSE } from '../support/web-socket-frames.ts'
import { openWebSocketVendor, type WebSocketVendor } from '../support/web-socket-vendor.ts'

const PER_ADDRESS = 10
const POLICY = { opcode: CLOSE, payload: Buffer.from([0x03, 0xf0]) }

let vendor: WebSocketVendor
let gateway: Gateway
const clients: WebSocketClient[] = []

beforeAll(async () => {
  vendor = await openWebSocketVendor()
  const more = { base_url: vendor.url, keys: [createCanary('sk-')] }
  gateway = await startGateway({
    env: { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_PER_IP: String(PER_ADDRESS), TRUST_PROXY: '127.0.0.1' },
    upstreams: [
      { slug: 'u', ...more },
      { slug: 'oai', adapter: 'openai', ...more },
      { slug: 'gem', adapter: 'gemini', ...more },
    ],
  })
})
beforeEach(() => vendor.clear())
afterEach(() => {
  for (const client of clients.splice(0)) client.socket.destroy()
})
afterAll(async () => {
  await gateway?.close()
  await vendor?.close()
})

let addresses = 0
/** From an address of its own, so that nobody is in the way of another test. */
async function open(target: string, headers: Readonly<Record<string, string | undefined>> = {}): Promise<WebSocketClient> {
  const from = `198.51.100.${++addresses % 250}`
  const client = new WebSocketClient(gateway.port, handshakeText(target, { 'X-Proxy-Key': gateway.clientKey, 'X-Forwarded-For': from, ...headers }))
  clients.push(client)
  await client.answered()
  return client
}

async function expectClosed(client: WebSocketClient): Promise<void> {
  await client.closed()
  expect(client.frames).toEqual([POLICY])
  await vendor.waitFor(() => vendor.connections[0]?.endedAtMs !== undefined)
  expect(vendor.connections[0]?.frames.at(-1)).toEqual(POLICY)
}

describe('handshakes are limited like requests', () => {
  test.each(['/proxy/u/ws', '/at-route/ws', '/at-target/ws'])('by their address: %s', async (target) => {
    const forward = { type: 'forward', targets: [{ url: vendor.url, weight: 1 }] }
    const routes = [
      await gateway.admin.expectOk('POST', '/routes', { name: 'r', match: { path: '/at-route/*rest' }, action: { type: 'upstream', upstream: 'u' } }),
      await gateway.admin.expectOk('POST', '/routes', { name: 't', match: { path: '/at-target/*rest' }, action: forward, requires_client_key: false }),
    ]
    const own = { 'X-Forwarded-For': `2001:db8:${++addresses}::1` }
    const asked = await Promise.all(Array.from({ length: 2 * PER_ADDRESS }, () => open(target, own)))
    const refused = asked.filter(({ status }) => status === 429)
    expect(asked.filter(({ status }) => status === 101).length).toBeGreaterThanOrEqual(PER_ADDRESS)
    // Twice the limit within one second, or a second begins in between and all but none are let in.
    expect(refused.length).toBeGreaterThan(0)
    expect([refused[0]?.header('x-gateway-error'), Number(refused[0]?.header('retry-after'))]).toEqual(['rate_limited', 1])
    expect(vendor.handshakes).toHaveLength(asked.length - refused.length)
    for (const { id } of routes) await gateway.admin.expectOk('DELETE', `/routes/${id}`)
  })

  test('by the models of the client key, which the address must name', async () => {
    const { key } = await gateway.admin.expectOk('POST', '/client-keys', { name: 'realtime', models: ['gpt-realtime*'] })
    const statusOf = async (target: string): Promise<readonly [number, string | undefined]> => {
      const client = await open(target, { 'X-Proxy-Key': key })
      return [client.status, client.header('x-gateway-error')]
    }
    const granted = [101, undefined]
    const forbidden = [403, 'model_not_allowed']
    expect(await statusOf('/llm/oai/v1/realtime?model=gpt-realtime')).toEqual(granted)
    expect(await statusOf('/llm/oai/openai/realtime?api-version=1&deployment=gpt-realtime-2')).toEqual(granted)
    expect(await statusOf('/llm/oai/v1/realtime?model=gpt-4o')).toEqual(forbidden)
    expect(await statusOf('/llm/oai/v1/realtime?model=gpt-realtime&model=gpt-4o')).toEqual(forbidden)
    expect(await statusOf('/llm/oai/v1/realtime?m%6fdel=gpt-4o')).toEqual(forbidden)
    expect(await statusOf('/llm/oai/openai/realtime?deployment=gpt-4o')).toEqual(forbidden)
    expect(await statusOf('/llm/oai/v1/realtime')).toEqual(forbidden)
    // Here the first message names it, which nobody reads.
    expect(await statusOf('/llm/gem/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent')).toEqual(forbidden)
    expect(vendor.handshakes).toHaveLength(2)
    // A key for all models need not name one.
    expect((await open('/llm/oai/v1/realtime')).status).toBe(101)
  })
})

describe('an open WebSocket ends when what leads to it is taken away', () => {
  const forward = (): object => ({ type: 'forward', targets: [{ url: vendor.url, weight: 1 }] })
  const addRoute = (more: object): Promise<{ id: string }> =>
    gateway.admin.expectOk('POST', '/routes', { name: 'live', match: { path: '/live/*rest' }, ...more }) as Promise<{ id: string }>

  test.each([
    ['deleted', 'DELETE', undefined],
    ['disabled', 'PATCH', { enabled: false }],
    ['only watched', 'PATCH', { mode: 'shadow' }],
    ['led elsewhere', 'PATCH', { action: { type: 'deny', status: 403, message: 'No.' } }],
    ['closed to those without a client key', 'PATCH', { requires_client_key: true }],
  ] as const)('the route is %s', async (_, method, change) => {
    const { id } = await addRoute({ action: forward(), requires_client_key: false })
    const client = await open('/live/ws', { 'X-Proxy-Key': undefined })
    const bystander = await open('/proxy/u/ws')
    expect([client.status, bystander.status]).toEqual([101, 101])
    await gateway.admin.expectOk(method, `/routes/${id}`, change)
    await expectClosed(client)
    expect(bystander.isClosed).toBe(false)
    if (method !== 'DELETE') await gateway.admin.expectOk('DELETE', `/routes/${id}`)
  })

  test('the route to an upstream is deleted, though the upstream is there', async () => {
    const { id } = await addRoute({ action: { type: 'upstream', upstream: 'u' } })
    const client = await open('/live/ws')
    await gateway.admin.expectOk('DELETE', `/routes/${id}`)
    await expectClosed(client)
  })

  test('a route that only changes its limits keeps what is open, through any number of changes', async () => {
    const { id } = await addRoute({ action: forward(), requires_client_key: false })
    const client = await open('/live/ws')
    const witness = await addRoute({ name: 'witness', match: { path: '/witness/*rest' }, action: forward(), requires_client_key: false })
    for (const max of [10, 20]) await gateway.admin.expectOk('PATCH', `/routes/${id}`, { rate_limit: max })
    // What closes the other would have closed this one as well.
    const other = await open('/witness/ws')
    await gateway.admin.expectOk('DELETE', `/routes/${witness.id}`)
    await other.closed()
    expect(client.isClosed).toBe(false)
    await gateway.admin.expectOk('DELETE', `/routes/${id}`)
    await expectClosed(client)
  })

  test.each([
    ['disabled', 'PATCH', { enabled: false }],
    ['deleted', 'DELETE', undefined],
  ] as const)('the upstream is %s', async (_, method, change) => {
    const id = await gateway.addUpstream({ slug: 'leaver', base_url: vendor.url, keys: [createCanary('sk-')] })
    const client = await open('/proxy/leaver/ws')
    expect(client.status).toBe(101)
    await gateway.admin.expectOk(method, `/upstreams/${id}`, change)
    await expectClosed(client)
    if (method !== 'DELETE') await gateway.admin.expectOk('DELETE', `/upstreams/${id}`)
  })

  test.each([
    ['loses the upstream', 'PATCH', (): object => ({ upstreams: ['oai'] })],
    ['expires', 'PATCH', (): object => ({ expires_at: new Date(Date.now() + 1_000).toISOString() })],
    ['is deleted', 'DELETE', (): undefined => undefined],
  ] as const)('the client key %s', async (_, method, change) => {
    const { id, key } = (await gateway.admin.expectOk('POST', '/client-keys', { name: 'leaver' })) as { id: string; key: string }
    const client = await open('/proxy/u/ws', { 'X-Proxy-Key': key })
    expect(client.status).toBe(101)
    await gateway.admin.expectOk(method, `/client-keys/${id}`, change())
    await expectClosed(client)
  })

  test('the account is disabled', async () => {
    const account = await gateway.admin.expectOk('POST', '/accounts', { name: 'tenant', bindings: [{ upstream: 'u' }] })
    const { key } = await gateway.admin.expectOk('POST', '/client-keys', { name: 'theirs', account_id: account.id })
    const client = await open('/proxy/u/ws', { 'X-Proxy-Key': key })
    expect(client.status).toBe(101)
    await gateway.admin.expectOk('PATCH', `/accounts/${account.id}`, { enabled: false })
    await expectClosed(client)
  })
})
