// Owns the acceptance rows of what replicas share besides turns: ROT-03 across processes, OPS-04 and OPS-06.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import type { Gateway } from '../support/gateway.ts'
import { runOpenLoop } from '../support/load.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { askRedis } from '../support/ask-redis.ts'
import { describeWith } from '../support/servers/required.ts'
import { keysOf, openStack, untilAll, type Stack } from './stack.ts'

const PROPAGATION_MS = 1_000
const POLL_MS = 5_000

let stack: Stack
const [editor, reader] = [(): Gateway => stack.gateways[0] as Gateway, (): Gateway => stack.gateways[1] as Gateway]

/** ms until the other replica answers as expected. */
async function msUntil(slug: string, isAsExpected: (status: number) => boolean, sinceMs: number, target = `/proxy/${slug}/ok`): Promise<number> {
  await untilAll([reader()], async (gateway) => isAsExpected((await gateway.send('GET', target)).responses[0]?.status ?? 0))
  return performance.now() - sinceMs
}

/** Creates, edits and switches off upstreams and routes through one replica; how long each change took to reach the other one. */
async function changeOften(rounds: number): Promise<number[]> {
  const delays: number[] = []
  for (let round = 0; round < rounds; round++) {
    const slug = `changed-${createCanary('')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '')}`
    const id = await editor().admin.addUpstream({ slug, base_url: stack.upstream.url, keys: keysOf(1) })
    delays.push(await msUntil(slug, (status) => status === 200, performance.now()))
    const [key] = await editor().admin.listKeys(id)
    await editor().admin.expectOk('PATCH', `/keys/${key?.id}`, { enabled: false })
    delays.push(await msUntil(slug, (status) => status === 503, performance.now()))
    await editor().admin.expectOk('PATCH', `/keys/${key?.id}`, { enabled: true })
    delays.push(await msUntil(slug, (status) => status === 200, performance.now()))
    await editor().admin.expectOk('PATCH', `/upstreams/${id}`, { enabled: false })
    delays.push(await msUntil(slug, (status) => status === 404, performance.now()))
    const path = `/${slug}`
    const draft = { name: slug, match: { path }, action: { type: 'mock', status: 202, body: 'one' } }
    const route = (await editor().admin.expectOk('POST', '/routes', draft)) as { id: string }
    delays.push(await msUntil(slug, (status) => status === 202, performance.now(), path))
    await editor().admin.expectOk('PATCH', `/routes/${route.id}`, { action: { ...draft.action, status: 203 } })
    delays.push(await msUntil(slug, (status) => status === 203, performance.now(), path))
    await editor().admin.expectOk('DELETE', `/routes/${route.id}`)
    delays.push(await msUntil(slug, (status) => status === 404, performance.now(), path))
  }
  return delays.sort((a, b) => a - b)
}

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number

/** Versions that a replica put in force, in order. */
function versionsOf(gateway: Gateway): number[] {
  return [...gateway.child.stdout.matchAll(/"config_version":(\d+)/g)].map(([, version]) => Number(version))
}

describeWith('mariadb', 'what replicas share', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: 2, env: { LOG_LEVEL: 'debug' } })
  }, 120_000)
  afterAll(() => stack?.close())

  test('ROT-03 500 requests per second on one process while keys are added, disabled and deleted through the other', async () => {
    const stable = keysOf(5)
    const pool = await stack.addUpstream('edited', stable)
    stack.upstream.ledger.clear()
    const offSinceMs = new Map<string, number>()
    let edits = 0
    let isOver = false
    const editing = (async () => {
      let current: { id: string; value: string } | undefined
      while (!isOver) {
        const startedAtMs = performance.now()
        if (current === undefined) {
          const value = createCanary('sk-')
          current = { id: (await editor().admin.addKey(pool, value)).id, value }
        } else if (!offSinceMs.has(current.value)) {
          await editor().admin.expectOk('PATCH', `/keys/${current.id}`, { enabled: false })
          offSinceMs.set(current.value, performance.now())
        } else {
          await editor().admin.expectOk('DELETE', `/keys/${current.id}`)
          current = undefined
        }
        edits++
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - startedAtMs))))
      }
    })()
    const report = await runOpenLoop({ port: reader().port, request: (index) => stack.request('edited', index), rate: 500, durationMs: 20_000 })
    isOver = true
    await editing
    expect(report).toMatchObject({ sent: 10_000, failed: 0, failures: [] })
    expect(edits).toBeGreaterThan(10)
    const { entries } = stack.upstream.ledger
    expect(entries.filter((entry) => entry.atMs > (offSinceMs.get(entry.key) ?? Infinity) + PROPAGATION_MS)).toEqual([])
    const counts = stack.upstream.ledger.countsByKey()
    // The last one may have been edited after the load had ended.
    expect([...offSinceMs.keys()].slice(0, -1).filter((key) => (counts.get(key) ?? 0) === 0)).toEqual([])
    const served = stable.map((key) => counts.get(key) ?? 0)
    expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(edits)
  }, 60_000)

  test('OPS-04 changes are in force in the other process within a second, versions only go up, a call in flight keeps its configuration', async () => {
    await stack.addUpstream('slow', keysOf(1))
    const running = reader().send('GET', '/proxy/slow/sse?n=20&gap=100')
    await stack.upstream.ledger.waitFor((entry) => entry.target.startsWith('/sse'))
    await editor().admin.expectOk('PATCH', `/upstreams/${editor().idOf('slow')}`, { enabled: false })
    const noise = watchMachineNoise()
    const delays = await changeOften(10)
    expect(quantile(delays, 0.99)).toBeLessThanOrEqual(PROPAGATION_MS + noise.stop())
    const { responses } = await running
    expect(responses[0]?.status).toBe(200)
    const versions = versionsOf(reader())
    expect(versions.length).toBeGreaterThan(20)
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    // A change that is refused changes nothing anywhere.
    const refused = await editor().admin.call('PATCH', `/upstreams/${editor().idOf('slow')}`, { base_url: 'not a url' })
    expect(refused.status).toBe(422)
  }, 120_000)

  describe('messages are cut off', () => {
    beforeAll(async () => {
      expect(await askRedis(stack.redis.port, 'ACL SETUSER default resetchannels')).toContain('+OK')
      expect(await askRedis(stack.redis.port, 'CLIENT KILL TYPE pubsub')).toMatch(/^:\d/)
    })
    afterAll(async () => {
      await askRedis(stack.redis.port, 'ACL SETUSER default allchannels')
    })

    test('OPS-04 without messages between processes the stored version is looked at: within 5 s', async () => {
      const noise = watchMachineNoise()
      const delays = await changeOften(2)
      expect(quantile(delays, 1)).toBeLessThanOrEqual(POLL_MS + 500 + noise.stop())
      // Or the messages were not cut off at all.
      expect(quantile(delays, 1)).toBeGreaterThan(1_000)
    }, 120_000)

    test('key states travel by the store: a rest in one process is one in the other within 5 s', async () => {
      const [key = ''] = keysOf(1)
      const id = await editor().admin.addUpstream({ slug: 'by-store', base_url: stack.upstream.url, keys: [key] })
      await msUntil('by-store', (status) => status === 200, performance.now())
      stack.upstream.script(key, { status: 429, retryAfter: 60 })
      await editor().send('GET', '/proxy/by-store/ok')
      stack.upstream.clearScripts()
      const startedAtMs = performance.now()
      await untilAll([reader()], async ({ admin }) => (await admin.listKeys(id))[0]?.state === 'cooling')
      expect(performance.now() - startedAtMs).toBeLessThanOrEqual(POLL_MS + 1_500)
    }, 60_000)
  })

  test('a rest in one process is one in the other at once', async () => {
    const keys = keysOf(2)
    const id = await stack.addUpstream('told', keys)
    const [limited = ''] = keys
    stack.upstream.script(limited, { status: 429, retryAfter: 60 })
    const noise = watchMachineNoise()
    for (let i = 0; i < 4; i++) await editor().send('GET', '/proxy/told/ok')
    const startedAtMs = performance.now()
    await untilAll([reader()], async ({ admin }) => (await admin.listKeys(id)).some(({ state }) => state === 'cooling'))
    expect(performance.now() - startedAtMs).toBeLessThanOrEqual(500 + noise.stop())
    stack.upstream.ledger.clear()
    for (let i = 0; i < 10; i++) await reader().send('GET', '/proxy/told/ok')
    expect(stack.upstream.ledger.countsByKey().get(limited)).toBeUndefined()
  }, 60_000)

  // Last: it ends all processes.
  test('OPS-06 a rest outlives kill -9 of every process, and nobody uses the key before it is over', async () => {
    const keys = keysOf(2)
    await stack.addUpstream('survivor', keys)
    const [limited = ''] = keys
    stack.upstream.script(limited, { status: 429, retryAfter: 20 })
    for (let i = 0; i < 4; i++) await editor().send('GET', '/proxy/survivor/ok')
    const restedAtMs = stack.upstream.ledger.entries.findLast(({ key }) => key === limited)?.atMs as number
    stack.upstream.clearScripts()
    // Stored at the latest 1 s after it was set.
    await new Promise((resolve) => setTimeout(resolve, 1_000 - (performance.now() - restedAtMs)))
    for (const { child } of stack.gateways) await child.kill()
    await Promise.all([0, 1].map((replica) => stack.start(replica)))
    stack.upstream.ledger.clear()
    while (stack.upstream.ledger.countsByKey().get(limited) === undefined) {
      for (const gateway of stack.gateways) expect((await gateway.send('GET', '/proxy/survivor/ok')).responses[0]?.status).toBe(200)
      if (performance.now() - restedAtMs > 30_000) throw new Error('the rest never ended')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const first = stack.upstream.ledger.entries.find(({ key }) => key === limited)?.atMs as number
    expect(first - restedAtMs).toBeGreaterThanOrEqual(20_000)
  }, 90_000)
})
