// What the record of an exchange says it consumed: plain and packed answers, whole, broken off or unreadable; and what its attempts were.
import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, createGzip, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { UsageMeter } from '../../../src/domain/usage.ts'
import { limits } from '../../../src/limits.ts'
import { AnswerMeters, Metering } from '../../../src/proxy/metering.ts'
import type { VendorAnswer } from '../../../src/proxy/vendor-answer.ts'
import { until } from '../../support/until.ts'
import { answer, openStand, RawTalk, type Stand, type StandOptions } from './stand.ts'

const CHAT = '/v1/chat/completions'
const BODY = '{"messages":[{"role":"user","content":"hi"}],"model":"gpt-asked"}'
const whole = readFileSync(new URL('../../fixtures/usage/openai-chat.json', import.meta.url))
const streamed = readFileSync(new URL('../../fixtures/usage/openai-chat-usage-stream.sse', import.meta.url))
const USAGE = { input: 2006, output: 300, cacheRead: 1920, cacheWrite: 0, reasoning: 256 }
const MODEL = 'gpt-5-mini-2025-08-07'

let stand: Stand
const opened: Stand[] = []

async function open(options: StandOptions): Promise<Stand> {
  const made = await openStand(options)
  opened.push(made)
  return made
}

beforeEach(async () => {
  stand = await open({ upstream: { kind: 'llm' } })
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

function begin(socket: Socket, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries({ 'transfer-encoding': 'chunked', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`)
}

function sendChunk(socket: Socket, bytes: Buffer): void {
  socket.write(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]))
}

/** The body as the client gets it. */
function post(path = CHAT, body = BODY, method = 'POST'): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer sk-akr-0123456789abcdefghijABCDEFGHIJ01checks', 'content-type': 'application/json' }
    const outgoing = httpRequest({ port: stand.port, host: '127.0.0.1', path: `/llm/up${path}`, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(method === 'GET' ? undefined : body)
  })
}

describe('plain answers', () => {
  test('whole and streamed: the model that answered and what it consumed', async () => {
    stand.script = (socket, _head, _body, request) => {
      if (request === 1) return answer(socket, 200, whole.toString())
      begin(socket, { 'content-type': 'text/event-stream' })
      for (let at = 0; at < streamed.length; at += 50) sendChunk(socket, streamed.subarray(at, at + 50))
      socket.write('0\r\n\r\n')
    }
    expect((await post()).bytes).toEqual(whole)
    expect((await post()).bytes).toEqual(streamed)
    for (const count of [1, 2]) expect(await stand.finished(count)).toMatchObject({ model: MODEL, usage: USAGE, isUsageEstimated: false, stream: count === 2 })
  })

  test('refused ones consume nothing and name the model that was asked for, wherever it stands', async () => {
    stand.script = (socket) => answer(socket, 400, '{"error":{"message":"no"}}')
    await post()
    await post('/openai/deployments/my%2Dgpt/chat/completions', '{}')
    await post(CHAT, '{"messages":[{"model":"inner"}],"metadata":{"model":"inner"}}')
    await post(CHAT, 'no JSON')
    const models: string[] = []
    for (const count of [1, 2, 3, 4]) {
      const record = await stand.finished(count)
      expect(record.usage).toBeUndefined()
      models.push(record.model)
    }
    expect(models).toEqual(['gpt-asked', 'my-gpt', '', ''])
  })

  test('calls that only show an answer again consume nothing', async () => {
    stand.script = (socket) => answer(socket, 200, whole.toString())
    await post('/v1/responses/resp_1', '', 'GET')
    await post('/v1/files')
    for (const count of [1, 2]) expect((await stand.finished(count)).usage).toBeUndefined()
  })

  test('of one that the client leaves, as far as it came', async () => {
    stand.script = (socket) => {
      begin(socket, { 'content-type': 'text/event-stream' })
      sendChunk(socket, Buffer.from('data: {"model":"gpt-x","choices":[{"delta":{"content":"12345678"}}]}\n\n'))
    }
    const talk = await new RawTalk(stand.port, stand.text('POST', CHAT, { 'content-type': 'application/json' }, BODY)).until('12345678')
    talk.end()
    expect(await stand.finished()).toMatchObject({
      status: 499,
      model: 'gpt-x',
      usage: { input: Math.ceil(BODY.length / 4), output: 2 },
      isUsageEstimated: true,
      tries: [{ result: 'client_gone', reason: 'client gone', status: 200 }],
    })
  })

  test('of one that the vendor breaks off, as far as it came', async () => {
    stand.script = (socket) => {
      begin(socket, { 'content-type': 'text/event-stream' })
      sendChunk(socket, Buffer.from('data: {"model":"gpt-x","choices":[{"delta":{"content":"12345678"}}]}\n\n'))
      setImmediate(() => socket.destroy())
    }
    const talk = new RawTalk(stand.port, stand.text('POST', CHAT, { 'content-type': 'application/json' }, BODY))
    expect(await stand.finished()).toMatchObject({ outcome: 'upstream_error', model: 'gpt-x', usage: { output: 2 }, isUsageEstimated: true })
    await talk.closed
  })
})

describe('packed answers', () => {
  const PACKED = {
    gzip: gzipSync(whole),
    'x-gzip': gzipSync(whole),
    deflate: deflateSync(whole),
    br: brotliCompressSync(whole),
    zstd: zstdCompressSync(whole),
  }

  test.each(Object.entries(PACKED))('%s reaches the client as it is, and is read beside it', async (encoding, packed) => {
    stand.script = (socket) => {
      begin(socket, { 'content-type': 'application/json', 'content-encoding': encoding })
      for (let at = 0; at < packed.length; at += 40) sendChunk(socket, packed.subarray(at, at + 40))
      socket.write('0\r\n\r\n')
    }
    expect((await post()).bytes).toEqual(packed)
    expect(await stand.finished()).toMatchObject({ model: MODEL, usage: USAGE, isUsageEstimated: false })
    expect(stand.leased()).toBe(0)
  })

  test('a packed stream that breaks off is read as far as it came', async () => {
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH })
    const pieces: Buffer[] = []
    gzip.on('data', (chunk: Buffer) => pieces.push(chunk))
    await promisify(gzip.write.bind(gzip) as (chunk: Buffer, done: () => void) => void)(
      Buffer.from('data: {"model":"gpt-x","choices":[{"delta":{"content":"12345678"}}]}\n\n'),
    )
    await until(() => pieces.length > 0)
    stand.script = (socket) => {
      begin(socket, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      sendChunk(socket, Buffer.concat(pieces))
    }
    const talk = await new RawTalk(stand.port, stand.text('POST', CHAT, { 'content-type': 'application/json' }, BODY)).until('\r\n\r\n')
    await talk.until('\u001f')
    talk.end()
    expect(await stand.finished()).toMatchObject({ status: 499, model: 'gpt-x', usage: { output: 2 }, isUsageEstimated: true })
  })

  test.each([
    ['of an unknown kind', 'compress', Buffer.from('packed')],
    ['in two ways', 'gzip, br', gzipSync(whole)],
    ['that is none', 'gzip', Buffer.from('not packed at all')],
  ])('one %s is estimated, and the client gets it', async (_name, encoding, bytes) => {
    stand.script = (socket) => {
      begin(socket, { 'content-type': 'application/json', 'content-encoding': encoding })
      sendChunk(socket, bytes)
      socket.write('0\r\n\r\n')
    }
    expect((await post()).bytes).toEqual(bytes)
    expect(await stand.finished()).toMatchObject({ model: 'gpt-asked', usage: { input: Math.ceil(BODY.length / 4), output: 0 }, isUsageEstimated: true })
  })

  test('the gateway is not idle before the record is made', async () => {
    stand.script = (socket) => {
      begin(socket, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      sendChunk(socket, PACKED.gzip)
      socket.write('0\r\n\r\n')
    }
    await post()
    await stand.plane.whenIdle()
    expect(stand.records).toHaveLength(1)
  })

  test('a bomb is not looked into to its end', async () => {
    const bomb = await promisify(brotliCompress)(Buffer.concat([Buffer.alloc(limits.meterUnpackedBytesMax, ' '), whole]), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
    })
    stand.script = (socket) => {
      begin(socket, { 'content-type': 'application/json', 'content-encoding': 'br' })
      sendChunk(socket, bomb)
      socket.write('0\r\n\r\n')
    }
    expect((await post()).bytes.length).toBe(bomb.length)
    expect(await stand.finished()).toMatchObject({ isUsageEstimated: true })
  })
})

describe('meters', () => {
  const answerOf = (headers: VendorAnswer['headers'], createMeter?: () => UsageMeter): VendorAnswer =>
    ({ adapter: { createMeter }, status: 200, headers, isEventStream: false }) as unknown as VendorAnswer
  const broken = (): UsageMeter => ({
    take: () => {
      throw new Error('a mistake of ours')
    },
    end: () => ({ model: 'm', usage: undefined, isFinal: false, uncountedBytes: 0 }),
  })

  test('one that fails costs the client nothing', () => {
    const metering = new Metering(broken(), undefined)
    metering.take(Buffer.from('x'))
    metering.take(Buffer.from('x'))
    const ends: unknown[] = []
    metering.end(true, 8, (metered) => ends.push(metered))
    expect(ends).toEqual([{ model: '', usage: { input: 2, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }, isEstimated: true }])
  })

  test('packed answers beyond the bound are not unpacked, until others are done', async () => {
    const meters = new AnswerMeters()
    const seen: string[] = []
    const meter = (): UsageMeter => ({ take: (chunk) => seen.push(chunk.toString()), end: broken().end })
    const start = (): Metering => meters.begin('POST', CHAT, answerOf({ 'content-encoding': 'gzip' }, meter)) as Metering
    const end = (metering: Metering): Promise<void> => new Promise((resolve) => metering.end(true, 0, () => resolve()))
    const held = Array.from({ length: limits.unpackedCopiesMax }, start)
    const late = start()
    late.take(gzipSync('late'))
    await end(late)
    expect(seen).toEqual([])
    await Promise.all(held.map(end))
    const next = start()
    next.take(gzipSync('next'))
    await end(next)
    expect(seen).toEqual(['next'])
  })

  test('an answer whose unpacking cannot keep up is given up', async () => {
    const metering = new AnswerMeters().begin('POST', CHAT, answerOf({ 'content-encoding': 'gzip' }, broken)) as Metering
    for (let i = 0; i < 3; i++) metering.take(Buffer.alloc(limits.meterBacklogBytesMax / 2))
    let isOver = false
    metering.end(true, 0, () => (isOver = true))
    // At once: nothing is waited for.
    expect(isOver).toBe(true)
  })
})

test('the record has every attempt: key, host, when, how long, and how it ended', async () => {
  stand.script = (socket, _head, _body, request) => {
    if (request === 1) return answer(socket, 429, '{}', { 'retry-after': '7' })
    if (request === 2) return answer(socket, 401, '{"error":{"code":"invalid_api_key","message":"x"}}')
    answer(socket, 200, whole.toString())
  }
  await post()
  const { tries, attempts, durationMs, keyId } = await stand.finished()
  expect(attempts).toBe(3)
  expect(tries.map(({ host, status, result, reason }) => [host, status, result, reason])).toEqual([
    [new URL(stand.vendorUrl).host, 429, 'rate_limited', '429'],
    [new URL(stand.vendorUrl).host, 401, 'unauthorized', '401 invalid_api_key'],
    [new URL(stand.vendorUrl).host, 200, 'ok', '200'],
  ])
  expect(new Set(tries.map((one) => one.keyId)).size).toBe(3)
  expect(tries.at(-1)?.keyId).toBe(keyId)
  let endMs = 0
  for (const one of tries) {
    expect(one.startMs).toBeGreaterThanOrEqual(endMs)
    expect(one.durationMs).toBeGreaterThan(0)
    endMs = one.startMs + one.durationMs
  }
  expect(endMs).toBeLessThanOrEqual(durationMs)
})

test('an attempt that no vendor answered is told as well', async () => {
  const dead = createServer()
  const port = await new Promise<number>((resolve) => dead.listen(0, '127.0.0.1', () => resolve((dead.address() as { port: number }).port)))
  await new Promise((resolve) => dead.close(resolve))
  const lonely = await open({ upstream: { kind: 'llm', maxAttempts: 1, targets: [{ url: `http://127.0.0.1:${port}`, weight: 1 }] } })
  const talk = await new RawTalk(lonely.port, lonely.text('POST', CHAT, { 'content-type': 'application/json' }, BODY)).until('upstream_unreachable')
  expect(await lonely.finished()).toMatchObject({
    model: 'gpt-asked',
    tries: [{ host: `127.0.0.1:${port}`, status: 0, result: 'connect_error', reason: 'connect ECONNREFUSED' }],
  })
  talk.end()
})

test('whoever is told of an exchange that the client left is told of its last attempt', async () => {
  const told: string[][] = []
  const watched = await open({ upstream: { kind: 'llm' }, accessLog: { write: ({ tries }) => void told.push(tries.map(({ result }) => result)) } })
  watched.script = (socket) => begin(socket, { 'content-type': 'text/event-stream' })
  const talk = await new RawTalk(watched.port, watched.text('POST', CHAT, { 'content-type': 'application/json' }, BODY)).until('\r\n\r\n')
  talk.end()
  await until(() => told.length > 0)
  expect(told).toEqual([['client_gone']])
})
