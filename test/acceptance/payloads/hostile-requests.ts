// Owns the hostile and edge-case requests of HTTP-01.

/**
 * - `reject`: an error status, the connection closes, nothing reaches the upstream.
 * - `close`: like reject; closing without an answer is fine too.
 * - `accept`: exactly one re-framed request reaches the upstream.
 * - `either`: refused cleanly, or forwarded once.
 */
export type Verdict = 'reject' | 'close' | 'accept' | 'either'

export interface HostileRequest {
  readonly name: string
  readonly bytes: string
  readonly expect: Verdict
  /** The body that must arrive when it is accepted. */
  readonly body?: string
}

export function hostileRequests(clientKey: string, slug: string): HostileRequest[] {
  const path = `/proxy/${slug}/echo`
  const auth = `X-Proxy-Key: ${clientKey}\r\n`
  const head = (headers: string, method = 'POST', target = path, version = 'HTTP/1.1'): string =>
    `${method} ${target} ${version}\r\nHost: gw\r\n${auth}${headers}\r\n`
  const list: HostileRequest[] = []
  const add = (expect: Verdict, name: string, bytes: string, body?: string): void =>
    void list.push({ name, bytes, expect, ...(body === undefined ? {} : { body }) })
  const framed = (name: string, headers: string, body = 'abc'): void => add('reject', name, head(headers) + body)
  const chunked = (name: string, body: string): void => add('reject', name, head('Transfer-Encoding: chunked\r\n') + body)

  framed('CL + TE', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n')
  framed('TE + CL', 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '3\r\nabc\r\n0\r\n\r\n')
  framed('two CL, equal', 'Content-Length: 3\r\nContent-Length: 3\r\n')
  framed('two CL, different', 'Content-Length: 3\r\nContent-Length: 5\r\n')
  framed('two CL, mixed case', 'Content-Length: 3\r\ncontent-length: 3\r\n')
  for (const value of ['3, 3', '+3', '-1', '0x3', '18446744073709551619', '', '3 3', '3;', '1e1'])
    framed(`CL ${JSON.stringify(value)}`, `Content-Length: ${value}\r\n`)
  framed('space before colon', 'Content-Length : 3\r\n')
  add('reject', 'leading space on a header', head(' X-A: b\r\n', 'GET'))
  for (const value of [
    'chunked, identity',
    '\x0bchunked',
    'xchunked',
    'gzip',
    'chunked;p=1',
    'identity, chunked',
    'gzip, chunked',
    'chunked, chunked',
    '"chunked"',
    'identity',
    'chunked\x00',
  ]) {
    framed(`TE ${JSON.stringify(value)}`, `Transfer-Encoding: ${value}\r\n`, '3\r\nabc\r\n0\r\n\r\n')
  }
  framed('two TE', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n')
  framed('Transfer_Encoding', 'Transfer_Encoding: chunked\r\nContent-Length: 3\r\n')
  framed('Content_Length', 'Content_Length: 5\r\nContent-Length: 3\r\n')
  add('reject', 'TE on HTTP/1.0', head('Transfer-Encoding: chunked\r\n', 'POST', path, 'HTTP/1.0') + '3\r\nabc\r\n0\r\n\r\n')
  add('reject', 'obs-fold', head('X-A: b\r\n c\r\n', 'GET'))
  add('reject', 'bare LF everywhere', `GET ${path} HTTP/1.1\nHost: gw\nX-Proxy-Key: ${clientKey}\n\n`)
  add('reject', 'bare LF on one line', head('X-A: b\nX-B: c\r\n', 'GET'))
  add('reject', 'bare CR in a value', head('X-A: b\rX-B: c\r\n', 'GET'))
  add('reject', 'CR LF CR X at the end of the head', `GET ${path} HTTP/1.1\r\nHost: gw\r\n${auth}\r\n\rX`.replace('\r\n\r\n\rX', '\r\n\rX\r\n\r\n'))
  add('reject', 'NUL in a value', head('X-A: b\0c\r\n', 'GET'))
  add('reject', 'NUL in a name', head('X-\0A: b\r\n', 'GET'))
  add('reject', 'empty header name', head(': b\r\n', 'GET'))
  add('reject', 'header without a colon', head('X-A\r\n', 'GET'))
  add('reject', 'no Host', `GET ${path} HTTP/1.1\r\n${auth}\r\n`)
  add('reject', 'two Hosts', head('Host: other\r\n', 'GET'))
  add('reject', 'Host with user info', `GET ${path} HTTP/1.1\r\nHost: user@gw\r\n${auth}\r\n`)
  add('reject', 'Host with a path', `GET ${path} HTTP/1.1\r\nHost: gw/evil\r\n${auth}\r\n`)
  for (const [name, target] of [
    ['0x80', `${path}/\x80`],
    ['0xff', `${path}/\xff`],
    ['a tab', `${path}/\tx`],
    ['a control', `${path}/\x01`],
    ['#', `${path}/a#b`],
    ['\\', `${path}/\\b`],
  ] as const) {
    add('reject', `${name} in the path`, head('', 'GET', target))
  }
  add('reject', 'dot segments', head('', 'GET', `${path}/a/../b`))
  add('reject', 'absolute form, foreign host', head('', 'GET', `http://evil.test${path}`))
  add('reject', 'absolute form, user info', head('', 'GET', `http://user:pw@gw${path}`))
  add('either', 'target starting with //', head('', 'GET', '//evil.test/x'))
  add('either', 'OPTIONS *', head('', 'OPTIONS', '*'))
  add('reject', 'TRACE', head('', 'TRACE'))
  add('close', 'CONNECT', `CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n${auth}\r\n`)
  add('close', 'PRI', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  add('reject', 'lower-case method', head('', 'get'))
  add('reject', 'unknown method', head('', 'FROB'))
  add('reject', '10 KiB method', head('', 'A'.repeat(10_240)))
  add('reject', 'HTTP/1.2', head('', 'GET', path, 'HTTP/1.2'))
  add('reject', 'HTTP/2.0', head('', 'GET', path, 'HTTP/2.0'))
  add('reject', 'http/1.1', head('', 'GET', path, 'http/1.1'))
  add('close', 'HTTP/0.9', `GET ${path}\r\n\r\n`)
  add('either', 'two spaces before the version', head('', 'GET', `${path} `), '')
  add('reject', '17 KiB header line', head(`X-Long: ${'a'.repeat(17 * 1024)}\r\n`, 'GET'))
  add('reject', '9 KiB target', head('', 'GET', `${path}/${'a'.repeat(9 * 1024)}`))
  add('reject', '101 headers', head(Array.from({ length: 99 }, (_, i) => `X-${i}: v\r\n`).join(''), 'GET'))
  add('reject', '2,100 headers', head(Array.from({ length: 2_100 }, (_, i) => `X${i}:v\r\n`).join(''), 'GET'))
  add('reject', 'Expect: x 100-continue', head('Expect: x 100-continue\r\nContent-Length: 3\r\n') + 'abc')
  add('reject', 'Expect: something', head('Expect: miracles\r\nContent-Length: 3\r\n') + 'abc')

  chunked('chunk lines ended by LF', '3\nabc\n0\n\n')
  chunked('chunk extension ended by LF (TERM.EXT)', '3;\nxx\r\nabc\r\n0\r\n\r\n')
  chunked('chunk data ended by LF', '3\r\nabc\n0\r\n\r\n')
  chunked('chunk data spills over', '3\r\nabcde\r\n0\r\n\r\n')
  for (const size of ['3 ', ' 3', '0x3', '-1', '+3', '1_0', '10000000000000003', 'fffffffffffffffff', 'zz'])
    chunked(`chunk size ${JSON.stringify(size)}`, `${size}\r\nabc\r\n0\r\n\r\n`)
  chunked('20 KiB chunk extension', `3;${'a'.repeat(20 * 1024)}\r\nabc\r\n0\r\n\r\n`)
  chunked('framing header in the trailer', '3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n')
  chunked('malformed trailer', '3\r\nabc\r\n0\r\nX-A : b\r\n\r\n')

  add('accept', 'plain GET', head('', 'GET'), '')
  add('accept', 'plain POST with CL', head('Content-Length: 3\r\n') + 'abc', 'abc')
  add('accept', 'plain chunked', head('Transfer-Encoding: chunked\r\n') + '3\r\nabc\r\n0\r\n\r\n', 'abc')
  add('accept', 'TE in capitals', head('Transfer-Encoding: CHUNKED\r\n') + '3\r\nabc\r\n0\r\n\r\n', 'abc')
  add('accept', 'chunk extensions', head('Transfer-Encoding: chunked\r\n') + '3;a=b\r\nabc\r\n0\r\n\r\n', 'abc')
  add('accept', 'trailers', head('Transfer-Encoding: chunked\r\n') + '3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n', 'abc')
  add('accept', 'leading CRLF', `\r\n${head('', 'GET')}`, '')
  add('accept', 'GET with a body', head('Content-Length: 3\r\n', 'GET') + 'abc', 'abc')
  add('accept', '__proto__ header', head('__proto__: x\r\nconstructor: y\r\n', 'GET'), '')
  add('accept', 'Expect: 100-continue', head('Expect: 100-continue\r\nContent-Length: 3\r\n') + 'abc', 'abc')
  add('either', '0xff in a value', head('X-A: \xff\r\n', 'GET'), '')
  add(
    'either',
    'Upgrade: websocket',
    head('Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n', 'GET'),
    '',
  )
  add('either', 'Upgrade: h2c', head('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n', 'GET'), '')
  add('either', 'leading zeros in CL', head('Content-Length: 003\r\n') + 'abc', 'abc')
  return list
}
