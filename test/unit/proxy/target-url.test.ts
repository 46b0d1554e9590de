// HTTP-08 at the level of the function: no path a client can send leaves the origin or the base path, and ordinary bytes stay as they are.
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '../../../src/errors.ts'
import { createTarget, targetPath } from '../../../src/proxy/target-url.ts'

const base = createTarget('https://api.vendor.com/v1/')
const REFUSED = 'refused'

/** [what followed the slug, what is sent or REFUSED] */
const FORMS: readonly (readonly [string, string])[] = [
  // another origin
  ['//evil/x', '/v1//evil/x'],
  ['///evil/x', '/v1///evil/x'],
  ['/\\evil', REFUSED],
  ['\\\\evil\\x', REFUSED],
  ['http://evil/', REFUSED],
  ['/http://evil/', '/v1/http://evil/'],
  ['@evil/x', REFUSED],
  ['/@evil/x', '/v1/@evil/x'],
  [':80/x', REFUSED],
  ['.evil.com/x', REFUSED],
  // plain dot segments
  ['/../admin', REFUSED],
  ['/..', REFUSED],
  ['/.', REFUSED],
  ['/a/./b', REFUSED],
  ['/a/../../b', REFUSED],
  ['/a/..', REFUSED],
  ['/..\\admin', REFUSED],
  // encoded dots
  ['/%2e%2e/admin', REFUSED],
  ['/%2E%2E/admin', REFUSED],
  ['/.%2e/admin', REFUSED],
  ['/%2e./admin', REFUSED],
  ['/%2e/admin', REFUSED],
  ['/a/%2e%2e', REFUSED],
  // several layers
  ['/%252e%252e/admin', REFUSED],
  ['/%25252e%25252e/admin', REFUSED],
  ['/%252e%252e%252fadmin', REFUSED],
  ['/%25%32%65%25%32%65/admin', REFUSED],
  // path parameters that some servers cut off
  ['/..;/admin', REFUSED],
  ['/..;a=b/admin', REFUSED],
  ['/;/../admin', REFUSED],
  ['/..%3b/admin', REFUSED],
  ['/.;/admin', REFUSED],
  // encoded slashes, NUL, broken escapes
  ['/%2f..', REFUSED],
  ['/..%2fadmin', REFUSED],
  ['/a%2Fb', REFUSED],
  ['/a%5cb', REFUSED],
  ['/a%5Cb', REFUSED],
  ['/a%00b', REFUSED],
  ['/a%2500b', REFUSED],
  ['/a%zz', REFUSED],
  ['/a%u002e%u002e/b', REFUSED],
  // raw bytes that have no place in a request target
  ['/a#b', REFUSED],
  ['/a?b', REFUSED],
  ['/a b', REFUSED],
  ['/a\tb', REFUSED],
  ['/a\r\nhost: evil', REFUSED],
  ['/a\0b', REFUSED],
  ['/a\x7fb', REFUSED],
  ['/caf\xe9', REFUSED],
  ['/\uff0e\uff0e/admin', REFUSED],
  // ordinary bytes, unchanged
  ['', '/v1'],
  ['/', '/v1/'],
  ['/a//b/', '/v1/a//b/'],
  ['/chat/completions', '/v1/chat/completions'],
  ['/models/gemini-2.5-pro:generateContent', '/v1/models/gemini-2.5-pro:generateContent'],
  ['/a/...', '/v1/a/...'],
  ['/.well-known/x', '/v1/.well-known/x'],
  ['/a..b/c.', '/v1/a..b/c.'],
  ['/%E4%BD%A0%20b%25', '/v1/%E4%BD%A0%20b%25'],
  ['/%41%7e', '/v1/%41%7e'],
  ["/!$&'()*+,;=:@-._~", "/v1/!$&'()*+,;=:@-._~"],
  ['/a"<>[]^`{|}b', '/v1/a"<>[]^`{|}b'],
  ['/v1/x', '/v1/v1/x'],
]

describe('HTTP-08 path containment', () => {
  test('covers at least 40 forms', () => expect(FORMS.length).toBeGreaterThanOrEqual(40))

  test.each(FORMS)('%j -> %j', (rest, expected) => {
    if (expected === REFUSED) {
      expect(() => targetPath(base, rest, '', [])).toThrow(GatewayError)
      expect(() => targetPath(base, rest, '', ['v1'])).toThrow(GatewayError)
    } else {
      expect(targetPath(base, rest, '', [])).toBe(expected)
    }
  })

  test('whatever passes stays on the origin and below the base path, also for a parser that resolves', () => {
    for (const [rest, expected] of FORMS) {
      if (expected === REFUSED) continue
      for (const versions of [[], ['v1']]) {
        const url = new URL(base.origin + targetPath(base, rest, 'q=1', versions))
        expect([rest, url.origin]).toEqual([rest, 'https://api.vendor.com'])
        expect(url.pathname === '/v1' || url.pathname.startsWith('/v1/')).toBe(true)
      }
    }
  })

  test("a refusal is the client's fault and says what to do", () => {
    expect(() => targetPath(base, '/../x', '', [])).toThrow(
      expect.objectContaining({ code: 'request_malformed', status: 400, source: 'client', message: expect.stringMatching(/dot segment.*correct the URL/) }),
    )
  })

  test('encoded slashes pass when the upstream allows them, dot segments behind them never', () => {
    const options = { allowEncodedSlash: true }
    expect(targetPath(base, '/projects/group%2Frepo', '', [], options)).toBe('/v1/projects/group%2Frepo')
    expect(targetPath(base, '/a%5Cb', '', [], options)).toBe('/v1/a%5Cb')
    for (const rest of ['/..%2fadmin', '/%2f..', '/a%5c..%5cb', '/%2e%2e%5cb']) expect(() => targetPath(base, rest, '', [], options)).toThrow(GatewayError)
  })

  test('without a base path the request stays in origin form', () => {
    const root = createTarget('https://api.vendor.com')
    expect(targetPath(root, '', '', [])).toBe('/')
    expect(targetPath(root, '/x', 'a=1', [])).toBe('/x?a=1')
    expect(targetPath(root, '//evil/x', '', [])).toBe('//evil/x')
    expect(() => targetPath(root, '/../x', '', [])).toThrow(GatewayError)
  })
})

describe('query', () => {
  test.each(['a=1&a=2&b', 'url=http://evil/..%2f%5c%00&x=../..', '?', 'q=%zz', 'f=\'"<>[]{}|^`'])('%j is forwarded byte for byte', (query) => {
    expect(targetPath(base, '/x', query, [])).toBe(`/v1/x?${query}`)
  })

  test.each(['a#b', 'a b', 'a\\b', 'a\r\nb', 'a\0', '\xe9', '\u4f60'])('%j is refused', (query) => {
    expect(() => targetPath(base, '/x', query, [])).toThrow(expect.objectContaining({ code: 'request_malformed' }))
  })
})

describe('createTarget', () => {
  test('splits a base URL once', () => {
    expect(createTarget('https://API.vendor.com:8443/openai/v1/')).toEqual({
      origin: 'https://api.vendor.com:8443',
      host: 'api.vendor.com:8443',
      hostname: 'api.vendor.com',
      port: 8443,
      isTls: true,
      isNear: false,
      basePath: '/openai/v1',
      unversionedPath: '/openai',
      version: 'v1',
    })
    expect(createTarget('http://[::1]')).toMatchObject({ host: '[::1]', hostname: '::1', port: 80, isTls: false, basePath: '', version: undefined })
    expect(createTarget('https://x.test')).toMatchObject({ port: 443, origin: 'https://x.test' })
  })

  test.each(['', 'api.vendor.com', '/v1', 'ftp://x', 'file:///etc/passwd', 'https://user:pw@x/', 'https://x/?a=1', 'https://x/?', 'https://x/#f', 'https://'])(
    '%j is refused',
    (url) => {
      expect(() => createTarget(url)).toThrow(expect.objectContaining({ code: 'validation_failed' }))
    },
  )
})
