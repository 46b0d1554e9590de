// Owns the proof that the chaos upstream misbehaves as scripted and books what reaches it.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { badCases } from './chaos/bad.ts'
import { openChaosUpstream, type ChaosUpstream } from './chaos-upstream.ts'
import { RawConnection, requestText, sendRaw } from './raw-client.ts'

let upstream: ChaosUpstream
beforeAll(async () => {
  upstream = await openChaosUpstream()
})
beforeEach(() => {
  upstream.ledger.clear()
  upstream.clearScripts()
})
afterAll(() => upstream.close())

describe('ledger', () => {
  test('books every credential, the nonce, the body digest and whether the request was complete', async () => {
    const body = '{"model":"m"}'
    const headers = { Authorization: 'Bearer key-1', 'x-api-key': 'key-2', 'X-Req-Id': 'n1' }
    await sendRaw(upstream.port, requestText('POST', '/ok?key=key-3', headers, body))
    const [entry] = upstream.ledger.entries
    expect(entry?.credentials.map((found) => `${found.where}=${found.value}`)).toEqual([
      'header:authorization=key-1',
      'header:x-api-key=key-2',
      'query:key=key-3',
    ])
    expect(entry).toMatchObject({ key: 'key-1', nonce: 'n1', method: 'POST', target: '/ok?key=key-3', complete: true, answered: true })
    expect(entry?.bodySha256).toBe(createHash('sha256').update(body).digest('hex'))
  })

  test('a request whose body never arrives is booked as incomplete, its connection as aborted', async () => {
    const connection = new RawConnection(upstream.port)
    connection.write('POST /ok HTTP/1.1\r\nHost: u\r\nContent-Length: 100\r\n\r\nhalf')
    await upstream.ledger.waitFor((entry) => entry.target === '/ok')
    connection.reset()
    const entry = await upstream.ledger.waitFor((found) => found.abortedAtMs !== undefined)
    expect(entry).toMatchObject({ complete: false, answered: false })
  })

  test('Basic and cookie credentials are found', async () => {
    const basic = Buffer.from('user:basic-key').toString('base64')
    await sendRaw(upstream.port, requestText('GET', '/ok', { Authorization: `Basic ${basic}`, Cookie: 'a=1; session=cookie-key' }))
    expect(upstream.ledger.entries[0]?.credentials.map((found) => found.value)).toEqual(['basic-key', '1', 'cookie-key'])
  })
})

describe('scripts', () => {
  test('a key gets what the test scripts for it, other keys the path', async () => {
    upstream.script('k3', { status: 429, retryAfter: 30 })
    const limited = await sendRaw(upstream.port, requestText('GET', '/ok', { Authorization: 'Bearer k3' }))
    const fine = await sendRaw(upstream.port, requestText('GET', '/ok', { Authorization: 'Bearer k1' }))
    expect(limited.responses[0]).toMatchObject({ status: 429 })
    expect(limited.bytes.toString()).toContain('Retry-After: 30')
    expect(fine.responses[0]?.status).toBe(200)
  })

  test('a function may decide per request', async () => {
    let calls = 0
    upstream.script('k', () => (++calls === 1 ? { status: 401 } : undefined))
    const request = requestText('GET', '/ok', { Authorization: 'Bearer k' })
    expect((await sendRaw(upstream.port, request)).responses[0]?.status).toBe(401)
    expect((await sendRaw(upstream.port, request)).responses[0]?.status).toBe(200)
  })
})

describe('faults', () => {
  test.each(['cl', 'chunked', 'midchunk', 'eof'])('a cut %s answer is seen as cut by RST, and by FIN when the framing can tell', async (framing) => {
    const byReset = await sendRaw(upstream.port, requestText('GET', `/cut?how=rst&framing=${framing}`), { responses: 0 })
    expect(byReset.closedBy).toBe('rst')
    expect(byReset.responses[0]).toMatchObject({ status: 200, ending: 'cut' })
    expect(byReset.responses[0]?.body.length).toBe(500)
    const byFin = await sendRaw(upstream.port, requestText('GET', `/cut?how=fin&framing=${framing}`), { responses: 0 })
    expect(byFin.closedBy).toBe('fin')
    expect(byFin.responses[0]?.ending).toBe(framing === 'eof' ? 'eof' : 'cut')
  })

  test('streams end as asked', async () => {
    const done = await sendRaw(upstream.port, requestText('GET', '/sse?n=2&gap=0'))
    expect(done.responses[0]?.body.toString()).toMatch(/w0.*w1[^]*data: \[DONE\]\n\n$/s)
    const none = await sendRaw(upstream.port, requestText('GET', '/sse?n=2&gap=0&end=none'))
    expect(none.responses[0]?.body.toString()).not.toContain('[DONE]')
    const error = await sendRaw(upstream.port, requestText('GET', '/sse?n=2&gap=0&end=error&dialect=anthropic'))
    expect(error.responses[0]?.body.toString()).toContain('event: error')
  })

  test('a stalled answer ends when the client leaves', async () => {
    const connection = new RawConnection(upstream.port)
    connection.write(requestText('GET', '/stall?at=body'))
    expect(await connection.waitForText('hello')).toBe(true)
    connection.reset()
    await upstream.ledger.waitFor((entry) => entry.abortedAtMs !== undefined)
  })

  test('poison is delivered in the same packet', async () => {
    const result = await sendRaw(upstream.port, requestText('GET', '/poison', { 'X-Req-Id': 'mine' }), { responses: 2 })
    expect(result.responses.map((response) => response.body.toString())).toEqual(['{"nonce":"mine"}', '{"nonce":"poison"}'])
  })

  test('every malformed case sends its bytes', async () => {
    expect(Object.keys(badCases).length).toBeGreaterThanOrEqual(31)
    for (const [name, found] of Object.entries(badCases)) {
      const result = await sendRaw(upstream.port, requestText('GET', `/bad/${name}`), { responses: 0, timeoutMs: 40 })
      expect([name, result.bytes.toString('latin1').slice(0, 200)]).toEqual([name, found.bytes.slice(0, 200)])
    }
  })

  test('a large body respects a reader that pauses', async () => {
    const result = await sendRaw(upstream.port, requestText('GET', '/big?bytes=3000000'))
    expect(result.responses[0]?.body.length).toBe(3_000_000)
  })
})

test('pipelined requests are answered in order', async () => {
  const two = requestText('GET', '/ok', { 'X-Req-Id': 'a' }) + requestText('GET', '/ok', { 'X-Req-Id': 'b' })
  const result = await sendRaw(upstream.port, two, { responses: 2 })
  expect(result.responses.map((response) => (JSON.parse(response.body.toString()) as { nonce: string }).nonce)).toEqual(['a', 'b'])
})

test('vendor endpoints answer in the vendor shape and echo tools and images', async () => {
  const post = async (path: string, body: object): Promise<string> =>
    (
      await sendRaw(upstream.port, requestText('POST', path, { 'Content-Type': 'application/json' }, JSON.stringify(body)))
    ).responses[0]?.body.toString() as string
  expect(await post('/v1/chat/completions', { model: 'm', tools: [{ type: 'function', function: { name: 'weather' } }] })).toContain('"name":"weather"')
  expect(await post('/v1/messages', { model: 'm', messages: [{ role: 'user', content: [{ type: 'image' }] }] })).toContain('I see 1 image')
  expect(await post('/v1beta/models/gem:generateContent', {})).toContain('"finishReason":"STOP"')
  expect(await post('/v1beta/models/gem:streamGenerateContent?alt=sse', {})).toContain('"finishReason":"STOP"')
  expect(await post('/v1/responses', { model: 'm', stream: true })).toContain('response.completed')
})
