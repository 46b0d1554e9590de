import { describe, expect, test } from '@jest/globals'
import { connectionListed, isBrowser, isDroppedFromRequest, RequestIds, responseHeaders } from '../../../src/proxy/headers.ts'

const OPTIONS = { requestId: 'req_1', upstream: 'up', attempts: 2, isBrowser: false }

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] as string] as [string, string]] : []))
}

function valuesOf(headers: Record<string, string | string[]>, name: string, options = OPTIONS): string[] {
  return pairs(responseHeaders(headers, options)).flatMap(([found, value]) => (found === name ? [value] : []))
}

describe('to the client', () => {
  test('all values pass in their order, ours are added', () => {
    const flat = responseHeaders({ 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2', 'c=3'], etag: '"x"', 'content-length': '7' }, OPTIONS)
    expect(pairs(flat)).toEqual([
      ['content-type', 'application/json'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['set-cookie', 'c=3'],
      ['etag', '"x"'],
      ['content-length', '7'],
      ['x-content-type-options', 'nosniff'],
      ['x-request-id', 'req_1'],
      ['request-id', 'req_1'],
      ['x-akr-upstream', 'up'],
      ['x-akr-attempts', '2'],
      ['x-akr-error-source', 'upstream'],
    ])
  })

  test.each([
    'connection',
    'keep-alive',
    'transfer-encoding',
    'te',
    'trailer',
    'upgrade',
    'proxy-authenticate',
    'strict-transport-security',
    'alt-svc',
    'clear-site-data',
    'service-worker-allowed',
    'x-gateway-error',
    'x-akr-key',
  ])('%s stays behind', (name) => expect(valuesOf({ [name]: 'x' }, name)).toEqual([]))

  test('what Connection lists stays behind, also when it is sent twice', () => {
    expect(valuesOf({ connection: 'close, X-Hop', 'x-hop': '1' }, 'x-hop')).toEqual([])
    expect(valuesOf({ connection: ['X-Hop', 'x-other'], 'x-hop': '1', 'x-other': '2' }, 'x-hop')).toEqual([])
    expect(valuesOf({ connection: 'content-length, x-akr-upstream', 'content-length': '5' }, 'x-akr-upstream')).toEqual(['up'])
  })

  test('the vendor cannot speak in our name; its request id is kept under another one', () => {
    const headers = { 'x-akr-upstream': 'forged', 'x-akr-error-source': 'gateway', 'x-akr-attempts': '9', 'x-request-id': 'theirs' }
    expect(valuesOf(headers, 'x-akr-upstream')).toEqual(['up'])
    expect(valuesOf(headers, 'x-akr-error-source')).toEqual(['upstream'])
    expect(valuesOf(headers, 'x-request-id')).toEqual(['req_1'])
    expect(valuesOf(headers, 'x-akr-upstream-request-id')).toEqual(['theirs'])
  })

  test('HTTP-13 cookies and CORS of a proxied site do not reach a browser', () => {
    const browser = { ...OPTIONS, isBrowser: true }
    for (const name of ['set-cookie', 'access-control-allow-origin', 'access-control-allow-credentials']) {
      expect(valuesOf({ [name]: 'x' }, name, browser)).toEqual([])
      expect(valuesOf({ [name]: 'x' }, name)).toEqual(['x'])
    }
    expect(isBrowser(['accept', '*/*', 'sec-fetch-site', 'none'])).toBe(true)
    expect(isBrowser(['x-note', 'sec-fetch-site'])).toBe(false)
  })

  test.each([
    ['text/html', true],
    ['image/svg+xml', true],
    ['application/xhtml+xml', true],
    ['', true],
    ['application/jsonp', true],
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['Application/JSON', false],
    ['application/problem+json', false],
    ['text/event-stream', false],
  ])('a document of type %j is put in a sandbox: %p', (type, expected) => {
    expect(valuesOf(type === '' ? {} : { 'content-type': type }, 'content-security-policy')).toEqual(expected ? ['sandbox'] : [])
  })

  test('two content types are a document', () => {
    expect(valuesOf({ 'content-type': ['application/json', 'text/html'] }, 'content-security-policy')).toEqual(['sandbox'])
  })

  test('proxies on the way are asked not to hold a stream back', () => {
    expect(valuesOf({ 'content-type': 'text/event-stream; charset=utf-8' }, 'x-accel-buffering')).toEqual(['no'])
    expect(valuesOf({ 'content-type': 'application/json' }, 'x-accel-buffering')).toEqual([])
  })
})

describe('from the client', () => {
  test('framing, hop-by-hop and who is calling', () => {
    for (const name of [
      'host',
      'content-length',
      'transfer-encoding',
      'connection',
      'te',
      'upgrade',
      'expect',
      'x-forwarded-for',
      'forwarded',
      'via',
      'x-real-ip',
      'x-proxy-key',
      'proxy-authorization',
    ]) {
      expect(isDroppedFromRequest(name)).toBe(true)
    }
    for (const name of ['accept', 'content-type', 'user-agent', 'anthropic-version', 'range', 'if-none-match', 'accept-encoding', 'constructor', '__proto__'])
      expect(isDroppedFromRequest(name)).toBe(false)
  })

  test('names listed in Connection', () => {
    expect(connectionListed(undefined)).toBeUndefined()
    expect(connectionListed('keep-alive')).toBeUndefined()
    expect([...(connectionListed('x-a,  x-b ,close') ?? [])]).toEqual(['x-a', 'x-b', 'close'])
  })
})

describe('request ids', () => {
  const ids = (byte: number): RequestIds => new RequestIds({ bytes: (count) => Buffer.alloc(count, byte), fraction: () => 0 })

  test('a sane id of the client is kept, anything else is replaced', () => {
    for (const good of ['abcdefgh', 'a.b-c_d.1', 'x'.repeat(128)]) expect(ids(1).idFor(good)).toBe(good)
    for (const bad of [undefined, '', 'short', 'x'.repeat(129), 'has space in it', 'new\nline-in-it', 'ключ-ключ-ключ', '<script>alert'])
      expect(ids(1).idFor(bad)).toMatch(/^req_[0-9a-f]{16}[0-9a-z]{8}$/)
  })

  test('are unique within a process and between processes', () => {
    const one = ids(1)
    const other = ids(2)
    expect(new Set(Array.from({ length: 1_000 }, () => [one.idFor(undefined), other.idFor(undefined)]).flat()).size).toBe(2_000)
  })
})
