// Owns the proof that the load client counts every outcome and keeps its schedule.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openChaosUpstream, type ChaosUpstream } from './chaos-upstream.ts'
import { runClosedLoop, runOpenLoop, type LoadRequest } from './load.ts'
import { requestText } from './raw-client.ts'

let upstream: ChaosUpstream
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
})
beforeEach(() => upstream.ledger.clear())
afterAll(() => upstream.close())

const get =
  (target: string) =>
  (index: number): LoadRequest => ({ text: requestText('GET', target, { 'X-Req-Id': `n${index}` }), nonce: `n${index}` })

test('closed loop sends exactly the total with unique nonces over the given connections', async () => {
  const before = upstream.connectionsAccepted
  const report = await runClosedLoop({ port: upstream.port, request: get('/ok'), connections: 8, total: 1000 })
  expect(report).toMatchObject({ sent: 1000, failed: 0 })
  expect(new Set(upstream.ledger.entries.map((entry) => entry.nonce)).size).toBe(1000)
  expect(upstream.connectionsAccepted - before).toBe(8)
})

test('open loop follows its schedule even when answers are late', async () => {
  const report = await runOpenLoop({ port: upstream.port, request: get('/stall?at=headers&ms=300'), rate: 100, durationMs: 500, check: () => 'ok' })
  expect(report.sent).toBe(50)
  expect(report.quantileMs(0.5)).toBeGreaterThanOrEqual(290)
  expect(report.durationMs).toBeLessThan(2_000)
})

test.each([
  ['/status/500', 'wrong-status'],
  ['/big?bytes=10', 'wrong-body'],
  ['/cut?how=rst&framing=cl', 'connection-error'],
  ['/cut?how=fin&framing=chunked', 'connection-error'],
] as const)('%s is counted as %s', async (target, outcome) => {
  const report = await runClosedLoop({ port: upstream.port, request: get(target), connections: 2, total: 4 })
  expect(report.counts[outcome]).toBe(4)
  expect(report.failed).toBe(4)
})

test('requests that are meant to be dropped count as aborted, not as failed', async () => {
  const request = (index: number): LoadRequest => ({ ...get('/stall?at=headers')(index), abortAfterMs: 20 })
  const report = await runClosedLoop({ port: upstream.port, request, connections: 2, total: 4 })
  expect(report.counts.aborted).toBe(4)
  expect(report.failed).toBe(0)
})
