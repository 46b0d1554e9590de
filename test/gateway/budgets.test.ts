// Owns the acceptance row RL-08 on the lightweight build, and what clients see of token limits and budgets (RL-05).
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../support/free-port.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { abortedTokens, FINISHED_TOKENS, requestBody, scriptModel, spend, spendAll } from '../support/spending-load.ts'
import { until } from '../support/until.ts'
import { rejection } from './sdk-fixture.ts'

let chaos: ChaosUpstream
let gateway: Gateway
let folder: TemporaryFolder
let finishedUpstream: () => number
const ENV = { ADMIN_PASSWORD: createCanary('pw-') }
beforeAll(async () => {
  chaos = await openChaosUpstream()
  finishedUpstream = scriptModel(chaos)
  folder = createTemporaryFolder('akr-budgets')
  const upstream = (slug: string, adapter: string): { slug: string; base_url: string; adapter: string; keys: string[]; kind?: string } => ({
    ...{ slug, adapter, base_url: chaos.url },
    keys: [createCanary('sk-')],
  })
  gateway = await startGateway({
    dataDir: folder.path,
    env: ENV,
    upstreams: [upstream('oa', 'openai'), upstream('an', 'anthropic'), upstream('ge', 'gemini'), upstream('any', 'generic')],
  })
})
afterAll(async () => {
  await gateway?.close()
  await chaos?.close()
  folder?.remove()
})

interface Issued {
  readonly id: string
  readonly key: string
}

async function issue(fields: Readonly<Record<string, unknown>>): Promise<Issued> {
  return (await gateway.admin.expectOk('POST', '/client-keys', { name: 'spender', ...fields })) as Issued
}

async function budgetOf(id: string, path = 'client-keys'): Promise<{ spent: number; reserved: number; resets_at: string }> {
  return (await gateway.admin.expectOk('GET', `/${path}/${id}`)).budget
}

const client = (key: string, maxTokens = 50): { url: string; key: string; maxTokens: number } => ({ url: gateway.url, key, maxTokens })

describe('RL-08 budgets', () => {
  test('200 parallel streams, half of them aborted: what they cost is what is spent, never over by more than one request', async () => {
    const budget = 5_000
    const { id, key } = await issue({ budget: { tokens: budget, period: 'month' } })
    const before = finishedUpstream()
    const report = await spendAll(Array.from({ length: 200 }, () => client(key)))
    expect(report.others).toEqual([])
    expect(report.refused).toBe(200)
    // The end of an aborted stream reaches the gateway a moment after its client is gone.
    await until(async () => (await budgetOf(id)).reserved === 0)
    const { spent } = await budgetOf(id)
    expect(finishedUpstream() - before).toBe(report.finished)
    expect(spent).toBe(report.finished * FINISHED_TOKENS + report.aborted * abortedTokens(50))
    expect(report.aborted).toBeGreaterThan(0)
    expect(spent).toBeGreaterThanOrEqual(budget)
    const largest = Math.max(FINISHED_TOKENS, abortedTokens(50))
    expect(spent).toBeLessThan(budget + largest)
  }, 60_000)

  test('an account: all its client keys spend the same budget, and each its own', async () => {
    const account = await gateway.admin.expectOk('POST', '/accounts', { name: 'spenders', budget: { tokens: 120, period: 'day' } })
    const [one, two] = [await issue({ account_id: account.id, budget: { tokens: 60, period: 'day' } }), await issue({ account_id: account.id })]
    expect((await spend(client(one.key, 1), 'finish')).status).toBe(200)
    expect((await spend(client(one.key, 1), 'finish')).status).toBe(200)
    expect((await spend(client(one.key, 1), 'finish')).text).toContain("The budget of the client key 'spender', 60 tokens per day, is spent: 100 tokens since")
    expect((await spend(client(two.key, 1), 'finish')).status).toBe(200)
    const refused = await spend(client(two.key, 1), 'finish')
    expect(refused.text).toContain("The budget of the account 'spenders', 120 tokens per day, is spent: 150 tokens since")
    expect(await budgetOf(account.id, 'accounts')).toMatchObject({ spent: 150, reserved: 0 })
  })

  test('what fails costs nothing; look-ups and what is not a model pass when all is spent', async () => {
    const { id, key } = await issue({ budget: { tokens: 60, period: 'day' } })
    chaos.handle('/v1/embeddings', (exchange) => exchange.json(500, { error: { message: 'no', type: 'server_error' } }))
    const post = (slug: string, path: string): Promise<Response> =>
      fetch(`${gateway.url}${path.startsWith('/proxy') ? '' : `/llm/${slug}`}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'm', input: 'x', max_tokens: 5 }),
      })
    expect((await post('oa', '/v1/embeddings')).status).toBe(500)
    expect(await budgetOf(id)).toMatchObject({ spent: 0, reserved: 0 })
    await spend(client(key, 1), 'finish')
    await spend(client(key, 1), 'finish')
    expect((await post('oa', '/v1/embeddings')).status).toBe(429)
    expect((await post('oa', '/v1/images/variations')).status).toBe(429)
    expect((await post('any', '/proxy/any/ok')).status).toBe(200)
    expect((await fetch(`${gateway.url}/llm/oa/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)
  })

  test('money: the known price of the model counts', async () => {
    const { id, key } = await issue({ budget: { amount_usd: 0.001, period: 'month' } })
    expect((await spend(client(key, 1), 'finish')).status).toBe(200)
    // 20 tokens at $2.50 and 30 at $10 a million.
    expect(await budgetOf(id)).toMatchObject({ spent: 0.00035, reserved: 0 })
    expect((await spend(client(key, 1), 'finish')).status).toBe(200)
    expect((await spend(client(key, 1), 'finish')).status).toBe(200)
    const refused = await spend(client(key, 1), 'finish')
    expect(refused.text).toContain('$0.001 per month, is spent: $0.00105 since')
  })

  test('a restart remembers what was spent', async () => {
    const { id, key } = await issue({ budget: { tokens: 60, period: 'month' } })
    await spend(client(key, 1), 'finish')
    await spend(client(key, 1), 'finish')
    gateway.child.signal('SIGTERM')
    await gateway.child.exit()
    gateway = await startGateway({ dataDir: folder.path, env: ENV })
    expect(await budgetOf(id)).toMatchObject({ spent: 100, reserved: 0 })
    expect((await spend(client(key, 1), 'finish')).code).toBe('budget_exceeded')
  }, 60_000)
})

describe('RL-05 the shape of a refusal', () => {
  async function spentKey(): Promise<string> {
    const { key } = await issue({ budget: { tokens: 10, period: 'month' } })
    await spend(client(key, 1), 'finish')
    return key
  }

  const ask = (key: string, path: string): Promise<Response> =>
    fetch(`${gateway.url}${path}`, { method: 'POST', headers: { 'x-proxy-key': key, 'content-type': 'application/json' }, body: requestBody(5) })

  test('a spent budget: when it begins anew, and no retry in silence', async () => {
    const refused = await ask(await spentKey(), '/llm/oa/v1/chat/completions')
    expect(refused.status).toBe(429)
    const now = new Date()
    const secondsLeft = (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) - Date.now()) / 1_000
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(secondsLeft - 5)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThan(secondsLeft + 5)
    expect(refused.headers.get('x-should-retry')).toBe('false')
    expect(refused.headers.get('x-gateway-error')).toBe('budget_exceeded')
    expect(((await refused.json()) as { error: unknown }).error).toMatchObject({ type: 'insufficient_quota', code: 'budget_exceeded', source: 'gateway' })
  })

  test('in the other dialects', async () => {
    const key = await spentKey()
    const anthropic = await ask(key, '/llm/an/v1/messages')
    expect(await anthropic.json()).toMatchObject({ type: 'error', error: { type: 'insufficient_quota', code: 'budget_exceeded' } })
    const gemini = await ask(key, '/llm/ge/v1beta/models/gemini-2.5-flash:generateContent')
    expect(await gemini.json()).toMatchObject({
      error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ reason: 'BUDGET_EXCEEDED' }, { retryDelay: expect.stringMatching(/^\d+s$/) }] },
    })
    const plain = await ask(key, '/proxy/oa/v1/chat/completions')
    expect(await plain.json()).toMatchObject({ status: 429, code: 'budget_exceeded' })
  })

  test('SDKs raise their RateLimitError at once', async () => {
    const key = await spentKey()
    const messages = [{ role: 'user' as const, content: 'x' }]
    for (const [raise, type] of [
      [() => new OpenAI({ baseURL: `${gateway.url}/llm/oa/v1`, apiKey: key }).chat.completions.create({ model: 'm', messages }), OpenAI.RateLimitError],
      [
        () => new Anthropic({ baseURL: `${gateway.url}/llm/an`, apiKey: key }).messages.create({ model: 'm', max_tokens: 5, messages }),
        Anthropic.RateLimitError,
      ],
    ] as const) {
      const error = await rejection(raise())
      expect(error).toBeInstanceOf(type)
      expect((error as Error).message).toContain('10 tokens per month, is spent')
    }
  })

  test('tokens per minute: granted answers say what is left, and the refusal when there is room', async () => {
    const { key } = await issue({ limits: { rpm: 100, tpm: 80 } })
    const body = requestBody(1)
    const call = (): Promise<Response> =>
      fetch(`${gateway.url}/llm/oa/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-req-id': 'finish-1' },
        body,
      })
    const reserved = Math.ceil(body.length / 3) + 1
    const first = await call()
    expect(first.headers.get('ratelimit-policy')).toBe('"rpm";q=100;w=60, "tpm";q=80;w=60')
    expect(first.headers.get('ratelimit')).toBe(`"rpm";r=99;t=60, "tpm";r=${80 - reserved};t=0`)
    await first.text()
    // Something is left, so one more may go; its 50 tokens are over the limit.
    expect((await call().then(async (answer) => (await answer.text(), answer))).status).toBe(200)
    const refused = await call()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('x-gateway-error')).toBe('client_rate_limited')
    expect(refused.headers.get('ratelimit')).toMatch(/^"tpm";r=0;t=\d\d$/)
    expect(['limit', 'remaining', 'reset'].map((name) => refused.headers.get(`x-ratelimit-${name}-tokens`))).toEqual([
      '80',
      '0',
      expect.stringMatching(/^\d\ds$/),
    ])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(((await refused.json()) as { error: { message: string } }).error.message).toContain('may use 80 tokens in any minute (tpm) and has done so')
  })
})
