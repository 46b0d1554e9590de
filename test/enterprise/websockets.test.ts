// Owns WebSockets over several processes: two workers on one listener, and two replicas with limits in one Redis.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import type { Gateway } from '../support/gateway.ts'
import { readLog } from '../support/log-lines.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'
import { handshakeText, WebSocketClient } from '../support/web-socket-client.ts'
import { BINARY, CLOSE } from '../support/web-socket-frames.ts'
import { openWebSocketVendor, type WebSocketVendor } from '../support/web-socket-vendor.ts'
import { openStack, type Stack } from './stack.ts'

const PER_ADDRESS = 20
const POLICY = { opcode: CLOSE, payload: Buffer.from([0x03, 0xf0]) }
const GOING_AWAY = { opcode: CLOSE, payload: Buffer.from([0x03, 0xe9]) }

let vendor: WebSocketVendor
let stack: Stack
const clients: WebSocketClient[] = []

interface Issued {
  readonly id: string
  readonly key: string
}

function open(gateway: Gateway, headers: Readonly<Record<string, string>> = {}, target = '/proxy/ws/x'): WebSocketClient {
  const client = new WebSocketClient(gateway.port, handshakeText(target, { 'X-Proxy-Key': gateway.clientKey, ...headers }))
  clients.push(client)
  return client
}

async function issue(body: object): Promise<Issued> {
  const issued = (await first().admin.expectOk('POST', '/client-keys', { name: 'ws', ...body })) as Issued
  // In force in every process: asking for an upstream that does not exist is not counted.
  await everywhere(
    async (gateway) =>
      (await gateway.send('GET', '/proxy/nobody/x', { 'X-Proxy-Key': issued.key, Connection: 'close', ...ownAddress() })).responses[0]?.status === 404,
  )
  return issued
}

let addresses = 0
const ownAddress = (): { 'X-Forwarded-For': string } => ({ 'X-Forwarded-For': `2001:db8:${(++addresses).toString(16)}::1` })

const first = (): Gateway => stack.gateways[0] as Gateway

/** Holds for several connections to each replica in a row, so for each of its workers with near certainty. */
async function everywhere(holds: (gateway: Gateway) => Promise<boolean>): Promise<void> {
  for (const gateway of stack.gateways) await until(async () => (await Promise.all(Array.from({ length: 16 }, () => holds(gateway)))).every(Boolean))
}

describeWith('redis', 'WebSockets over processes', () => {
  beforeAll(async () => {
    vendor = await openWebSocketVendor()
    const env = {
      WORKERS: '2',
      RATE_LIMIT_ENABLED: 'true',
      RATE_LIMIT_PER_IP: String(PER_ADDRESS),
      TRUST_PROXY: '127.0.0.1',
      SHUTDOWN_ANNOUNCE: '1',
      SHUTDOWN_GRACE: '20',
    }
    stack = await openStack({ replicas: 2, env, redisTimeoutMs: 5_000 })
    await first().addUpstream({ slug: 'ws', base_url: vendor.url, keys: [createCanary('sk-')] })
    await everywhere(async (gateway) => (await gateway.send('GET', '/proxy/ws', { Connection: 'close', ...ownAddress() })).responses[0]?.status === 200)
  }, 120_000)
  beforeEach(() => vendor.clear())
  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.destroy()
  })
  afterAll(async () => {
    await stack?.close()
    await vendor?.close()
  })

  test('40 at once, 250 messages each: every byte is what was sent, whichever worker carries it', async () => {
    const all = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const client = open(stack.gateways[index % 2] as Gateway, ownAddress())
        expect(await client.answered()).toBe(101)
        return client
      }),
    )
    await Promise.all(
      all.map(async (client, number) => {
        for (let i = 0; i < 250; i++) {
          const isTaken = client.send({ opcode: BINARY, payload: Buffer.alloc((i * 7919 + number) % 20_000, number) })
          if (!isTaken) await new Promise((resolve) => client.socket.once('drain', resolve))
        }
        await client.until(() => client.frames.length === 250, 60_000)
      }),
    )
    const ups = new Set(vendor.connections.map(({ received }) => received.digest('hex')))
    const downs = new Set(vendor.connections.map(({ sent }) => sent.digest('hex')))
    for (const client of all) expect([ups.has(client.sent.digest('hex')), downs.has(client.received.digest('hex'))]).toEqual([true, true])
    for (const client of all) client.socket.destroy()
    // Who takes a connection is up to the kernel: in the end both workers of each replica have carried some.
    const workers = (gateway: Gateway): number =>
      new Set(readLog(gateway.child.stdout).flatMap((line) => (line.event === 'proxy.request' && line.status === 101 ? [line.worker] : []))).size
    for (const gateway of stack.gateways) {
      await until(async () => {
        const burst = Array.from({ length: 8 }, () => open(gateway, ownAddress()))
        for (const client of burst) await client.answered()
        for (const client of burst) client.socket.destroy()
        return workers(gateway) === 2
      })
    }
  }, 120_000)

  test('max_in_flight of a client key counts open WebSockets of all processes, and their ends', async () => {
    const { key } = await issue({ limits: { max_in_flight: 6 } })
    const asked = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const client = open(stack.gateways[index % 2] as Gateway, { 'X-Proxy-Key': key, ...ownAddress() })
        return { client, status: await client.answered() }
      }),
    )
    const held = asked.filter(({ status }) => status === 101)
    expect([held.length, asked.filter(({ status }) => status === 429).length]).toEqual([6, 18])
    for (const { client } of held.slice(0, 2)) client.socket.destroy()
    let again = 0
    await until(async () => {
      const client = open(stack.gateways[1] as Gateway, { 'X-Proxy-Key': key, ...ownAddress() })
      if ((await client.answered()) === 101) again++
      return again === 2
    })
    const more = open(stack.gateways[0] as Gateway, { 'X-Proxy-Key': key, ...ownAddress() })
    expect(await more.answered()).toBe(429)
  }, 60_000)

  test('handshakes of one address are one count over all processes', async () => {
    const own = ownAddress()
    const statuses = await Promise.all(Array.from({ length: 3 * PER_ADDRESS }, (_, index) => open(stack.gateways[index % 2] as Gateway, own).answered()))
    const opened = statuses.filter((status) => status === 101).length
    // All of them arrive within one window, or a slow machine needed a second one.
    expect(opened).toBeGreaterThanOrEqual(PER_ADDRESS)
    expect(opened).toBeLessThan(3 * PER_ADDRESS)
    expect(statuses.filter((status) => status === 429)).toHaveLength(statuses.length - opened)
    expect(vendor.handshakes).toHaveLength(opened)
  }, 60_000)

  test('what is taken away through one process ends WebSockets in all others', async () => {
    const { id, key } = await issue({})
    const all = Array.from({ length: 12 }, (_, index) => open(stack.gateways[index % 2] as Gateway, { 'X-Proxy-Key': key, ...ownAddress() }))
    for (const client of all) expect(await client.answered()).toBe(101)
    const bystander = open(stack.gateways[1] as Gateway, ownAddress())
    expect(await bystander.answered()).toBe(101)
    await first().admin.expectOk('DELETE', `/client-keys/${id}`)
    for (const client of all) await client.closed(10_000)
    expect(all.map(({ frames }) => frames)).toEqual(all.map(() => [POLICY]))
    expect(bystander.isClosed).toBe(false)
  }, 60_000)

  test('SIGTERM: 200 over two workers are told, both sides, and the process ends clean; the other replica goes on', async () => {
    const [staying, leaving] = stack.gateways as [Gateway, Gateway]
    const kept = open(staying, ownAddress())
    expect(await kept.answered()).toBe(101)
    const all = Array.from({ length: 200 }, () => open(leaving, ownAddress()))
    for (const client of all) expect(await client.answered(30_000)).toBe(101)
    leaving.child.signal('SIGTERM')
    for (const client of all) await client.closed(30_000)
    expect(all.filter(({ frames }) => frames.length === 1 && frames[0]?.payload.equals(GOING_AWAY.payload) === true)).toHaveLength(200)
    await vendor.waitFor(() => vendor.connections.filter(({ frames }) => frames.at(-1)?.opcode === CLOSE).length === 200)
    expect(await leaving.child.exit()).toEqual({ code: 0, signal: null })
    expect(kept.isClosed).toBe(false)
  }, 90_000)
})
