// Owns the acceptance row SSRF-04: a target that is the gateway itself, or leads back to it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { readLog } from '../support/log-lines.ts'
import { handshakeText, WebSocketClient } from '../support/web-socket-client.ts'

let chaos: ChaosUpstream
let one: Gateway
let other: Gateway
beforeAll(async () => {
  chaos = await openChaosUpstream()
  ;[one, other] = await Promise.all([
    startGateway({ upstreams: [] }),
    startGateway({ upstreams: [{ slug: 'end', base_url: chaos.url, keys: [createCanary('sk-')] }] }),
  ])
  await forward(one, '/round/*rest', `${other.url}/back`)
  await forward(other, '/back/*rest', `${one.url}/round`)
  await forward(one, '/chain/*rest', `${other.url}/proxy/end`)
}, 60_000)
afterAll(async () => {
  await one?.close()
  await other?.close()
  await chaos?.close()
})

const forward = (gateway: Gateway, path: string, url: string): Promise<{ id: string }> =>
  gateway.admin.expectOk('POST', '/routes', {
    ...{ name: path, match: { path }, action: { type: 'forward', targets: [{ url, weight: 1 }] }, requires_client_key: false },
  }) as Promise<{ id: string }>

interface Outcome {
  readonly status: number
  readonly code: string
  /** Exchanges that began because of it, the first included. */
  readonly exchanges: number
}

async function ask(gateway: Gateway, target: string, expected: number, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Outcome> {
  const before = exchanges()
  const [response] = (await gateway.send(method, target, headers)).responses
  const text = response?.body.toString() ?? ''
  await until(() => exchanges() >= before + expected)
  const { code, error } = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string; error?: { code: string } }
  return { status: response?.status ?? 0, code: code ?? error?.code ?? '', exchanges: exchanges() - before }
}

const exchanges = (): number => [one, other].flatMap(({ child }) => readLog(child.stdout).filter(({ event }) => event === 'proxy.request')).length

describe('SSRF-04 a target that is the gateway itself', () => {
  test.each(['/own/x', '/api/admin/upstreams', '/health', '/metrics', '/', '/nothing', '/proxy/self/x', '/llm/self/v1/models'])(
    'a route to its %s: refused before anything of it is served',
    async (path) => {
      const { id } = await forward(one, '/own/*rest', one.url)
      const got = await ask(one, `/own${path}`, 1, { Authorization: `Bearer ${one.admin.token}` })
      expect(got).toEqual({ status: 508, code: 'loop_detected', exchanges: 1 })
      await one.admin.expectOk('DELETE', `/routes/${id}`)
    },
  )

  test.each([
    ['generic', '/proxy/self/x'],
    ['openai', '/llm/self/v1/models'],
  ])('an upstream (%s) with a client key of its own as its key', async (adapter, target) => {
    const { key } = await one.admin.expectOk('POST', '/client-keys', { name: 'self' })
    const kind = adapter === 'generic' ? 'proxy' : 'llm'
    const id = await one.addUpstream({ slug: 'self', adapter, base_url: `${one.url}/${kind}/self`, keys: [key as string] })
    const got = await ask(one, target, 1, { 'X-Proxy-Key': one.clientKey }, 'POST')
    expect(got).toEqual({ status: 508, code: 'loop_detected', exchanges: 1 })
    await one.admin.expectOk('DELETE', `/upstreams/${id}`)
  })

  test('a WebSocket', async () => {
    const { id } = await forward(one, '/sockets/*rest', `${one.url}/sockets`)
    const before = exchanges()
    const client = new WebSocketClient(one.port, handshakeText('/sockets/x'))
    await client.closed()
    await until(() => exchanges() === before + 1)
    expect([client.status, client.body]).toEqual([508, expect.stringContaining('loop_detected')])
    await one.admin.expectOk('DELETE', `/routes/${id}`)
  })
})

describe('SSRF-04 over a second gateway', () => {
  test('one that leads back is noticed where it began', async () => {
    expect(await ask(one, '/round/x', 2)).toEqual({ status: 508, code: 'loop_detected', exchanges: 2 })
    expect(await ask(other, '/back/x', 2)).toEqual({ status: 508, code: 'loop_detected', exchanges: 2 })
  })

  test('one that leads on is no loop; its own target hears of both, because it is near', async () => {
    chaos.ledger.clear()
    expect(await ask(one, '/chain/ok', 2, { Authorization: `Bearer ${other.clientKey}` })).toMatchObject({ status: 200, exchanges: 2 })
    const hops = (index: number): string[] => {
      const headers = chaos.ledger.entries[index]?.rawHeaders ?? []
      return headers.filter((_, i) => headers[i - 1]?.toLowerCase() === 'x-akr-hops')
    }
    expect(hops(0)).toEqual([expect.stringMatching(/^[0-9a-f]{12},[0-9a-f]{12}$/)])
    await ask(other, '/proxy/end/ok', 1, { 'X-Proxy-Key': other.clientKey })
    expect(hops(1)).toEqual([hops(0)[0]?.split(',')[1]])
  })
})
