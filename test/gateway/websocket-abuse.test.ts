// Owns what must not pass as a WebSocket: wrong handshakes, requests smuggled around the switch, vendors that lie.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { findFreePort } from '../support/free-port.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { handshakeText, WebSocketClient } from '../support/web-socket-client.ts'
import { encodeFrame, TEXT } from '../support/web-socket-frames.ts'
import { acceptFor, openWebSocketVendor, switchHead, type WebSocketVendor } from '../support/web-socket-vendor.ts'

let vendor: WebSocketVendor
let gateway: Gateway
let adminPort: number
beforeAll(async () => {
  vendor = await openWebSocketVendor()
  adminPort = await findFreePort()
  const keys = [createCanary('sk-')]
  gateway = await startGateway({
    upstreams: [
      { slug: 'u', base_url: vendor.url, keys },
      { slug: 'oai', adapter: 'openai', base_url: vendor.url, keys },
      { slug: 'inbody', base_url: vendor.url, key_location: 'body', key_name: 'k', keys },
      { slug: 'off', base_url: vendor.url, enabled: false, keys },
    ],
  })
})
beforeEach(() => vendor.clear())
afterAll(async () => {
  await gateway?.close()
  await vendor?.close()
})

const KEY = Buffer.alloc(16, 9).toString('base64')
type Changes = Readonly<Record<string, string | undefined>>

/** Sends bytes, and everything else that a smuggler would send behind them; waits for the end of the connection. */
async function send(text: string, port = gateway.port): Promise<WebSocketClient> {
  const client = new WebSocketClient(port, text)
  await client.answered()
  if (client.status !== 101) await client.closed()
  return client
}

function text(target: string, changes: Changes = {}, start?: string): string {
  return handshakeText(target, { 'X-Proxy-Key': gateway.clientKey, ...changes }, start)
}

/** What is on its way to the vendor is there before a request that comes later. */
async function settled(): Promise<void> {
  await gateway.send('GET', '/proxy/u/after')
  await vendor.waitFor(() => vendor.requests.some(({ url }) => url === '/after'))
}

describe('wrong handshakes reach nobody', () => {
  const TARGET = '/proxy/u/ws'
  const wrong: readonly (readonly [string, number, () => string])[] = [
    ['no version', 400, () => text(TARGET, { 'Sec-WebSocket-Version': undefined })],
    ['version 12', 400, () => text(TARGET, { 'Sec-WebSocket-Version': '12' })],
    ['version 13, 14', 400, () => text(TARGET, { 'Sec-WebSocket-Version': '13, 14' })],
    ['version 13 twice', 400, () => text(TARGET, { 'sec-websocket-version': '13' })],
    ['no key', 400, () => text(TARGET, { 'Sec-WebSocket-Key': undefined })],
    ['an empty key', 400, () => text(TARGET, { 'Sec-WebSocket-Key': '' })],
    ['a key of 15 bytes', 400, () => text(TARGET, { 'Sec-WebSocket-Key': Buffer.alloc(15).toString('base64') })],
    ['a key of 17 bytes', 400, () => text(TARGET, { 'Sec-WebSocket-Key': Buffer.alloc(17).toString('base64') })],
    ['a key that is not canonical', 400, () => text(TARGET, { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAB==' })],
    ['a key that is no base64', 400, () => text(TARGET, { 'Sec-WebSocket-Key': '!!!!!!!!!!!!!!!!!!!!!!==' })],
    ['two keys', 400, () => text(TARGET, { 'sec-websocket-key': KEY })],
    ['a key under another spelling', 400, () => text(TARGET, { Sec_WebSocket_Key: KEY })],
    ['an answer in the question', 400, () => text(TARGET, { 'Sec-WebSocket-Accept': 'x' })],
    ['POST', 405, () => text(TARGET, {}, `POST ${TARGET} HTTP/1.1`)],
    ['HEAD', 405, () => text(TARGET, {}, `HEAD ${TARGET} HTTP/1.1`)],
    ['HTTP/1.0', 400, () => text(TARGET, {}, `GET ${TARGET} HTTP/1.0`)],
    ['a body', 400, () => `${text(TARGET, { 'Content-Length': '5' })}hello`],
    ['an announced empty body', 400, () => text(TARGET, { 'Content-Length': '0' })],
    ['a chunked body', 400, () => `${text(TARGET, { 'Transfer-Encoding': 'chunked' })}0\r\n\r\n`],
    ['both framings', 400, () => `${text(TARGET, { 'Transfer-Encoding': 'chunked', 'Content-Length': '3' })}0\r\n\r\n`],
    ['an expectation', 400, () => text(TARGET, { Expect: '100-continue' })],
    ['websocket and h2c', 400, () => text(TARGET, { Upgrade: 'websocket, h2c' })],
    ['websocket/13', 400, () => text(TARGET, { Upgrade: 'websocket/13' })],
    ['Upgrade twice', 400, () => text(TARGET, { upgrade: 'websocket' })],
    ['Connection takes the key along', 400, () => text(TARGET, { Connection: 'Upgrade, Sec-WebSocket-Key' })],
    ['Connection takes the credential along', 400, () => text(TARGET, { Connection: 'Upgrade, X-Proxy-Key' })],
    ['Connection closes', 400, () => text(TARGET, { Connection: 'Upgrade, close' })],
    ['a subprotocol that is no name', 400, () => text(TARGET, { 'Sec-WebSocket-Protocol': 'a b' })],
    ['a subprotocol twice', 400, () => text(TARGET, { 'Sec-WebSocket-Protocol': 'a, a' })],
    ['an empty subprotocol', 400, () => text(TARGET, { 'Sec-WebSocket-Protocol': '' })],
    ['no host', 400, () => text(TARGET, { Host: undefined })],
    ['two hosts', 400, () => text(TARGET, { host: 'b' })],
    ['an absolute target', 400, () => text('http://127.0.0.1/proxy/u/ws')],
    ['a path that leaves', 400, () => text('/proxy/u/../admin')],
    ['another path', 404, () => text('/elsewhere')],
    ['the live events, with a client key', 401, () => text('/ws')],
    ['the management API', 404, () => text('/api/admin/upstreams')],
    ['an unknown upstream', 404, () => text('/proxy/nobody/ws')],
    ['an upstream that is switched off', 404, () => text('/proxy/off/ws')],
    ['an upstream whose key goes into a body', 400, () => text('/proxy/inbody/ws')],
    ['no client key', 401, () => handshakeText(TARGET)],
    ['a wrong client key', 401, () => handshakeText(TARGET, { 'X-Proxy-Key': 'nobody-knows-this-key' })],
    ['a wrong key as a subprotocol', 401, () => handshakeText('/llm/oai/ws', { 'Sec-WebSocket-Protocol': 'openai-insecure-api-key.nobody' })],
  ]
  test.each(wrong)('%s', async (_, status, make) => {
    const client = await send(make())
    expect({ status: client.status, closed: client.isClosed }).toEqual({ status, closed: true })
    expect(client.header('connection')).toBe('close')
    expect(client.header('x-request-id')).toBeDefined()
    await settled()
    expect(vendor.handshakes).toEqual([])
    expect(vendor.requests.map(({ url }) => url)).toEqual(['/after'])
  })

  test('whoever speaks another version is told which one is spoken', async () => {
    expect((await send(text(TARGET, { 'Sec-WebSocket-Version': '8' }))).header('sec-websocket-version')).toBe('13')
  })

  test('another protocol than WebSocket is not switched to, and the connection ends behind the answer', async () => {
    const client = await send(
      `${text(TARGET, { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABk' })}GET /proxy/u/second HTTP/1.1\r\nHost: x\r\n\r\n`,
    )
    expect([client.status, client.body]).toEqual([200, 'plain'])
    await settled()
    expect(vendor.requests.map(({ url }) => url)).toEqual(['/ws', '/after'])
    expect(vendor.requests[0]?.headers.upgrade).toBeUndefined()
  })
})

describe('nothing passes before the switch', () => {
  const second = (): string => `GET /proxy/u/smuggled HTTP/1.1\r\nHost: x\r\nX-Proxy-Key: ${gateway.clientKey}\r\n\r\n`

  test('a request in the same packet is refused with the handshake', async () => {
    const client = await send(text('/proxy/u/ws') + second())
    expect(client.status).toBe(400)
    await settled()
    expect([vendor.handshakes.length, vendor.requests.length]).toEqual([0, 1])
  })

  test('bytes that come while the vendor thinks end the handshake, and the vendor sees none of them', async () => {
    const seen: Buffer[] = []
    vendor.script = (_, socket, early) => {
      seen.push(early)
      socket.on('data', (chunk) => seen.push(chunk))
      return true
    }
    const client = new WebSocketClient(gateway.port, text('/proxy/u/ws'))
    await vendor.waitFor(() => vendor.handshakes.length === 1)
    client.socket.write(second())
    await client.closed()
    expect(client.status).toBe(400)
    await settled()
    expect(Buffer.concat(seen)).toHaveLength(0)
    expect(vendor.requests.map(({ url }) => url)).toEqual(['/after'])
  })

  test('an upgrade behind a request that is not answered yet opens nothing', async () => {
    const client = new WebSocketClient(gateway.port, second().replace('smuggled', 'first') + text('/proxy/u/ws'))
    await client.closed()
    await settled()
    // The earlier request gets its answer, and nothing comes behind it.
    expect([client.status, client.body]).toEqual([200, 'plain'])
    expect(vendor.handshakes).toEqual([])
  })

  test('an upgrade behind a refused request opens nothing', async () => {
    await send(`GET /proxy/u/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${text('/proxy/u/ws')}`)
    await settled()
    expect(vendor.handshakes).toEqual([])
  })

  test('a client that leaves during the handshake takes its vendor connection along', async () => {
    let isGone = false
    vendor.script = (_, socket) => {
      socket.on('end', () => (isGone = true))
      socket.resume()
      return true
    }
    const client = new WebSocketClient(gateway.port, text('/proxy/u/ws'))
    await vendor.waitFor(() => vendor.handshakes.length === 1)
    client.socket.destroy()
    await vendor.waitFor(() => isGone, 2_000)
  })

  test('after a plain answer the connection serves no other request', async () => {
    vendor.script = (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      return true
    }
    const client = new WebSocketClient(gateway.port, text('/proxy/u/ws'))
    await client.answered()
    client.socket.write(second())
    await client.closed()
    expect([client.status, client.body]).toEqual([200, 'ok'])
    await settled()
    expect(vendor.requests.map(({ url }) => url)).toEqual(['/after'])
  })
})

describe('vendors that lie open nothing', () => {
  const base = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  const answers: readonly (readonly [string, Changes, (accept: string) => string])[] = [
    ['a wrong accept', {}, () => `${base}Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n`],
    ['no accept', {}, () => `${base}\r\n`],
    ['two accepts', {}, (accept) => `${base}Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`],
    ['another protocol', {}, (accept) => `${base.replace('websocket', 'h2c')}Sec-WebSocket-Accept: ${accept}\r\n\r\n`],
    ['a 101 without Upgrade', {}, (accept) => `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`],
    [
      'a subprotocol that nobody offered',
      { 'Sec-WebSocket-Protocol': 'a' },
      (accept) => `${base}Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: b\r\n\r\n`,
    ],
    ['an extension that nobody offered', {}, (accept) => `${base}Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`],
    ['a 101 with a body', {}, (accept) => `${base}Sec-WebSocket-Accept: ${accept}\r\nContent-Length: 6\r\n\r\n`],
  ]
  test.each(answers)('%s', async (_, changes, make) => {
    let isGone = false
    vendor.script = (request, socket) => {
      socket.on('end', () => (isGone = true))
      socket.resume()
      socket.write(Buffer.from(`${make(acceptFor(request))}TUNNEL`, 'utf8'))
      return true
    }
    const client = await send(text('/proxy/u/ws', changes))
    expect([client.status, client.header('x-gateway-error')]).toEqual([502, 'upstream_malformed'])
    expect(client.body).not.toContain('TUNNEL')
    await vendor.waitFor(() => isGone, 3_000)
  })

  test('a header of many bytes per character stays one line', async () => {
    vendor.script = (request, socket) => {
      socket.write(Buffer.from(switchHead(request, ['X-A: a\u{10d}\u{10a}X-Evil: 1']), 'utf8'))
      return true
    }
    const client = await send(text('/proxy/u/ws'))
    expect([client.status, client.header('X-Evil')]).toEqual([101, undefined])
    expect(client.header('x-a')).toContain('X-Evil')
    client.socket.destroy()
  })

  test('a 101 to an ordinary request opens nothing', async () => {
    vendor.script = undefined
    const { createServer } = await import('node:net')
    const liar = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => socket.write(`${base}Sec-WebSocket-Accept: x\r\n\r\nTUNNEL`))
    })
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    const { port } = liar.address() as { port: number }
    await gateway.addUpstream({ slug: 'liar', base_url: `http://127.0.0.1:${port}`, keys: [createCanary('sk-')] })
    const [response] = (await gateway.send('GET', '/proxy/liar/x')).responses
    expect(response?.status).toBe(502)
    expect(response?.body.toString()).not.toContain('TUNNEL')
    liar.close()
  })
})

test('behind the switch, what looks like a request is only bytes to the vendor', async () => {
  const client = await send(text('/proxy/u/ws'))
  const smuggled = Buffer.from('GET /proxy/u/smuggled HTTP/1.1\r\nHost: x\r\n\r\n')
  client.send({ opcode: TEXT, payload: smuggled })
  await client.until(() => client.frames.length === 1)
  expect(client.frames[0]?.payload).toEqual(smuggled)
  expect(vendor.requests).toEqual([])
  client.socket.destroy()
})

test('a flood of half handshakes leaves nothing behind', async () => {
  vendor.script = (_, socket) => {
    socket.resume()
    return true
  }
  const all = Array.from({ length: 200 }, () => new WebSocketClient(gateway.port, text('/proxy/u/ws')))
  await vendor.waitFor(() => vendor.handshakes.length === 200)
  for (const client of all) client.socket.resetAndDestroy()
  const inFlight = async (): Promise<number> => {
    const figures = await (await fetch(`${gateway.url}/metrics`)).text()
    return [...figures.matchAll(/^akr_inflight_requests\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
  }
  for (let last = await inFlight(); last > 0; last = await inFlight()) await new Promise((resolve) => setTimeout(resolve, 10))
  vendor.clear()
  const client = await send(text('/proxy/u/ws'))
  expect(client.status).toBe(101)
  client.socket.destroy()
})

test('the listener of management serves none', async () => {
  const apart = await startGateway({ env: { ADMIN_PORT: String(adminPort), ADMIN_PASSWORD: undefined } })
  const client = await send(handshakeText('/proxy/u/ws', { 'X-Proxy-Key': apart.clientKey }), adminPort)
  expect([client.status, client.header('x-gateway-error')]).toEqual([404, 'route_not_found'])
  await apart.close()
})

test('frames cut at any byte pass all the same', async () => {
  vendor.script = (request, socket) => {
    for (const byte of Buffer.concat([Buffer.from(switchHead(request)), encodeFrame({ opcode: TEXT, payload: Buffer.from('in pieces') })]))
      socket.write(Buffer.from([byte]))
    return true
  }
  const client = await send(text('/proxy/u/ws'))
  await client.until(() => client.frames.length === 1)
  expect(client.frames[0]?.payload.toString()).toBe('in pieces')
  client.socket.destroy()
})
