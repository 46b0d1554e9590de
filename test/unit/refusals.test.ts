// What the server says to bytes that never become a request.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import { openStand, RawTalk, type Stand } from './proxy/stand.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

function connections(): Promise<number> {
  return new Promise((resolve, reject) => stand.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))))
}

test.each([
  ['no HTTP', '\x16\x03\x01\x00\xff\r\n\r\n', 400, 'request_malformed', 'HTTP/1.1'],
  ['two lengths', 'POST /proxy/up/x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx', 400, 'request_malformed', 'nothing was forwarded'],
  ['a large head', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(2 * limits.requestHeaderBytesMax)}\r\n\r\n`, 431, 'headers_too_large', '16 KiB'],
  ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n', 405, 'method_not_allowed', 'no forward proxy'],
])('%s: a problem with an id, and words that fit it', async (_, text, status, code, words) => {
  const talk = new RawTalk(stand.port, text)
  await talk.closed
  const [head = '', body = ''] = talk.received.split('\r\n\r\n')
  expect(head).toContain(`HTTP/1.1 ${status} `)
  for (const header of ['x-request-id: req_refused', 'request-id: req_refused', 'x-akr-error-source: gateway', `x-gateway-error: ${code}`]) {
    expect(head).toContain(header)
  }
  const problem = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as Record<string, unknown>
  expect(problem).toMatchObject({ type: `urn:api-key-rotator:error:${code}`, status, code, request_id: 'req_refused' })
  expect(problem.detail).toContain(words)
  // Nothing of it stays open, although the client has not closed its side.
  while ((await connections()) > 0) await new Promise(setImmediate)
  talk.end()
})

test('a generic upstream called under /llm is explained in the words of the SDK that probably called', async () => {
  const text = stand.text('POST', '/v1/chat/completions', {}, '{}').replace('/proxy/', '/llm/')
  const talk = await new RawTalk(stand.port, text).until('upstream_not_found')
  expect(talk.received).toContain('"message":"\'up\' is not an LLM upstream: call it under /proxy/up.')
  talk.end()
})
