// Owns the acceptance rows RL-05 and RL-04 on the lightweight build: what clients see of the limits of their key.
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf, headersOf } from '../support/http-reader.ts'
import { RawConnection, type RawResponse } from '../support/raw-client.ts'
import { rejection } from './sdk-fixture.ts'

let chaos: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  chaos = await openChaosUpstream()
  const upstream = (slug: string, adapter: string, path = ''): { slug: string; base_url: string; adapter: string; keys: string[] } => ({
    ...{ slug, adapter, base_url: chaos.url + path },
    keys: [createCanary('sk-')],
  })
  gateway = await startGateway({
    upstreams: [upstream('oa', 'openai'), upstream('an', 'anthropic'), upstream('ge', 'gemini'), upstream('any', 'generic')],
  })
})
afterAll(async () => {
  await gateway?.close()
  await chaos?.close()
})

interface Issued {
  readonly id: string
  readonly key: string
}

async function issue(limits: Readonly<Record<string, number | null>>): Promise<Issued> {
  return (await gateway.admin.expectOk('POST', '/client-keys', { name: 'limited', limits })) as Issued
}

async function call(key: string, target = '/proxy/any/ok', headers: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
  const [response] = (await gateway.send('GET', target, { 'X-Proxy-Key': key, ...headers })).responses
  return response as RawResponse
}

const header = (response: RawResponse, name: string): string | undefined => headerOf(response.rawHeaders, name)

describe('RL-05 the shape of a refusal', () => {
  test('granted answers say what is left; the refusal says when, which limit, and whose', async () => {
    const { key } = await issue({ rpm: 2, rpd: 1000 })
    const first = await call(key)
    expect(first.status).toBe(200)
    expect(header(first, 'ratelimit-policy')).toBe('"rpm";q=2;w=60, "rpd";q=1000;w=86400')
    expect(header(first, 'ratelimit')).toMatch(/^"rpm";r=1;t=60, "rpd";r=999;t=86400$/)
    expect(header(first, 'x-ratelimit-limit-requests')).toBeUndefined()
    await call(key)
    const refused = await call(key)
    expect(refused.status).toBe(429)
    const retryAfterMs = Number(header(refused, 'retry-after-ms'))
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(header(refused, 'retry-after')).toBe(String(Math.ceil(retryAfterMs / 1000)))
    expect(header(refused, 'x-should-retry')).toBe('false')
    expect(header(refused, 'x-gateway-error')).toBe('client_rate_limited')
    expect(header(refused, 'x-akr-error-source')).toBe('gateway')
    expect(header(refused, 'ratelimit')).toMatch(/^"rpm";r=0;t=\d+, "rpd";r=998;t=864\d\d$/)
    expect(['limit', 'remaining', 'reset'].map((name) => header(refused, `x-ratelimit-${name}-requests`))).toEqual(['2', '0', expect.stringMatching(/^\d+s$/)])
    const problem = JSON.parse(refused.body.toString())
    expect(problem).toMatchObject({ status: 429, code: 'client_rate_limited', detail: expect.stringMatching(/'limited' may send 2 requests in any minute/) })
  })

  test.each([
    ['/llm/oa/v1/models', { type: 'error', error: { type: 'rate_limit_error', code: 'client_rate_limited', source: 'gateway' } }],
    ['/llm/an/v1/models', { type: 'error', error: { type: 'rate_limit_error', code: 'client_rate_limited' } }],
    [
      '/llm/ge/v1beta/models',
      { error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ reason: 'CLIENT_RATE_LIMITED' }, { retryDelay: expect.stringMatching(/^\d+s$/) }] } },
    ],
  ])('in the dialect of %s', async (target, body) => {
    const { key } = await issue({ rpm: 1 })
    await call(key, target)
    const refused = await call(key, target)
    expect(refused.status).toBe(429)
    expect(JSON.parse(refused.body.toString())).toMatchObject(body)
  })

  test("the vendor's own rate-limit headers stay as they are, beside ours", async () => {
    const { key } = await issue({ rpm: 10 })
    chaos.handle('/told', (exchange) => {
      exchange.startChunked(200, 'application/json', [
        ['RateLimit-Policy', '"vendor";q=5;w=1'],
        ['x-ratelimit-remaining-requests', '4999'],
      ])
      exchange.endChunked()
    })
    const answer = await call(key, '/proxy/any/told')
    expect(headersOf(answer.rawHeaders, 'ratelimit-policy')).toEqual(['"vendor";q=5;w=1', '"rpm";q=10;w=60'])
    expect(headersOf(answer.rawHeaders, 'x-ratelimit-remaining-requests')).toEqual(['4999'])
  })

  test('SDKs raise their RateLimitError; a short wait is kept by them, a long one is reported at once', async () => {
    const short = await issue({ rps: 1 })
    const openai = new OpenAI({ baseURL: `${gateway.url}/llm/oa/v1`, apiKey: short.key, maxRetries: 2 })
    await openai.models.list()
    const beganAtMs = performance.now()
    // Without the wait its three tries would all be refused.
    await openai.models.list()
    expect(performance.now() - beganAtMs).toBeGreaterThan(500)

    const long = await issue({ rpm: 1 })
    for (const [raise, type] of [
      [() => new OpenAI({ baseURL: `${gateway.url}/llm/oa/v1`, apiKey: long.key }).models.list(), OpenAI.RateLimitError],
      [() => new Anthropic({ baseURL: `${gateway.url}/llm/an`, apiKey: long.key }).models.list(), Anthropic.RateLimitError],
    ] as const) {
      await raise().then(
        () => undefined,
        () => undefined,
      )
      const error = await rejection(raise())
      expect(error).toBeInstanceOf(type)
      expect((error as Error).message).toContain('may send 1 requests in any minute')
    }
  })

  test('a key without limits, and a global key, hear nothing of it', async () => {
    const { key } = await issue({ rpm: null })
    for (const one of [key, gateway.clientKey]) {
      const answer = await call(one)
      expect(answer.status).toBe(200)
      expect(answer.rawHeaders.map((name) => name.toLowerCase())).not.toContain('ratelimit')
    }
  })

  test('it is counted, and logged with the reason and the client', async () => {
    const { id, key } = await issue({ rpm: 1 })
    await call(key)
    const before = await metric('rpm')
    expect((await call(key)).status).toBe(429)
    expect(await metric('rpm')).toBe(before + 1)
    await gateway.child.waitForOutput(new RegExp(`"client_id":"${id}".*"error_code":"client_rate_limited"`))
  })
})

async function metric(limit: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(new RegExp(`akr_client_limited_total\\{limit="${limit}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
}

test('a refused upload is not read, and what was refused is not counted', async () => {
  const { key } = await issue({ rpm: 3 })
  // Refused for other reasons: neither reaches the count.
  await call(key, '/proxy/nobody/ok')
  await gateway.send('POST', '/proxy/any/ok', { 'X-Proxy-Key': key, 'Content-Length': '999999999999' })
  for (let i = 0; i < 3; i++) expect((await call(key)).status).toBe(200)
  const answer = await gateway.send('POST', '/proxy/any/ok', { 'X-Proxy-Key': key, 'Content-Length': '50000000', Expect: '100-continue' })
  expect(answer.informational).toEqual([])
  expect(answer.responses[0]?.status).toBe(429)
})

test('several attempts of one request count once', async () => {
  const { key } = await issue({ rpm: 10 })
  const slug = 'failing'
  await gateway.addUpstream({ slug, base_url: chaos.url, keys: [createCanary('sk-'), createCanary('sk-')], max_attempts: 2 })
  const answer = await call(key, `/proxy/${slug}/status/503`)
  expect(header(answer, 'x-akr-attempts')).not.toBe('0')
  expect(header(answer, 'ratelimit')).toMatch(/^"rpm";r=9;/)
})

test('a change of another limit keeps what was counted; lifted limits are gone at once', async () => {
  const { id, key } = await issue({ rpm: 2 })
  await call(key)
  await call(key)
  await gateway.admin.expectOk('PATCH', `/client-keys/${id}`, { limits: { rpm: 2, rpd: 500 } })
  expect((await call(key)).status).toBe(429)
  await gateway.admin.expectOk('PATCH', `/client-keys/${id}`, { limits: { rpm: 3 } })
  expect([(await call(key)).status, (await call(key)).status]).toEqual([200, 429])
  await gateway.admin.expectOk('PATCH', `/client-keys/${id}`, { limits: null })
  expect((await call(key)).status).toBe(200)
})

describe('RL-04 in flight', () => {
  const inFlight = (key: string, target: string, method = 'GET'): RawConnection => {
    const connection = new RawConnection(gateway.port)
    connection.write(gateway.text(method, target, { 'X-Proxy-Key': key, ...(method === 'POST' ? { 'Content-Length': '100' } : {}) }))
    return connection
  }

  test('at most so many at once; the refusal names it, and the end of one makes room', async () => {
    const { key } = await issue({ max_in_flight: 2 })
    const seen = chaos.ledger.entries.length
    const [one, two] = [inFlight(key, '/proxy/any/stall?at=headers'), inFlight(key, '/proxy/any/stall?at=headers')]
    await chaos.ledger.until(() => chaos.ledger.entries.length >= seen + 2, 5_000)
    const refused = await call(key)
    expect(refused.status).toBe(429)
    expect(header(refused, 'x-gateway-error')).toBe('concurrency_limited')
    expect(header(refused, 'retry-after')).toBe('1')
    one.destroy()
    await expectRoom(key)
    two.destroy()
  })

  test.each([
    ['leaves during its upload', '/proxy/any/ok', 'POST'],
    ['leaves before the answer', '/proxy/any/stall?at=headers', 'GET'],
    ['is refused by a pool without keys', '/proxy/empty/ok', 'GET'],
    ['is cut off by the vendor', '/proxy/any/cut?mode=cl&by=rst', 'GET'],
  ])('a slot comes back when a request %s', async (_name, target, method) => {
    if (target.includes('empty') && !gateway.upstreamIds.has('empty')) await gateway.addUpstream({ slug: 'empty', base_url: chaos.url })
    const { key } = await issue({ max_in_flight: 1 })
    const connection = inFlight(key, target, method)
    await connection.waitForResponses(1, 300)
    connection.destroy()
    await expectRoom(key)
  })

  async function expectRoom(key: string): Promise<void> {
    const deadlineMs = performance.now() + 1_000
    let status = 0
    while (status !== 200 && performance.now() < deadlineMs) ({ status } = await call(key))
    expect(status).toBe(200)
  }
})
