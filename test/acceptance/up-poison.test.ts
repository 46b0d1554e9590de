// Owns the acceptance row UP-19: answers that nobody asked for.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import type { LedgerEntry } from '../support/ledger.ts'
import { runClosedLoop, type LoadOutcome, type LoadRequest } from '../support/load.ts'

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

const check = (answer: { status: number; body: Buffer }, sent: LoadRequest): LoadOutcome => {
  if (answer.status !== 200) return 'wrong-status'
  return answer.body.includes(`"${sent.nonce}"`) ? 'ok' : 'wrong-body'
}

test('UP-19 10,000 requests between answers in the same packet and 20 % aborts: each client gets its own nonce', async () => {
  const targetOf = (index: number): { path: string; abortAfterMs?: number } => {
    if (index % 5 === 0) return { path: '/stall?at=headers&ms=40', abortAfterMs: 5 + (index % 20) }
    return { path: index % 5 === 1 ? '/poison?when=same' : '/ok' }
  }
  const request = (index: number): LoadRequest => {
    const { path, abortAfterMs } = targetOf(index)
    const nonce = `nonce-${index}`
    return { text: gateway.text('GET', `/proxy/u${path}`, { 'X-Req-Id': nonce }), nonce, ...(abortAfterMs === undefined ? {} : { abortAfterMs }) }
  }
  const report = await runClosedLoop({ port: gateway.port, request, check, connections: 32, total: 10_000 })
  expect(report.counts).toMatchObject({ 'wrong-body': 0, timeout: 0, 'connection-error': 0 })
  expect(report.counts.aborted).toBeGreaterThan(1_900)
  // A stray answer kills its socket; a request that was on its way there may fail, visibly.
  expect([report.counts['wrong-status'] < 100, report.failures]).toEqual([true, expect.anything()])
}, 120_000)

test('UP-19 an answer on an idle socket is thrown away with its socket, 100 times', async () => {
  for (let round = 0; round < 100; round++) {
    const ms = round % 2 === 0 ? 30 : 2
    const poisoned = await gateway.send('GET', `/proxy/u/poison?when=later&ms=${ms}`, { 'X-Req-Id': `p${round}` })
    expect(poisoned.responses[0]?.body.toString()).toBe(`{"nonce":"p${round}"}`)
    // The gateway must drop the socket by itself; the upstream never closes it.
    const { connection } = upstream.ledger.withNonce(`p${round}`)[0] as LedgerEntry
    await upstream.ledger.until(() => !upstream.isOpen(connection), 2_000)
    const next = await gateway.send('GET', '/proxy/u/ok', { 'X-Req-Id': `n${round}` })
    expect(next.responses[0]?.body.toString()).toContain(`"n${round}"`)
  }
}, 60_000)
