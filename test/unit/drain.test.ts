// Stopping without failing a request (D22).
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { drain } from '../../src/drain.ts'
import type { Lifecycle } from '../../src/wiring/parts.ts'
import { answer, openStand, RawTalk, type Stand } from './proxy/stand.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openStand()
})
afterEach(() => stand.close())

function stop(changes: { announceMs?: number; requestsMs?: number } = {}): Promise<void> {
  const lifecycle = { isDraining: false, isListening: true, startedAtMs: 0 }
  return drain({ servers: [stand.server], dataPlane: stand.plane, lifecycle, announceMs: 0, requestsMs: 5_000, ...changes })
}

async function untilVendorHasIt(): Promise<void> {
  while (stand.heads.length === 0) await new Promise(setImmediate)
}

test('an idle connection is closed and nothing is waited for', async () => {
  stand.script = (socket) => answer(socket, 200, '{}')
  const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('{}')
  await stand.finished()
  await stop()
  await talk.closed
  expect(talk.closedBy).toBe('end')
})

test('a request in flight is finished first; a new connection is refused', async () => {
  let finish: () => void = () => undefined
  stand.script = (socket) => {
    finish = () => answer(socket, 200, '{"late":1}')
  }
  const talk = new RawTalk(stand.port, stand.text('GET', '/x'))
  await untilVendorHasIt()
  const stopped = stop()
  await new Promise(setImmediate)
  const late = new RawTalk(stand.port, stand.text('GET', '/x'))
  await late.closed
  expect(late.received).toBe('')
  finish()
  await talk.until('{"late":1}')
  await stopped
})

test('what takes longer than the grace ends visibly', async () => {
  const talk = new RawTalk(stand.port, stand.text('GET', '/x'))
  await untilVendorHasIt()
  await stop({ requestsMs: 100 })
  await talk.until('shutting_down')
  expect(stand.leased()).toBe(0)
})

test('an answer that is complete but not read yet is not cut off', async () => {
  const body = 'x'.repeat(8 * 1024 * 1024) + 'THE-END'
  stand.script = (socket) => answer(socket, 200, body)
  const talk = new RawTalk(stand.port, stand.text('GET', '/x'))
  await talk.until('\r\n\r\n')
  talk.socket.pause()
  const stopped = stop()
  // Reads no more than it takes for the vendor to be done, and the rest a while later.
  while (stand.records.length === 0) {
    talk.socket.resume()
    await new Promise(setImmediate)
    talk.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  talk.socket.resume()
  await talk.closed
  expect(talk.received.endsWith('THE-END')).toBe(true)
  await stopped
})

test('during the announcement requests are still served', async () => {
  stand.script = (socket) => answer(socket, 200, '{}')
  const first = await new RawTalk(stand.port, stand.text('GET', '/x')).until('{}')
  const stopped = stop({ announceMs: 300 })
  await new Promise(setImmediate)
  const second = await new RawTalk(stand.port, stand.text('GET', '/y')).until('{}')
  first.end()
  second.end()
  await stopped
})

test('a management call in flight is finished too', async () => {
  const admin = createServer((_request, response) => setTimeout(() => response.end('stored'), 900))
  admin.listen(0, '127.0.0.1')
  await once(admin, 'listening')
  const talk = new RawTalk((admin.address() as AddressInfo).port, 'POST /api/keys HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
  await once(admin, 'request')
  const lifecycle = { isDraining: false, isListening: true, startedAtMs: 0 }
  const stopped = drain({ servers: [stand.server, admin], dataPlane: stand.plane, lifecycle, announceMs: 0, requestsMs: 5_000 })
  await talk.until('stored')
  await stopped
  await talk.closed
})

test('nobody connected: whoever comes within the announcement is served', async () => {
  stand.script = (socket) => answer(socket, 200, '{}')
  const startedAtMs = performance.now()
  const stopped = stop({ announceMs: 600 })
  for (let i = 0; i < 3; i++) {
    const late = await new RawTalk(stand.port, stand.text('GET', '/x')).until('{}')
    late.end()
    await late.closed
  }
  expect(performance.now() - startedAtMs).toBeLessThan(600)
  await stopped
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(590)
})

test('relieved by others: accepts nothing more at once, serves who is connected, waits no longer than they stay, and is no case for health checks', async () => {
  stand.script = (socket) => answer(socket, 200, '{}')
  const first = await new RawTalk(stand.port, stand.text('GET', '/x')).until('{}')
  const lifecycle: Lifecycle = { isDraining: false, isListening: true, startedAtMs: 0 }
  const stopped = drain({ servers: [stand.server], dataPlane: stand.plane, lifecycle, announceMs: 20_000, requestsMs: 5_000, isRelieved: true })
  await new Promise(setImmediate)
  const late = new RawTalk(stand.port, stand.text('GET', '/y'))
  await late.closed
  expect(late.received).toBe('')
  first.received = ''
  first.socket.write(stand.text('GET', '/z'))
  await first.until('{}')
  first.end()
  await stopped
  expect([lifecycle.isDraining, lifecycle.isRelieved]).toEqual([true, true])
})
