import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { askHealth } from '../../src/cli/health-command.ts'
import { checkStreaming } from '../../src/cli/streaming-check.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answering = (status: number, body: string): Promise<string> => listen((_request, response) => void response.writeHead(status).end(body))

test('health: ready only when this gateway says so', async () => {
  expect(await askHealth(await answering(200, '{"status":"pass","phase":"ready"}'))).toMatchObject({ isReady: true })
  expect(await askHealth(await answering(503, '{"status":"fail","phase":"draining"}'))).toMatchObject({
    isReady: false,
    detail: expect.stringMatching(/is draining$/) as unknown,
  })
  expect(await askHealth(await answering(200, '{"status":"ok"}'))).toMatchObject({
    isReady: false,
    detail: expect.stringMatching(/is not this gateway$/) as unknown,
  })
  expect(await askHealth(await answering(200, '<!doctype html>'))).toMatchObject({ isReady: false })
  expect(await askHealth('http://127.0.0.1:1')).toMatchObject({ isReady: false, detail: expect.stringMatching(/does not answer/) as unknown })
})

const PIECES = Array.from({ length: 12 }, (_, i) => `data: {"n":${i}}\n\n`)

test('streaming check: a stream in pieces passes, the same bytes in one burst are a buffering proxy', async () => {
  const stream = async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of PIECES) {
      response.write(piece)
      await pause(25)
    }
    response.end()
  }
  const streamed = await listen((_request, response) => void stream(response))
  expect(await checkStreaming(streamed)).toMatchObject({ verdict: 'streams' })
  const buffered = await listen((_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(PIECES.join('')))
  expect(await checkStreaming(buffered)).toMatchObject({ verdict: 'buffered', detail: expect.stringContaining('proxy_buffering off') as unknown })
  expect(await checkStreaming(await answering(401, '{}'))).toMatchObject({ verdict: 'unavailable', detail: expect.stringContaining('answered 401') as unknown })
  expect(await checkStreaming('http://127.0.0.1:1')).toMatchObject({ verdict: 'unavailable' })
})
