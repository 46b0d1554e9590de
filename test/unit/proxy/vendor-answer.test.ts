// What an answer turns out to be before the client has seen any of it: errors that another key can absorb, first events, broken streams.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { limits } from '../../../src/limits.ts'
import { answer, openStand, RawTalk, type Stand } from './stand.ts'

const stands: Stand[] = []
afterEach(async () => {
  for (const stand of stands.splice(0)) await stand.close()
})

async function open(kind: 'llm' | 'generic' = 'llm', maxAttempts = 3): Promise<Stand> {
  const stand = await openStand({
    upstream: {
      kind,
      adapter: kind === 'llm' ? 'openai' : 'generic',
      maxAttempts,
      keyPlacement: { location: 'header', name: 'authorization', prefix: 'Bearer ' },
    },
  })
  stands.push(stand)
  return stand
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const ERROR_EVENT = 'data: {"error":{"message":"overloaded","type":"rate_limit_error","code":"rate_limit_exceeded"}}\n\n'
const WORD = 'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
const DONE = 'data: [DONE]\n\n'

function streamGood(socket: Socket): void {
  socket.write(HEAD + chunk(WORD) + chunk(DONE) + '0\r\n\r\n')
}

async function streamSlowly(socket: Socket, text: string): Promise<void> {
  socket.write(HEAD)
  for (const letter of text) {
    socket.write(chunk(letter))
    await new Promise(setImmediate)
  }
}

/** The body without its chunk framing. */
function bodyOf(received: string): string {
  let rest = received.slice(received.indexOf('\r\n\r\n') + 4)
  let body = ''
  for (;;) {
    const end = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, end), 16)
    if (end < 0 || !(size > 0)) return body
    body += rest.slice(end + 2, end + 2 + size)
    rest = rest.slice(end + 4 + size)
  }
}

const post = (stand: Stand): RawTalk =>
  new RawTalk(stand.port, stand.text('POST', '/v1/chat/completions', { 'content-type': 'application/json' }, '{"stream":true}'))

describe('UP-24 the first event', () => {
  test('is an error: another key answers, the client sees only the good stream', async () => {
    const stand = await open()
    stand.script = (socket, _head, _body, request) => (request === 1 ? socket.write(HEAD + chunk(ERROR_EVENT) + '0\r\n\r\n') : streamGood(socket))
    const talk = await post(stand).until('0\r\n\r\n')
    expect(bodyOf(talk.received)).toBe(WORD + DONE)
    expect(await stand.finished()).toMatchObject({ outcome: 'absorbed', attempts: 2 })
    expect(stand.leased()).toBe(0)
    talk.end()
  })

  test('is an error in single bytes that come at once', async () => {
    const stand = await open()
    stand.script = (socket, _head, _body, request) => (request === 1 ? socket.write(HEAD + [...ERROR_EVENT].map(chunk).join('')) : streamGood(socket))
    const talk = await post(stand).until('0\r\n\r\n')
    expect(bodyOf(talk.received)).toBe(WORD + DONE)
    talk.end()
  })

  test('is an error behind comments and blank lines', async () => {
    const stand = await open()
    stand.script = (socket, _head, _body, request) =>
      request === 1 ? socket.write(HEAD + chunk(': PROCESSING\n\n') + chunk(`:\n\n${ERROR_EVENT}`)) : streamGood(socket)
    const talk = await post(stand).until('0\r\n\r\n')
    expect(bodyOf(talk.received)).toBe(WORD + DONE)
    talk.end()
  })

  test('is an error on the last attempt: our own error, not a stream', async () => {
    const stand = await open('llm', 1)
    stand.script = (socket) => socket.write(HEAD + chunk(ERROR_EVENT) + '0\r\n\r\n')
    const talk = await post(stand).until('\r\n\r\n')
    // A single attempt commits at once: the event is passed on.
    expect(talk.received).toMatch(/^HTTP\/1\.1 200 /)
    await talk.until('rate_limit_exceeded')
    expect(stand.leased()).toBe(0)
    talk.end()
  })

  test('does not come: the head does not wait for it', async () => {
    const stand = await open()
    let vendor: Socket | undefined
    stand.script = (socket) => {
      vendor = socket
      socket.write(HEAD)
    }
    const talk = await post(stand).until('\r\n\r\n')
    vendor?.write(chunk(WORD) + chunk(DONE) + '0\r\n\r\n')
    await talk.until('0\r\n\r\n')
    expect(bodyOf(talk.received)).toBe(WORD + DONE)
    talk.end()
  })

  test('is good, in single bytes: every byte arrives in its order, comments too', async () => {
    const stand = await open()
    stand.script = (socket) => void streamSlowly(socket, `: hello\n\n${WORD}${DONE}`).then(() => socket.write('0\r\n\r\n'))
    const talk = await post(stand).until('\r\n0\r\n\r\n')
    expect(bodyOf(talk.received)).toBe(`: hello\n\n${WORD}${DONE}`)
    expect(await stand.finished()).toMatchObject({ outcome: 'ok', stream: true, bytesOut: 9 + WORD.length + DONE.length })
    talk.end()
  })

  test('the client leaves while the head is held back: nothing is left', async () => {
    const stand = await open()
    stand.script = (socket) => socket.write(HEAD)
    const talk = post(stand)
    while (stand.heads.length === 0) await new Promise(setImmediate)
    talk.end()
    expect(await stand.finished()).toMatchObject({ status: 499 })
    await new Promise((resolve) => setTimeout(resolve, 2 * limits.firstEventHoldMs))
    expect(stand.leased()).toBe(0)
    expect(stand.logged).toEqual([])
  })
})

describe('UP-05 a stream that breaks', () => {
  test.each([
    ['ends without its terminator', (socket: Socket) => socket.write(HEAD + chunk(WORD) + '0\r\n\r\n')],
    ['is cut', (socket: Socket) => socket.end(HEAD + chunk(WORD))],
    ['is cut in the middle of an event', (socket: Socket) => socket.end(HEAD + chunk(WORD) + chunk('data: {"cho'))],
    ['is reset', (socket: Socket) => socket.write(HEAD + chunk(WORD), () => setTimeout(() => socket.resetAndDestroy(), 50))],
  ])('%s: an error event of the dialect, a blank line before it, and no clean end', async (_name, script) => {
    const stand = await open()
    stand.script = script
    const talk = post(stand)
    await talk.closed
    expect(talk.received).toContain('data: {"choices"')
    expect(talk.received).toMatch(/\n\n[^]*"error"/)
    expect(talk.received).not.toContain('[DONE]')
    expect(talk.received).not.toContain('\r\n0\r\n\r\n')
    expect(await stand.finished()).toMatchObject({ outcome: 'upstream_error', errorCode: 'upstream_stream_interrupted' })
    expect(stand.leased()).toBe(0)
  })
})

describe('errors', () => {
  test('UP-12 the client’s own fault passes byte for byte, once', async () => {
    const stand = await open('generic')
    const body = '{ "error" :\t"caf\u00e9", "n": 1.0 }\n'
    for (const status of [400, 404, 405, 409, 413, 415, 422]) {
      stand.script = (socket) => answer(socket, status, body, { 'x-tag': '1' })
      const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}')).until(Buffer.from(body).toString('latin1'))
      expect(talk.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      expect(talk.received).not.toContain('x-gateway-error')
      talk.end()
    }
    expect(stand.heads).toHaveLength(7)
    expect(stand.pool.countByState().ready).toBe(3)
  })

  test('a body larger than what is judged passes whole', async () => {
    const stand = await open('generic')
    const body = 'x'.repeat(3 * limits.classifyBytesMax) + 'THE-END'
    stand.script = (socket) => answer(socket, 400, body)
    const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}')).until('THE-END')
    expect(talk.received.slice(talk.received.indexOf('\r\n\r\n') + 4)).toBe(body)
    talk.end()
  })

  test('SEC-05 the pool’s key in an error text is masked, its length kept', async () => {
    const stand = await open('generic')
    stand.script = (socket, head) => answer(socket, 400, `{"message":"Bad key ${/Bearer (\S+)/i.exec(head)?.[1] ?? ''}, sorry"}`)
    const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('sorry')
    expect(talk.received).not.toContain('sk-key')
    expect(talk.received).toContain('Bad key *************, sorry')
    talk.end()
  })

  test('an encoded error without the key passes byte for byte', async () => {
    const stand = await open('generic')
    const body = gzipSync('{"error":"no"}')
    stand.script = (socket) => sendGzip(socket, 404, body)
    const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until(body.toString('latin1'))
    expect(talk.received).toContain('content-encoding: gzip')
    talk.end()
  })

  test('an encoded error is judged by its text: the vendor’s code parks the key at once', async () => {
    const stand = await open('llm')
    const body = gzipSync('{"error":{"message":"no","code":"invalid_api_key"}}')
    stand.script = (socket, _head, _body, request) => (request === 1 ? sendGzip(socket, 401, body) : answer(socket, 200, '{"ok":1}'))
    const talk = await new RawTalk(stand.port, stand.text('POST', '/v1/x', {}, '{}')).until('{"ok":1}')
    expect(stand.pool.countByState().parked).toBe(1)
    talk.end()
  })

  test('SEC-05 the pool’s key in an encoded error text is masked', async () => {
    const stand = await open('generic')
    stand.script = (socket, head) => sendGzip(socket, 400, gzipSync(`{"message":"Bad key ${/Bearer (\S+)/i.exec(head)?.[1] ?? ''}, sorry"}`))
    const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('sorry"}')
    expect(talk.received).toContain('Bad key *************, sorry')
    expect(talk.received).not.toContain('content-encoding')
    talk.end()
  })

  test('an encoded error that cannot be unpacked, or is a bomb, is judged by its status', async () => {
    const stand = await open('generic')
    const bodies = [Buffer.from('not gzip'), gzipSync(Buffer.alloc(limits.decodedErrorBytesMax + 1))]
    for (const body of bodies) {
      stand.script = (socket) => sendGzip(socket, 400, body)
      const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until(body.toString('latin1'))
      expect(talk.received).toContain('content-encoding: gzip')
      talk.end()
    }
  })

  test('a 429 that is cut off in its body is still not the client’s answer on GET', async () => {
    const stand = await open('generic')
    stand.script = (socket, _head, _body, request) => {
      if (request === 1) socket.end('HTTP/1.1 429 Too Many\r\ncontent-length: 100\r\n\r\n{"half')
      else answer(socket, 200, '{"ok":1}')
    }
    const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('{"ok":1}')
    expect(stand.leased()).toBe(0)
    talk.end()
  })

  test.each([600, 999])('status %i is no status', async (status) => {
    const stand = await open('generic')
    stand.script = (socket) => answer(socket, status, '{}')
    const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}')).until('upstream_malformed')
    expect(talk.received).toMatch(/^HTTP\/1\.1 502 /)
    talk.end()
  })

  test('more than 200 headers are too many', async () => {
    const stand = await open('generic')
    stand.script = (socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${'x-a: 1\r\n'.repeat(220)}\r\n`)
    const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}')).until('upstream_headers_too_large')
    expect(stand.leased()).toBe(0)
    talk.end()
  })
})

function sendGzip(socket: Socket, status: number, body: Buffer): void {
  socket.write(`HTTP/1.1 ${status} Scripted\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`)
  socket.write(body)
}
