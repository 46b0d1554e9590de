// Owns the acceptance rows for hop-by-hop headers and credentials: HTTP-05, HTTP-06.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { sendRaw } from '../support/raw-client.ts'

const poolKey = createCanary('sk-')

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  gateway = await startGateway({
    upstreams: [
      { slug: 'u', base_url: upstream.url, keys: [poolKey] },
      { slug: 'oai', base_url: upstream.url, adapter: 'openai', keys: [poolKey] },
      { slug: 'ant', base_url: upstream.url, adapter: 'anthropic', keys: [poolKey] },
      { slug: 'gem', base_url: upstream.url, adapter: 'gemini', keys: [poolKey] },
      { slug: 'query', base_url: upstream.url, key_location: 'query', key_name: 'key', keys: [poolKey] },
    ],
  })
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

describe('HTTP-05 hop-by-hop headers', () => {
  const HOP = {
    'Keep-Alive': 'timeout=5',
    'Proxy-Connection': 'keep-alive',
    'Proxy-Authorization': 'Basic eDp5',
    TE: 'trailers',
    Trailer: 'X-Sum',
    Upgrade: 'websocket',
    'HTTP2-Settings': 'AAMAAABk',
  }

  test.each([
    'authorization, x-api-key, host, content-length, x-request-id, x-private',
    'close, authorization',
    'keep-alive, x-private, AUTHORIZATION',
    'authorization',
  ])('Connection: %s takes nothing of ours along', async (listed) => {
    for (const [slug, path] of [
      ['u', '/proxy/u/echo'],
      ['oai', '/llm/oai/v1/models'],
      ['ant', '/llm/ant/v1/models'],
      ['gem', '/llm/gem/v1beta/models'],
    ] as const) {
      upstream.ledger.clear()
      const result = await gateway.send('POST', path, { Connection: listed, ...HOP, 'X-Private': 'hop', 'X-Public': 'kept' }, '{"a":1}')
      expect([slug, result.responses[0]?.status]).toEqual([slug, 200])
      const entry = upstream.ledger.entries[0]
      const names = entry?.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()) ?? []
      for (const name of ['keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'trailer', 'upgrade', 'http2-settings', 'x-proxy-key'])
        expect(names).not.toContain(name)
      if (listed.includes('x-private')) expect(names).not.toContain('x-private')
      expect(names).toContain('x-public')
      expect(names.filter((name) => name === 'host')).toHaveLength(1)
      expect(entry?.body.toString()).toBe('{"a":1}')
      expect(entry?.credentials.map((found) => found.value)).toEqual([poolKey])
    }
  })

  test('the answer loses its hop-by-hop headers too', async () => {
    upstream.handle('/hop', (exchange) =>
      exchange.reply(
        200,
        [
          ['Connection', 'keep-alive, x-secret-hop'],
          ['Keep-Alive', 'timeout=7'],
          ['X-Secret-Hop', 'no'],
          ['Proxy-Authenticate', 'Basic'],
          ['Upgrade', 'h2c'],
          ['X-Kept', 'yes'],
        ],
        'hop',
      ),
    )
    const [response] = (await gateway.send('GET', '/proxy/u/hop')).responses
    expect(headerOf(response?.rawHeaders ?? [], 'x-kept')).toBe('yes')
    for (const name of ['x-secret-hop', 'proxy-authenticate', 'upgrade']) expect(headerOf(response?.rawHeaders ?? [], name)).toBeUndefined()
    expect(headerOf(response?.rawHeaders ?? [], 'keep-alive')).not.toBe('timeout=7')
  })
})

describe('HTTP-06 credential hygiene', () => {
  const places = (key: string): Record<string, [Record<string, string>, string, string]> => ({
    Authorization: [{ Authorization: `Bearer ${key}` }, '', ''],
    'authorization, odd case': [{ aUTHORIZATION: `bearer ${key}` }, '', ''],
    'x-api-key': [{ 'X-API-KEY': key }, '', ''],
    'api-key': [{ 'Api-Key': key }, '', ''],
    'x-goog-api-key': [{ 'X-Goog-Api-Key': key }, '', ''],
    'X-Proxy-Key': [{ 'X-Proxy-Key': key }, '', ''],
    'query key': [{ 'X-Proxy-Key': key }, `?key=${key}&a=1`, ''],
    'query key, percent-encoded': [{ 'X-Proxy-Key': key }, `?a=1&%6bey=${key}`, ''],
    'query api_key and access_token': [{ 'X-Proxy-Key': key }, `?api_key=${key}&access_token=${key}`, ''],
    'all headers at once': [{ 'X-Proxy-Key': key, Authorization: `Bearer ${key}`, 'x-api-key': key, 'api-key': key, 'x-goog-api-key': key }, `?key=${key}`, ''],
    'Basic password': [{ 'X-Proxy-Key': key, Authorization: `Basic ${Buffer.from(`u:${key}`).toString('base64')}` }, '', ''],
    cookie: [{ 'X-Proxy-Key': key, Cookie: `a=1; key=${key}; b=2` }, '', ''],
    'body api_key': [{ 'X-Proxy-Key': key, 'Content-Type': 'application/json' }, '', `{"model":"m","api_key":"${key}","messages":[]}`],
  })
  const targets = {
    u: '/proxy/u/echo',
    oai: '/llm/oai/v1/chat/completions',
    ant: '/llm/ant/v1/messages',
    gem: '/llm/gem/v1beta/models/m:generateContent',
    query: '/proxy/query/echo',
  }

  test.each(Object.keys(places('')))('client key as %s: nothing of it reaches the upstream, the pool key arrives exactly once', async (place) => {
    // A key in the body is a habit of OpenAI clients only; elsewhere bodies are not read.
    const chosen = Object.entries(targets).filter(([slug]) => place !== 'body api_key' || slug === 'oai')
    for (const [slug, path] of chosen) {
      upstream.ledger.clear()
      const [headers, query, body] = places(gateway.clientKey)[place] as [Record<string, string>, string, string]
      const withMethod = { Host: 'gw', ...headers }
      const lines = Object.entries(withMethod).map(([name, value]) => `${name}: ${value}`)
      const sent = body === '' ? '{"model":"m","messages":[]}' : body
      const result = await sendRaw(gateway.port, `POST ${path}${query} HTTP/1.1\r\n${lines.join('\r\n')}\r\nContent-Length: ${sent.length}\r\n\r\n${sent}`)
      expect([slug, place, result.responses[0]?.status, result.responses[0]?.body.toString().slice(0, 300)]).toEqual([slug, place, 200, expect.any(String)])
      const entry = upstream.ledger.entries[0]
      const wire = `${entry?.rawHead}${entry?.body.toString('latin1')}`
      expect([slug, place, wire.includes(gateway.clientKey) || wire.includes(Buffer.from(`u:${gateway.clientKey}`).toString('base64'))]).toEqual([
        slug,
        place,
        false,
      ])
      expect([slug, place, wire.split(poolKey).length - 1, entry?.rawHead]).toEqual([slug, place, 1, entry?.rawHead])
      expect(result.bytes.toString('latin1')).not.toContain(gateway.clientKey)
    }
  })

  test('duplicates and underscore twins of a credential header are refused or removed', async () => {
    const key = gateway.clientKey
    for (const twin of [
      `X_API_KEY: ${key}`,
      `x_goog_api_key: ${key}`,
      `Authorization: Bearer ${key}\r\nAuthorization: Bearer ${key}`,
      `x-api-key: ${key}\r\nX-Api-Key: other`,
    ]) {
      upstream.ledger.clear()
      await sendRaw(gateway.port, `GET /proxy/u/echo HTTP/1.1\r\nHost: gw\r\nX-Proxy-Key: ${key}\r\n${twin}\r\n\r\n`)
      for (const entry of upstream.ledger.entries) {
        expect(entry.rawHead).not.toContain(key)
        expect(entry.credentials.filter((found) => found.value !== 'other').map((found) => found.value)).toEqual([poolKey])
      }
    }
  })
})
