// Owns WebSockets at the paths of configured routes: to an upstream with its pool, and to a target of the route's own.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { handshakeText, WebSocketClient } from '../support/web-socket-client.ts'
import { CLOSE, TEXT } from '../support/web-socket-frames.ts'
import { openWebSocketVendor, type WebSocketVendor } from '../support/web-socket-vendor.ts'

const poolKey = createCanary('sk-')
let vendor: WebSocketVendor
let gateway: Gateway
beforeAll(async () => {
  vendor = await openWebSocketVendor()
  gateway = await startGateway({ upstreams: [{ slug: 'u', base_url: vendor.url, keys: [poolKey] }] })
  const add = (name: string, path: string, action: unknown, more: Record<string, unknown> = {}): Promise<unknown> =>
    gateway.admin.expectOk('POST', '/routes', { name, match: { path }, action, ...more })
  const forward = { type: 'forward', targets: [{ url: `${vendor.url}/base`, weight: 1 }] }
  await add('pooled', '/live/*rest', { type: 'upstream', upstream: 'u' })
  await add('open', '/open/*rest', forward, { requires_client_key: false })
  await add('closed', '/closed/*rest', forward, { requires_client_key: true })
  await add('no', '/no', { type: 'deny', status: 403, message: 'Not here.' })
})
beforeEach(() => vendor.clear())
afterAll(async () => {
  await gateway?.close()
  await vendor?.close()
})

async function open(target: string, headers: Readonly<Record<string, string>> = {}): Promise<WebSocketClient> {
  const client = new WebSocketClient(gateway.port, handshakeText(target, headers))
  await client.answered()
  if (client.status !== 101) await client.closed()
  return client
}

async function echoes(client: WebSocketClient): Promise<void> {
  client.send({ opcode: TEXT, payload: Buffer.from('there and back') })
  await client.until(() => client.frames.length > 0)
  expect(client.frames[0]?.payload.toString()).toBe('there and back')
}

test('a route to an upstream gets a key of its pool', async () => {
  const client = await open('/live/ws?a=1', { 'X-Proxy-Key': gateway.clientKey })
  expect(client.status).toBe(101)
  await echoes(client)
  expect(vendor.handshakes[0]?.headers.authorization).toBe(`Bearer ${poolKey}`)
  expect(vendor.handshakes[0]?.rawHeaders).not.toContain(gateway.clientKey)
  client.socket.destroy()
  expect((await open('/live/ws')).status).toBe(401)
})

test('a route that forwards needs no key, and says for whom it asks', async () => {
  const client = await open('/open/ws?a=1')
  expect(client.status).toBe(101)
  await echoes(client)
  const [request] = vendor.handshakes
  expect(request?.url).toMatch(/^\/base.*\?a=1$/)
  expect(request?.headers['x-forwarded-for']).toBe('127.0.0.1')
  expect(request?.headers.host).toBe(`127.0.0.1:${vendor.port}`)
  client.send({ opcode: CLOSE, payload: Buffer.from([0x03, 0xe8]) })
  await client.closed()
})

test('a route that forwards for client keys refuses others, and sends the key to nobody', async () => {
  expect((await open('/closed/ws')).status).toBe(401)
  expect(vendor.handshakes).toEqual([])
  const client = await open('/closed/ws', { 'X-Proxy-Key': gateway.clientKey })
  expect(client.status).toBe(101)
  await echoes(client)
  expect(vendor.handshakes[0]?.rawHeaders.join('\n')).not.toContain(gateway.clientKey)
  client.socket.destroy()
})

test('what the target answers instead is the answer; a lie opens nothing', async () => {
  vendor.script = (_, socket) => {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
    return true
  }
  const refused = await open('/open/ws')
  expect([refused.status, refused.body]).toEqual([403, 'no'])
  vendor.script = (_, socket) => {
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\nTUNNEL',
    )
    return true
  }
  const lied = await open('/open/ws')
  expect([lied.status, lied.header('x-gateway-error')]).toEqual([502, 'upstream_malformed'])
  expect(lied.body).not.toContain('TUNNEL')
})

test('a route that answers by itself answers a handshake too', async () => {
  const client = await open('/no')
  expect([client.status, client.header('x-gateway-error')]).toEqual([403, 'route_denied'])
  expect((await open('/nowhere')).status).toBe(404)
})
