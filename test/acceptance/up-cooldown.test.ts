// Owns the acceptance row UP-09: how long a key rests, for every form of Retry-After.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream, type ScriptedReply } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'

const HOUR_S = 3_600
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString()

interface Case {
  readonly adapter?: string
  readonly reply: () => ScriptedReply
  readonly seconds: number
}

const cases: Record<string, Case> = {
  seconds: { reply: () => ({ status: 429, retryAfter: 20 }), seconds: 20 },
  'HTTP-date': { reply: () => ({ status: 429, retryAfter: inSeconds(20) }), seconds: 20 },
  'retry-after-ms': { reply: () => ({ status: 429, headers: [['retry-after-ms', '2500']] }), seconds: 2.5 },
  none: { reply: () => ({ status: 429 }), seconds: 10 },
  '0': { reply: () => ({ status: 429, retryAfter: 0 }), seconds: 1 },
  '-1': { reply: () => ({ status: 429, retryAfter: -1 }), seconds: 1 },
  '1e9': { reply: () => ({ status: 429, retryAfter: '1000000000' }), seconds: HOUR_S },
  garbage: { reply: () => ({ status: 429, retryAfter: 'soon, very soon' }), seconds: 10 },
  'a date in the past': { reply: () => ({ status: 429, retryAfter: inSeconds(-500) }), seconds: 1 },
  'two headers': {
    reply: () => ({
      status: 429,
      headers: [
        ['Retry-After', '5'],
        ['Retry-After', '20'],
      ],
    }),
    seconds: 20,
  },
  'far date': { reply: () => ({ status: 429, retryAfter: inSeconds(30 * HOUR_S) }), seconds: HOUR_S },
  '503 with seconds': { reply: () => ({ status: 503, retryAfter: 20 }), seconds: 20 },
  'OpenAI insufficient_quota': {
    adapter: 'openai',
    reply: () => ({
      status: 429,
      body: { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', param: null, code: 'insufficient_quota' } },
    }),
    seconds: HOUR_S,
  },
  'Anthropic spend limit': {
    adapter: 'anthropic',
    reply: () => ({
      status: 400,
      body: {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
        },
      },
    }),
    seconds: HOUR_S,
  },
}

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  gateway = await startGateway()
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

test.each(Object.entries(cases))('UP-09 %s', async (name, { adapter = 'generic', reply, seconds }) => {
  const [limited, good] = [createCanary('sk-'), createCanary('sk-')]
  const slug = `c-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
  const pool = await gateway.addUpstream({ slug, base_url: upstream.url, adapter, keys: [limited, good] })
  upstream.script(limited, reply())
  const path = adapter === 'generic' ? `/proxy/${slug}/ok` : adapter === 'openai' ? `/llm/${slug}/v1/chat/completions` : `/llm/${slug}/v1/messages`
  const call = (): Promise<number | undefined> =>
    gateway.send('POST', path, { 'Content-Type': 'application/json' }, '{"model":"m","messages":[]}').then((result) => result.responses[0]?.status)

  const statuses = [await call(), await call()]
  const seenAtMs = Date.now()
  expect(statuses).toEqual([200, 200])
  const entry = upstream.ledger.entries.find((found) => found.key === limited)
  const key = (await gateway.admin.listKeys(pool))[0]
  expect(key?.state).toBe('cooling')
  const restMs = Date.parse(String(key?.until)) - (seenAtMs - (performance.now() - (entry?.atMs as number)))
  expect(Math.abs(restMs / 1_000 - seconds)).toBeLessThanOrEqual(1)

  if (seconds < 5) return
  const before = upstream.ledger.entries.filter((found) => found.key === limited).length
  for (let i = 0; i < 10; i++) expect(await call()).toBe(200)
  expect(upstream.ledger.entries.filter((found) => found.key === limited)).toHaveLength(before)
})
