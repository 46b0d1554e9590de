// Hundreds of exchanges in which both sides misbehave at random: whatever happens, each ends once, and nothing of it is left.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Socket } from 'node:net'
import { createPseudoRandom } from '../pseudo-random.ts'
import { answer, openStand, RawTalk, type Stand } from './stand.ts'

const EXCHANGES = 600
const PARALLEL = 20
let stand: Stand
beforeAll(async () => {
  stand = await openStand({ replayBytesMax: 2_000, bytesMax: 1_000_000, keys: 5, upstream: { kind: 'llm', adapter: 'openai', retryAmbiguous: true } })
})
afterAll(() => stand.close())

const SSE = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const later = (work: () => void, ms: number): void => void setTimeout(work, ms)

test('600 exchanges: one report each, no lease, no memory, no exchange left, and the gateway still serves', async () => {
  const random = createPseudoRandom(2026)
  const behaviours: ((socket: Socket) => void)[] = [
    (socket) => answer(socket, 200, '{"ok":1}'),
    (socket) => answer(socket, 200, 'x'.repeat(300_000)),
    (socket) => answer(socket, 429, '{}', { 'retry-after': '0' }),
    (socket) => answer(socket, 500, '{}'),
    (socket) => answer(socket, 400, 'y'.repeat(200_000)),
    (socket) => answer(socket, 503, '{}', { 'retry-after': '0' }),
    (socket) => socket.write(`${SSE}${chunk('data: {"choices":[{"delta":{}}]}\n\n')}${chunk('data: [DONE]\n\n')}0\r\n\r\n`),
    (socket) => socket.write(`${SSE}${chunk('data: {"error":{"code":"rate_limit_exceeded","message":"no"}}\n\n')}0\r\n\r\n`),
    (socket) => socket.end(`${SSE}${chunk('data: {"choices":[{"delta":{}}]}\n\n')}`),
    (socket) => socket.write(SSE),
    (socket) => socket.destroy(),
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
    (socket) => socket.write('garbage\r\n\r\n'),
    (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(25)),
    (socket) => later(() => answer(socket, 200, '{"late":1}'), 30),
    (socket) => later(() => socket.destroy(), 10),
    () => undefined,
  ]
  stand.script = (socket) => random.pick(behaviours)(socket)

  let next = 0
  const worker = async (): Promise<void> => {
    while (next++ < EXCHANGES) {
      const method = random.pick(['GET', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD'])
      const size = method === 'GET' || method === 'HEAD' ? 0 : random.pick([0, 10, 1_500, 50_000, 400_000])
      const body = 'z'.repeat(size)
      const isChunked = size > 0 && random.fraction() < 0.4
      const head = stand.text(method, '/v1/chat/completions', isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(size) })
      const whole = isChunked ? `${head}${size.toString(16)}\r\n${body}\r\n0\r\n\r\n` : head + body
      // Some clients send only a part, and all leave after a moment at the latest.
      const sent = random.fraction() < 0.2 ? whole.slice(0, head.length + Math.floor(random.fraction() * size)) : whole
      const talk = new RawTalk(stand.port, sent)
      await Promise.race([talk.closed, new Promise((resolve) => setTimeout(resolve, random.below(60)))])
      if (random.fraction() < 0.5) talk.socket.destroy()
      else talk.socket.resetAndDestroy()
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  while (stand.plane.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 10))

  expect(stand.leased()).toBe(0)
  expect(stand.logged).toEqual([])
  // A client may be gone before its head was read; nobody is reported twice.
  expect(stand.records.length).toBeLessThanOrEqual(EXCHANGES)
  expect(stand.records.length).toBeGreaterThan(EXCHANGES / 2)
  expect(new Set(stand.records.map(({ requestId }) => requestId)).size).toBe(stand.records.length)
  expect(stand.budget.tryTake(256 * 1024 * 1024)).toBe(true)
  stand.budget.release(256 * 1024 * 1024)

  stand.script = (socket) => answer(socket, 200, '{"still":"here"}')
  for (const key of stand.pool.keys.values()) expect(key.state).not.toBe('parked')
  // All keys may be resting for a second.
  const talk = await new RawTalk(stand.port, stand.text('POST', '/v1/chat/completions', {}, '{}')).until('}')
  expect(talk.received).toMatch(/"still":"here"|key_pool_cooling_down/)
  talk.end()
  const connections = (): Promise<number> => new Promise((resolve) => stand.server.getConnections((_error, count) => resolve(count)))
  while ((await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 20))
})
