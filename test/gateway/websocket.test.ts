// Owns WebSockets through the gateway: the key at the upgrade, bytes both ways, ends, bounds and the shutdown.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { createCanary } from '../support/canaries.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { readLog } from '../support/log-lines.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { handshakeText, WebSocketClient } from '../support/web-socket-client.ts'
import { BINARY, CLOSE, PING, TEXT } from '../support/web-socket-frames.ts'
import { openWebSocketVendor, switchHead, type WebSocketVendor } from '../support/web-socket-vendor.ts'

const keys = Array.from({ length: 3 }, () => createCanary('sk-'))
let vendor: WebSocketVendor
let gateway: Gateway
const clients: WebSocketClient[] = []

beforeAll(async () => {
  vendor = await openWebSocketVendor()
  const more = { base_url: vendor.url, keys }
  gateway = await startGateway({
    env: { METRICS_ENABLED: 'true' },
    upstreams: [
      { slug: 'u', ...more },
      { slug: 'oai', adapter: 'openai', ...more },
      { slug: 'gem', adapter: 'gemini', ...more },
      { slug: 'q', ...more, key_location: 'query', key_name: 'token' },
      { slug: 'cool', adapter: 'openai', base_url: vendor.url, keys: [createCanary('sk-')] },
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

function open(target: string, headers: Readonly<Record<string, string | undefined>> = {}): WebSocketClient {
  const client = new WebSocketClient(gateway.port, handshakeText(target, { 'X-Proxy-Key': gateway.clientKey, ...headers }))
  clients.push(client)
  return client
}

async function opened(target: string, headers: Readonly<Record<string, string | undefined>> = {}): Promise<WebSocketClient> {
  const client = open(target, headers)
  expect({ status: await client.answered(), body: client.body }).toEqual({ status: 101, body: '' })
  return client
}

const payload = (text: string): Buffer => Buffer.from(text)

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
}

describe('the key at the upgrade', () => {
  const places: readonly (readonly [string, string, Readonly<Record<string, string | undefined>>, string, string])[] = [
    ['X-Proxy-Key', '/proxy/u/ws?a=1', {}, 'authorization: Bearer KEY', '/ws?a=1'],
    [
      'Authorization',
      '/llm/oai/v1/realtime?model=m',
      { 'X-Proxy-Key': undefined, Authorization: 'Bearer CLIENT' },
      'authorization: Bearer KEY',
      '/v1/realtime?model=m',
    ],
    ['?key=', '/llm/gem/ws/x?key=CLIENT&alt=1', { 'X-Proxy-Key': undefined }, 'x-goog-api-key: KEY', '?alt=1'],
    [
      'a subprotocol',
      '/llm/oai/v1/realtime',
      { 'X-Proxy-Key': undefined, 'Sec-WebSocket-Protocol': 'realtime, openai-insecure-api-key.CLIENT, b' },
      'authorization: Bearer KEY',
      '/v1/realtime',
    ],
    ['a query placement', '/proxy/q/ws', {}, '', '/ws?token=KEY'],
  ]
  test.each(places)('%s', async (_, target, headers, line, path) => {
    const fill = (text: string): string => text.replaceAll('CLIENT', gateway.clientKey)
    const client = await opened(
      fill(target),
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === undefined ? value : fill(value)])),
    )
    const [request] = vendor.handshakes
    const wire = `${request?.url}\n${(request?.rawHeaders ?? []).map((part, i) => (i % 2 === 0 ? part.toLowerCase() : part)).join('\n')}`
    const used = keys.filter((key) => wire.includes(key))
    expect(used).toHaveLength(1)
    expect(wire.split(used[0] as string)).toHaveLength(2)
    expect(wire).not.toContain(gateway.clientKey)
    expect(wire).not.toMatch(/insecure-api-key|x-proxy-key/)
    expect(wire).toContain(line.replace('KEY', used[0] as string).replace(': ', '\n'))
    expect(request?.url).toContain(path.replace('KEY', used[0] as string))
    client.send({ opcode: TEXT, payload: payload('hello') })
    await client.until(() => client.frames.length === 1)
    expect(client.frames[0]).toEqual({ opcode: TEXT, payload: payload('hello') })
  })

  test('a subprotocol is chosen from those that remain, and extensions pass', async () => {
    vendor.script = (request, socket) => {
      socket.write(
        switchHead(request, ['Sec-WebSocket-Protocol: b', 'Sec-WebSocket-Extensions: permessage-deflate', 'Set-Cookie: a=1', 'Content-Type: text/html']),
      )
      return true
    }
    const client = await opened('/llm/oai/v1/realtime', {
      'Sec-WebSocket-Protocol': 'a, b',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    })
    expect(vendor.handshakes[0]?.headers['sec-websocket-extensions']).toBe('permessage-deflate; client_max_window_bits')
    expect(client.header('sec-websocket-protocol')).toBe('b')
    expect(client.header('sec-websocket-extensions')).toBe('permessage-deflate')
    expect(client.header('x-akr-upstream')).toBe('oai')
    expect(client.header('content-type')).toBeUndefined()
    expect(client.head.match(/^(?:upgrade|connection|sec-websocket-accept):/gim)).toHaveLength(3)
  })

  test("Node's own client speaks through it", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/llm/oai/v1/realtime?model=m`, ['realtime', `openai-insecure-api-key.${gateway.clientKey}`])
    await new Promise((resolve, reject) => {
      socket.onopen = resolve
      socket.onerror = () => reject(new Error('refused'))
    })
    expect(socket.protocol).toBe('realtime')
    socket.send('over and')
    expect(await new Promise((resolve) => (socket.onmessage = (event) => resolve(event.data)))).toBe('over and')
    const closed = new Promise<CloseEvent>((resolve) => (socket.onclose = resolve))
    socket.close(1000, 'out')
    expect(await closed).toMatchObject({ code: 1000, wasClean: true })
  })

  test('a key that is refused is replaced by another one before the client hears of it', async () => {
    const refused: string[] = []
    vendor.script = (request, socket) => {
      if (refused.length > 0) return false
      refused.push(String(request.headers.authorization))
      socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}')
      return true
    }
    const client = await opened('/llm/oai/v1/realtime')
    expect(client.header('x-akr-attempts')).toBe('2')
    expect(vendor.handshakes).toHaveLength(2)
    expect(vendor.handshakes[1]?.headers.authorization).not.toBe(refused[0])
  })

  test("another answer of the vendor's is the client's, and the connection ends with it", async () => {
    vendor.script = (_, socket) => {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"error":"x"}')
      return true
    }
    const client = open('/llm/oai/v1/nothing')
    expect(await client.answered()).toBe(404)
    expect(await client.closed()).toBe(true)
    expect(client.body).toBe('{"error":"x"}')
    expect(client.header('x-akr-error-source')).toBe('upstream')
    expect(client.header('connection')).toBe('close')
  })

  test('an empty pool is told in the dialect of the call', async () => {
    vendor.script = (_, socket) => {
      socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 2\r\n\r\n{}')
      return true
    }
    const client = open('/llm/cool/v1/realtime')
    expect(await client.answered()).toBe(429)
    await client.closed()
    expect(client.header('x-gateway-error')).toBe('key_pool_cooling_down')
    expect(Number(client.header('retry-after'))).toBeGreaterThanOrEqual(29)
    expect(JSON.parse(client.body)).toMatchObject({ error: { type: 'rate_limit_error', code: 'key_pool_cooling_down', source: 'gateway' } })
  })
})

describe('bytes', () => {
  test('10,000 messages of 0 bytes to 1 MiB come back, and both streams are what was sent', async () => {
    const client = await opened('/proxy/u/ws')
    const sizes = Array.from({ length: 10_000 }, (_, i) => (i % 1_000 === 999 ? 1024 * 1024 : i % 100 === 50 ? 65_530 + (i % 13) : (i * 7919) % 1_024))
    const source = Buffer.alloc(1024 * 1024 + 256, Buffer.from(Array.from({ length: 251 }, (_, i) => i)))
    let wrong = 0
    let count = 0
    client.onFrame = ({ opcode, payload: got }) => {
      const size = sizes[count] as number
      if (opcode !== BINARY || got.length !== size || !got.equals(source.subarray(count % 251, (count % 251) + size))) wrong++
      count++
    }
    for (const [index, size] of sizes.entries()) {
      if (!client.send({ opcode: BINARY, payload: source.subarray(index % 251, (index % 251) + size) })) {
        await new Promise((resolve) => client.socket.once('drain', resolve))
      }
    }
    await client.until(() => count === sizes.length, 45_000)
    const [there] = vendor.connections
    expect({ wrong, up: there?.received.digest('hex'), down: client.received.digest('hex') }).toEqual({
      ...{ wrong: 0, up: client.sent.digest('hex'), down: there?.sent.digest('hex') },
    })
  })

  test('what the vendor says in one packet with its 101 arrives', async () => {
    vendor.script = (request, socket) => {
      socket.write(Buffer.concat([Buffer.from(switchHead(request)), Buffer.from([0x81, 5]), payload('first')]))
      return true
    }
    const client = await opened('/proxy/u/ws')
    await client.until(() => client.frames.length === 1)
    expect(client.frames[0]?.payload.toString()).toBe('first')
  })

  test('a client that does not read holds its vendor back; nothing is lost when it reads again', async () => {
    const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.child.pid}/status`, 'latin1'))?.[1]) * 1024
    vendor.onFrame = (connection) => {
      const block = Buffer.alloc(64 * 1024 - 4, 7)
      const frame = Buffer.concat([Buffer.from([0x82, 126, block.length >> 8, block.length & 0xff]), block])
      let left = 1_600
      const push = (): void => {
        while (left > 0) {
          left--
          if (!connection.send(frame)) return void connection.socket.once('drain', push)
        }
      }
      push()
    }
    const client = await opened('/proxy/u/ws')
    client.socket.pause()
    const before = rss()
    client.send({ opcode: TEXT, payload: payload('go') })
    const [there] = vendor.connections
    let last = -1
    // Until nothing moves any more: 100 MiB wait at the vendor.
    await vendor.waitFor(() => there !== undefined && there.socket.writableLength > 0)
    for (let still = 0; still < 20;) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      still = there?.sentBytes === last ? still + 1 : 0
      last = there?.sentBytes ?? 0
    }
    expect(last).toBeLessThan(40 * 1024 * 1024)
    expect(rss() - before).toBeLessThan(24 * 1024 * 1024)
    client.socket.resume()
    await client.until(() => client.receivedBytes === 1_600 * 64 * 1024, 30_000)
    expect(client.received.digest('hex')).toBe(there?.sent.digest('hex'))
  })
})

describe('ends', () => {
  const p99 = (values: number[]): number => values.sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] as number

  test.each(['client', 'vendor'] as const)('a broken %s closes the other side within 100 ms', async (who) => {
    const noise = watchMachineNoise()
    const took: number[] = []
    for (let i = 0; i < 100; i++) {
      const client = await opened('/proxy/u/ws')
      const there = vendor.connections.at(-1)
      const startedAtMs = performance.now()
      const broken = who === 'client' ? client.socket : there?.socket
      if (i % 2 === 0) broken?.resetAndDestroy()
      else broken?.destroy()
      if (who === 'client') await vendor.waitFor(() => there?.endedAtMs !== undefined)
      else await client.closed()
      took.push(((who === 'client' ? there?.endedAtMs : client.endedAtMs) ?? Infinity) - startedAtMs)
    }
    expect(p99(took)).toBeLessThanOrEqual(100 + noise.stop())
  })

  test('a goodbye passes in both directions, and the record tells', async () => {
    vendor.onFrame = (connection, frame) => {
      connection.send(Buffer.from([0x88, 2, frame.payload[0] as number, frame.payload[1] as number]))
      connection.socket.end()
    }
    const client = await opened('/proxy/u/ws', { 'X-Request-Id': 'goodbye-1' })
    client.send({ opcode: CLOSE, payload: Buffer.from([0x0b, 0xb8]) })
    await client.closed()
    expect(client.frames).toEqual([{ opcode: CLOSE, payload: Buffer.from([0x0b, 0xb8]) }])
    client.socket.end()
    const find = () => readLog(gateway.child.stdout).find((line) => line.request_id === 'goodbye-1' && line.status === 101)
    await vendor.waitFor(() => find() !== undefined)
    expect(find()).toMatchObject({ status: 101, outcome: 'ok', bytes_in: 8, bytes_out: 4, upstream: 'u' })
  })

  test('half a connection is not kept: the other half may answer for a moment', async () => {
    vendor.script = (request, socket) => {
      socket.write(switchHead(request))
      socket.on('end', () => setTimeout(() => socket.end(Buffer.from([0x81, 4, 0x6c, 0x61, 0x73, 0x74])), 50))
      return true
    }
    const client = await opened('/proxy/u/ws')
    client.socket.end()
    await client.closed()
    expect(client.frames[0]?.payload.toString()).toBe('last')
  })
})

describe('limits', () => {
  test('a slot is held while the WebSocket is open', async () => {
    const { key } = await gateway.admin.expectOk('POST', '/client-keys', { name: 'one', limits: { max_in_flight: 1 } })
    const first = await opened('/llm/oai/v1/realtime', { 'X-Proxy-Key': key })
    const second = open('/llm/oai/v1/realtime', { 'X-Proxy-Key': key })
    expect(await second.answered()).toBe(429)
    await second.closed()
    expect(JSON.parse(second.body)).toMatchObject({ error: { code: 'concurrency_limited' } })
    first.socket.destroy()
    await vendor.waitFor(() => vendor.connections[0]?.endedAtMs !== undefined)
    const third = await opened('/llm/oai/v1/realtime', { 'X-Proxy-Key': key })
    expect(third.status).toBe(101)
  })

  test('a pool key counts as in use until the end', async () => {
    const id = await gateway.addUpstream({ slug: 'narrow', base_url: vendor.url })
    await gateway.admin.addKey(id, createCanary('sk-'), { limits: { max_in_flight: 1 } })
    const first = await opened('/proxy/narrow/ws')
    const second = open('/proxy/narrow/ws')
    expect([await second.answered(), second.header('x-gateway-error')]).toEqual([429, 'key_pool_cooling_down'])
    first.socket.destroy()
    await vendor.waitFor(() => vendor.connections[0]?.endedAtMs !== undefined)
    await opened('/proxy/narrow/ws')
  })

  test('a revoked client key ends what it has open', async () => {
    const { id, key } = await gateway.admin.expectOk('POST', '/client-keys', { name: 'leaver' })
    const client = await opened('/proxy/u/ws', { 'X-Proxy-Key': key })
    const bystander = await opened('/proxy/u/ws')
    await gateway.admin.expectOk('DELETE', `/client-keys/${id}`)
    await client.closed(5_000)
    expect(client.frames).toEqual([{ opcode: CLOSE, payload: Buffer.from([0x03, 0xf0]) }])
    await vendor.waitFor(() => vendor.connections[0]?.endedAtMs !== undefined)
    expect(vendor.connections[0]?.frames).toEqual([{ opcode: CLOSE, payload: Buffer.from([0x03, 0xf0]) }])
    expect(bystander.isClosed).toBe(false)
  })

  test('the figures count them', async () => {
    const reads = async (open: number): Promise<void> => {
      while ((await metric('akr_websockets_open')) !== open) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await reads(0)
    const before = await metric('akr_websockets_total{outcome="client"}')
    const client = await opened('/proxy/u/ws')
    expect(await metric('akr_websockets_open')).toBe(1)
    client.socket.end()
    await reads(0)
    expect(await metric('akr_websockets_total{outcome="client"}')).toBe(before + 1)
  })
})

describe('bounds of the process', () => {
  let small: Gateway
  beforeAll(async () => {
    small = await startGateway({
      env: { MAX_WEBSOCKETS: '2', WEBSOCKET_IDLE_TIMEOUT: '2', WEBSOCKET_MAX_DURATION: '5' },
      upstreams: [{ slug: 'u', base_url: vendor.url, keys: [createCanary('sk-')] }],
    })
  })
  afterAll(() => small?.close())
  const openSmall = (): WebSocketClient => {
    const client = new WebSocketClient(small.port, handshakeText('/proxy/u/ws', { 'X-Proxy-Key': small.clientKey }))
    clients.push(client)
    return client
  }

  test('one more than may be open is refused, and has room when another has gone', async () => {
    const [first, second] = [openSmall(), openSmall()]
    expect([await first.answered(), await second.answered()]).toEqual([101, 101])
    const third = openSmall()
    expect([await third.answered(), third.header('x-gateway-error')]).toEqual([503, 'overloaded'])
    await third.closed()
    first.socket.destroy()
    second.socket.destroy()
    await vendor.waitFor(() => vendor.connections.every(({ endedAtMs }) => endedAtMs !== undefined))
    expect(await openSmall().answered()).toBe(101)
  })

  test('silence ends one, pings keep it, and its time is limited all the same', async () => {
    await vendor.waitFor(() => vendor.connections.every(({ endedAtMs }) => endedAtMs !== undefined))
    const silent = openSmall()
    await silent.answered()
    const pinging = openSmall()
    const startedAtMs = performance.now()
    await pinging.answered()
    const timer = setInterval(() => pinging.socket.writable && pinging.send({ opcode: PING, payload: payload('') }), 250)
    await silent.closed()
    expect(silent.frames).toEqual([{ opcode: CLOSE, payload: Buffer.from([0x03, 0xe9]) }])
    expect(pinging.isClosed).toBe(false)
    await pinging.closed()
    clearInterval(timer)
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(4_900)
    expect(pinging.frames.at(-1)).toEqual({ opcode: CLOSE, payload: Buffer.from([0x03, 0xe9]) })
  })
})

describe('shutdown', () => {
  test('500 open WebSockets are told on SIGTERM, both sides, and the process ends clean', async () => {
    const doomed = await startGateway({
      env: { SHUTDOWN_ANNOUNCE: '1', SHUTDOWN_GRACE: '20' },
      upstreams: [{ slug: 'u', base_url: vendor.url, keys: [createCanary('sk-')] }],
    })
    const all = Array.from({ length: 500 }, () => new WebSocketClient(doomed.port, handshakeText('/proxy/u/ws', { 'X-Proxy-Key': doomed.clientKey })))
    clients.push(...all)
    for (const client of all) expect(await client.answered(30_000)).toBe(101)
    // One is in the middle of a message: it is waited for.
    const [busy] = all as [WebSocketClient]
    busy.write(Buffer.from([0x82, 0x84, 0, 0, 0, 0, 1, 2]))
    doomed.child.signal('SIGTERM')
    await vendor.waitFor(() => doomed.child.stdout.includes('gateway.stopping'))
    const late = new WebSocketClient(doomed.port, handshakeText('/proxy/u/ws', { 'X-Proxy-Key': doomed.clientKey }))
    clients.push(late)
    expect([await late.answered(), late.header('x-gateway-error')]).toEqual([503, 'shutting_down'])
    const others = all.slice(1)
    for (const client of others) await client.closed(20_000)
    expect(busy.isClosed).toBe(false)
    busy.write(Buffer.from([3, 4]))
    await busy.closed(20_000)
    expect(busy.frames).toEqual([
      { opcode: BINARY, payload: Buffer.from([1, 2, 3, 4]) },
      { opcode: CLOSE, payload: Buffer.from([0x03, 0xe9]) },
    ])
    expect(others.filter(({ frames }) => frames.length === 1 && frames[0]?.opcode === CLOSE && frames[0].payload.readUInt16BE() === 1001)).toHaveLength(499)
    expect(vendor.connections.filter(({ frames }) => frames.at(-1)?.opcode === CLOSE)).toHaveLength(500)
    await vendor.waitFor(() => doomed.child.exitStatus !== undefined, 20_000)
    expect(doomed.child.exitStatus).toEqual({ code: 0, signal: null })
    await doomed.close()
  })
})
