// The framing guard (D9) behind Node's own parser, on a real socket: what Node lets through must be refused here or be unambiguous.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { type GatewayError } from '../../../src/errors.ts'
import { limits } from '../../../src/limits.ts'
import { type InboundHead, readHead } from '../../../src/proxy/guard.ts'
import { RawTalk } from './stand.ts'

let server: Server
let port: number
let seen: { head?: InboundHead; error?: GatewayError }[] = []

beforeAll(async () => {
  // As lenient as Node gets where the product's server leaves the decision to the guard.
  server = createServer({ requireHostHeader: false, maxHeaderSize: limits.requestHeaderBytesMax }, (request, response) => {
    try {
      seen.push({ head: readHead(request) })
    } catch (error) {
      seen.push({ error: error as GatewayError })
    }
    response.writeHead(200, { connection: 'close' }).end()
  })
  server.maxHeadersCount = limits.requestHeadersMax + 1
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What became of the bytes: the guard's head, the guard's error code, or `node` when Node refused them before. */
async function verdictOf(bytes: string): Promise<InboundHead | string> {
  seen = []
  const talk = new RawTalk(port, Buffer.from(bytes, 'latin1'))
  talk.socket.end()
  await talk.closed
  talk.end()
  const [first] = seen
  if (first === undefined) return 'node'
  return first.head ?? (first.error as GatewayError).code
}

const get = (headers = '', target = '/proxy/up/x', version = 'HTTP/1.1', method = 'GET'): string =>
  `${method} ${target} ${version}\r\nHost: gw\r\n${headers}\r\n`
const post = (headers: string, body = 'abc'): string => get(headers, '/proxy/up/x', 'HTTP/1.1', 'POST') + body

describe('refused', () => {
  test.each([
    ['CL and TE', post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n')],
    ['two CL, equal', post('Content-Length: 3\r\nContent-Length: 3\r\n')],
    ['CL 3, 3', post('Content-Length: 3, 3\r\n')],
    ['CL +3', post('Content-Length: +3\r\n')],
    ['CL 0x3', post('Content-Length: 0x3\r\n')],
    ['TE identity, chunked', post('Transfer-Encoding: identity, chunked\r\n', '0\r\n\r\n')],
    ['TE gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
    ['TE twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['TE xchunked', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
    ['TE chunked;p=1', post('Transfer-Encoding: chunked;p=1\r\n', '0\r\n\r\n')],
    ['TE on HTTP/1.0', get('Transfer-Encoding: chunked\r\n', '/x', 'HTTP/1.0', 'POST') + '0\r\n\r\n'],
    ['Transfer_Encoding', post('Transfer_Encoding: chunked\r\nContent-Length: 3\r\n')],
    ['Content_Length', post('Content_Length: 3\r\n', '')],
    ['X_API_KEY', get('X_API_KEY: k\r\n')],
    ['X-Api_Key', get('X-Api_Key: k\r\n')],
    ['x_goog_api_key', get('x_goog_api_key: k\r\n')],
    ['Proxy_Authorization', get('Proxy_Authorization: k\r\n')],
    ['two Hosts', get('Host: gw\r\n')],
    ['no Host', 'GET /x HTTP/1.1\r\nAccept: */*\r\n\r\n'],
    ['Host with user info', 'GET /x HTTP/1.1\r\nHost: me@gw\r\n\r\n'],
    ['Host with a path', 'GET /x HTTP/1.1\r\nHost: gw/x\r\n\r\n'],
    ['Host of 300 characters', `GET /x HTTP/1.1\r\nHost: ${'a'.repeat(300)}\r\n\r\n`],
    ['absolute form', get('', 'http://evil.test/x')],
    ['absolute form with user info', get('', 'http://me@evil.test/x')],
    ['asterisk form', get('', '*', 'HTTP/1.1', 'OPTIONS')],
    ['a fragment', get('', '/a#b')],
    ['a backslash', get('', '/a\\b')],
    ['a control in the target', get('', '/a\x01b')],
    ['a byte above 0x7e in the target', get('', '/a\xe9')],
    ['Expect with something else', get('Expect: x 100-continue\r\n')],
    ['HTTP/2.0', get('', '/x', 'HTTP/2.0')],
  ])('%s', async (_name, bytes) => {
    const verdict = await verdictOf(bytes)
    expect(['request_malformed', 'node']).toContain(verdict)
  })

  test.each([
    ['TRACE', get('', '/x', 'HTTP/1.1', 'TRACE'), 'method_not_allowed'],
    ['PROPFIND', get('', '/x', 'HTTP/1.1', 'PROPFIND'), 'method_not_allowed'],
    ['a target of 9 KiB', get('', `/${'a'.repeat(9 * 1024)}`), 'uri_too_long'],
    ['101 headers', get('X-A: b\r\n'.repeat(limits.requestHeadersMax)), 'headers_too_large'],
    ['1,500 headers', get('X:\r\n'.repeat(1_500)), 'node'],
  ])('%s', async (_name, bytes, code) => {
    expect(await verdictOf(bytes)).toBe(code)
  })
})

describe('accepted', () => {
  test('the head, with lower-case names, in wire order, repeats kept', async () => {
    expect(await verdictOf(post('X-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nContent-Length: 3\r\nConnection: Keep-Alive\r\nconnection: X-A\r\n'))).toEqual({
      method: 'POST',
      target: '/proxy/up/x',
      headers: ['host', 'gw', 'x-a', '1', 'x-a', '2', 'cookie', 'a=1', 'content-length', '3', 'connection', 'Keep-Alive', 'connection', 'X-A'],
      contentLength: 3,
      isChunked: false,
      expectsContinue: false,
      connection: 'keep-alive,x-a',
    })
  })

  test.each([
    ['chunked', post('Transfer-Encoding: Chunked\r\n', '0\r\n\r\n'), { isChunked: true, contentLength: -1 }],
    ['CL 0', post('Content-Length: 0\r\n', ''), { contentLength: 0 }],
    ['100 headers', get('X-A: b\r\n'.repeat(limits.requestHeadersMax - 1)), { contentLength: -1 }],
    ['HTTP/1.0 without a Host', 'GET /x HTTP/1.0\r\n\r\n', { headers: [] }],
    ['an IPv6 Host', 'GET /x HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n', { target: '/x' }],
    ['Expect', get('Expect: 100-Continue\r\n'), { expectsContinue: true }],
    ['Expect on HTTP/1.0', get('Expect: 100-continue\r\n', '/x', 'HTTP/1.0'), { expectsContinue: false }],
    ['__proto__', get('__proto__: x\r\nconstructor: y\r\n'), { headers: ['host', 'gw', '__proto__', 'x', 'constructor', 'y'] }],
    ['other underscores', get('x_my_header: 1\r\n'), { headers: ['host', 'gw', 'x_my_header', '1'] }],
    ['bytes above 0x7e in a value', get('X-A: caf\xe9\r\n'), { headers: ['host', 'gw', 'x-a', 'caf\xe9'] }],
  ])('%s', async (_name, bytes, expected) => {
    expect(await verdictOf(bytes)).toMatchObject(expected)
  })
})
