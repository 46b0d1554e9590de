// Owns the acceptance row UP-04: resets before the answer.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { runClosedLoop, type LoadRequest } from '../support/load.ts'

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway({ upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-'), createCanary('sk-'), createCanary('sk-')] }] })
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

const request =
  (method: string, path: string) =>
  (index: number): LoadRequest => {
    const nonce = `n${index}-${path}`.replaceAll(/[^\w-]/g, '-')
    return { text: gateway.text(method, `/proxy/u${path}`, { 'X-Req-Id': nonce }, method === 'POST' ? '{"charge":1}' : ''), nonce }
  }

describe('UP-04 reset before headers', () => {
  test.each(['/reset?when=always', '/reset?when=reused'])('POST %s: exactly one request at the upstream per client request, over 500 trials', async (path) => {
    const report = await runClosedLoop({ port: gateway.port, request: request('POST', path), connections: 8, total: 500, check: () => 'ok' })
    expect(report).toMatchObject({ sent: 500, failed: 0 })
    expect([...report.byStatus.keys()].filter((status) => status !== 502 && status !== 200)).toEqual([])
    expect(report.byStatus.get(502)).toBeGreaterThan(100)
    const perNonce = new Map<string, number>()
    for (const entry of upstream.ledger.entries) perNonce.set(entry.nonce, (perNonce.get(entry.nonce) ?? 0) + 1)
    expect(perNonce.size).toBe(500)
    expect([...perNonce.values()].filter((count) => count !== 1)).toEqual([])
  })

  test('a POST that was reset is answered 502 upstream_reset', async () => {
    const result = await gateway.send('POST', '/proxy/u/reset?when=always', {}, '{}')
    expect(result.responses[0]?.status).toBe(502)
    expect(headerOf(result.responses[0]?.rawHeaders ?? [], 'x-gateway-error')).toBe('upstream_reset')
  })

  test('a GET on a reused socket is retried once, on a fresh connection, and served', async () => {
    for (let round = 0; round < 10; round++) {
      // Good requests in between earn the retry and leave an idle socket.
      for (let i = 0; i < 10; i++) await gateway.send('GET', '/proxy/u/ok')
      upstream.ledger.clear()
      const result = await gateway.send('GET', '/proxy/u/reset?when=reused', { 'X-Req-Id': `r${round}` })
      expect(result.responses[0]?.status).toBe(200)
      const [first, second, ...more] = upstream.ledger.entries
      expect(more).toEqual([])
      expect(second?.connection).not.toBe(first?.connection)
      expect(second?.nonce).toBe(`r${round}`)
    }
  })

  test('a GET that is always reset is tried twice and then answered 502', async () => {
    for (let i = 0; i < 10; i++) await gateway.send('GET', '/proxy/u/ok')
    upstream.ledger.clear()
    const result = await gateway.send('GET', '/proxy/u/reset?when=always')
    expect(result.responses[0]?.status).toBe(502)
    expect(upstream.ledger.entries).toHaveLength(2)
  })
})
