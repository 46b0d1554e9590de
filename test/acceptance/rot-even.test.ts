// Owns the acceptance rows for exact rotation: ROT-01 and ROT-05.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { runClosedLoop, runOpenLoop, type LoadRequest } from '../support/load.ts'

const keysOf = (count: number): string[] => Array.from({ length: count }, () => createCanary('sk-'))

let upstream: ChaosUpstream
let gateway: Gateway
const seven = keysOf(7)
const five = keysOf(5)

const get =
  (slug: string) =>
  (index: number): LoadRequest => ({ text: gateway.text('GET', `/proxy/${slug}/ok`, { 'X-Req-Id': `n${index}` }), nonce: `n${index}` })

beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  // Room for one counter only: the second upstream's counter can never be kept (ROT-05, "evicted").
  gateway = await startGateway({
    env: { CACHE_URL: 'memory:?entriesMax=1' },
    upstreams: [
      { slug: 'seven', base_url: upstream.url, keys: seven },
      { slug: 'five', base_url: upstream.url, keys: five },
    ],
  })
})
afterEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

const spreadOf = (keys: readonly string[]): number => {
  const counts = upstream.ledger.countsByKey()
  const values = keys.map((key) => counts.get(key) ?? 0)
  return Math.max(...values) - Math.min(...values)
}

test('ROT-01 one client at a time sees the seven keys in strict cyclic order', async () => {
  const report = await runClosedLoop({ port: gateway.port, request: get('seven'), connections: 1, total: 70 })
  expect(report).toMatchObject({ failed: 0, failures: [] })
  const order = upstream.ledger.entries.map((entry) => entry.key)
  expect(new Set(order.slice(0, 7))).toEqual(new Set(seven))
  expect(order.slice(7)).toEqual(order.slice(0, -7))
})

test('ROT-01 70,000 requests at 64 connections: each of the seven keys serves exactly 10,000', async () => {
  const report = await runClosedLoop({ port: gateway.port, request: get('seven'), connections: 64, total: 70_000 })
  expect(report).toMatchObject({ sent: 70_000, failed: 0, failures: [] })
  const counts = upstream.ledger.countsByKey()
  expect(seven.map((key) => counts.get(key))).toEqual(seven.map(() => 10_000))
}, 300_000)

test('ROT-05 a counter that cannot be kept in the cache costs no request, and the pool is even within one cycle', async () => {
  // The other pool has taken the room by now.
  await gateway.send('GET', '/proxy/seven/ok')
  const report = await runOpenLoop({ port: gateway.port, request: get('five'), rate: 300, durationMs: 5_000 })
  expect(report).toMatchObject({ sent: 1_500, failed: 0, failures: [] })
  expect(spreadOf(five)).toBeLessThanOrEqual(1)
}, 60_000)

test('ROT-05 after kill -9 the counters are gone and the pool is even again within one cycle', async () => {
  const env = { DATA_DIR: gateway.dataDir, ADMIN_PASSWORD: gateway.adminPassword, GLOBAL_PROXY_KEYS: gateway.clientKey, BACKEND_PORT: String(gateway.port) }
  const first = await runOpenLoop({ port: gateway.port, request: get('seven'), rate: 300, durationMs: 1_010 })
  gateway.child.signal('SIGKILL')
  await gateway.child.exit()
  const again = await startGateway({ env, dataDir: gateway.dataDir })
  const second = await runOpenLoop({ port: gateway.port, request: get('seven'), rate: 300, durationMs: 2_003 })
  await again.close()
  expect([first.failures, second.failures]).toEqual([[], []])
  // The lost counter may repeat at most one turn of each key; each process is exact on its own.
  expect(spreadOf(seven)).toBeLessThanOrEqual(2)
}, 60_000)
