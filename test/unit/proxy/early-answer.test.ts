// Answers before the end of a request: whether what the client is still sending is read, so that it can read the answer.
import { expect, test } from '@jest/globals'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeAfter, endUnread, tellToGoOn } from '../../../src/proxy/early-answer.ts'
import { RawTalk } from './stand.ts'

test.each([
  ['a client that waits is not read', false],
  ['a client that was told to go on is read', true],
])('Expect: 100-continue: %s', async (_, isTold) => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const talk = new RawTalk((server.address() as AddressInfo).port, 'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 100000000\r\n\r\n')
    const [request, response] = (await once(server, 'checkContinue')) as [IncomingMessage, ServerResponse]
    if (isTold) tellToGoOn(request, response)
    closeAfter(request, response)
    response.writeHead(413)
    endUnread(request, response, Buffer.from('too large'))
    expect(request.readableFlowing === true).toBe(isTold)
    await talk.until('too large')
    talk.end()
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
