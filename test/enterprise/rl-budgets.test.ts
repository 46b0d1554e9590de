// Owns the acceptance row RL-08 over several processes: budgets that no burst, crash or loss of Redis lets anybody exceed.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import { askRedis } from '../support/ask-redis.ts'
import type { Gateway } from '../support/gateway.ts'
import { describeWith } from '../support/servers/required.ts'
import { abortedTokens, FINISHED_TOKENS, scriptModel, spend, spendAll, type SpendingClient } from '../support/spending-load.ts'
import { until } from '../support/until.ts'
import { keysOf, openStack, type Stack } from './stack.ts'

const REPLICAS = 2
let stack: Stack
let finishedUpstream: () => number

interface Issued {
  readonly id: string
  readonly key: string
}

describeWith('redis', 'budgets over processes', () => {
  beforeAll(async () => {
    stack = await openStack({ replicas: REPLICAS, redisTimeoutMs: 5_000 })
    finishedUpstream = scriptModel(stack.upstream)
    await stack.addUpstream('oa', keysOf(3), { adapter: 'openai' })
  }, 120_000)
  afterAll(() => stack?.close())

  const gatewayOf = (replica: number): Gateway => stack.gateways[replica] as Gateway
  const client = (replica: number, key: string, maxTokens = 50): SpendingClient => ({ url: gatewayOf(replica).url, key, maxTokens })

  /** In force on every replica; asking for an upstream that does not exist is not counted. */
  async function issue(tokens: number): Promise<Issued> {
    const budget = { tokens, period: 'month' }
    const issued = (await gatewayOf(0).admin.expectOk('POST', '/client-keys', { name: 'spender', budget })) as Issued
    for (const gateway of stack.gateways.slice(0, REPLICAS)) {
      await until(async () => (await gateway.send('GET', '/proxy/nobody/x', { 'X-Proxy-Key': issued.key })).responses[0]?.status === 404)
    }
    return issued
  }

  async function budgetOf(id: string): Promise<{ spent: number; reserved: number }> {
    return (await gatewayOf(0).admin.expectOk('GET', `/client-keys/${id}`)).budget
  }

  test('200 parallel streams over two processes, half of them aborted: never over by more than one request, nothing stays reserved', async () => {
    const budget = 5_000
    const { id, key } = await issue(budget)
    const before = finishedUpstream()
    const report = await spendAll(Array.from({ length: 200 }, (_, i) => client(Math.floor(i / 2) % REPLICAS, key)))
    expect(report.others).toEqual([])
    expect(report.refused).toBe(200)
    await until(async () => (await budgetOf(id)).reserved === 0)
    const { spent } = await budgetOf(id)
    expect(finishedUpstream() - before).toBe(report.finished)
    expect(report.aborted).toBeGreaterThan(0)
    expect(spent).toBe(report.finished * FINISHED_TOKENS + report.aborted * abortedTokens(50))
    expect(spent).toBeGreaterThanOrEqual(budget)
    expect(spent).toBeLessThan(budget + Math.max(FINISHED_TOKENS, abortedTokens(50)))
  }, 120_000)

  test('Redis is flushed while streams run: what was spent is not forgotten, and what is in flight counts', async () => {
    const budget = 3_000
    const { id, key } = await issue(budget)
    const before = finishedUpstream()
    const flushed = (async () => {
      for (let round = 0; round < 3; round++) {
        const so = finishedUpstream()
        await until(() => finishedUpstream() > so + 3 || finishedUpstream() - before >= 45, 60_000)
        await askRedis(stack.redis.port, 'FLUSHALL')
      }
    })()
    const report = await spendAll(Array.from({ length: 40 }, (_, i) => client(Math.floor(i / 2) % REPLICAS, key)))
    await flushed
    expect(report.others).toEqual([])
    expect(report.refused).toBe(40)
    const spent = report.finished * FINISHED_TOKENS + report.aborted * abortedTokens(50)
    // All of it is stored within a second, and read from the database after another loss.
    await until(async () => {
      await askRedis(stack.redis.port, 'FLUSHALL')
      return (await budgetOf(id)).spent === spent
    })
    expect((await spend(client(1, key), 'finish')).code).toBe('budget_exceeded')
    // A request that was not yet stored when Redis forgot may be granted once more, per process and loss, until it is.
    expect(spent).toBeGreaterThanOrEqual(budget)
  }, 120_000)

  test('kill -9 with reservations: they are free again after their lease, what was spent stays', async () => {
    const { id, key } = await issue(10_000)
    const doomed = await stack.start(REPLICAS)
    await until(async () => (await doomed.send('GET', '/proxy/nobody/x', { 'X-Proxy-Key': key })).responses[0]?.status === 404)
    expect((await spend(client(0, key), 'finish')).status).toBe(200)
    const hanging = Array.from({ length: 5 }, () =>
      fetch(`${doomed.url}/llm/oa/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-req-id': 'hang-1' },
        body: JSON.stringify({ model: 'gpt-4o', stream: true, max_tokens: 1_000, messages: [] }),
      }),
    )
    for (const answer of await Promise.all(hanging)) expect(answer.status).toBe(200)
    expect((await budgetOf(id)).reserved).toBeGreaterThan(5_000)
    await doomed.close()
    const killedAtMs = performance.now()
    await until(async () => (await budgetOf(id)).reserved === 0, limits.slotLeaseMs + 5_000)
    expect(performance.now() - killedAtMs).toBeLessThan(limits.slotLeaseMs + 2_000)
    expect(await budgetOf(id)).toMatchObject({ spent: FINISHED_TOKENS, reserved: 0 })
  }, 120_000)

  test('Redis is gone: each process grants its part of the rest, and what they spent counts when it is back', async () => {
    const budget = 1_000
    const { id, key } = await issue(budget)
    expect((await spend(client(0, key, 1), 'finish')).status).toBe(200)
    await until(async () => (await budgetOf(id)).spent === FINISHED_TOKENS)
    await stack.redis.kill()
    let finished = 1
    for (let replica = 0; replica < REPLICAS; replica++) {
      for (;;) {
        const { status, code } = await spend(client(replica, key, 1), 'finish')
        expect([200, 429]).toContain(status)
        if (code === 'budget_exceeded') break
        finished++
      }
    }
    const spentTokens = finished * FINISHED_TOKENS
    // All of it is granted, and at most one request more per process.
    expect(spentTokens).toBeGreaterThanOrEqual(budget)
    expect(spentTokens).toBeLessThan(budget + REPLICAS * FINISHED_TOKENS)
    await stack.redis.restart()
    await until(async () => (await budgetOf(id)).spent === spentTokens, 30_000)
    expect((await spend(client(1, key), 'finish')).code).toBe('budget_exceeded')
  }, 120_000)
})
