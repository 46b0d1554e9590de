// Owns the acceptance rows for pools with limited keys: ROT-07 and ROT-08.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { headerOf } from '../support/http-reader.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { runOpenLoop, type LoadRequest } from '../support/load.ts'

const keysOf = (count: number): string[] => Array.from({ length: count }, () => createCanary('sk-'))
const five = keysOf(5)
const four = keysOf(4)

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway({
    upstreams: [
      { slug: 'five', base_url: upstream.url, keys: five },
      { slug: 'four', base_url: upstream.url, keys: four },
    ],
  })
})
beforeEach(() => {
  upstream.ledger.clear()
  upstream.clearScripts()
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

// The row's 120 s with Retry-After 30 are run at a tenth: 12 s with Retry-After 3, the same four rests.
test('ROT-07 one key of five is always limited: the others stay even, it is only probed, no client sees a 429', async () => {
  const limited = five[2] as string
  upstream.script(limited, { status: 429, retryAfter: 3 })
  const request = (index: number): LoadRequest => ({ text: gateway.text('POST', '/proxy/five/ok', { 'X-Req-Id': `n${index}` }, '{}'), nonce: `n${index}` })
  const report = await runOpenLoop({ port: gateway.port, request, rate: 200, durationMs: 12_000 })
  expect(report).toMatchObject({ sent: 2_400, failed: 0, failures: [] })
  const counts = upstream.ledger.countsByKey()
  const others = five.filter((key) => key !== limited).map((key) => counts.get(key) ?? 0)
  expect(Math.max(...others) - Math.min(...others)).toBeLessThanOrEqual(2)
  // One at the start and one after each of the rests that end within the run; requests in flight at the start may add a few.
  const probes = upstream.ledger.entries.filter((entry) => entry.key === limited).map((entry) => entry.atMs)
  const rests = probes.filter((atMs) => atMs - (probes[0] as number) > 500)
  expect(rests.length).toBeLessThanOrEqual(4)
  for (const [i, atMs] of rests.entries()) expect(atMs - (rests[i - 1] ?? (probes[0] as number))).toBeGreaterThanOrEqual(2_900)
}, 60_000)

test('ROT-08 an exhausted pool answers 429 with the shortest wait, calls nobody, and recovers by itself at once', async () => {
  const startedAtMs = performance.now()
  four.forEach((key, i) => upstream.script(key, { status: 429, retryAfter: 3 + i }))
  while ((await gateway.admin.listKeys(gateway.idOf('four'))).some((key) => key.state === 'ready')) await gateway.send('GET', '/proxy/four/ok')
  upstream.ledger.clear()

  const refused = await gateway.send('GET', '/proxy/four/ok')
  const untils = (await gateway.admin.listKeys(gateway.idOf('four'))).map((key) => Date.parse(String(key.until)))
  const remainingMs = Math.min(...untils) - Date.now()
  const retryAfter = Number(headerOf(refused.responses[0]?.rawHeaders ?? [], 'retry-after'))
  expect(refused.responses[0]?.status).toBe(429)
  expect(headerOf(refused.responses[0]?.rawHeaders ?? [], 'x-gateway-error')).toBe('key_pool_cooling_down')
  expect(Math.abs(retryAfter - Math.ceil(remainingMs / 1_000))).toBeLessThanOrEqual(1)
  expect(upstream.ledger.entries).toHaveLength(0)

  upstream.clearScripts()
  const earliestMs = performance.now() + remainingMs
  let firstSuccessMs = 0
  while (firstSuccessMs === 0 && performance.now() < earliestMs + 5_000) {
    const before = performance.now()
    const status = (await gateway.send('GET', '/proxy/four/ok')).responses[0]?.status
    if (status === 200) firstSuccessMs = performance.now()
    else if (before < earliestMs - 100) expect(upstream.ledger.entries).toHaveLength(0)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(firstSuccessMs).toBeGreaterThan(startedAtMs)
  expect(firstSuccessMs - earliestMs).toBeLessThanOrEqual(1_000)
  const states = (await gateway.admin.listKeys(gateway.idOf('four'))).map((key) => key.state)
  expect(states.filter((state) => state === 'parked' || state === 'disabled')).toEqual([])
}, 60_000)
