// Owns the acceptance rows RL-01 to RL-04 over four processes, of client keys, accounts and routes; and RL-06 without a limit of addresses.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { askRedis } from '../support/ask-redis.ts'
import { createCanary } from '../support/canaries.ts'
import type { Gateway } from '../support/gateway.ts'
import { runClosedLoop, runOpenLoop, type LoadReport } from '../support/load.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { RawConnection } from '../support/raw-client.ts'
import { describeWith } from '../support/servers/required.ts'
import { until } from '../support/until.ts'
import { mostWithin, watchRedis } from '../support/watch-redis.ts'
import { keysOf, openStack, type Stack } from './stack.ts'

const REPLICAS = 4
const MINUTE_MS = 60_000
let stack: Stack

interface Issued {
  readonly id: string
  readonly key: string
}

describeWith('redis', 'limits over processes', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: REPLICAS, redisTimeoutMs: 5_000 })
    await stack.addUpstream('u', keysOf(3))
  }, 120_000)
  beforeEach(() => stack.upstream.ledger.clear())
  afterAll(() => stack?.close())

  /** In force on every replica; asking for an upstream that does not exist is not counted. */
  async function issue(limits: Readonly<Record<string, number>>): Promise<Issued> {
    const issued = (await (stack.gateways[0] as Gateway).admin.expectOk('POST', '/client-keys', { name: 'limited', limits })) as Issued
    for (const gateway of stack.gateways) await until(async () => (await statusOf(gateway, issued.key, '/proxy/nobody/x')) === 404)
    return issued
  }

  async function statusOf(gateway: Gateway, key: string, target = '/proxy/u/ok'): Promise<number> {
    return (await gateway.send('GET', target, { 'X-Proxy-Key': key })).responses[0]?.status ?? 0
  }

  /** A fixed schedule over all replicas. @param label marks the requests in the ledger */
  async function load(keyOf: string | ((index: number) => string), label: string, rate: number, durationMs: number, target = '/proxy/u/ok'): Promise<number> {
    const keyAt = typeof keyOf === 'string' ? (): string => keyOf : keyOf
    const reports = await Promise.all(
      stack.gateways.map((gateway, replica) =>
        runOpenLoop({
          port: gateway.port,
          rate: rate / REPLICAS,
          durationMs,
          request: (index) => ({
            text: gateway.text('GET', target, { 'X-Proxy-Key': keyAt(index), 'X-Req-Id': `${label}-${replica}-${index}` }),
            nonce: label,
          }),
          check: ({ status }) => (status === 200 || status === 429 ? 'ok' : 'wrong-status'),
        }),
      ),
    )
    expect(reports.flatMap(({ failures }) => failures)).toEqual([])
    const count = (status: number): number => reports.reduce((sum, { byStatus }: LoadReport) => sum + (byStatus.get(status) ?? 0), 0)
    expect(count(200) + count(429)).toBe(Math.round(((rate / REPLICAS) * durationMs) / 1000) * REPLICAS)
    // What clients were told is what the upstream got.
    expect(stack.upstream.ledger.entries.filter(({ nonce }) => nonce.startsWith(`${label}-`))).toHaveLength(count(200))
    return count(200)
  }

  const setOf = (id: string): Promise<string> =>
    askRedis(stack.redis.port, `KEYS *${id}*max_in_flight`).then((text) => /^\S*max_in_flight$/m.exec(text)?.[0] ?? 'none')
  const slotsOf = async (id: string): Promise<number> => Number(/^:(\d+)/.exec(await askRedis(stack.redis.port, `ZCARD ${await setOf(id)}`))?.[1])

  test('RL-01, RL-02 100 per minute: bursts of 1,000 in 1 s get exactly 100, twenty times; no 60 s hold more, at the edges neither', async () => {
    // Ten keys instead of ten minutes: each has two whole windows of its own, the second as soon as the first may end.
    const watch = await watchRedis(stack.redis.port)
    const keys = await Promise.all(Array.from({ length: 10 }, () => issue({ rpm: 100 })))
    const edge = await issue({ rpm: 100 })
    const endedAtMs: number[] = []
    const burst = async (round: number): Promise<number[]> => {
      const granted: number[] = []
      for (const [index, { key }] of keys.entries()) {
        // Whoever comes earlier than a minute after the last grant would be refused, rightly.
        const waitMs = (endedAtMs[index] ?? -Infinity) + MINUTE_MS - performance.now()
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
        granted.push(await load(key, `b${round}-${index}`, 1_000, 1_000))
        endedAtMs[index] = performance.now()
      }
      return granted
    }
    const first = await load(edge.key, 'edge1', 200, 1_000)
    const edgeAtMs = performance.now()
    const early = await burst(1)
    expect(early).toEqual(early.map(() => 100))
    // From 4 s before the window of the first grants ends until 2 s after.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, edgeAtMs + MINUTE_MS - 4_000 - performance.now())))
    const second = await load(edge.key, 'edge2', 100, 6_000)
    expect([first, second]).toEqual([100, 100])
    const late = await burst(2)
    expect(late).toEqual(late.map(() => 100))
    for (const { id } of keys) {
      const times = watch.pushedTo(id)
      expect(times).toHaveLength(200)
      expect(mostWithin(times, MINUTE_MS * 1_000)).toBe(100)
    }
    expect(mostWithin(watch.pushedTo(edge.id), MINUTE_MS * 1_000)).toBeLessThanOrEqual(100)
    watch.stop()
  }, 240_000)

  test('RL-01, RL-02 an account and a route: exactly as many over all processes and client keys, no window holds more, at its edge neither', async () => {
    const watch = await watchRedis(stack.redis.port)
    const { admin } = stack.gateways[0] as Gateway
    const account = (await admin.expectOk('POST', '/accounts', { name: createCanary('acc-'), limits: { rpm: 100 } })) as { id: string }
    const keys: string[] = []
    for (const name of ['one', 'two', 'three']) keys.push(((await admin.expectOk('POST', '/client-keys', { name, account_id: account.id })) as Issued).key)
    const action = { type: 'forward', targets: [{ url: stack.upstream.url, weight: 1 }] }
    const route = (await admin.expectOk('POST', '/routes', { ...{ name: 'limited', match: { path: '/limited/*rest' }, action, rate_limit: 100 } })) as {
      id: string
    }
    const pooled = { type: 'upstream', upstream: 'u' }
    const both = { name: 'both', match: { path: '/both/*rest' }, action: pooled, rewrite: { path: '/*rest' }, rate_limit: 60 }
    const second = (await admin.expectOk('POST', '/routes', both)) as { id: string }
    for (const gateway of stack.gateways) {
      await until(async () => (await statusOf(gateway, keys[2] as string, '/proxy/nobody/x')) === 404)
      await until(async () => (await statusOf(gateway, 'sk-akr-wrong', '/both/nothing')) === 401)
    }

    const keyAt = (index: number): string => keys[index % 3] as string
    const startedAtMs = performance.now()
    expect(await load('', 'route', 1_000, 1_000, '/limited/ok')).toBe(100)
    // Both limits at once: the route's is the smaller one, and what it refused took nothing from the account.
    expect(await load(keyAt, 'both', 500, 1_000, '/both/ok')).toBe(60)
    expect(await load(keyAt, 'account', 500, 1_000)).toBe(40)
    const [routeId, bothId, accountId] = [route.id, second.id, account.id]
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAtMs + MINUTE_MS - 1_000 - performance.now())))
    await load('', 'route2', 200, 4_000, '/limited/ok')
    await load(keyAt, 'account2', 200, 4_000)
    for (const [id, max] of [
      [routeId, 100],
      [bothId, 60],
      [accountId, 100],
    ] as const) {
      expect([id, mostWithin(watch.pushedTo(id), MINUTE_MS * 1_000)]).toEqual([id, max])
    }
    expect(watch.pushedTo(routeId).length).toBeGreaterThan(100)
    watch.stop()
  }, 180_000)

  test('RL-06 5,000 wrong keys per second, each another one: no query and no call of Redis for them, and valid requests are served', async () => {
    const calls = async (): Promise<number> => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await askRedis(stack.redis.port, 'INFO commandstats'))?.[1])
    const queries = async (): Promise<number> => Number((await stack.mariadb.administer("SHOW GLOBAL STATUS LIKE 'Questions'"))[0]?.['Value'])
    const seconds = 4
    const valid = (): Promise<LoadReport> =>
      runOpenLoop({ port: (stack.gateways[0] as Gateway).port, rate: 50, durationMs: seconds * 1_000, request: (index) => stack.request('u', index) })
    const flood = (gateway: Gateway, replica: number): Promise<LoadReport> =>
      runOpenLoop({
        ...{ port: gateway.port, rate: 5_000 / REPLICAS, durationMs: seconds * 1_000 },
        request: (index) => ({ text: gateway.text('GET', '/proxy/u/ok', { 'X-Proxy-Key': `sk-akr-${replica}-${index}-${Math.random()}` }), nonce: '' }),
        check: ({ status }) => (status === 401 ? 'ok' : 'wrong-status'),
      })
    const [callsBefore, queriesBefore] = [await calls(), await queries()]
    const quiet = await valid()
    const [callsQuiet, queriesQuiet] = [(await calls()) - callsBefore, (await queries()) - queriesBefore]
    const busyAtMs = performance.now()
    const [busy, ...floods] = await Promise.all([valid(), ...stack.gateways.map(flood)])
    const [callsBusy, queriesBusy] = [(await calls()) - callsBefore - callsQuiet, (await queries()) - queriesBefore - queriesQuiet]
    const longer = (performance.now() - busyAtMs) / (seconds * 1_000)
    expect([quiet.failures, busy.failures, floods.flatMap(({ failures }) => failures)]).toEqual([[], [], []])
    const refused = floods.reduce((sum, { counts }) => sum + counts.ok, 0)
    expect(refused).toBe(5_000 * seconds)
    // What moves is what moves without the flood: the valid requests, and the replicas' own looks at the configuration.
    expect(callsBusy).toBeLessThan(callsQuiet * longer * 1.5 + 50)
    // Refused requests stand in the request log: a few statements for a batch of 500.
    expect(queriesBusy).toBeLessThan(queriesQuiet * longer * 1.5 + 100 + refused / 50)
    // How long valid ones take says little while the same two cores make the flood: that is measured above its limit of addresses (rl-policies).
    const rate = Math.round(refused / longer / seconds)
    const [p99, p99Alone] = [busy, quiet].map((report) => report.quantileMs(0.99).toFixed(1))
    process.stderr.write(`RL-06: ${rate} refused per second, ${queriesBusy} queries, ${callsBusy} calls of Redis; valid p99 ${p99} ms, alone ${p99Alone} ms\n`)
  }, 60_000)

  test('RL-02 a steady flood over several limits: no stretch of any window holds more, and the limit is used', async () => {
    const watch = await watchRedis(stack.redis.port)
    const { id, key } = await issue({ rps: 40, rpm: 300 })
    const granted = await load(key, 'flood', 400, 10_000)
    expect(granted).toBe(300)
    const times = watch.pushedTo(`${id}:rps`)
    expect(times).toHaveLength(granted)
    expect(watch.pushedTo(`${id}:rpm`)).toHaveLength(granted)
    expect(mostWithin(times, 1_000_000)).toBe(40)
    watch.stop()
  }, 120_000)

  test('RL-03 Redis is killed and comes back in the middle of a window: at most the limit and one per process; nothing is owed afterwards', async () => {
    const watch = await watchRedis(stack.redis.port)
    const { id, key } = await issue({ rpm: 100 })
    const first = await load(key, 'before', 40, 1_000)
    expect(first).toBe(40)
    const beganAtMs = performance.now()
    await stack.redis.kill()
    watch.stop()
    const during = await load(key, 'during', 1_000, 2_000)
    expect(first + during).toBeGreaterThanOrEqual(100)
    expect(first + during).toBeLessThanOrEqual(100 + REPLICAS)
    await stack.redis.restart()
    // The replicas find it by themselves; each is asked so that it looks.
    await until(async () => {
      await Promise.all(stack.gateways.map((gateway) => statusOf(gateway, key)))
      return Number(/^:(\d+)/.exec(await askRedis(stack.redis.port, `LLEN ${await windowOf(id)}`))?.[1]) >= first + during
    })
    expect(performance.now() - beganAtMs).toBeLessThan(MINUTE_MS / 2)
    const after = await load(key, 'after', 1_000, 1_000)
    expect(stack.upstream.ledger.entries.length).toBeLessThanOrEqual(100 + REPLICAS)
    expect(after).toBeLessThanOrEqual(100 + REPLICAS - first - during)
    await new Promise((resolve) => setTimeout(resolve, MINUTE_MS))
    expect(await load(key, 'fresh', 1_000, 1_000)).toBe(100)
  }, 180_000)

  const windowOf = (id: string): Promise<string> => askRedis(stack.redis.port, `KEYS *${id}*rpm`).then((text) => /^\S*rpm$/m.exec(text)?.[0] ?? 'none')

  test('RL-04 10,000 clients leave: no slot is taken 1 s later', async () => {
    const { id, key } = await issue({ max_in_flight: 1_000 })
    const noise = watchMachineNoise()
    const reports = await Promise.all(
      stack.gateways.map((gateway) =>
        runClosedLoop({
          port: gateway.port,
          connections: 25,
          total: 10_000 / REPLICAS,
          request: (index) => ({ text: gateway.text('GET', '/proxy/u/stall?at=headers', { 'X-Proxy-Key': key }), nonce: '', abortAfterMs: 1 + (index % 200) }),
        }),
      ),
    )
    const leftAtMs = performance.now()
    expect(reports.reduce((sum, { counts }) => sum + counts.aborted, 0)).toBe(10_000)
    await until(async () => (await slotsOf(id)) === 0 || (await setOf(id)) === 'none', 31_000)
    expect(performance.now() - leftAtMs).toBeLessThanOrEqual(1_000 + noise.stop())
    // They did hold slots, or this would show nothing.
    expect(stack.upstream.ledger.entries.length).toBeGreaterThan(1_000)
  }, 120_000)

  test('RL-04 after kill -9 the slots of the dead process are free within 30 s; those of a living one stay taken', async () => {
    const { id, key } = await issue({ max_in_flight: 4 })
    const [living, , , doomed] = stack.gateways as readonly [Gateway, Gateway, Gateway, Gateway]
    const hold = (gateway: Gateway): RawConnection => {
      const connection = new RawConnection(gateway.port)
      connection.write(gateway.text('GET', '/proxy/u/stall?at=headers', { 'X-Proxy-Key': key }))
      return connection
    }
    const held = [hold(living), hold(doomed), hold(doomed), hold(doomed)]
    await until(async () => (await slotsOf(id)) === 4)
    expect(await Promise.all(stack.gateways.map((gateway) => statusOf(gateway, key)))).toEqual([429, 429, 429, 429])
    await doomed.child.kill()
    const killedAtMs = performance.now()
    await until(async () => (await statusOf(living, key)) === 200, 40_000)
    expect(performance.now() - killedAtMs).toBeLessThanOrEqual(30_000 + 1_000)
    // The one that lives has outlived its own first lease.
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    const more = [hold(living), hold(living), hold(living)]
    await until(async () => (await slotsOf(id)) === 4)
    expect(await statusOf(living, key)).toBe(429)
    for (const connection of [...held, ...more]) connection.destroy()
    await until(async () => (await statusOf(living, key)) === 200, 1_000)
    await doomed.close()
    await stack.start(3)
  }, 120_000)
})
