// Owns the acceptance row ROT-03: a pool that is edited under load.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { runOpenLoop, type LoadRequest } from '../support/load.ts'

const DURATION_MS = 60_000
const RATE = 500
const PROPAGATION_MS = 100
const stable = Array.from({ length: 5 }, () => createCanary('sk-'))

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway({ upstreams: [{ slug: 'u', base_url: upstream.url, keys: stable }] })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

/** Adds, disables and deletes one extra key after the other, one edit each second; returns when each went out of use. */
async function editEverySecond(signal: AbortSignal): Promise<{ edits: number; offSinceMs: Map<string, number>; added: string[] }> {
  const pool = gateway.idOf('u')
  const offSinceMs = new Map<string, number>()
  const added: string[] = []
  let edits = 0
  let current: { id: string; value: string } | undefined
  while (!signal.aborted) {
    const startedAtMs = performance.now()
    if (current === undefined) {
      const value = createCanary('sk-')
      added.push(value)
      current = { id: (await gateway.admin.addKey(pool, value)).id, value }
    } else if (!offSinceMs.has(current.value)) {
      await gateway.admin.expectOk('PATCH', `/keys/${current.id}`, { enabled: false })
      offSinceMs.set(current.value, performance.now())
    } else {
      await gateway.admin.expectOk('DELETE', `/keys/${current.id}`)
      current = undefined
    }
    edits++
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - startedAtMs))))
  }
  return { edits, offSinceMs, added }
}

test('ROT-03 500 requests per second while a key is added, disabled or deleted each second', async () => {
  const stop = new AbortController()
  const editing = editEverySecond(stop.signal)
  const request = (index: number): LoadRequest => ({ text: gateway.text('GET', '/proxy/u/ok', { 'X-Req-Id': `n${index}` }), nonce: `n${index}` })
  const report = await runOpenLoop({ port: gateway.port, request, rate: RATE, durationMs: DURATION_MS })
  stop.abort()
  const { edits, offSinceMs, added } = await editing

  expect(report).toMatchObject({ sent: (RATE * DURATION_MS) / 1_000, failed: 0, failures: [] })
  expect(edits).toBeGreaterThan(DURATION_MS / 2_000)
  const late = upstream.ledger.entries.filter((entry) => entry.atMs > (offSinceMs.get(entry.key) ?? Infinity) + PROPAGATION_MS)
  expect(late).toEqual([])
  const counts = upstream.ledger.countsByKey()
  expect(added.filter((value) => (counts.get(value) ?? 0) > 0).length).toBeGreaterThan(added.length - 2)
  const served = stable.map((key) => counts.get(key) ?? 0)
  expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(edits)
}, 120_000)
