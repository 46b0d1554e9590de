// Owns the acceptance rows of rotation over several processes: ROT-02, ROT-04, ROT-05, ROT-06 and ROT-07 across processes.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { askRedis } from '../support/ask-redis.ts'
import { runClosedLoop, runOpenLoop, type LoadReport } from '../support/load.ts'
import { describeWith } from '../support/servers/required.ts'
import { keysOf, openStack, untilAll, type Stack } from './stack.ts'

const REPLICAS = 4
let stack: Stack
let sets = 0

describeWith('mariadb', 'rotation over processes', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: REPLICAS, redisTimeoutMs: 5_000 })
  }, 120_000)
  beforeEach(() => {
    stack.upstream.ledger.clear()
    stack.upstream.clearScripts()
  })
  afterAll(() => stack?.close())

  /** Spreads `total` requests evenly over the replicas. */
  async function spread(slug: string, total: number, connections: number): Promise<LoadReport[]> {
    return Promise.all(
      stack.gateways.map((gateway, replica) =>
        runClosedLoop({
          port: gateway.port,
          connections: connections / REPLICAS,
          total: total / REPLICAS,
          request: (index) => stack.request(slug, index * REPLICAS + replica),
        }),
      ),
    )
  }

  function steadyLoad(slug: string, rate: number, durationMs: number): Promise<LoadReport[]> {
    return Promise.all(
      stack.gateways.map((gateway, replica) =>
        runOpenLoop({
          port: gateway.port,
          rate: rate / REPLICAS,
          durationMs,
          request: (index) => stack.request(slug, index * REPLICAS + replica),
        }),
      ),
    )
  }

  async function turnCounters(): Promise<string[]> {
    const names = (await askRedis(stack.redis.port, 'KEYS *:turn:*')).match(/^\S*:turn:\S*$/gm) ?? []
    expect(names.length).toBeGreaterThan(0)
    return names
  }

  const failuresOf = (reports: readonly LoadReport[]): string[] => reports.flatMap(({ failures }) => failures)
  const served = (keys: readonly string[]): number[] => {
    const counts = stack.upstream.ledger.countsByKey()
    return keys.map((key) => counts.get(key) ?? 0)
  }
  const spreadOf = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts)
  const slugOf = (name: string): string => `${name}-${++sets}`

  test('ROT-02 four processes, five keys, 100,000 requests: each key exactly 20,000', async () => {
    const keys = keysOf(5)
    const slug = slugOf('even')
    await stack.addUpstream(slug, keys)
    expect(failuresOf(await spread(slug, 100_000, 128))).toEqual([])
    expect(served(keys)).toEqual([20_000, 20_000, 20_000, 20_000, 20_000])
  }, 300_000)

  test('ROT-06 weights 5:1:1 over four processes, 28,000 requests: exactly 20,000, 4,000 and 4,000', async () => {
    const keys = keysOf(3)
    const slug = slugOf('weighted')
    const id = await stack.addUpstream(slug, [])
    const [first] = stack.gateways
    for (const [index, key] of keys.entries()) await first?.admin.addKey(id, key, { weight: index === 0 ? 5 : 1 })
    await untilAll(stack.gateways, async ({ admin }) => (await admin.listKeys(id)).length === 3)
    await settled(slug)
    stack.upstream.ledger.clear()
    expect(failuresOf(await spread(slug, 28_000, 64))).toEqual([])
    expect(served(keys)).toEqual([20_000, 4_000, 4_000])
  }, 180_000)

  test.each([
    ['2^53 - 10', '9007199254740982'],
    ['2^63 - 10', '9223372036854775798'],
    ['-5', '-5'],
    ['text', 'abc'],
  ])(
    'ROT-04 a counter that stands at %s fails nobody and sticks nowhere',
    async (_, value) => {
      const keys = keysOf(5)
      const slug = slugOf('edge')
      await stack.addUpstream(slug, keys)
      await spread(slug, 20, 4)
      const names = await turnCounters()
      for (const name of names) await askRedis(stack.redis.port, `SET ${name} ${value} KEEPTTL`)
      stack.upstream.ledger.clear()
      expect(failuresOf(await spread(slug, 40, 4))).toEqual([])
      // The counter goes on or starts anew: a start may cost one turn.
      expect(spreadOf(served(keys))).toBeLessThanOrEqual(1)
      expect(Math.min(...served(keys))).toBeGreaterThan(0)
    },
    60_000,
  )

  test('ROT-04 a counter of the wrong type fails nobody', async () => {
    const keys = keysOf(5)
    const slug = slugOf('edge')
    await stack.addUpstream(slug, keys)
    await spread(slug, 20, 4)
    const names = await turnCounters()
    for (const name of names) {
      await askRedis(stack.redis.port, `DEL ${name}`)
      await askRedis(stack.redis.port, `LPUSH ${name} x`)
    }
    stack.upstream.ledger.clear()
    expect(failuresOf(await spread(slug, 40, 4))).toEqual([])
    expect(Math.min(...served(keys))).toBeGreaterThan(0)
  }, 60_000)

  test('ROT-05 all counters are lost five times under load: nobody fails, and the keys stay even', async () => {
    const keys = keysOf(5)
    const slug = slugOf('lost')
    await stack.addUpstream(slug, keys)
    const EVENTS = 5
    const load = steadyLoad(slug, 300, 6_000)
    for (let event = 1; event <= EVENTS; event++) {
      await stack.upstream.ledger.until(() => stack.upstream.ledger.entries.length >= event * 250)
      await askRedis(stack.redis.port, 'FLUSHALL')
    }
    expect(failuresOf(await load)).toEqual([])
    // Each loss breaks off one cycle, and the end of the load another.
    expect(spreadOf(served(keys))).toBeLessThanOrEqual(EVENTS + 1)
  }, 60_000)

  // The row's 120 s with Retry-After 30 at a tenth: 12 s with Retry-After 3, the same four rests.
  test('ROT-07 one key of five is always limited: one probe per rest in the whole deployment, and no client sees it', async () => {
    const keys = keysOf(5)
    const slug = slugOf('limited')
    await stack.addUpstream(slug, keys)
    const limited = keys[2] as string
    stack.upstream.script(limited, { status: 429, retryAfter: 3 })
    expect(failuresOf(await steadyLoad(slug, 200, 12_000))).toEqual([])
    const others = served(keys.filter((key) => key !== limited))
    const probes = stack.upstream.ledger.entries.filter((entry) => entry.key === limited).map((entry) => entry.atMs)
    const rests = probes.filter((atMs) => atMs - (probes[0] as number) > 1_000)
    expect(rests.length).toBeLessThanOrEqual(4)
    for (const [i, atMs] of rests.entries()) expect(atMs - (rests[i - 1] ?? (probes[0] as number))).toBeGreaterThanOrEqual(2_900)
    // Each rest begins and ends with a turn of its own in two sets of keys, in each of which a cycle may be open.
    expect(spreadOf(others)).toBeLessThanOrEqual(2)
  }, 60_000)

  /** Waits until every replica has used the same keys: one cycle each, without a failure. */
  async function settled(slug: string): Promise<void> {
    await untilAll(stack.gateways, async (gateway) => (await gateway.send('GET', `/proxy/${slug}/ok`)).responses[0]?.status === 200)
  }
})
