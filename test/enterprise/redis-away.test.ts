// Owns the acceptance row DEP-05: Redis is killed, frozen and comes back empty under load.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { runOpenLoop, type LoadReport } from '../support/load.ts'
import { watchMachineNoise } from '../support/machine-noise.ts'
import { describeWith } from '../support/servers/required.ts'
import { keysOf, openStack, untilAll, type Stack } from './stack.ts'

const REPLICAS = 2
const RATE = 200
const keys = keysOf(5)
let stack: Stack
let sent = 0

describeWith('mariadb', 'Redis goes away', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: REPLICAS })
    await stack.addUpstream('u', keys)
  }, 120_000)
  beforeEach(() => stack.upstream.ledger.clear())
  afterAll(() => stack?.close())

  function load(durationMs: number): Promise<LoadReport[]> {
    return Promise.all(
      stack.gateways.map((gateway, replica) =>
        // Which process a request came from is in its nonce.
        runOpenLoop({ port: gateway.port, rate: RATE / REPLICAS, durationMs, request: () => withNonce(`r${replica}-${sent++}`) }),
      ),
    )
  }

  function withNonce(nonce: string): ReturnType<Stack['request']> {
    return { text: stack.gateways[0]?.text('GET', '/proxy/u/ok', { 'X-Req-Id': nonce }) ?? '', nonce }
  }

  const countsOf = (from: number, replica?: number): number[] => {
    const entries = stack.upstream.ledger.entries.slice(from).filter(({ nonce }) => replica === undefined || nonce.startsWith(`r${replica}-`))
    const counts = stack.upstream.ledger.countsByKey(entries)
    return keys.map((key) => counts.get(key) ?? 0)
  }
  const spreadOf = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts)
  const logged = (event: string): number => stack.gateways.reduce((sum, { child }) => sum + child.stdout.split(`"${event}"`).length - 1, 0)

  test.each([
    ['killed', () => stack.redis.kill(), () => stack.redis.restart()],
    ['frozen', () => stack.redis.freeze(), () => stack.redis.thaw()],
    ['killed and empty afterwards', () => stack.redis.kill(), () => stack.redis.restart({ empty: true })],
  ])(
    'DEP-05 Redis is %s under load: nobody fails, each process stays even, all are even together afterwards',
    async (_, takeAway, giveBack) => {
      const noise = watchMachineNoise()
      const lost = logged('cache.unreachable')
      const running = load(5_000)
      await stack.upstream.ledger.until(() => stack.upstream.ledger.entries.length >= RATE)
      await takeAway()
      const known = logged('cache.reachable')
      let allowance = 0
      try {
        await untilAll([0], () => logged('cache.unreachable') >= lost + REPLICAS)
        const alone = stack.upstream.ledger.entries.length
        const reports = await running
        allowance = noise.stop()
        expect(reports.flatMap(({ failures }) => failures)).toEqual([])
        for (const report of reports) {
          // Calls in flight, a few of 500, may wait for the deadline of one command; the rest wait for nothing.
          expect(report.quantileMs(0.98)).toBeLessThanOrEqual(50 + 3 * allowance)
          expect(report.quantileMs(1)).toBeLessThanOrEqual(250 + 3 * allowance)
        }
        for (let replica = 0; replica < REPLICAS; replica++) expect(spreadOf(countsOf(alone, replica))).toBeLessThanOrEqual(2)
      } finally {
        // The next case needs it, whatever this one found.
        await giveBack()
      }
      const backAtMs = performance.now()
      await untilAll([0], () => logged('cache.reachable') >= known + REPLICAS)
      expect(performance.now() - backAtMs).toBeLessThanOrEqual(2_000 + allowance)
      stack.upstream.ledger.clear()
      expect((await load(2_000)).flatMap(({ failures }) => failures)).toEqual([])
      expect(spreadOf(countsOf(0))).toBeLessThanOrEqual(1)
    },
    60_000,
  )
})
