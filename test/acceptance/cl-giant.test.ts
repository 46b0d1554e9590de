// Owns the acceptance row CL-05: giant uploads of nobody.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { RawConnection, requestText } from '../support/raw-client.ts'

const MEBIBYTE = 1024 * 1024
const FOUR_GB = 4_000_000_000

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  gateway = await startGateway({
    upstreams: [
      { slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] },
      { slug: 'oai', base_url: upstream.url, adapter: 'openai', keys: [createCanary('sk-')] },
    ],
  })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

/** Uploads as fast as the gateway takes it until the connection ends; counts what the kernel accepted. */
async function upload(target: string, headers: Record<string, string>, block: Buffer, total: number) {
  const startedAtMs = performance.now()
  const connection = new RawConnection(gateway.port)
  connection.write(requestText('POST', target, { 'X-Proxy-Key': createCanary('nobody-'), ...headers }))
  let left = total
  const pump = (): void => {
    while (left > 0 && !connection.closed && connection.socket.writable) {
      left -= block.length
      if (!connection.write(block)) return
    }
  }
  connection.socket.on('drain', pump)
  pump()
  await connection.waitForClose(10_000)
  const result = connection.result()
  const acceptedBytes = connection.socket.bytesWritten - connection.socket.writableLength
  connection.destroy()
  return { ...result, acceptedBytes, tookMs: performance.now() - startedAtMs }
}

const block = Buffer.alloc(64 * 1024, 'x')
const chunk = Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), block, Buffer.from('\r\n')])

test.each([
  ['4 GB with Content-Length', { 'Content-Length': String(FOUR_GB) }, block],
  ['endless chunks', { 'Transfer-Encoding': 'chunked' }, chunk],
] as const)('CL-05 %s and a bad key: 401, at most 8 MiB taken, closed within a second', async (_name, headers, part) => {
  for (const target of ['/proxy/u/ok', '/llm/oai/v1/chat/completions']) {
    const result = await upload(target, headers, part, FOUR_GB)
    expect([target, result.responses[0]?.status]).toEqual([target, 401])
    expect(headerOf(result.responses[0]?.rawHeaders ?? [], 'connection')).toBe('close')
    expect(result.acceptedBytes / MEBIBYTE).toBeLessThanOrEqual(8)
    expect(result.tookMs).toBeLessThanOrEqual(1_200)
  }
  expect(upstream.ledger.entries).toEqual([])
})

test('CL-05 with Expect: 100-continue nothing is asked for', async () => {
  const connection = new RawConnection(gateway.port)
  connection.write(requestText('POST', '/proxy/u/ok', { 'X-Proxy-Key': createCanary('nobody-'), 'Content-Length': String(FOUR_GB), Expect: '100-continue' }))
  expect(await connection.waitForClose(3_000)).toBe(true)
  const result = connection.result()
  expect(result.informational).toEqual([])
  expect(result.responses[0]?.status).toBe(401)
  expect(result.elapsedMs).toBeLessThanOrEqual(1_200)
  expect(upstream.ledger.entries).toEqual([])
})

test('CL-05 with a good key Expect: 100-continue is answered after authentication', async () => {
  const connection = new RawConnection(gateway.port)
  connection.write(gateway.text('POST', '/proxy/u/ok', { 'Content-Length': '3', Expect: '100-continue', 'X-Req-Id': 'waited' }))
  expect(await connection.waitForText('100 Continue')).toBe(true)
  connection.write('abc')
  expect(await connection.waitForResponses(1)).toBe(true)
  expect(connection.result()).toMatchObject({ informational: [100] })
  expect(connection.result().responses[0]?.status).toBe(200)
  expect(upstream.ledger.withNonce('waited')[0]).toMatchObject({ bodyBytes: 3, complete: true })
  connection.destroy()
})
