// What is let in: models and networks of client keys, limits of addresses and of everybody, and shedding. Owns RL-07 on the lightweight build.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf, headersOf } from '../support/http-reader.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import type { RawResponse } from '../support/raw-client.ts'

let chaos: ChaosUpstream
beforeAll(async () => {
  chaos = await openChaosUpstream()
})
afterAll(() => chaos?.close())

const upstreams = (): { slug: string; base_url: string; adapter: string; keys: string[] }[] =>
  [
    ['oa', 'openai'],
    ['an', 'anthropic'],
    ['ge', 'gemini'],
    ['az', 'azure-openai'],
    ['any', 'generic'],
  ].map(([slug = '', adapter = '']) => ({ slug, adapter, base_url: chaos.url, keys: [createCanary('sk-')] }))

type Headers = Readonly<Record<string, string>>

async function ask(gateway: Gateway, method: string, target: string, headers: Headers = {}, body = ''): Promise<RawResponse> {
  return (await gateway.send(method, target, headers, body)).responses[0] as RawResponse
}

async function issue(gateway: Gateway, body: object): Promise<string> {
  return ((await gateway.admin.expectOk('POST', '/client-keys', { name: 'bound', ...body })) as { key: string }).key
}

const header = (response: RawResponse, name: string): string | undefined => headerOf(response.rawHeaders, name)
const JSON_TYPE = { 'Content-Type': 'application/json' }

describe('models and networks of client keys', () => {
  let gateway: Gateway
  let key: string
  beforeAll(async () => {
    gateway = await startGateway({ upstreams: upstreams(), env: { TRUST_PROXY: '127.0.0.1' } })
    key = await issue(gateway, { models: ['gpt-4o-mini', 'claude-*', 'gemini-2.0-flash'] })
  }, 60_000)
  afterAll(() => gateway?.close())

  const chat = (model: unknown, target = '/llm/oa/v1/chat/completions', more = {}): Promise<RawResponse> =>
    ask(gateway, 'POST', target, { 'X-Proxy-Key': key, ...JSON_TYPE }, JSON.stringify({ messages: [], model, ...more }))

  test.each([
    ['gpt-4o-mini', '/llm/oa/v1/chat/completions'],
    ['claude-sonnet-5', '/llm/an/v1/messages'],
    ['models/gemini-2.0-flash', '/llm/ge/v1beta/cachedContents'],
    ['gpt-4o-mini', '/proxy/oa/v1/chat/completions'],
    // A generic API has no models.
    ['whatever', '/proxy/any/ok'],
  ])('%s on %s is let through', async (model, target) => {
    const before = chaos.ledger.entries.length
    await chat(model, target)
    expect(chaos.ledger.entries.length).toBe(before + 1)
  })

  test.each([
    ['/llm/oa/v1/chat/completions', { type: 'error', error: { type: 'permission_error', code: 'model_not_allowed', source: 'gateway' } }],
    ['/llm/an/v1/messages', { type: 'error', error: { type: 'permission_error', code: 'model_not_allowed' } }],
    ['/llm/ge/v1beta/models/gemini-2.5-pro:generateContent', { error: { code: 403, status: 'PERMISSION_DENIED', details: [{ reason: 'MODEL_NOT_ALLOWED' }] } }],
    ['/proxy/oa/v1/chat/completions', { status: 403, code: 'model_not_allowed' }],
  ])('another model is refused in the dialect of %s, with what is allowed', async (target, body) => {
    const before = chaos.ledger.entries.length
    const answer = await chat('gpt-5', target)
    expect([answer.status, header(answer, 'x-gateway-error')]).toEqual([403, 'model_not_allowed'])
    const json = JSON.parse(answer.body.toString())
    expect(json).toMatchObject(body)
    expect(json.error?.message ?? json.detail).toContain('gpt-4o-mini, claude-*, gemini-2.0-flash')
    expect(chaos.ledger.entries.length).toBe(before)
  })

  test('the model in a path: with and without escapes, by every name', async () => {
    const empty = (target: string, method = 'POST'): Promise<RawResponse> =>
      ask(gateway, method, target, { 'X-Proxy-Key': key, ...JSON_TYPE }, '{"contents":[]}')
    for (const target of ['/llm/ge/v1beta/models/gemini-2.0-flash:generateContent', '/llm/az/openai/deployments/gpt-4o-mini/chat/completions']) {
      expect((await empty(target)).status).not.toBe(403)
    }
    for (const target of [
      '/llm/ge/v1beta/models/gemini-2.5-pro:generateContent',
      '/llm/ge/v1beta/%6dodels/gemini-2.5-pro%3AgenerateContent',
      '/llm/ge/v1beta/tunedModels/mine:generateContent',
      '/llm/az/openai/deployments/gpt-5/chat/completions',
      '/llm/oa/v1/models/gpt-5',
      '/llm/oa/v1/realtime?model=gpt-5',
    ]) {
      expect((await empty(target)).status).toBe(403)
    }
    // A body cannot vouch for a path.
    expect((await chat('gemini-2.0-flash', '/llm/ge/v1beta/models/gemini-2.5-pro:generateContent')).status).toBe(403)
  })

  test.each([
    ['no model', '{"messages":[]}'],
    ['a second model', '{"model":"gpt-4o-mini","model":"gpt-5"}'],
    ['a second model in other letters', '{"model":"gpt-4o-mini","Model":"gpt-5"}'],
    ['an escaped name', '{"mod\\u0065l":"gpt-5"}'],
    ['fallbacks', '{"model":"gpt-4o-mini","models":["gpt-4o-mini","gpt-5"]}'],
    ['a model that is no text', '{"model":{"name":"gpt-4o-mini"}}'],
    ['no JSON', 'model=gpt-4o-mini'],
    ['JSON with something behind it', '{"model":"gpt-4o-mini"}{"model":"gpt-5"}'],
    ['JSON that breaks off', '{"model":"gpt-4o-mini"'],
    ['a list', '[{"model":"gpt-4o-mini"}]'],
  ])('refused because it cannot be held against the list: %s', async (_, body) => {
    const answer = await ask(gateway, 'POST', '/llm/oa/v1/chat/completions', { 'X-Proxy-Key': key, ...JSON_TYPE }, body)
    expect([answer.status, header(answer, 'x-gateway-error')]).toEqual([403, 'model_not_allowed'])
  })

  test('an encoded body, a batch and a body that is too large to keep are refused; what has no body and no model passes', async () => {
    const sent = (target: string, headers: Headers, body: string): Promise<RawResponse> =>
      ask(gateway, 'POST', target, { 'X-Proxy-Key': key, ...headers }, body)
    const body = '{"model":"gpt-4o-mini"}'
    expect((await sent('/llm/oa/v1/chat/completions', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, body)).status).toBe(403)
    expect((await sent('/llm/an/v1/messages/batches', JSON_TYPE, body)).status).toBe(403)
    const large = await sent('/proxy/oa/v1/chat/completions', JSON_TYPE, `{"model":"gpt-4o-mini","x":"${'x'.repeat(1_100_000)}"}`)
    expect([large.status, header(large, 'x-gateway-error')]).toEqual([413, 'request_too_large'])
    expect((await ask(gateway, 'GET', '/llm/oa/v1/models', { 'X-Proxy-Key': key })).status).not.toBe(403)
  })

  test('a key in the body is no way around', async () => {
    const body = JSON.stringify({ model: 'gpt-5', api_key: key })
    const response = await fetch(`${gateway.url}/llm/oa/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body })
    expect([response.status, response.headers.get('x-gateway-error')]).toEqual([403, 'model_not_allowed'])
  })

  test('networks: the address behind trusted proxies counts, IPv4 in IPv6 is IPv4', async () => {
    const bound = await issue(gateway, { networks: ['198.51.100.0/24', '2001:db8:1::/48'] })
    const from = async (address: string): Promise<number> =>
      (await ask(gateway, 'GET', '/proxy/any/ok', { 'X-Proxy-Key': bound, 'X-Forwarded-For': address })).status
    const statuses = await Promise.all(['198.51.100.7', '::ffff:198.51.100.7', '2001:db8:1:2::3', '198.51.101.7', '2001:db8:2::3', '10.0.0.1'].map(from))
    expect(statuses).toEqual([200, 200, 200, 403, 403, 403])
    const refused = await ask(gateway, 'GET', '/llm/oa/v1/models', { 'X-Proxy-Key': bound })
    expect(JSON.parse(refused.body.toString())).toMatchObject({ error: { code: 'network_forbidden', message: expect.stringContaining('127.0.0.1') } })
  })

  test('a proxy that nobody trusts vouches for nobody, however private its own address is', async () => {
    const open = await startGateway({ upstreams: upstreams().slice(-1) })
    try {
      const local = await issue(open, { networks: ['127.0.0.0/8'] })
      expect((await ask(open, 'GET', '/proxy/any/ok', { 'X-Proxy-Key': local })).status).toBe(200)
      const forwarded = await ask(open, 'GET', '/proxy/any/ok', { 'X-Proxy-Key': local, 'X-Forwarded-For': '127.0.0.1' })
      expect(JSON.parse(forwarded.body.toString())).toMatchObject({ status: 403, code: 'network_forbidden', detail: expect.stringContaining('TRUST_PROXY') })
    } finally {
      await open.close()
    }
  }, 60_000)
})

describe('limits of addresses and of all', () => {
  let gateway: Gateway
  beforeAll(async () => {
    const env = { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_PER_IP: '1', TRUST_PROXY: '127.0.0.1' }
    gateway = await startGateway({ upstreams: upstreams(), env })
  }, 60_000)
  afterAll(() => gateway?.close())

  /** Statuses of requests that arrive together, sorted. */
  const together = async (...addresses: string[]): Promise<number[]> =>
    (await Promise.all(addresses.map((address) => ask(gateway, 'GET', '/proxy/any/ok', { 'X-Forwarded-For': address })))).map(({ status }) => status).sort()

  test('RL-07 one client is one bucket: IPv4, IPv4 in IPv6, and the /64 of an IPv6 address; two are two', async () => {
    expect(await together('192.0.2.1', '192.0.2.1')).toEqual([200, 429])
    expect(await together('192.0.2.2', '::ffff:192.0.2.2')).toEqual([200, 429])
    expect(await together('192.0.2.3', '::ffff:c000:203')).toEqual([200, 429])
    expect(await together('2001:db8::1', '2001:db8:0:0:ffff::9')).toEqual([200, 429])
    expect(await together('2001:db8:0:1::1', '2001:db8:0:2::1')).toEqual([200, 200])
    // Every IPv4 address is in one and the same /64 when it is taken for IPv6 (CVE-2026-30827).
    expect(await together('::ffff:192.0.2.4', '::ffff:192.0.2.5', '192.0.2.6')).toEqual([200, 200, 200])
    // What a client writes in front of what the trusted proxy saw counts nothing.
    expect(await together('203.0.113.1, 192.0.2.7', '203.0.113.2, 192.0.2.7')).toEqual([200, 429])
  })

  test('RL-05 the refusal: before any key is looked at, in the dialect, with when to come back', async () => {
    const from = { 'X-Forwarded-For': '192.0.2.20', 'X-Proxy-Key': 'sk-akr-nobody-knows-this-key' }
    const answers = await Promise.all([1, 2].map(() => ask(gateway, 'GET', '/llm/ge/v1beta/models', from)))
    expect(answers.map(({ status }) => status).sort()).toEqual([401, 429])
    const refused = answers.find(({ status }) => status === 429) as RawResponse
    expect(JSON.parse(refused.body.toString())).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ reason: 'RATE_LIMITED' }, {}] } })
    expect(header(refused, 'retry-after')).toBe('1')
    expect(Number(header(refused, 'retry-after-ms'))).toBeGreaterThan(0)
    expect(header(refused, 'ratelimit-policy')).toBe('"address_rps";q=1;w=1')
    expect(header(refused, 'ratelimit')).toBe('"address_rps";r=0;t=1')
    // Those that were let in hear what is left too, also when they were refused for another reason.
    expect(header(answers.find(({ status }) => status === 401) as RawResponse, 'ratelimit')).toBe('"address_rps";r=0;t=1')
  })

  test("with a key's own limits an answer names both", async () => {
    const key = await issue(gateway, { limits: { rpm: 5 } })
    const answer = await ask(gateway, 'GET', '/proxy/any/ok', { 'X-Forwarded-For': '192.0.2.30', 'X-Proxy-Key': key })
    expect(header(answer, 'ratelimit-policy')).toBe('"address_rps";q=1;w=1, "rpm";q=5;w=60')
  })

  test('management and health are not limited', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => ask(gateway, 'GET', '/health/ready', { 'X-Forwarded-For': '192.0.2.40' })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('all clients together; how much that is, is nobody’s business', async () => {
    const whole = await startGateway({ upstreams: upstreams().slice(-1), env: { RATE_LIMIT_GLOBAL: '2' } })
    try {
      // Wrong keys take no place.
      const strangers = await Promise.all([1, 2, 3, 4].map(() => ask(whole, 'GET', '/proxy/any/ok', { 'X-Proxy-Key': 'sk-akr-nobody-knows-this-key' })))
      expect(strangers.map(({ status }) => status)).toEqual([401, 401, 401, 401])
      const answers = await Promise.all([1, 2, 3].map(() => ask(whole, 'GET', '/proxy/any/ok')))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429])
      const refused = answers.find(({ status }) => status === 429) as RawResponse
      expect(JSON.parse(refused.body.toString())).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('This gateway takes 2 requests') })
      for (const answer of answers) expect(headersOf(answer.rawHeaders, 'ratelimit')).toEqual([])
    } finally {
      await whole.close()
    }
  }, 60_000)
})

test('D24 a full gateway sheds at once, and management and health still answer', async () => {
  const places = 10
  const gateway = await startGateway({ upstreams: upstreams(), env: { MAX_CONCURRENT_REQUESTS: String(places) } })
  try {
    let open!: () => void
    const gate = new Promise<void>((resolve) => (open = resolve))
    let arrived = 0
    let full!: () => void
    const isFull = new Promise<void>((resolve) => (full = resolve))
    chaos.handle('/held', async (exchange) => {
      if (++arrived === places) full()
      await gate
      exchange.startChunked(200, 'application/json', [])
      exchange.endChunked()
    })
    const held = Array.from({ length: places }, () => ask(gateway, 'GET', '/proxy/any/held'))
    await isFull
    const waits: number[] = []
    const noise = watchMachineNoise()
    for (let i = 0; i < 100; i++) {
      const beganAtMs = performance.now()
      const shed = await ask(gateway, 'GET', '/llm/oa/v1/models')
      waits.push(performance.now() - beganAtMs)
      expect([shed.status, header(shed, 'x-gateway-error'), header(shed, 'retry-after')]).toEqual([503, 'overloaded', '1'])
    }
    // With the connection that each of them opens.
    expect(waits.sort((a, b) => a - b)[50]).toBeLessThanOrEqual(5 + noise.stop())
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200)
    await gateway.admin.expectOk('GET', '/upstreams')
    open()
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual(held.map(() => 200))
  } finally {
    await gateway.close()
  }
}, 60_000)
