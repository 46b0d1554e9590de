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

  test('a refusal is the client\'s fault and says what to do', () => {
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
  test.each(['a=1&a=2&b', 'url=http://evil/..%2f%5c%00&x=../..', '?', 'q=%zz', "f='\"<>[]{}|^`"])('%j is forwarded byte for byte', (query) => {
    expect(targetPath(base, '/x', query, [])).toBe(`/v1/x?${query}`)
  })

  test.each(['a#b', 'a b', 'a\\b', 'a\r\nb', 'a\0', '\xe9', '\u4f60'])('%j is refused', (query) => {
    expect(() => targetPath(base, '/x', query, [])).toThrow(expect.objectContaining({ code: 'request_malformed' }))
  })
})

describe('version segments appear exactly once', () => {
  const clients = ['/v1/chat/completions', '/chat/completions', '/v1/v1/chat/completions', '//v1//chat/completions', '/v1/chat/completions/', '/chat//completions//']
  const bases = ['https://api.openai.com', 'https://api.openai.com/', 'https://api.openai.com/v1', 'https://api.openai.com/v1/', 'https://api.openai.com/v1/v1']
  test.each(bases.flatMap((url) => clients.map((rest) => [url, rest] as const)))('%s + %s', (url, rest) => {
    expect(targetPath(createTarget(url), rest, '', ['v1'])).toBe('/v1/chat/completions')
  })

  test.each([
    // base, versions, client, sent
    ['https://api.groq.com/openai/v1', ['v1'], '/v1/models', '/openai/v1/models'],
    ['https://api.groq.com/openai/v1', ['v1'], '/models', '/openai/v1/models'],
    ['https://api.groq.com/openai/v1', ['v1'], '/openai/v1/models', '/openai/v1/models'],
    ['https://api.groq.com/openai', ['v1'], '/models', '/openai/v1/models'],
    ['https://api.deepseek.com', ['', 'v1'], '/v1/chat/completions', '/chat/completions'],
    ['https://api.deepseek.com', ['', 'v1'], '/chat/completions', '/chat/completions'],
    ['https://api.deepseek.com/v1', ['', 'v1'], '/chat/completions', '/v1/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/v1/chat/completions', '/api/paas/v4/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/v4/chat/completions', '/api/paas/v4/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/chat/completions', '/api/paas/v4/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', ['v1'], '/api/paas/v4/chat/completions', '/api/paas/v4/chat/completions'],
    ['http://localhost:11434', ['v1', ''], '/api/tags', '/api/tags'],
    ['http://localhost:11434', ['v1', ''], '/v1/models', '/v1/models'],
    ['http://localhost:11434/v1', ['v1', ''], '/models', '/v1/models'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/models/m:generateContent', '/v1beta/models/m:generateContent'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/v1/models', '/v1/models'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/v1/v1beta/models', '/v1beta/models'],
    ['https://generativelanguage.googleapis.com', ['v1beta', 'v1', 'v1alpha'], '/upload/v1beta/files', '/upload/v1beta/files'],
    ['https://generativelanguage.googleapis.com/v1beta', ['v1beta', 'v1', 'v1alpha'], '/v1/models', '/v1beta/models'],
    ['https://generativelanguage.googleapis.com/v1beta', ['v1beta', 'v1', 'v1alpha'], '/upload/v1beta/files', '/upload/v1beta/files'],
    ['https://api.deepinfra.com/v1/openai', ['v1'], '/v1/chat/completions', '/v1/openai/chat/completions'],
    ['https://api.deepinfra.com/v1/openai', ['v1'], '/chat/completions', '/v1/openai/chat/completions'],
    ['https://generativelanguage.googleapis.com/v1beta/openai', ['v1'], '/v1/models', '/v1beta/openai/models'],
    ['https://api.moonshot.ai/v1', ['v1'], '/anthropic/v1/messages', '/anthropic/v1/messages'],
    ['https://api.deepseek.com', ['', 'v1'], '/anthropic/v1/messages', '/anthropic/v1/messages'],
    ['https://api.openai.com', ['v1'], '', '/v1'],
    ['https://api.openai.com', ['v1'], '/', '/v1'],
    ['https://api.openai.com', ['v1'], '/v1', '/v1'],
    ['https://api.openai.com', ['v1'], '/v10/x', '/v1/v10/x'],
    ['https://api.deepseek.com', ['', 'v1'], '/', '/'],
  ] as const)('%s %j %s -> %s', (url, versions, rest, expected) => {
    expect(targetPath(createTarget(url), rest, '', versions)).toBe(expected)
    expect(targetPath(createTarget(url), rest, 'beta=true', versions)).toBe(`${expected}?beta=true`)
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
      basePath: '/openai/v1',
      unversionedPath: '/openai',
      version: 'v1',
    })
    expect(createTarget('http://[::1]')).toMatchObject({ host: '[::1]', hostname: '::1', port: 80, isTls: false, basePath: '', version: undefined })
    expect(createTarget('https://x.test')).toMatchObject({ port: 443, origin: 'https://x.test' })
  })

  test.each(['', 'api.vendor.com', '/v1', 'ftp://x', 'file:///etc/passwd', 'https://user:pw@x/', 'https://x/?a=1', 'https://x/?', 'https://x/#f', 'https://'])('%j is refused', (url) => {
    expect(() => createTarget(url)).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })
})
