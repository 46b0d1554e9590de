// Routes that forward while one side is silent: the target inside its answer, or the client that does not read.
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { compileRoutes } from '../../../src/domain/route-matcher.ts'
import { aRoute } from '../../support/rows.ts'
import { openStand, RawTalk, type Stand, type StandOptions } from './stand.ts'

let stand: Stand
afterEach(() => stand.close())

async function open(options: StandOptions): Promise<void> {
  stand = await openStand(options)
  const route = aRoute({
    match: { path: '/x' },
    action: { type: 'forward', targets: [{ url: `${stand.vendorUrl}/base`, weight: 1 }] },
    requiresClientKey: false,
  })
  Object.assign(stand.snapshot.current as object, { routes: compileRoutes([route]) })
}

const ask = (): RawTalk => new RawTalk(stand.port, 'GET /x HTTP/1.1\r\nhost: gateway\r\n\r\n')

describe('the target falls silent inside its answer', () => {
  test.each([
    ['with a length', 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"half":'],
    ['in chunks', 'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"half":\r\n'],
    ['an event stream', 'content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n'],
    ['until the connection ends', 'content-type: text/plain\r\n\r\nhalf'],
  ])('%s: the client sees that it is not whole, and the target is let go', async (_, bytes) => {
    await open({ idleMs: 150 })
    const released = Promise.withResolvers<void>()
    stand.script = (socket) => {
      socket.on('close', () => released.resolve())
      socket.write(`HTTP/1.1 200 OK\r\n${bytes}`)
    }
    const talk = ask()
    await talk.closed
    expect(talk.received).toMatch(/^HTTP\/1\.1 200/)
    expect(talk.received).not.toContain('0\r\n\r\n')
    // Framed, so that the missing end shows.
    expect(talk.received).toMatch(/^(?:content-length: 100|transfer-encoding: chunked)\r$/im)
    await released.promise
    expect(await stand.finished()).toMatchObject({ status: 200, outcome: 'upstream_error', errorCode: 'upstream_timeout' })
    expect(stand.plane.inFlight).toBe(0)
  })

  test('whoever says something in time is not cut off, however long it takes in all', async () => {
    await open({ idleMs: 400 })
    stand.script = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
      let left = 8
      const timer = setInterval(() => {
        socket.write(left > 0 ? '9\r\ndata: 1\n\n\r\n' : '0\r\n\r\n')
        if (left-- === 0) clearInterval(timer)
      }, 100)
    }
    const talk = ask()
    await talk.until('0\r\n\r\n')
    expect(await stand.finished()).toMatchObject({ outcome: 'ok', bytesOut: 72 })
    talk.end()
  })
})

describe('the client does not read', () => {
  const BLOCK = Buffer.alloc(64 * 1024, 97)

  /** Writes as long as it is taken. @returns bytes that were, and the connection */
  function flood(blocks: number): { readonly started: Promise<Socket>; taken: () => number } {
    const started = Promise.withResolvers<Socket>()
    let taken = 0
    stand.script = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${blocks * BLOCK.length}\r\n\r\n`)
      started.resolve(socket)
      let left = blocks
      const push = (): void => {
        while (left-- > 0) {
          taken += BLOCK.length
          if (!socket.write(BLOCK)) return void socket.once('drain', push)
        }
      }
      push()
    }
    return { started: started.promise, taken: () => taken }
  }

  test('its time runs out: the connection is closed, and so is the target’s; the target is held back meanwhile', async () => {
    await open({ stalledWriteMs: 400, idleMs: 100 })
    const { started, taken } = flood(2_000)
    const talk = ask()
    await talk.until('HTTP/1.1 200')
    talk.socket.pause()
    const target = await started
    if (!target.destroyed) await new Promise((resolve) => target.once('close', resolve))
    expect(taken()).toBeLessThan(40 * 1024 * 1024)
    expect(await stand.finished()).toMatchObject({ status: 499, outcome: 'aborted' })
    expect(stand.plane.inFlight).toBe(0)
    talk.end()
  })

  test('one that reads again in time gets everything', async () => {
    await open({ stalledWriteMs: 30_000, idleMs: 100 })
    const { started } = flood(400)
    const talk = ask()
    await talk.until('HTTP/1.1 200')
    talk.socket.pause()
    const target = await started
    // Nothing moves any more, for longer than a target may be silent.
    for (let still = 0, last = -1; still < 8; last = target.bytesWritten) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      still = target.bytesWritten === last ? still + 1 : 0
    }
    talk.socket.resume()
    expect(await stand.finished()).toMatchObject({ status: 200, outcome: 'ok', bytesOut: 400 * BLOCK.length })
    talk.end()
  })
})
