// An exchange whose leases take a promise: the same answers as with one in this process, and no lease outlives it.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { systemClock } from '../../../src/infrastructure/system.ts'
import { AsynchronousCache } from '../../support/asynchronous-cache.ts'
import { answer, openStand, RawTalk, type Stand, type StandOptions } from './stand.ts'

let cache: AsynchronousCache
let stand: Stand
const opened: Stand[] = []

async function open(options: StandOptions): Promise<Stand> {
  const made = await openStand({ turnCache: cache, ...options })
  opened.push(made)
  return made
}

beforeEach(async () => {
  cache = new AsynchronousCache(systemClock)
  stand = await open({ keys: 1 })
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function untilAsked(count: number): Promise<void> {
  while (cache.increments < count) await new Promise(setImmediate)
}

test('a limited key is absorbed by the next one', async () => {
  const three = await open({ keys: 3 })
  three.script = (socket, _head, _body, request) => (request === 1 ? answer(socket, 429, '{}', { 'retry-after': '7' }) : answer(socket, 200, '{"ok":1}'))
  const talk = await new RawTalk(three.port, three.text('POST', '/x', {}, '{}')).until('{"ok":1}')
  expect(await three.finished()).toMatchObject({ outcome: 'absorbed', attempts: 2, status: 200 })
  expect(three.leased()).toBe(0)
  talk.end()
})

test('no other key: the client gets what this one brought, not an error of ours', async () => {
  stand.script = (socket) => answer(socket, 401, '{"whose":"vendor"}')
  const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}')).until('{"whose":"vendor"}')
  expect(talk.received).toMatch(/^HTTP\/1\.1 401 /)
  expect(talk.received).not.toContain('x-gateway-error')
  expect(await stand.finished()).toMatchObject({ attempts: 1, status: 401, outcome: 'upstream_error' })
  expect(stand.leased()).toBe(0)
  talk.end()
})

test('what of an answer comes while another key is asked for is kept, in its order', async () => {
  const body = 'a'.repeat(70_000) + 'b'.repeat(30_000)
  stand.script = (socket) => {
    cache.hold()
    socket.write(`HTTP/1.1 401 Unauthorized\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 70_000)}`)
    void untilAsked(2).then(() => socket.write(body.slice(70_000), () => setImmediate(() => cache.letGo())))
  }
  const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}')).until('bbb')
  expect(await stand.finished()).toMatchObject({ status: 401, bytesOut: body.length })
  expect(talk.received.endsWith(body)).toBe(true)
  talk.end()
})

test('an answer that breaks off meanwhile is not taken for a whole one', async () => {
  stand.script = (socket) => {
    cache.hold()
    socket.write(`HTTP/1.1 401 Unauthorized\r\ncontent-length: 100000\r\n\r\n${'a'.repeat(70_000)}`)
    void untilAsked(2).then(() => {
      socket.once('close', () => setImmediate(() => cache.letGo()))
      socket.destroy()
    })
  }
  const talk = new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}'))
  expect((await stand.finished()).outcome).toBe('upstream_error')
  expect(stand.leased()).toBe(0)
  await talk.closed
  expect(talk.received.length).toBeLessThan(100_000)
})

test('a failure is tried again with the same key, when there is no other', async () => {
  stand.script = (socket, _head, _body, request) => (request === 1 ? void socket.destroy() : answer(socket, 200, '{"ok":1}'))
  const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('{"ok":1}')
  expect(await stand.finished()).toMatchObject({ attempts: 2, status: 200 })
  expect(stand.leased()).toBe(0)
  talk.end()
})

test.each([1, 2])('the client leaves while lease %i is asked for: it is given back and nothing is sent', async (lease) => {
  stand.script = (socket) => {
    cache.hold()
    answer(socket, 401, '{}')
  }
  if (lease === 1) cache.hold()
  const talk = new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}'))
  await untilAsked(lease)
  talk.end()
  expect(await stand.finished()).toMatchObject({ status: 499 })
  cache.letGo()
  while (stand.leased() > 0) await new Promise(setImmediate)
  expect(stand.heads).toHaveLength(lease - 1)
})

test('a pool without a usable key is refused as ever', async () => {
  stand.script = (socket) => answer(socket, 429, '{}', { 'retry-after': '7' })
  for (const request of [1, 2]) {
    const talk = await new RawTalk(stand.port, stand.text('POST', '/x', {}, '{}')).until('key_pool_cooling_down')
    expect(await stand.finished(request)).toMatchObject({ outcome: 'exhausted' })
    talk.end()
  }
  expect(stand.leased()).toBe(0)
})
