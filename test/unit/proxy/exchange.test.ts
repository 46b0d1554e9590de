// The life of an exchange: attempts, leases that always end, early ends on either side, and nothing that outlives it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Socket } from 'node:net'
import { generic } from '../../../src/adapters/generic/index.ts'
import { GatewayError } from '../../../src/errors.ts'
import { answer, openStand, RawTalk, type Stand, type StandOptions } from './stand.ts'

let stand: Stand
const opened: Stand[] = []

async function open(options: StandOptions = {}): Promise<Stand> {
  const made = await openStand(options)
  opened.push(made)
  return made
}

beforeEach(async () => {
  stand = await open()
})
afterEach(async () => {
  for (const one of opened.splice(0)) {
    await one.close()
  }
})

describe('attempts', () => {
  test('a 429 is absorbed by the next key; the lease of both ends', async () => {
    stand.script = (socket, _head, _body, request) => (request === 1 ? answer(socket, 429, '{}', { 'retry-after': '7' }) : answer(socket, 200, '{"ok":1}'))
    const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{"a":1}')).until('{"ok":1}')
    expect(talk.received).toContain('x-akr-attempts: 2')
    expect(await stand.finished()).toMatchObject({ outcome: 'absorbed', attempts: 2, status: 200, bytesIn: 7 })
    expect(stand.leased()).toBe(0)
    expect(stand.pool.countByState()).toMatchObject({ cooling: 1, ready: 2 })
    expect(stand.heads.map((head) => /sk-key_\d+/.exec(head)?.[0])).toEqual([
      expect.any(String),
      expect.not.stringMatching(String(/sk-key_\d+/.exec(stand.heads[0] as string)?.[0])),
    ])
    talk.end()
  })

  test('all keys limited: 429 of ours with Retry-After, after three attempts', async () => {
    stand.script = (socket) => answer(socket, 429, '{}', { 'retry-after': '7' })
    const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('key_pool_cooling_down')
    expect(talk.received).toMatch(/^HTTP\/1\.1 429 /)
    expect(talk.received).toMatch(/\r\nretry-after: 7\r\n/)
    expect(await stand.finished()).toMatchObject({ outcome: 'exhausted', attempts: 3 })
    expect(stand.leased()).toBe(0)
    talk.end()
  })

  test('a POST whose connection breaks is sent once; a GET once more; with Idempotency-Key a POST too', async () => {
    stand.script = (socket) => socket.destroy()
    for (const [method, headers, attempts] of [
      ['POST', {}, 1],
      ['GET', {}, 2],
      ['POST', { 'x-note': 'idempotency-key' }, 1],
      ['POST', { 'idempotency-key': 'abc' }, 2],
    ] as const) {
      const before = stand.heads.length
      const talk = await new RawTalk(stand.port, stand.text(method, '/x', headers, method === 'POST' ? '{}' : '')).until('upstream_reset')
      expect(stand.heads.length - before).toBe(attempts)
      talk.end()
    }
    expect(stand.leased()).toBe(0)
  })

  test('a refused connection costs no key anything', async () => {
    const dead = await open({ upstream: { targets: [{ url: 'http://127.0.0.1:1', weight: 1 }] } })
    for (let i = 1; i <= 6; i++) {
      const talk = await new RawTalk(dead.port, dead.text('POST', '/x', {}, '{}')).until('upstream_unreachable')
      talk.end()
    }
    expect(dead.pool.countByState().ready).toBe(3)
    expect(dead.leased()).toBe(0)
  })
})

describe('the client leaves', () => {
  test.each(['before the answer', 'in the middle of it'])('%s: the upstream connection is closed and the lease ends', async (when) => {
    const gone = new Promise<void>((resolve) => {
      stand.script = (socket: Socket) => {
        socket.on('close', () => resolve())
        if (when !== 'before the answer') socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhello')
      }
    })
    const talk = new RawTalk(stand.port, stand.text('GET', '/x'))
    while (stand.heads.length === 0) await new Promise(setImmediate)
    if (when !== 'before the answer') await talk.until('hello')
    talk.end()
    await gone
    expect(await stand.finished()).toMatchObject({ status: 499, outcome: 'aborted' })
    expect(stand.leased()).toBe(0)
    expect(stand.pool.countByState().ready).toBe(3)
  })

  test('during a streamed upload: nothing is left and no key is blamed', async () => {
    const small = await open({ replayBytesMax: 1_000 })
    const talk = new RawTalk(small.port, small.text('POST', '/x', { 'content-length': '1000000' }) + 'x'.repeat(100_000))
    while (small.heads.length === 0) await new Promise(setImmediate)
    talk.end()
    expect(await small.finished()).toMatchObject({ status: 499 })
    expect(small.leased()).toBe(0)
    expect(small.pool.countByState().ready).toBe(3)
  })

  test('while the body is still being kept: the memory it had taken is given back', async () => {
    const talk = new RawTalk(stand.port, stand.text('POST', '/x', { 'content-length': '100000' }) + 'x'.repeat(10))
    await new Promise((resolve) => talk.socket.once('connect', resolve))
    while (stand.plane.inFlight === 0) await new Promise(setImmediate)
    talk.end()
    expect(await stand.finished()).toMatchObject({ status: 499, attempts: 0 })
    expect(stand.budget.tryTake(256 * 1024 * 1024)).toBe(true)
    expect(stand.heads).toEqual([])
  })
})

describe('bodies', () => {
  test('a body above the replay bound is streamed with its length, once', async () => {
    const small = await open({ replayBytesMax: 1_000 })
    let got = 0
    small.script = (socket, _head, body) => {
      got += body.length
      socket.on('data', (chunk: Buffer) => {
        got += chunk.length
        if (got === 500_000) answer(socket, 429, '{"error":"busy"}')
      })
    }
    const talk = await new RawTalk(small.port, small.text('POST', '/x', { 'content-length': '500000' }) + 'x'.repeat(500_000)).until('\r\n\r\n')
    expect(small.heads[0]).toMatch(/content-length: 500000\r\n/i)
    expect(small.heads[0]).not.toMatch(/transfer-encoding/i)
    expect(await small.finished()).toMatchObject({ attempts: 1, bytesIn: 500_000 })
    expect(small.heads).toHaveLength(1)
    talk.end()
  })

  test('a chunked body that grows over the bound is streamed from its first byte', async () => {
    const small = await open({ replayBytesMax: 1_000 })
    let got = ''
    small.script = (socket, _head, body) => {
      const take = (chunk: Buffer): void => {
        got += chunk.toString('latin1')
        if (got.endsWith('0\r\n\r\n')) answer(socket, 200, '{}')
      }
      take(body)
      socket.on('data', take)
    }
    const chunks = Array.from({ length: 40 }, (_, index) => String(index).padStart(100, '.'))
    const text = small.text('POST', '/x', { 'transfer-encoding': 'chunked' })
    const talk = new RawTalk(small.port, text)
    for (const chunk of chunks) {
      talk.socket.write(`64\r\n${chunk}\r\n`)
      await new Promise(setImmediate)
    }
    talk.socket.write('0\r\n\r\n')
    await talk.until('{}')
    const sent = got.replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '')
    expect(sent).toBe(chunks.join(''))
    talk.end()
  })

  test.each(['chunked', 'announced'])('a body over the limit (%s) never reaches the vendor whole', async (how) => {
    const small = await open({ replayBytesMax: 1_000, bytesMax: 100_000 })
    const whole = how === 'announced' ? small.text('POST', '/x', { 'content-length': '200000' }) : small.text('POST', '/x', { 'transfer-encoding': 'chunked' })
    const talk = new RawTalk(small.port, whole)
    talk.socket.write(how === 'announced' ? 'x'.repeat(200_000) : `30d40\r\n${'x'.repeat(200_000)}\r\n0\r\n\r\n`)
    await talk.until('request_too_large')
    expect(talk.received).toMatch(/^HTTP\/1\.1 413 /)
    expect(await small.finished()).toMatchObject({ status: 413 })
    expect(small.leased()).toBe(0)
    expect(small.pool.countByState().ready).toBe(3)
    talk.end()
  })

  test('UP-17 an answer that comes during the upload reaches the client at once, and the connection ends', async () => {
    const small = await open({ replayBytesMax: 1_000 })
    small.script = (socket) => answer(socket, 413, '{"error":"too large for us"}')
    const talk = new RawTalk(small.port, small.text('POST', '/x', { 'content-length': '50000000' }) + 'x'.repeat(3_000_000))
    await talk.until('too large for us')
    expect(talk.received).toMatch(/\r\nconnection: close\r\n/i)
    await talk.closed
    expect(await small.finished()).toMatchObject({ status: 413, attempts: 1 })
    expect(small.leased()).toBe(0)
  })

  test('a key in the body of an upload that is too large to keep is refused, not sent in place of it', async () => {
    const small = await open({ replayBytesMax: 1_000, upstream: { keyPlacement: { location: 'body', name: 'token', prefix: '' } } })
    const talk = await new RawTalk(small.port, small.text('POST', '/x', {}, JSON.stringify({ text: 'x'.repeat(2_000) }))).until('request_too_large')
    expect(small.heads).toEqual([])
    talk.end()
  })
})

describe('answers without a body', () => {
  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n', 'content-length: 1234'],
    ['GET', 'HTTP/1.1 204 No Content\r\nx-tag: 1\r\n\r\n', 'x-tag: 1'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\ncontent-length: 99\r\n\r\n', 'etag: "a"'],
    ['DELETE', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 'content-length: 0'],
  ])('%s %j keeps the connection for the next request', async (method, raw, header) => {
    stand.script = (socket) => socket.write(raw)
    const talk = await new RawTalk(stand.port, stand.text(method, '/x')).until('\r\n\r\n')
    expect(talk.received).toContain(header)
    await stand.finished()
    talk.received = ''
    stand.script = (socket) => answer(socket, 200, '{"second":1}')
    talk.socket.write(stand.text('GET', '/y'))
    await talk.until('{"second":1}')
    expect(stand.leased()).toBe(0)
    talk.end()
  })
})

describe('informational answers', () => {
  test('103 before the answer is swallowed; more than twenty are too many', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
    stand.script = (socket) => socket.write(early.repeat(3) + 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('\r\n\r\nok')
    expect(talk.received).not.toContain('103')
    stand.script = (socket) => socket.write(early.repeat(30) + 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    talk.received = ''
    talk.socket.write(stand.text('POST', '/x', {}, '{}'))
    await talk.until('upstream_malformed')
    talk.end()
  })

  test('100-continue is said after the key was accepted, and never on HTTP/1.0', async () => {
    stand.script = (socket) => answer(socket, 200, '{}')
    const talk = new RawTalk(stand.port, stand.text('POST', '/x', { expect: '100-continue', 'content-length': '2' }))
    await talk.until('100 Continue')
    talk.socket.write('{}')
    await talk.until('200 OK')
    talk.end()
    const bad = await new RawTalk(
      stand.port,
      stand.text('POST', '/x', { expect: '100-continue', 'content-length': '2', authorization: 'Bearer nobody-knows-me' }),
    ).until('401')
    expect(bad.received).not.toContain('100 Continue')
    bad.end()
    const old = new RawTalk(stand.port, stand.text('POST', '/x', { expect: '100-continue' }, '{}').replace('HTTP/1.1', 'HTTP/1.0'))
    await old.until('200 OK')
    expect(old.received).not.toContain('100 Continue')
    old.end()
  })
})

describe('the gateway ends it', () => {
  test.each(['before the answer', 'in the middle of it'])('%s: the client sees that it is not whole, the vendor is let go, the lease ends', async (when) => {
    const gone = new Promise<void>((resolve) => {
      stand.script = (socket: Socket) => {
        socket.on('close', () => resolve())
        if (when !== 'before the answer') socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n')
      }
    })
    const talk = new RawTalk(stand.port, stand.text('GET', '/x'))
    while (stand.heads.length === 0) await new Promise(setImmediate)
    if (when !== 'before the answer') await talk.until('hello')
    stand.plane.abortAll()
    await gone
    if (when === 'before the answer') await talk.until('shutting_down')
    else await talk.closed
    expect(talk.received).not.toContain('0\r\n\r\n')
    expect(stand.leased()).toBe(0)
    await stand.finished()
    talk.end()
  })

  test('an exception inside the engine ends the exchange as an error of ours, once', async () => {
    const broken = {
      ...generic,
      classify: () => {
        throw new Error('a bug in an adapter')
      },
    }
    const adapter = generic as { classify: unknown }
    const original = adapter.classify
    adapter.classify = broken.classify
    try {
      stand.script = (socket) => answer(socket, 400, '{"error":"x"}')
      const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('internal')
      expect(talk.received).toMatch(/^HTTP\/1\.1 500 /)
      expect(await stand.finished()).toMatchObject({ status: 500, errorCode: 'internal' })
      expect(stand.records).toHaveLength(1)
      expect(stand.logged.join('')).toContain('a bug in an adapter')
      expect(stand.leased()).toBe(0)
      talk.end()
    } finally {
      adapter.classify = original
    }
  })
})

test('what is not forwarded is an error of ours with the code', async () => {
  const talk = await new RawTalk(stand.port, stand.text('GET', '/x', { authorization: 'Bearer nobody-knows-me' })).until('invalid_client_key')
  expect(talk.received).toMatch(/^HTTP\/1\.1 401 /)
  expect(stand.heads).toEqual([])
  expect(new GatewayError('invalid_client_key', '').status).toBe(401)
  talk.end()
})
