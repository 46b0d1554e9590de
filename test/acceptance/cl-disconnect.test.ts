// Owns the acceptance row CL-01: clients that leave.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import type { LedgerEntry } from '../support/ledger.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { RawConnection } from '../support/raw-client.ts'

const RUNS = 500
const PARALLEL = 5
const MEBIBYTE = 1024 * 1024
const UPLOADED = Buffer.alloc(1.25 * MEBIBYTE, 'u')

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway({ upstreams: [{ slug: 'u', base_url: upstream.url, keys: [createCanary('sk-')] }] })
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

interface Scene {
  readonly start: (connection: RawConnection, nonce: string) => void
  /** What must have happened before the client leaves, beyond the request being at the upstream. */
  readonly ready?: (connection: RawConnection, entry: LedgerEntry) => Promise<unknown>
  readonly leave: (connection: RawConnection) => void
}

const get =
  (path: string) =>
  (connection: RawConnection, nonce: string): void =>
    void connection.write(gateway.text('GET', `/proxy/u${path}`, { 'X-Req-Id': nonce }))

const scenes: Record<string, Scene> = {
  'during the upload': {
    // Larger than what is buffered for a retry, so that the upstream sees it begin. The client leaves when all it sent is through.
    start: (connection, nonce) => {
      connection.write(gateway.text('POST', '/proxy/u/ok', { 'X-Req-Id': nonce, 'Content-Length': String(4 * MEBIBYTE) }))
      connection.write(UPLOADED)
    },
    ready: (_connection, entry) => upstream.ledger.until(() => entry.bodyBytes >= UPLOADED.length),
    leave: (connection) => connection.destroy(),
  },
  'before the headers': { start: get('/stall?at=headers'), leave: (connection) => connection.destroy() },
  'in the middle of a stream': {
    start: get('/sse?n=3&gap=1&end=hang&dialect=plain'),
    ready: (connection) => connection.waitForText('data: w1'),
    leave: (connection) => connection.destroy(),
  },
  'by closing its half': { start: get('/stall?at=headers'), leave: (connection) => connection.socket.end() },
  'with a reset': { start: get('/stall?at=body'), ready: (connection) => connection.waitForText('hello'), leave: (connection) => connection.reset() },
}

test.each(Object.entries(scenes))(
  'CL-01 a client leaves %s: the upstream is closed, p99 within 100 ms, at most 250 ms',
  async (_name, scene) => {
    const noise = watchMachineNoise()
    const tookMs: number[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < RUNS) {
        const nonce = `run-${next++}`
        const connection = new RawConnection(gateway.port)
        scene.start(connection, nonce)
        const entry = await upstream.ledger.waitFor((found) => found.nonce === nonce)
        await scene.ready?.(connection, entry)
        const leftAtMs = performance.now()
        scene.leave(connection)
        await upstream.ledger.until(() => entry.abortedAtMs !== undefined, 5_000)
        tookMs.push((entry.abortedAtMs as number) - leftAtMs)
        connection.destroy()
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, worker))
    // Three processes in a row must get the processor: client, gateway, upstream.
    const allowanceMs = 3 * noise.stop()
    tookMs.sort((a, b) => a - b)
    expect(tookMs).toHaveLength(RUNS)
    expect(tookMs[Math.floor(RUNS * 0.99)]).toBeLessThanOrEqual(100 + allowanceMs)
    expect(tookMs.at(-1)).toBeLessThanOrEqual(250 + 2 * allowanceMs)
  },
  120_000,
)

test('CL-01 the key is free again and not blamed, and the log says 499', async () => {
  const [key] = await gateway.admin.listKeys(gateway.idOf('u'))
  expect(key?.state).toBe('ready')
  expect((await gateway.send('GET', '/proxy/u/ok')).responses[0]?.status).toBe(200)
  await gateway.child.waitForOutput(/"status":499/)
})
