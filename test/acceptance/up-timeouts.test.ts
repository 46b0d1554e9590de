// Owns the acceptance rows for silence and endlessness: UP-06, UP-07, UP-08.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { streamEvents } from '../support/chaos/stream.ts'
import type { StreamDialect } from '../support/chaos/dialects.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { RawConnection } from '../support/raw-client.ts'

const FIRST_BYTE_S = 2
const IDLE_S = 3
const TOTAL_S = 10

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  const hang = (dialect: StreamDialect) => (exchange: Parameters<typeof streamEvents>[0]) =>
    streamEvents(exchange, { dialect, count: 10, gapMs: 20, end: 'hang', model: 'm' })
  upstream.handle('/v1/chat/completions', hang('openai'))
  upstream.handle('/v1/messages', hang('anthropic'))
  upstream.handle('/v1beta/models/m:streamGenerateContent', hang('gemini'))
  gateway = await startGateway({
    env: { PROXY_TIMEOUT: String(FIRST_BYTE_S), STREAM_IDLE_TIMEOUT: String(IDLE_S), STREAM_MAX_DURATION: String(TOTAL_S) },
    upstreams: [
      { slug: 'rest', base_url: upstream.url, keys: [createCanary('sk-')] },
      { slug: 'oai', base_url: upstream.url, adapter: 'openai', keys: [createCanary('sk-')] },
      { slug: 'ant', base_url: upstream.url, adapter: 'anthropic', keys: [createCanary('sk-')] },
      { slug: 'gem', base_url: upstream.url, adapter: 'gemini', keys: [createCanary('sk-')] },
    ],
  })
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

async function upstreamGoneAfter(sinceMs: number): Promise<number> {
  const entry = await upstream.ledger.waitFor((found) => found.abortedAtMs !== undefined, 2_000)
  return (entry.abortedAtMs as number) - sinceMs
}

test('UP-06 stalled headers: 504 at the limit, the upstream socket is closed within 100 ms', async () => {
  const result = await gateway.send('POST', '/proxy/rest/stall?at=headers', {}, '{}', { timeoutMs: 10_000 })
  const answeredAtMs = performance.now()
  expect(result.responses[0]?.status).toBe(504)
  expect(headerOf(result.responses[0]?.rawHeaders ?? [], 'x-gateway-error')).toBe('upstream_timeout')
  expect(result.elapsedMs).toBeGreaterThanOrEqual(FIRST_BYTE_S * 1_000)
  expect(result.elapsedMs).toBeLessThanOrEqual(FIRST_BYTE_S * 1_000 + 500)
  expect(await upstreamGoneAfter(answeredAtMs)).toBeLessThanOrEqual(100)
})

describe('UP-07 a stream falls silent after ten events', () => {
  const cases = [
    ['oai', '/llm/oai/v1/chat/completions', '"error":{'],
    ['ant', '/llm/ant/v1/messages', 'event: error'],
    ['gem', '/llm/gem/v1beta/models/m:streamGenerateContent?alt=sse', '"error":{'],
  ] as const
  test.each(cases)('%s: an error event of the dialect after the idle limit, then the connection is cut', async (_slug, path, sign) => {
    const connection = new RawConnection(gateway.port)
    connection.write(gateway.text('POST', path, { 'Content-Type': 'application/json' }, '{"model":"m","stream":true,"messages":[]}'))
    expect(await connection.waitForText('w9 ')).toBe(true)
    const lastEventMs = performance.now()
    expect(await connection.waitForClose(10_000)).toBe(true)
    const silentMs = performance.now() - lastEventMs
    expect(silentMs).toBeGreaterThanOrEqual(IDLE_S * 1_000 - 50)
    expect(silentMs).toBeLessThanOrEqual(IDLE_S * 1_000 + 500)
    const [response] = connection.result().responses
    expect(response?.ending).toBe('cut')
    expect(response?.body.toString()).toMatch(/\n\r?\n[^]*\n\n$/)
    expect(response?.body.toString().slice(response.body.toString().indexOf('w9 '))).toContain(sign)
    expect(response?.body.toString()).not.toMatch(/\[DONE\]|message_stop|"finishReason"/)
    expect(await upstreamGoneAfter(lastEventMs)).toBeLessThanOrEqual(IDLE_S * 1_000 + 600)
  })
})

test('UP-08 an endless drip is cut with an error event at the longest duration', async () => {
  const startedAtMs = performance.now()
  const connection = new RawConnection(gateway.port)
  connection.write(gateway.text('GET', '/proxy/rest/drip?gap=1000&dialect=plain'))
  expect(await connection.waitForClose(20_000)).toBe(true)
  const tookMs = performance.now() - startedAtMs
  expect(tookMs).toBeGreaterThanOrEqual(TOTAL_S * 1_000)
  expect(tookMs).toBeLessThanOrEqual(TOTAL_S * 1_000 + 500)
  const [response] = connection.result().responses
  expect(response?.ending).toBe('cut')
  expect(response?.body.toString()).toMatch(/data: w8 [^]*event: error\n/)
})
