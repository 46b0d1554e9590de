// Bad input: content types (SEC-19), malformed JSON, oversize bodies, wrong encodings, requests of other sites.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findJsonFault } from '../../src/http/json-fault.ts'
import { limits } from '../../src/limits.ts'
import { requestText, sendRaw } from '../support/raw-client.ts'
import { openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

let api: Management
let token: string

beforeAll(async () => {
  api = await openManagement()
  token = await api.tokenOf('admin')
})
afterAll(() => api.close())

async function post(path: string, body: string, headers: Record<string, string>): Promise<{ status: number; text: string; headers: readonly string[] }> {
  const sent = { Authorization: `Bearer ${token}`, Connection: 'close', ...headers }
  const { responses } = await sendRaw(api.port, requestText('POST', `/api/admin${path}`, sent, body), { responses: 0 })
  const first = responses[0]
  return { status: first?.status ?? 0, text: first?.body.toString() ?? '', headers: first?.rawHeaders ?? [] }
}

const body = (slug: string): string => JSON.stringify({ slug, base_url: 'https://api.example.org' })

describe('SEC-19: one decision about the content type', () => {
  test.each([
    ['application/json'],
    ['Application/JSON'],
    ['application/json;charset=utf-8'],
    ['application/json; charset=UTF-8'],
    ['application/json; charset="utf-8"'],
  ])('%j is JSON', async (type) => {
    expect((await post('/upstreams', body(`ok-${Math.abs(hash(type))}`), { 'Content-Type': type })).status).toBe(201)
  })

  test.each([
    ['application/json\ta'],
    ['application/json a'],
    ['application/json;'],
    ['application/json; charset=utf-7'],
    ['application/json; charset=utf-16'],
    ['application/json, text/plain'],
    ['application/json; boundary=x'],
    ['application/jsonp'],
    ['application/ json'],
    ['text/json'],
    ['application/vnd.api+json'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['text/plain'],
    ['text/plain; application/json'],
    ['"application/json"'],
    ['application/*'],
    ['*/*'],
    [''],
    ['application'],
  ])('%j is refused', async (type) => {
    const answer = await post('/upstreams', body('never'), { 'Content-Type': type })
    expect(answer.status).toBe(415)
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'unsupported_media_type', status: 415 })
  })

  test('no content type, two of them, and a compressed body are refused', async () => {
    expect((await post('/upstreams', body('never'), {})).status).toBe(415)
    const raw = `POST /api/admin/upstreams HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`
    expect((await sendRaw(api.port, raw, { responses: 0 })).responses[0]?.status).toBe(415)
    const zipped = await fetch(`${api.url}/api/admin/upstreams`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(body('never')),
    })
    expect(zipped.status).toBe(415)
    expect(await api.store.upstreams.findBySlug('never')).toBeUndefined()
  })

  test('text is taken only where an import is', async () => {
    const { id } = JSON.parse((await post('/upstreams', body('texts'), { 'Content-Type': 'application/json' })).text)
    expect((await post(`/upstreams/${id}/keys/import?dry_run=true`, 'sk-aaaaaaaaaaaaaaaa1', { 'Content-Type': 'text/plain' })).status).toBe(200)
    expect((await post(`/upstreams/${id}/keys`, '{"value":"sk-aaaaaaaaaaaaaaaa1"}', { 'Content-Type': 'text/plain' })).status).toBe(415)
    expect((await post(`/upstreams/${id}/keys/import`, 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' })).status).toBe(415)
  })
})

describe('malformed JSON answers 400 with the place and without an echo', () => {
  test.each([
    ['{"slug":"a",}', 1, 13],
    ['{"slug":\n  canary-secret}', 2, 3],
    ['{"slug":"a" "name":"b"}', 1, 13],
    ['{"a":[1,2}', 1, 10],
    ['{"a":"canary-secret', 1, 6],
    ['{"a":"tab\there"}', 1, 6],
    ["{'a':1}", 1, 2],
    ['{"a":01}', 1, 6],
    ['{"a":NaN}', 1, 6],
    ['[1,2', 1, 5],
    ['{"a":1}}', 1, 8],
    ['{"a":1} canary-secret', 1, 9],
    ['\ufeff{}', 1, 1],
    ['', 1, 1],
    ['nul', 1, 1],
  ])('%j', async (text, line, column) => {
    expect(findJsonFault(text)).toEqual({ line, column })
    if (text === '' || text.startsWith('\ufeff')) return
    const answer = await post('/upstreams', text, { 'Content-Type': 'application/json' })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'request_malformed',
      detail: `The request body is not valid JSON: look at line ${line}, column ${column}.`,
    })
    expect(answer.text).not.toContain('canary')
  })

  test('nothing but an object is a body, nesting does not break the parser, and a huge string has a place or none', async () => {
    for (const text of ['null', '[]', '"x"', '1', 'true']) expect((await post('/upstreams', text, { 'Content-Type': 'application/json' })).status).toBe(422)
    expect((await post('/upstreams', '['.repeat(200_000), { 'Content-Type': 'application/json' })).status).toBe(400)
    expect(() => findJsonFault(`{"a":"${'x'.repeat(8_000_000)}`)).not.toThrow()
  })

  test('a byte order mark is no fault', async () => {
    expect((await api.call('POST', '/upstreams', { token, body: `\ufeff${body('bom')}` })).status).toBe(201)
  })

  test('bytes that are not UTF-8 are refused', async () => {
    const answer = await fetch(`${api.url}/api/admin/upstreams`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: Buffer.from('7b2261223a22c328227d', 'hex'),
    })
    expect(answer.status).toBe(400)
  })
})

describe('oversize bodies answer 413, and the client can read it', () => {
  test('declared and undeclared, with the limit in the message', async () => {
    const big = JSON.stringify({ slug: 'x'.repeat(1024 * 1024) })
    const declared = await api.call('POST', '/upstreams', { token, body: big })
    expect(declared).toMatchObject({ status: 413, json: { code: 'request_too_large' } })
    expect(declared.json.detail).toContain('1 MiB')
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 40; i++) controller.enqueue(Buffer.alloc(64 * 1024, 32))
        controller.close()
      },
    })
    const chunked = await fetch(`${api.url}/api/admin/upstreams`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    })
    expect(chunked.status).toBe(413)
  })

  test('an import takes up to its own limit, a stranger is refused before the body is read', async () => {
    const { id } = (await api.call('POST', '/upstreams', { token, body: { slug: 'big', base_url: 'https://api.example.org' } })).json
    const path = `/upstreams/${id}/keys/import?dry_run=true`
    const headers = { 'content-type': 'text/plain' }
    const paste = Array.from({ length: 20_000 }, (_, index) => `sk-big-import-${index}-${'a'.repeat(60)}`).join('\n')
    expect((await api.call('POST', path, { token, body: paste, headers })).json).toMatchObject({ created: 20_000, duplicates: 0, invalid: 0 })
    expect((await api.call('POST', path, { token, body: ' '.repeat(limits.adminBodyBytesMax + 1), headers })).status).toBe(413)
    expect((await api.call('POST', path, { body: paste, headers })).status).toBe(401)
    expect((await api.call('POST', '/login', { body: { username: 'x', password: 'y'.repeat(20_000) } })).status).toBe(413)
  })
})

test('an early answer reaches a client that is still sending, and its connection ends politely', async () => {
  const big = 'x'.repeat(4 * 1024 * 1024)
  for (const path of ['/upstreams', '/login']) {
    const result = await sendRaw(api.port, requestText('POST', `/api/admin${path}`, { 'Content-Type': 'application/json' }, big), { responses: 0 })
    expect(result.responses.map(({ status, ending }) => [status, ending])).toEqual([[path === '/login' ? 413 : 401, 'length']])
    expect(result.closedBy).toBe('fin')
  }
})

describe('requests that another site makes a browser send are refused', () => {
  test.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 201],
    [{ 'sec-fetch-site': 'none' }, 201],
    [{ origin: 'https://evil.test' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://gateway.test' }, 201],
    [{ origin: 'own' }, 201],
    [{}, 201],
    [{ origin: 'http://gateway.test', 'sec-fetch-site': 'cross-site' }, 403],
  ])('%j', async (headers: Record<string, string>, status) => {
    const sent = headers['origin'] === 'own' ? { ...headers, origin: api.url } : headers
    const answer = await post('/upstreams', body(`site-${Math.abs(hash(JSON.stringify(headers)))}`), {
      'Content-Type': 'application/json',
      Host: `127.0.0.1:${api.port}`,
      ...sent,
    })
    expect(answer.status).toBe(status)
    expect(answer.headers.map((each) => each.toLowerCase())).not.toContain('access-control-allow-origin')
  })
})

test('every answer carries an id, and headers that keep browsers from doing more with it', async () => {
  for (const answer of [await api.call('GET', '/status', { token }), await api.call('GET', '/status'), await api.call('GET', '/nowhere')]) {
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[\da-z]{26}$/)
    expect(answer.headers.get('request-id')).toBe(answer.headers.get('x-request-id'))
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    if (answer.status >= 400)
      expect(answer.json).toMatchObject({
        status: answer.status,
        request_id: answer.headers.get('x-request-id'),
        instance: expect.any(String),
        title: expect.any(String),
      })
  }
  const kept = await api.call('GET', '/status', { token, headers: { 'x-request-id': 'my-own-id_1' } })
  expect(kept.headers.get('x-request-id')).toBe('my-own-id_1')
  expect((await api.call('GET', '/status', { headers: { 'x-request-id': 'a b' } })).headers.get('x-request-id')).toMatch(/^req_/)
})

function hash(text: string): number {
  return [...text].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, 7)
}
