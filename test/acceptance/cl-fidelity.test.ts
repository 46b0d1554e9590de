// Owns the acceptance row CL-12: what passes unchanged.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf, headersOf } from '../support/http-reader.ts'
import { sendRaw } from '../support/raw-client.ts'

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  gateway = await startGateway({ upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] }] })
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

describe('CL-12 on the way out', () => {
  test.each([
    '/ok?a=1&a=2',
    '/ok?a=%2F%2f',
    '/ok?a+b=c+d',
    '/ok?a;b;c=1',
    '/ok?a=&b&=c&&',
    '/ok?',
    '/ok?q=%F0%9F%98%80%ff',
    '/ok?a[]=1&a[]=2&b[x]=3',
    '/ok?x=%00%0a',
    '/ok?\'"<>`{|}^'.replaceAll(/["<>`{|}^]/g, ''),
    '/ok?a=?b=/c://d',
    '/ok?api_version=1&keys=2&monkey=3&KEY2=x',
  ])('%s: path and query bytes are equal', async (target) => {
    await gateway.send('GET', `/proxy/u${target}`)
    // An empty query may lose its question mark: it says nothing.
    expect(upstream.ledger.entries.map((entry) => entry.target)).toEqual([target.replace(/\?$/, '')])
  })

  test('every value of a repeated header arrives, in order', async () => {
    const head = `GET /proxy/u/ok HTTP/1.1\r\nHost: gw\r\nX-Proxy-Key: ${gateway.clientKey}\r\nX-Twice: one\r\nAccept: a\r\nX-Twice: two\r\nAccept: b\r\nX-Empty:\r\nX-Latin: caf\xe9\r\nCookie: a=1\r\nUser-Agent: own/1\r\n\r\n`
    await sendRaw(gateway.port, head)
    const raw = upstream.ledger.entries[0]?.rawHeaders ?? []
    expect([
      headersOf(raw, 'x-twice'),
      headersOf(raw, 'accept'),
      headersOf(raw, 'x-empty'),
      headersOf(raw, 'x-latin'),
      headersOf(raw, 'cookie'),
      headersOf(raw, 'user-agent'),
    ]).toEqual([['one', 'two'], ['a', 'b'], [''], ['caf\xe9'], ['a=1'], ['own/1']])
  })

  test('no compression is asked for that the client did not ask for', async () => {
    await gateway.send('GET', '/proxy/u/ok')
    expect(headerOf(upstream.ledger.entries[0]?.rawHeaders ?? [], 'accept-encoding')).toBeUndefined()
  })

  test('a binary body arrives byte for byte, small and large, with CL and chunked', async () => {
    for (const size of [1, 1_000, 300_000, 3_000_000]) {
      const body = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31) & 255)).toString('latin1')
      const chunked = `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`
      for (const [headers, sent] of [
        [{}, body],
        [{ 'Transfer-Encoding': 'chunked' }, chunked],
      ] as const) {
        upstream.ledger.clear()
        const result = await gateway.send('POST', '/proxy/u/ok', headers, sent, { timeoutMs: 20_000 })
        expect([size, result.responses[0]?.status]).toEqual([size, 200])
        const { createHash } = await import('node:crypto')
        expect(upstream.ledger.entries[0]?.bodySha256).toBe(createHash('sha256').update(Buffer.from(body, 'latin1')).digest('hex'))
      }
    }
  })
})

describe('CL-12 on the way back', () => {
  const answer = async (target: string, method = 'GET', headers: Record<string, string> = {}) => {
    const result = await gateway.send(method, `/proxy/u${target}`, headers)
    return { ...(result.responses[0] as NonNullable<(typeof result.responses)[0]>), informational: result.informational }
  }

  test('three cookies and every repeated header', async () => {
    const { rawHeaders } = await answer('/fidelity?case=cookies')
    expect(headersOf(rawHeaders, 'set-cookie')).toEqual(['a=1; Path=/', 'b=2', 'c=3; HttpOnly'])
    expect(headersOf(rawHeaders, 'x-twice')).toEqual(['one', 'two'])
  })

  test('HEAD: the length, no body, and the connection goes on', async () => {
    const two = gateway.text('HEAD', '/proxy/u/ok') + gateway.text('GET', '/proxy/u/ok', { 'X-Req-Id': 'second' })
    const result = await sendRaw(gateway.port, two, { methods: ['HEAD', 'GET'], responses: 2 })
    expect(result.responses.map((response) => [response.status, response.body.length > 0])).toEqual([
      [200, false],
      [200, true],
    ])
    expect(Number(headerOf(result.responses[0]?.rawHeaders ?? [], 'content-length'))).toBeGreaterThan(0)
  })

  test('204 and 304 have no body and no length', async () => {
    expect(await answer('/fidelity?case=204')).toMatchObject({ status: 204, body: Buffer.alloc(0) })
    const notModified = await answer('/fidelity?case=304', 'GET', { 'If-None-Match': '"v1"' })
    expect(notModified).toMatchObject({ status: 304, body: Buffer.alloc(0) })
    expect(headerOf(notModified.rawHeaders, 'etag')).toBe('"v1"')
    expect(headerOf(upstream.ledger.entries.at(-1)?.rawHeaders ?? [], 'if-none-match')).toBe('"v1"')
  })

  test('Range and 206', async () => {
    const partial = await answer('/fidelity?case=206', 'GET', { Range: 'bytes=2-5' })
    expect([partial.status, partial.body.toString(), headerOf(partial.rawHeaders, 'content-range'), headerOf(partial.rawHeaders, 'x-range-seen')]).toEqual([
      206,
      '2345',
      'bytes 2-5/10',
      'bytes=2-5',
    ])
  })

  test('trailers may be dropped, the body is whole', async () => {
    const { body, ending } = await answer('/fidelity?case=trailers')
    expect([body.toString(), ending]).toEqual(['with trailer', 'chunked'])
  })

  test('a 1xx before the answer does not disturb it', async () => {
    expect(await answer('/fidelity?case=103')).toMatchObject({ status: 200, body: Buffer.from('after hints') })
  })

  test('an encoded body is not decoded', async () => {
    const { body, rawHeaders } = await answer('/fidelity?case=encoded', 'GET', { 'Accept-Encoding': 'gzip' })
    expect(headerOf(rawHeaders, 'content-encoding')).toBe('gzip')
    expect(body.subarray(0, 2).toString('hex')).toBe('1f8b')
  })

  test('a redirect is passed on and not followed', async () => {
    const { status, rawHeaders } = await answer('/status/302?h=Location:https://elsewhere.test/x')
    expect([status, headerOf(rawHeaders, 'location')]).toEqual([302, 'https://elsewhere.test/x'])
    expect(upstream.ledger.entries).toHaveLength(1)
  })
})
