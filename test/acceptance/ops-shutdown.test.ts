// Owns the acceptance row OPS-01: a stop signal under load.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { runClosedLoop } from '../support/load.ts'
import { RawConnection } from '../support/raw-client.ts'

const GRACE_MS = 30_000
const ANNOUNCE_MS = 5_000
/** Clients notice the announcement and stop within it, as a load balancer does. */
const CLIENTS_STOP_AFTER_MS = 3_000

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway({
    upstreams: [
      { slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] },
      { slug: 'oai', base_url: upstream.url, adapter: 'openai', keys: [createCanary('sk-')] },
    ],
  })
  upstream.handle('/v1/chat/completions', async (exchange) => {
    exchange.startChunked(200, 'text/event-stream')
    for (let i = 0; i < 80 && !exchange.gone; i++) {
      exchange.chunk(`data: {"choices":[{"index":0,"delta":{"content":"w${i} "},"finish_reason":null}]}\n\n`)
      await exchange.pause(250)
    }
    exchange.chunk('data: [DONE]\n\n')
    exchange.endChunked()
  })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

test('OPS-01 SIGTERM with 64 keep-alive POST clients and 50 streams of 20 s: nothing fails, nothing is cut, exit 0', async () => {
  const streams = Array.from({ length: 50 }, () => {
    const connection = new RawConnection(gateway.port)
    connection.write(gateway.text('POST', '/llm/oai/v1/chat/completions', { 'Content-Type': 'application/json' }, '{"model":"m","stream":true,"messages":[]}'))
    return connection
  })
  for (const stream of streams) expect(await stream.waitForText('w0 ')).toBe(true)

  const plan = { termAtMs: Infinity }
  const isOver = (): boolean => performance.now() > plan.termAtMs + CLIENTS_STOP_AFTER_MS
  let closes = 0
  const loads = Array.from({ length: 64 }, async (_, client) => {
    const reports = []
    while (!isOver()) {
      reports.push(
        await runClosedLoop({
          port: gateway.port,
          connections: 1,
          total: 20,
          request: (index) => ({ text: gateway.text('POST', '/proxy/u/ok', { 'X-Req-Id': `c${client}-${index}` }, '{"n":1}'), nonce: `c${client}-${index}` }),
          check: (answer, request) => {
            if (performance.now() > plan.termAtMs + 500 && answer.rawHeaders.some((part) => part.toLowerCase() === 'close')) closes++
            return answer.status === 200 && answer.body.includes(request.nonce) ? 'ok' : 'wrong-status'
          },
        }),
      )
    }
    return reports
  })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  plan.termAtMs = performance.now()
  gateway.child.signal('SIGTERM')
  const readiness = async (): Promise<number> => (await fetch(`${gateway.url}/health/ready`, { headers: { connection: 'close' } })).status
  while ((await readiness()) !== 503) expect(performance.now() - plan.termAtMs).toBeLessThan(500)

  const reports = (await Promise.all(loads)).flat()
  expect(reports.flatMap((report) => report.failures)).toEqual([])
  expect(reports.reduce((sum, report) => sum + report.sent, 0)).toBeGreaterThan(640)
  expect(closes).toBeGreaterThan(64)

  for (const stream of streams) {
    expect(await stream.waitForResponses(1, GRACE_MS)).toBe(true)
    const [response] = stream.result().responses
    expect([response?.ending, response?.body.toString().endsWith('data: [DONE]\n\n')]).toEqual(['chunked', true])
  }
  expect(await gateway.child.exit()).toEqual({ code: 0, signal: null })
  expect(performance.now() - plan.termAtMs).toBeLessThanOrEqual(GRACE_MS + 1_000)
  expect(performance.now() - plan.termAtMs).toBeGreaterThan(ANNOUNCE_MS - 100)
}, 90_000)
