// Pages of other origins: who may call, what they are told, and that vendors have no say in it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf, headersOf } from '../support/http-reader.ts'
import { requestText, sendRaw, type RawResponse } from '../support/raw-client.ts'

const APP = 'https://app.example.com'
const STRANGER = 'https://elsewhere.example.com'
const BROWSER = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Site': 'cross-site' }

let chaos: ChaosUpstream
beforeAll(async () => {
  chaos = await openChaosUpstream()
  chaos.handle('/vendor', (exchange) => {
    exchange.startChunked(200, 'application/json', [
      ['Access-Control-Allow-Origin', '*'],
      ['Access-Control-Allow-Credentials', 'true'],
      ['Access-Control-Expose-Headers', 'x-of-the-vendor'],
      ['Vary', 'Accept'],
    ])
    exchange.endChunked()
  })
})
afterAll(() => chaos?.close())

async function open(env: Readonly<Record<string, string>>): Promise<Gateway> {
  return startGateway({ upstreams: [{ slug: 'any', adapter: 'generic', base_url: chaos.url, keys: [createCanary('k-')] }], env })
}

/** Without a client key, as browsers ask. */
async function preflight(port: number, target: string, origin: string, more: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
  const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST', ...BROWSER, ...more }
  return (await sendRaw(port, requestText('OPTIONS', target, headers), { methods: ['OPTIONS'] })).responses[0] as RawResponse
}

async function ask(gateway: Gateway, target: string, origin?: string, headers: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
  const sent = { ...(origin === undefined ? {} : { Origin: origin, ...BROWSER }), ...headers }
  return (await gateway.send('GET', target, sent)).responses[0] as RawResponse
}

const header = (response: RawResponse, name: string): string | undefined => headerOf(response.rawHeaders, name)
const acao = (response: RawResponse): readonly string[] => headersOf(response.rawHeaders, 'access-control-allow-origin')

describe('CORS_ORIGINS names origins', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await open({ CORS_ORIGINS: `${APP}/, http://LOCALHOST:5173`, CORS_CREDENTIALS: 'true' })
  }, 60_000)
  afterAll(() => gateway?.close())

  test('a preflight is answered without a key and without the vendor', async () => {
    const before = chaos.ledger.entries.length
    for (const target of ['/proxy/any/ok', '/llm/nobody/v1/models', '/api/admin/upstreams', '/api/upstreams', '/some/route']) {
      const answer = await preflight(gateway.port, target, APP, { 'Access-Control-Request-Headers': 'authorization, x-proxy-key' })
      expect([answer.status, acao(answer), header(answer, 'access-control-allow-headers')]).toEqual([204, [APP], 'authorization, x-proxy-key'])
      expect(header(answer, 'access-control-allow-methods')).toContain('DELETE')
      expect(header(answer, 'access-control-allow-credentials')).toBe('true')
      expect(header(answer, 'access-control-max-age')).toBe('600')
      expect(headersOf(answer.rawHeaders, 'vary')).toContain('Origin')
    }
    expect(acao(await preflight(gateway.port, '/proxy/any/ok', 'http://localhost:5173'))).toEqual(['http://localhost:5173'])
    expect(chaos.ledger.entries.length).toBe(before)
  })

  test.each([STRANGER, `${APP}.evil.example`, 'http://app.example.com', `${APP}:8443`, 'null'])('%s gets nothing', async (origin) => {
    const asked = await preflight(gateway.port, '/proxy/any/ok', origin)
    expect([asked.status, acao(asked)]).toEqual([401, []])
    const answer = await ask(gateway, '/proxy/any/vendor', origin)
    expect([answer.status, acao(answer), header(answer, 'access-control-allow-credentials')]).toEqual([200, [], undefined])
    expect(headersOf(answer.rawHeaders, 'vary')).toContain('Origin')
  })

  test('an OPTIONS that is no preflight goes to the vendor as before', async () => {
    const before = chaos.ledger.entries.length
    await gateway.send('OPTIONS', '/proxy/any/ok', { Origin: APP })
    expect(chaos.ledger.entries.length).toBe(before + 1)
  })

  test("answers carry our word instead of the vendor's, errors of ours too", async () => {
    const answer = await ask(gateway, '/proxy/any/vendor', APP)
    expect(acao(answer)).toEqual([APP])
    expect(headersOf(answer.rawHeaders, 'access-control-allow-credentials')).toEqual(['true'])
    expect(header(answer, 'access-control-expose-headers')).toContain('x-request-id')
    expect(headersOf(answer.rawHeaders, 'vary')).toEqual(['Accept', 'Origin'])
    // Older browsers send an origin, but do not say that they are browsers.
    const [old] = (await gateway.send('GET', '/proxy/any/vendor', { Origin: APP })).responses as [RawResponse]
    expect(acao(old)).toEqual([APP])
    expect(headersOf(old.rawHeaders, 'access-control-allow-credentials')).toEqual(['true'])
    expect(headersOf(old.rawHeaders, 'access-control-expose-headers').join()).not.toContain('x-of-the-vendor')
    for (const [target, headers, status] of [
      ['/proxy/any/ok', { 'X-Proxy-Key': 'sk-akr-nobody-knows-this-key' }, 401],
      ['/proxy/nobody/ok', {}, 404],
      ['/proxy/any', {}, 200],
    ] as const) {
      const answered = await ask(gateway, target, APP, headers)
      expect([answered.status, acao(answered)]).toEqual([status, [APP]])
    }
  })

  test('management: the named origin may read and change, another one neither', async () => {
    const call = (origin: string, method: string): Promise<Response> =>
      fetch(`${gateway.url}/api/admin/client-keys`, {
        method,
        headers: { authorization: `Bearer ${gateway.admin.token}`, 'content-type': 'application/json', origin, 'sec-fetch-site': 'cross-site' },
        ...(method === 'POST' ? { body: JSON.stringify({ name: 'from a page' }) } : {}),
      })
    for (const [method, status] of [
      ['GET', 200],
      ['POST', 201],
    ] as const) {
      const own = await call(APP, method)
      expect([own.status, own.headers.get('access-control-allow-origin'), own.headers.get('vary')]).toEqual([status, APP, 'Origin'])
      const foreign = await call(STRANGER, method)
      expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([method === 'GET' ? 200 : 403, null])
    }
    // Also what says why not.
    const refused = await fetch(`${gateway.url}/api/admin/client-keys`, { headers: { origin: APP } })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, APP])
  })

  test('pages, health and figures stay what they are', async () => {
    for (const path of ['/', '/health/live', '/metrics']) expect(acao(await ask(gateway, path, APP))).toEqual([])
  })
})

test('CORS_ORIGINS=*: every page, without credentials; management is not meant', async () => {
  const gateway = await startGateway({ env: { CORS_ORIGINS: '*' } })
  try {
    expect(acao(await preflight(gateway.port, '/proxy/any/ok', STRANGER))).toEqual(['*'])
    const answer = await ask(gateway, '/proxy/nobody/ok', STRANGER)
    expect([acao(answer), header(answer, 'access-control-expose-headers'), header(answer, 'access-control-allow-credentials')]).toEqual([['*'], '*', undefined])
    const read = await fetch(`${gateway.url}/api/admin/upstreams`, { headers: { origin: STRANGER, authorization: `Bearer ${gateway.admin.token}` } })
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, null])
    const changed = await fetch(`${gateway.url}/api/admin/client-keys`, {
      method: 'POST',
      headers: { origin: STRANGER, authorization: `Bearer ${gateway.admin.token}`, 'content-type': 'application/json' },
      body: '{"name":"x"}',
    })
    expect(changed.status).toBe(403)
  } finally {
    await gateway.close()
  }
}, 60_000)

test('without CORS_ORIGINS nothing is answered, and vendors give browsers nothing either', async () => {
  const gateway = await open({})
  try {
    expect((await preflight(gateway.port, '/proxy/any/ok', APP)).status).toBe(401)
    expect(acao(await ask(gateway, '/proxy/any/vendor', APP))).toEqual([])
    // Programs see what the vendor said.
    expect(acao(await ask(gateway, '/proxy/any/vendor'))).toEqual(['*'])
  } finally {
    await gateway.close()
  }
}, 60_000)
