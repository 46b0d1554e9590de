// Bytes on their way to the client: as they come, no faster than it reads, and a clean end only for a complete answer (D6).
import { afterEach, describe, expect, test } from '@jest/globals'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { limits } from '../../../src/limits.ts'
import { Relay } from '../../../src/proxy/relay.ts'
import { systemClock } from '../../../src/infrastructure/system.ts'
import { Patience } from '../../../src/proxy/patience.ts'
import { StallWatch } from '../../../src/proxy/stall-watch.ts'
import { answer, openStand, RawTalk, type Stand } from './stand.ts'

class RecordingController {
  readonly calls: string[] = []
  pause(): void {
    this.calls.push('pause')
  }
  resume(): void {
    this.calls.push('resume')
  }
}

const servers: Server[] = []
const stands: Stand[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
  for (const stand of stands.splice(0)) await stand.close()
})

async function open(): Promise<Stand> {
  const stand = await openStand({ stalledWriteMs: 400 })
  stands.push(stand)
  return stand
}

/** A request as a server sees it, with the raw client that sent it. */
async function begin(
  head = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
): Promise<{ request: IncomingMessage; response: ServerResponse; talk: RawTalk; writes: Buffer[] }> {
  const server = createServer()
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const talk = new RawTalk((server.address() as AddressInfo).port, head)
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  const writes: Buffer[] = []
  talk.socket.on('data', (chunk: Buffer) => writes.push(chunk))
  return { request, response, talk, writes }
}

function relayOf(response: ServerResponse, method = 'GET'): { relay: Relay; controller: RecordingController } {
  const controller = new RecordingController()
  const relay = new Relay(response, method)
  return { relay, controller }
}

function start(relay: Relay, controller: RecordingController, headers: string[], options = { keepTail: false, flush: false }): void {
  relay.begin(controller, 200, headers, options)
}

/** Writes until nothing moves any more. */
async function fill(relay: Relay): Promise<void> {
  for (let still = 0; still < 20; still++) {
    while (!relay.isPaused) {
      relay.write(Buffer.alloc(256 * 1024))
      still = 0
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe('writing', () => {
  test('head and body of an answer that is complete in one turn leave in one packet', async () => {
    const { response, talk, writes } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-length', '5'])
    relay.write(Buffer.from('hello'))
    relay.end()
    await talk.until('hello')
    expect(writes).toHaveLength(1)
  })

  test('chunks in one turn keep their order; a stream’s head does not wait for its first byte', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'text/event-stream'], { keepTail: true, flush: true })
    await talk.until('\r\n\r\n')
    for (const part of ['a', 'b', 'c']) relay.write(Buffer.from(part))
    await new Promise(setImmediate)
    relay.write(Buffer.from('d'))
    relay.end()
    await talk.until('0\r\n\r\n')
    expect(talk.received.replaceAll(/1\r\n(.)\r\n/g, '$1')).toContain('abcd0\r\n\r\n')
    expect(relay.bytesOut).toBe(4)
  })

  test('two chunks before the head has left', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-length', '4'])
    relay.write(Buffer.from('ab'))
    relay.write(Buffer.from('cd'))
    relay.end()
    await talk.until('abcd')
  })

  test('a HEAD answer has its length and no body', async () => {
    const { response, talk } = await begin('HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    const { relay, controller } = relayOf(response, 'HEAD')
    start(relay, controller, ['content-length', '1234'])
    relay.end()
    await talk.closed
    expect(talk.received).toMatch(/content-length: 1234\r\n[\s\S]*\r\n\r\n$/)
  })
})

describe('backpressure', () => {
  test('a client that does not read pauses the vendor once, and reading goes on with it', async () => {
    const { response, talk } = await begin()
    talk.socket.pause()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'x/y'])
    await fill(relay)
    const before = controller.calls.length
    relay.write(Buffer.alloc(1024))
    expect(controller.calls).toHaveLength(before)
    talk.socket.resume()
    await once(response, 'drain')
    expect(relay.isPaused).toBe(false)
    expect(controller.calls.every((call, index) => call === (index % 2 === 0 ? 'pause' : 'resume'))).toBe(true)
    expect(controller.calls.at(-1)).toBe('resume')
    relay.end()
  })
})

describe('the end of a stream', () => {
  test('is remembered byte for byte, however small the chunks', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'text/event-stream'], { keepTail: true, flush: true })
    const text = Array.from({ length: 40_000 }, (_, index) => String.fromCharCode(32 + (index % 90))).join('')
    for (const letter of text) relay.write(Buffer.from(letter, 'latin1'))
    expect(relay.tailText()).toBe(text.slice(-limits.streamTailBytes))
    relay.write(Buffer.from('x'.repeat(3 * limits.streamTailBytes)))
    expect(relay.tailText()).toBe('x'.repeat(limits.streamTailBytes))
    relay.write(Buffer.from('[DONE]'))
    expect(relay.tailText()?.endsWith('xx[DONE]')).toBe(true)
    talk.end()
  })

  test('is not kept for other answers', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-length', '2'])
    relay.write(Buffer.from('ab'))
    expect(relay.tailText()).toBeUndefined()
    talk.end()
  })
})

describe('breaking off', () => {
  test('chunked: what came and the error event arrive, the last chunk does not', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'text/event-stream'], { keepTail: true, flush: true })
    relay.write(Buffer.from('data: 1\n\n'))
    relay.breakOff('\n\nevent: error\n\n')
    await talk.closed
    expect(talk.received).toContain('data: 1')
    expect(talk.received).toContain('event: error')
    expect(talk.received).not.toContain('0\r\n\r\n')
  })

  test('with a length: short, and nothing is added', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-length', '1000'])
    relay.write(Buffer.from('short'))
    relay.breakOff('event: error')
    await talk.closed
    expect(talk.received.endsWith('short')).toBe(true)
  })

  test('to a client of HTTP/1.0 without a length: a reset, because a clean end would look like the whole answer', async () => {
    const { response, talk } = await begin('GET / HTTP/1.0\r\n\r\n')
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'text/plain'], { keepTail: false, flush: true })
    relay.write(Buffer.from('half of it'))
    await talk.until('half of it')
    relay.breakOff(undefined)
    await talk.closed
    expect(talk.closedBy).toBe('reset')
  })

  test('before anything was written: still no clean end', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'application/json'])
    relay.breakOff(undefined)
    await talk.closed
    expect(talk.received).not.toContain('0\r\n\r\n')
  })

  test('after the client is gone, writing and ending do nothing', async () => {
    const { response, talk } = await begin()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'x/y'], { keepTail: false, flush: true })
    talk.end()
    await once(response, 'close')
    relay.write(Buffer.from('x'))
    relay.breakOff('y')
    relay.end()
    await new Promise(setImmediate)
  })
})

describe('CL-03 a client that stops reading', () => {
  /** Reads the head only. */
  function stopReading(stand: Stand): Socket {
    const socket = connect({ port: stand.port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    socket.write(stand.text('GET', '/x'))
    socket.pause()
    return socket
  }

  test('in the middle of an answer: it is given up after the time for a stalled write, and so is the vendor', async () => {
    const stand = await open()
    const gone = new Promise<void>((resolve) => {
      stand.script = (socket) => {
        socket.on('close', () => resolve())
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n')
        const more = (): void => {
          while (socket.write(Buffer.alloc(64 * 1024)));
        }
        socket.on('drain', more)
        more()
      }
    })
    const socket = stopReading(stand)
    await gone
    expect(await stand.finished()).toMatchObject({ status: 499 })
    expect(stand.leased()).toBe(0)
    socket.destroy()
  })

  test.each(['complete', 'broken off'])('with the rest of an answer that is %s: the connection does not stay for ever', async (how) => {
    const { response, talk } = await begin()
    talk.socket.pause()
    const { relay, controller } = relayOf(response)
    start(relay, controller, ['content-type', 'x/y'])
    await fill(relay)
    const socket = response.socket as Socket
    if (how === 'complete') relay.end()
    else relay.breakOff(undefined)
    new Patience(response, systemClock, 300).leave()
    await once(socket, 'close')
    talk.end()
  })
})

test('the stall watch tells a slow client from one that does not read', async () => {
  const { response, talk } = await begin()
  const watch = new StallWatch(response, 1_000)
  expect(watch.begin(0)).toBe(1_000)
  expect(watch.begin(400)).toBe(600)
  expect(watch.isOver(999)).toBe(false)
  expect(watch.isOver(1_000)).toBe(true)
  talk.socket.pause()
  response.writeHead(200)
  while (response.write(Buffer.alloc(1024 * 1024)));
  // What waits to be written has changed since: its time begins anew.
  expect(watch.isOver(1_000)).toBe(false)
  expect(watch.begin(1_000)).toBe(1_000)
  expect(watch.isOver(2_000)).toBe(true)
  watch.end()
  expect(watch.isOn).toBe(false)
  talk.end()
})

test('an answer of the vendor passes unchanged', async () => {
  const stand = await open()
  stand.script = (socket) => answer(socket, 200, '{"a":1}', { 'x-tag': 'caf\xe9', 'set-cookie': 'a=1' })
  const talk = await new RawTalk(stand.port, stand.text('GET', '/x')).until('{"a":1}')
  expect(talk.received).toContain('set-cookie: a=1')
  expect(talk.received).toMatch(/x-tag: caf/)
  talk.end()
})
