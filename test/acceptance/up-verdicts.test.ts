// Owns the acceptance rows for what an error answer means: UP-10, UP-11, UP-12.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { runOpenLoop, type LoadRequest } from '../support/load.ts'

const keysOf = (count: number): string[] => Array.from({ length: count }, () => createCanary('sk-'))

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway()
})
beforeEach(() => {
  upstream.ledger.clear()
  upstream.clearScripts()
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

const statesOf = async (slug: string): Promise<string[]> => (await gateway.admin.listKeys(gateway.idOf(slug))).map((key) => key.state)
const chat = async (slug: string): Promise<number | undefined> =>
  (await gateway.send('POST', `/llm/${slug}/v1/chat/completions`, { 'Content-Type': 'application/json' }, '{"model":"m","messages":[]}')).responses[0]?.status

describe('UP-10 401 and 403', () => {
  test.each([
    ['a 401 that does not say why parks after two', { error: { message: 'no' } }, 2],
    [
      'a 401 with the code invalid_api_key parks at once',
      { error: { message: 'Incorrect API key', type: 'invalid_request_error', code: 'invalid_api_key' } },
      1,
    ],
  ] as const)('%s, and the client sees only 200', async (name, body, requests) => {
    const keys = keysOf(10)
    const slug = `bad-${requests}`
    await gateway.addUpstream({ slug, base_url: upstream.url, adapter: 'openai', keys })
    upstream.script(keys[4] as string, { status: 401, body })
    for (let i = 0; i < 60; i++) expect([name, await chat(slug)]).toEqual([name, 200])
    expect(upstream.ledger.entries.filter((entry) => entry.key === keys[4])).toHaveLength(requests)
    expect((await statesOf(slug)).filter((state) => state === 'parked')).toHaveLength(1)
  })

  test('100 refused prompts (403) on all keys park nobody and are passed on', async () => {
    const keys = keysOf(10)
    await gateway.addUpstream({ slug: 'prompt', base_url: upstream.url, adapter: 'openai', keys })
    const body = { error: { message: 'This prompt violates our policy', type: 'invalid_request_error', code: 'content_policy_violation' } }
    for (const key of keys) upstream.script(key, { status: 403, body })
    for (let i = 0; i < 100; i++) expect(await chat('prompt')).toBe(403)
    expect(await statesOf('prompt')).toEqual(keys.map(() => 'ready'))
    expect(upstream.ledger.entries).toHaveLength(100)
  })

  test('the same 401 from many keys is the upstream, not the keys: nobody more is parked', async () => {
    const keys = keysOf(10)
    await gateway.addUpstream({ slug: 'wide', base_url: upstream.url, adapter: 'openai', keys })
    for (const key of keys) upstream.script(key, { status: 401, body: { error: { message: 'no' } } })
    for (let i = 0; i < 30; i++) await chat('wide')
    expect((await statesOf('wide')).filter((state) => state === 'parked').length).toBeLessThanOrEqual(2)
  })
})

// The row's 60 s at 200 per second are run as 5 x 3 s at 200 per second, one status after the other.
test('UP-11 a storm of 5xx: at most 1.2 times the load reaches the upstream, and recovery is complete within 5 s', async () => {
  const keys = keysOf(6)
  await gateway.addUpstream({ slug: 'storm', base_url: upstream.url, keys })
  const request = (index: number): LoadRequest => ({ text: gateway.text('GET', '/proxy/storm/ok', { 'X-Req-Id': `n${index}` }), nonce: `n${index}` })
  const run = (durationMs: number) =>
    runOpenLoop({ port: gateway.port, request, rate: 200, durationMs, check: (answer) => (answer.status === 200 ? 'ok' : 'wrong-status') })
  let sent = 0
  for (const status of [500, 502, 503, 504, 529]) {
    for (const key of keys) upstream.script(key, { status })
    sent += (await run(3_000)).sent
  }
  expect(upstream.ledger.entries.length).toBeLessThanOrEqual(1.2 * sent)
  upstream.clearScripts()
  const recoveredAtMs = performance.now()
  let failures = 1
  while (failures > 0 && performance.now() - recoveredAtMs < 10_000) failures = (await run(1_000)).failed
  expect(performance.now() - recoveredAtMs).toBeLessThanOrEqual(5_000 + 1_000)
  expect(failures).toBe(0)
}, 60_000)

test.each([400, 404, 405, 409, 413, 415, 422])('UP-12 %s passes byte for byte, is never retried and never counts against a key', async (status) => {
  const slug = `pass-${status}`
  await gateway.addUpstream({ slug, base_url: upstream.url, keys: keysOf(3) })
  const body = `{"error":"caf\u00e9 ${status}","pad":"${'x'.repeat(3_000)}"}\r\n\u0000\u00ff`
  const headers: [string, string][] = [
    ['Content-Type', 'application/weird; v=1'],
    ['X-Vendor-Id', 'abc'],
    ['X-Twice', '1'],
    ['X-Twice', '2'],
  ]
  upstream.handle(`/${slug}`, (exchange) => exchange.reply(status, headers, Buffer.from(body, 'utf8')))
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    const [response] = (await gateway.send(method, `/proxy/${slug}/${slug}`)).responses
    expect(response?.status).toBe(status)
    const digest = (bytes: Buffer | undefined): string =>
      createHash('sha256')
        .update(bytes ?? '')
        .digest('hex')
    expect(digest(response?.body)).toBe(digest(Buffer.from(body, 'utf8')))
    expect(headerOf(response?.rawHeaders ?? [], 'content-type')).toBe('application/weird; v=1')
    expect(headerOf(response?.rawHeaders ?? [], 'x-vendor-id')).toBe('abc')
    expect(headerOf(response?.rawHeaders ?? [], 'x-gateway-error')).toBeUndefined()
    expect(headerOf(response?.rawHeaders ?? [], 'x-akr-error-source')).toBe('upstream')
  }
  expect(upstream.ledger.entries).toHaveLength(4)
  expect(await statesOf(slug)).toEqual(['ready', 'ready', 'ready'])
})
