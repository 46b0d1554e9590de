// The request log and usage as people see them: filters, cursors, exports, and what belongs to whose account.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import type { ExchangeRecord } from '../../src/ports/exchange-record.ts'
import { anExchangeRecord } from '../support/exchange-records.ts'
import { BatchMaker } from '../support/log-batches.ts'
import { openManagement, type Management } from './fixture.ts'

let api: Management
let token: string
let accountToken: string
let accountId: string
let keyId: string
let records: readonly ExchangeRecord[]

const MINUTE = 60_000

beforeAll(async () => {
  api = await openManagement()
  token = await api.tokenOf('admin')
  accountId = (await api.call('POST', '/accounts', { token, body: { name: 'acme' } })).json.id
  accountToken = await api.tokenOf('viewer', accountId)
  const upstream = await api.call('POST', '/upstreams', { token, body: { slug: 'openai', base_url: 'https://api.openai.com', adapter: 'openai', kind: 'llm' } })
  keyId = (await api.call('POST', `/upstreams/${upstream.json.id}/keys`, { token, body: { value: 'sk-1234567890abcdefghijklmnop' } })).json.id
  const nowMs = api.clock.nowMs()
  records = Array.from({ length: 1_200 }, (_, i) =>
    anExchangeRecord({
      ...{
        requestId: `request-${i}`,
        startedAtMs: nowMs - (1_200 - i) * MINUTE,
        model: i % 2 === 0 ? 'gpt-5' : '=cmd|calc',
        accountId: i % 3 === 0 ? accountId : '',
      },
      ...{ clientKeyId: `cli_${i % 5}`, keyId, status: i % 10 === 0 ? 503 : 200, outcome: i % 10 === 0 ? ('exhausted' as const) : ('ok' as const) },
      ...{ costMicroUsd: 1_500, usage: { input: 10, output: 5, cacheRead: 2, cacheWrite: 0, reasoning: 1 } },
      tries: [{ keyId, host: 'secret-host.test', startMs: 0.3, durationMs: 29, status: 200, result: 'ok', reason: 'served' }],
    }),
  )
  const maker = new BatchMaker(7)
  await api.requestLog.openWriter(7, nowMs)
  for (let i = 0; i < records.length; i += 300) await api.requestLog.append(maker.make(records.slice(i, i + 300), nowMs))
})
afterAll(() => api.close())

async function get(path: string, as = token) {
  const answer = await api.call('GET', path, { token: as })
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return answer
}

async function allPages(query: string, as = token): Promise<any[]> {
  const rows: any[] = []
  let cursor = ''
  do {
    const { json } = await get(`/logs?limit=250${query}${cursor}`, as)
    rows.push(...json.data)
    cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`
  } while (cursor !== '')
  return rows
}

describe('GET /logs', () => {
  test('pages newest first, each request once', async () => {
    const rows = await allPages('')
    expect(rows.map((row) => row.request_id)).toEqual(records.map(({ requestId }) => requestId).reverse())
    expect(rows[0]).toMatchObject({
      upstream: 'openai',
      key_id: keyId,
      cost_usd: 0.0015,
      input_tokens: 10,
      cache_read_tokens: 2,
      account_id: null,
      trace_id: null,
    })
  })

  test.each([
    ['status=503', 120],
    ['status=5xx', 120],
    ['status=404', 0],
    ['outcome=exhausted&client_key=cli_0', 120],
    ['model=gpt-5', 600],
    ['search=REQUEST-119', 11],
    ['request_id=request-7', 1],
    ['min_duration_ms=31', 0],
  ])('%s finds %i', async (query, count) => {
    expect(await allPages(`&${query}`)).toHaveLength(count)
  })

  test('times are of the end: from then on, and before then', async () => {
    const [from, until] = [records[100]!, records[110]!].map(({ startedAtMs, durationMs }) => new Date(startedAtMs + durationMs).toISOString())
    expect((await allPages(`&from=${from}&until=${until}`)).map((row) => row.request_id)).toEqual(
      records
        .slice(100, 110)
        .map(({ requestId }) => requestId)
        .reverse(),
    )
  })

  test('what is no filter, no status and no cursor is refused by name', async () => {
    for (const query of ['colour=red', 'status=teapot', 'cursor=zz', 'cursor=zzzzzzzzz-zzzzzzzzzzz', 'limit=1001', 'outcome=great', 'from=yesterday']) {
      const answer = await api.call('GET', `/logs?${query}`, { token })
      expect([query, answer.status, answer.json.errors[0].path]).toEqual([query, 422, `/query/${query.split('=')[0]}`])
    }
  })

  test('people of an account see its requests, and neither keys nor hosts', async () => {
    const rows = await allPages('', accountToken)
    expect(rows).toHaveLength(400)
    expect(rows.every((row) => row.account_id === accountId && row.key_id === null)).toBe(true)
    const detail = await get('/logs/request-3', accountToken)
    expect(detail.json.tries).toEqual([{ key_id: null, key: null, host: null, reason: null, start_ms: 0.3, duration_ms: 29, status: 200, result: 'ok' }])
    expect((await api.call('GET', '/logs/request-4', { token: accountToken })).status).toBe(404)
    for (const query of [`account=${accountId}`, `key=${keyId}`]) expect((await api.call('GET', `/logs?${query}`, { token: accountToken })).status).toBe(422)
    const text = (await get('/logs/export?format=ndjson', accountToken)).text
    expect(text.trimEnd().split('\n')).toHaveLength(400)
    expect(text).not.toContain(keyId)
    expect(text).not.toContain('secret-host')
  })
})

describe('GET /logs/:id', () => {
  test('has every attempt with its masked key, and the time of each phase', async () => {
    const { json } = await get('/logs/request-4')
    expect(json.tries).toEqual([
      {
        key_id: keyId,
        key: expect.stringMatching(/^sk-.*mnop$/),
        host: 'secret-host.test',
        start_ms: 0.3,
        duration_ms: 29,
        status: 200,
        result: 'ok',
        reason: 'served',
      },
    ])
    expect(json.phases).toEqual([
      { name: 'admission', start_ms: 0, duration_ms: 0.3 },
      { name: 'attempts', start_ms: 0.3, duration_ms: 19.7 },
      { name: 'relay', start_ms: 20, duration_ms: 10 },
    ])
    expect((await api.call('GET', '/logs/none-such', { token })).json.code).toBe('not_found')
  })
})

describe('exports', () => {
  test('as CSV: a head, every request, and nothing that a spreadsheet would run', async () => {
    const answer = await get('/logs/export')
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="requests.csv"')
    const lines = answer.text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(1 + records.length)
    expect(lines[0]).toMatch(/^id,request_id,started_at,/)
    expect(lines[1]).toContain(",'=cmd|calc,")
    expect(answer.text).not.toMatch(/,=/)
  })

  test('as a JSON object per line', async () => {
    const answer = await get('/logs/export?format=ndjson&status=5xx')
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
    const rows = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toHaveLength(120)
    expect(rows[0]).toMatchObject({ status: 503, request_id: 'request-1190' })
  })

  test('one that nobody reads to its end, or that only asks for the head, gives its place back', async () => {
    for (let i = 0; i < limits.logExportsMax * 3; i++) {
      await api.call('HEAD', '/logs/export', { token })
      const gone = new AbortController()
      const answer = await fetch(`${api.url}/api/admin/logs/export`, { headers: { authorization: `Bearer ${token}` }, signal: gone.signal })
      gone.abort()
      await answer.text().catch(() => '')
    }
    expect((await get('/logs/export')).text.length).toBeGreaterThan(100_000)
  })
})

describe('GET /usage', () => {
  test('sums agree with the rows, by whatever they are grouped', async () => {
    for (const groupBy of ['client_key', 'account', 'upstream', 'model', 'day', 'hour', 'minute', 'client_key,model', 'day,upstream,model']) {
      const { json } = await get(`/usage?group_by=${groupBy}&limit=1000&from=${new Date(records[0]!.startedAtMs).toISOString()}`)
      expect(json.totals).toMatchObject({ requests: 1_200, errors: 120, input_tokens: 12_000, total_tokens: 18_000, cost_usd: 1.8, unpriced_requests: 0 })
      if (groupBy === 'minute') expect(json).toMatchObject({ total: 1_200, page: 1, limit: 1000 })
      else expect(json.data.reduce((sum: number, row: any) => sum + row.requests, 0)).toBe(1_200)
      expect(json.data).toHaveLength(Math.min(json.total, 1_000))
    }
    const { json } = await get('/usage?group_by=client_key&client_key=cli_0')
    expect(json.data).toEqual([expect.objectContaining({ client_key_id: 'cli_0', requests: 240, exhausted: 120 })])
  })

  test('people of an account see what it used', async () => {
    const { json } = await get('/usage?group_by=account', accountToken)
    expect(json.data).toEqual([expect.objectContaining({ account_id: accountId, requests: 400, input_tokens: 4_000 })])
    expect((await api.call('GET', `/usage?account=other`, { token: accountToken })).status).toBe(422)
  })

  test('a range is widened to what is kept, and what is not kept is refused by name', async () => {
    const nowMs = api.clock.nowMs()
    const ago = (days: number): string => new Date(nowMs - days * 86_400_000 - 12_345).toISOString()
    expect((await get(`/usage?from=${ago(1)}`)).json.from).toMatch(/:00\.000Z$/)
    expect((await get(`/usage?from=${ago(30)}`)).json.from).toMatch(/:00:00\.000Z$/)
    expect((await get(`/usage?from=${ago(200)}`)).json.from).toMatch(/T00:00:00\.000Z$/)
    for (const query of [`from=${ago(30)}&group_by=minute`, 'group_by=colour', `from=${ago(1)}&until=${ago(2)}`]) {
      const answer = await api.call('GET', `/usage?${query}`, { token })
      expect([answer.status, answer.json.errors[0].path]).toEqual([422, expect.stringMatching(/^\/query\/(group_by|until)$/)])
    }
  })

  test('as CSV', async () => {
    const lines = (await get('/usage/export?group_by=client_key,model')).text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(1 + 10)
    expect(lines[0]).toMatch(/^client_key_id,model,requests,errors,/)
    expect(lines.filter((line) => line.includes(",'=cmd|calc,"))).toHaveLength(5)
  })
})
