// Several targets of an upstream, through sockets: who gets how much, what a bad target costs clients, and how it comes back.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { findFreePort } from '../support/free-port.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import type { RawResponse } from '../support/raw-client.ts'
import { until } from '../support/until.ts'

let gateway: Gateway
const opened: ChaosUpstream[] = []
let made = 0

beforeAll(async () => {
  gateway = await startGateway({ env: { PROXY_TIMEOUT: '2' } })
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})
afterAll(async () => {
  await gateway?.close()
})

async function openTargets(count: number): Promise<ChaosUpstream[]> {
  const targets = await Promise.all(Array.from({ length: count }, () => openChaosUpstream({ lean: true })))
  opened.push(...targets)
  return targets
}

interface Made {
  readonly slug: string
  readonly id: string
}

async function addUpstream(targets: readonly { url: string; weight?: number }[], more: Readonly<Record<string, unknown>> = {}): Promise<Made> {
  const slug = `targets-${++made}`
  const keys = Array.from({ length: 6 }, () => createCanary('sk-'))
  const id = await gateway.admin.addUpstream({
    slug,
    base_url: undefined as unknown as string,
    targets: targets.map(({ url, weight = 1 }) => ({ url, weight })),
    keys,
    ...more,
  })
  return { slug, id }
}

async function call({ slug }: Made, method = 'GET', path = '/ok', body = ''): Promise<RawResponse> {
  const [response] = (await gateway.send(method, `/proxy/${slug}${path}`, {}, body)).responses
  return response as RawResponse
}

/** In rounds of `parallel`. @returns statuses */
async function callMany(upstream: Made, count: number, parallel = 10, method = 'GET'): Promise<number[]> {
  const statuses: number[] = []
  for (let sent = 0; sent < count; sent += parallel) {
    const answers = await Promise.all(
      Array.from({ length: Math.min(parallel, count - sent) }, () => call(upstream, method, '/ok', method === 'GET' ? '' : '{}')),
    )
    statuses.push(...answers.map(({ status }) => status))
  }
  return statuses
}

const onlyOk = (count: number): number[] => Array.from({ length: count }, () => 200)
const served = (targets: readonly ChaosUpstream[]): number[] =>
  targets.map(({ ledger }) => ledger.entries.filter(({ target }) => !target.startsWith('/healthz')).length)

async function targetsOf({ slug }: Made): Promise<any[]> {
  const { data } = await gateway.admin.expectOk('GET', '/load-balancer/status?limit=1000')
  return data.find((row: { slug: string }) => row.slug === slug)?.targets
}

async function breakersOf({ slug }: Made): Promise<Record<string, string>> {
  const { data } = await gateway.admin.expectOk('GET', '/circuit-breaker/status?limit=1000')
  return Object.fromEntries(data.filter((row: { slug: string }) => row.slug === slug).map((row: any) => [row.target, row.state]))
}

const logged = (event: string, target: ChaosUpstream | string): number =>
  gateway.child.output.split('\n').filter((line) => line.includes(`"${event}"`) && line.includes(typeof target === 'string' ? target : target.url)).length

describe('who gets how much', () => {
  test('round robin is exact, one after the other and in parallel', async () => {
    const targets = await openTargets(3)
    const upstream = await addUpstream(targets)
    expect(await callMany(upstream, 30, 1)).toEqual(onlyOk(30))
    expect(served(targets)).toEqual([10, 10, 10])
    expect(await callMany(upstream, 300, 20)).toEqual(onlyOk(300))
    expect(served(targets)).toEqual([110, 110, 110])
  })

  test('weights are exact in every cycle', async () => {
    const targets = await openTargets(3)
    const weights = [5, 2, 1]
    const upstream = await addUpstream(
      targets.map(({ url }, index) => ({ url, weight: weights[index] as number })),
      { balance: 'weighted' },
    )
    for (let cycle = 1; cycle <= 5; cycle++) {
      expect(await callMany(upstream, 8, 4)).toEqual(onlyOk(8))
      expect(served(targets)).toEqual(weights.map((weight) => weight * cycle))
    }
  })

  test('least connections: a slow target gets fewer, equal ones take turns', async () => {
    const [slow, quick, other] = (await openTargets(3)) as [ChaosUpstream, ChaosUpstream, ChaosUpstream]
    const held: (() => void)[] = []
    slow.handle('/ok', (exchange) => new Promise<void>((resolve) => held.push(() => resolve(exchange.json(200, { slow: true })))))
    const upstream = await addUpstream([slow, quick, other], { balance: 'least_connections' })
    // One of the first three gets stuck there; as long as it is out, the others serve everything.
    const stuck = Promise.all([call(upstream), call(upstream), call(upstream)])
    await until(() => held.length === 1)
    expect(await callMany(upstream, 100, 1)).toEqual(onlyOk(100))
    expect(slow.ledger.entries).toHaveLength(1)
    expect(served([quick, other])).toEqual([51, 51])
    const [state] = (await targetsOf(upstream)).filter(({ url }) => url === slow.url)
    expect(state).toMatchObject({ in_flight: 1, requests: 1, usable: true, breaker: 'closed' })
    for (const answer of held) answer()
    expect((await stuck).map(({ status }) => status)).toEqual(onlyOk(3))
    await until(async () => (await targetsOf(upstream)).every(({ in_flight }) => in_flight === 0))
  })

  test('targets may have different base paths', async () => {
    const [one, two] = (await openTargets(2)) as [ChaosUpstream, ChaosUpstream]
    one.handle('/a/v1/x', (exchange) => exchange.json(200, {}))
    two.handle('/b/x', (exchange) => exchange.json(200, {}))
    const upstream = await addUpstream([{ url: `${one.url}/a/v1` }, { url: `${two.url}/b` }])
    expect([(await call(upstream, 'GET', '/x?q=1')).status, (await call(upstream, 'GET', '/x?q=1')).status]).toEqual([200, 200])
    expect([...one.ledger.entries, ...two.ledger.entries].map(({ target }) => target)).toEqual(['/a/v1/x?q=1', '/b/x?q=1'])
  })
})

describe('a bad target', () => {
  test('killed and back: no request fails, POST or GET; the breaker opens, and closes when it is back', async () => {
    const port = await findFreePort()
    const [good] = (await openTargets(1)) as [ChaosUpstream]
    const dead = `http://127.0.0.1:${port}`
    const breaker = { failure_ratio: 0.5, minimum_requests: 4, window_seconds: 60, open_seconds: 1, probes: 2 }
    const upstream = await addUpstream([good, { url: dead }], { circuit_breaker: breaker })
    // Far more at once than the retry budget has: what was never sent is repeated elsewhere free of it.
    expect(await callMany(upstream, 100, 60, 'POST')).toEqual(onlyOk(100))
    expect((await breakersOf(upstream))[dead]).toMatch(/open/)
    await until(() => logged('breaker.opened', dead) > 0)
    expect(served([good])).toEqual([100])
    // It was left out: after the first few nobody was sent there, but for a probe now and then.
    const [tried] = (await targetsOf(upstream)).filter(({ url }) => url === dead)
    expect(tried.requests).toBeLessThanOrEqual(32)

    const { createServer } = await import('node:http')
    let answered = 0
    const back = createServer((_request, response) => void response.end(JSON.stringify({ back: ++answered })))
    await new Promise<void>((resolve) => back.listen(port, '127.0.0.1', resolve))
    try {
      await until(async () => (await callMany(upstream, 4, 2)).every((status) => status === 200) && (await breakersOf(upstream))[dead] === 'closed')
      answered = 0
      expect(await callMany(upstream, 40, 10)).toEqual(onlyOk(40))
      expect(answered).toBe(20)
      await until(() => logged('breaker.half_opened', dead) > 0 && logged('breaker.closed', dead) === 1)
    } finally {
      back.closeAllConnections()
      back.close()
    }
  })

  test('killed under load: what was sent to it is repeated elsewhere when it may be, and nothing else fails', async () => {
    const [good, dying] = (await openTargets(2)) as [ChaosUpstream, ChaosUpstream]
    const held: (() => void)[] = []
    dying.handle('/ok', () => new Promise<void>((resolve) => held.push(resolve)))
    const upstream = await addUpstream([good, dying])
    const all = Promise.all(Array.from({ length: 8 }, () => call(upstream)))
    await until(() => held.length === 4)
    await dying.close()
    expect((await all).map(({ status }) => status)).toEqual(onlyOk(8))
    expect(await callMany(upstream, 50, 10, 'POST')).toEqual(onlyOk(50))
    for (const resolve of held) resolve()
  })

  test('stalled: a GET waits its time once and is served elsewhere; then nobody waits any more', async () => {
    const [good, stalled] = (await openTargets(2)) as [ChaosUpstream, ChaosUpstream]
    stalled.handle('/ok', () => new Promise<void>(() => undefined))
    const breaker = { minimum_requests: 3, window_seconds: 60, open_seconds: 600 }
    const upstream = await addUpstream([good, stalled], { circuit_breaker: breaker, first_byte_timeout_ms: 300 })
    expect(await callMany(upstream, 6, 6)).toEqual(onlyOk(6))
    expect((await breakersOf(upstream))[stalled.url]).toBe('open')
    const before = served([stalled])
    // A POST might run twice, so it is not repeated: with the target left out, none has to be.
    expect(await callMany(upstream, 40, 10, 'POST')).toEqual(onlyOk(40))
    expect(served([stalled])).toEqual(before)
  })

  test('stalled and back: the breaker lets a probe in after its time, closes, and both have their share again', async () => {
    const [good, stalled] = (await openTargets(2)) as [ChaosUpstream, ChaosUpstream]
    let isStalled = true
    stalled.handle('/ok', (exchange) => (isStalled ? new Promise<void>(() => undefined) : exchange.json(200, { back: true })))
    const breaker = { minimum_requests: 3, window_seconds: 60, open_seconds: 1, probes: 2 }
    const upstream = await addUpstream([good, stalled], { circuit_breaker: breaker, first_byte_timeout_ms: 300 })
    expect(await callMany(upstream, 6, 6)).toEqual(onlyOk(6))
    await until(() => logged('breaker.opened', stalled) === 1)
    // Probes that find it stalled cost the one who makes them its time, and nobody an answer.
    expect(await callMany(upstream, 20, 4)).toEqual(onlyOk(20))
    isStalled = false
    await until(async () => (await callMany(upstream, 4, 2)).every((status) => status === 200) && (await breakersOf(upstream))[stalled.url] === 'closed')
    const before = served([good, stalled])
    expect(await callMany(upstream, 40, 10)).toEqual(onlyOk(40))
    expect(served([good, stalled]).map((count, index) => count - (before[index] as number))).toEqual([20, 20])
    // The log is written behind the answers.
    await until(() => logged('breaker.closed', stalled) > 0)
    expect(logged('breaker.closed', stalled)).toBe(1)
  })

  test('5xx: a GET is served by another target; 500 and 4xx open no breaker, 502 to 504 do', async () => {
    const [good, bad] = (await openTargets(2)) as [ChaosUpstream, ChaosUpstream]
    let status = 500
    bad.handle('/ok', (exchange) => exchange.json(status, { error: 'x' }))
    const upstream = await addUpstream([good, bad], { circuit_breaker: { minimum_requests: 3, window_seconds: 60, failure_ratio: 0.6, open_seconds: 600 } })
    expect(await callMany(upstream, 8, 1)).toEqual(onlyOk(8))
    status = 422
    expect((await callMany(upstream, 8, 1)).sort()).toEqual([200, 200, 200, 200, 422, 422, 422, 422])
    expect((await breakersOf(upstream))[bad.url]).toBe('closed')
    // The same upstream anew: what was good before is not counted.
    const fresh = await addUpstream([good, bad], { circuit_breaker: { minimum_requests: 3, window_seconds: 60, open_seconds: 600 } })
    status = 503
    expect(await callMany(fresh, 6, 1)).toEqual(onlyOk(6))
    expect((await breakersOf(fresh))[bad.url]).toBe('open')
  })

  test('all bad: fails open by default, and at once with fail_fast', async () => {
    const ports = [await findFreePort(), await findFreePort()]
    const targets = ports.map((port) => ({ url: `http://127.0.0.1:${port}` }))
    const breaker = { minimum_requests: 2, window_seconds: 60, open_seconds: 600 }
    const open = await addUpstream(targets, { circuit_breaker: breaker })
    for (let i = 0; i < 6; i++) expect(headerOf((await call(open)).rawHeaders, 'x-gateway-error')).toBe('upstream_unreachable')
    expect(Object.values(await breakersOf(open))).toEqual(['open', 'open'])
    const before = (await targetsOf(open)).reduce((sum, { requests }) => sum + requests, 0)
    await call(open)
    expect((await targetsOf(open)).reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(before)

    const fast = await addUpstream(targets, { circuit_breaker: { ...breaker, fail_fast: true } })
    await until(async () => headerOf((await call(fast)).rawHeaders, 'x-gateway-error') === 'upstream_unavailable')
    const refused = await call(fast)
    expect(refused.status).toBe(503)
    expect(Number(headerOf(refused.rawHeaders, 'retry-after'))).toBeGreaterThan(500)
    const tried = (await targetsOf(fast)).map(({ requests }) => requests)
    expect((await callMany(fast, 10)).every((status) => status === 503)).toBe(true)
    expect((await targetsOf(fast)).map(({ requests }) => requests)).toEqual(tried)
  })
})

describe('health checks', () => {
  test('take a target out and bring it back, without a key; the state survives other changes', async () => {
    const [good, sick] = (await openTargets(2)) as [ChaosUpstream, ChaosUpstream]
    let status = 200
    for (const target of [good, sick]) target.handle('/healthz', (exchange) => exchange.json(target === sick ? status : 200, {}))
    const check = { path: '/healthz?deep=1', interval_seconds: 1, timeout_seconds: 0.5, healthy_threshold: 2, unhealthy_threshold: 2 }
    const upstream = await addUpstream([good, sick], { health_check: check })
    const sickState = async (): Promise<any> => (await targetsOf(upstream)).find(({ url }) => url === sick.url)
    await until(async () => (await sickState()).checked_at !== null)
    status = 503
    await until(async () => (await sickState()).healthy === false)
    expect(await sickState()).toMatchObject({ usable: false, reason: '503', breaker: 'closed' })
    const before = served([good, sick])
    expect(await callMany(upstream, 20)).toEqual(onlyOk(20))
    expect(served([good, sick])).toEqual([(before[0] as number) + 20, before[1]])
    await until(() => logged('target.unhealthy', sick) === 1)
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
    expect(metrics).toContain(`akr_target_healthy{upstream="${upstream.slug}",target="${sick.url}"} 0`)
    expect(metrics).toContain(`akr_circuit_breaker_state{upstream="${upstream.slug}",target="${sick.url}"} 0`)

    await gateway.admin.expectOk('PATCH', `/upstreams/${upstream.id}`, { name: 'Another name' })
    expect((await sickState()).healthy).toBe(false)
    status = 204
    await until(async () => (await sickState()).healthy === true)
    await until(() => logged('target.healthy', sick) === 1)
    expect(logged('target.unhealthy', sick)).toBe(1)
    await callMany(upstream, 10)
    expect(served([sick])[0]).toBe((before[1] as number) + 5)

    const checks = sick.ledger.entries.filter(({ target }) => target === '/healthz?deep=1')
    expect(checks.length).toBeGreaterThan(3)
    for (const entry of checks) expect([entry.method, entry.key]).toEqual(['GET', ''])
  })

  test('a target that was taken out is forgotten and no longer checked; one whose check is removed is well again', async () => {
    const [one, two] = (await openTargets(2)) as [ChaosUpstream, ChaosUpstream]
    const upstream = await addUpstream([one, two], { health_check: { path: '/nowhere', interval_seconds: 1, unhealthy_threshold: 1 } })
    await until(async () => (await targetsOf(upstream)).every(({ healthy }) => !healthy))
    // With all out, all are in.
    expect(await callMany(upstream, 10)).toEqual(onlyOk(10))
    expect(served([one, two]).every((count) => count > 0)).toBe(true)
    await gateway.admin.expectOk('PATCH', `/upstreams/${upstream.id}`, { health_check: null })
    expect((await targetsOf(upstream)).map(({ healthy }) => healthy)).toEqual([true, true])
    await gateway.admin.expectOk('PATCH', `/upstreams/${upstream.id}`, { base_url: one.url })
    expect(await targetsOf(upstream)).toBeUndefined()
    await gateway.admin.expectOk('PATCH', `/upstreams/${upstream.id}`, { targets: [{ url: one.url }, { url: two.url }] })
    expect((await targetsOf(upstream)).map(({ requests }) => requests)).toEqual([0, 0])
    await gateway.admin.expectOk('DELETE', `/upstreams/${upstream.id}`)
    expect(await targetsOf(upstream)).toBeUndefined()
  })
})

test('a single target has neither a breaker nor a state', async () => {
  const port = await findFreePort()
  const upstream = await addUpstream([{ url: `http://127.0.0.1:${port}` }])
  for (let i = 0; i < 12; i++) expect(headerOf((await call(upstream)).rawHeaders, 'x-gateway-error')).toBe('upstream_unreachable')
  expect(await targetsOf(upstream)).toBeUndefined()
  expect(await breakersOf(upstream)).toEqual({})
})
