// Owns the acceptance row UP-05: a truncated answer never looks like a finished one.
import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { cut } from '../support/chaos/stream.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import type { RawResponse } from '../support/raw-client.ts'

const RUNS = 100
const PARALLEL = 20

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream({ lean: true })
  for (const path of ['/v1/chat/completions', '/v1/messages', '/v1beta/models/m:streamGenerateContent']) upstream.handle(path, cut)
  const keys = (): string[] => [createCanary('sk-')]
  gateway = await startGateway({
    upstreams: [
      { slug: 'rest', base_url: upstream.url, keys: keys() },
      { slug: 'oai', base_url: upstream.url, adapter: 'openai', keys: keys() },
      { slug: 'ant', base_url: upstream.url, adapter: 'anthropic', keys: keys() },
      { slug: 'gem', base_url: upstream.url, adapter: 'gemini', keys: keys() },
    ],
  })
  const [oai, ant] = ['oai', 'ant'].map((slug) => ({
    name: slug,
    match: { path: `/my/${slug}/*rest` },
    action: { type: 'upstream', upstream: slug },
    rewrite: { path: '/*rest' },
  }))
  for (const route of [oai, ant]) await gateway.admin.expectOk('POST', '/routes', route)
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

async function repeat(method: string, path: string, responsesWanted = 0): Promise<RawResponse[]> {
  const responses: RawResponse[] = []
  let left = RUNS
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const result = await gateway.send(method, path, { 'Content-Type': 'application/json' }, method === 'POST' ? '{"stream":true}' : '', {
        responses: responsesWanted,
      })
      responses.push(...result.responses)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  expect(responses).toHaveLength(RUNS)
  return responses
}

const combinations = ['cl', 'chunked', 'midchunk', 'eof'].flatMap((framing) =>
  ['fin', 'rst'].flatMap((how) => ['keep-alive', 'close'].map((conn) => `framing=${framing}&how=${how}&conn=${conn}&ms=5`)),
)

describe('UP-05 JSON', () => {
  test.each(combinations.filter((query) => !query.includes('eof')))('POST /cut?%s: the client sees the cut', async (query) => {
    for (const response of await repeat('POST', `/proxy/rest/cut?${query}`)) {
      // Either nothing was committed and the gateway says so, or the body visibly ends early.
      expect([200, 502]).toContain(response.status)
      if (response.status === 200) expect(response.ending).toBe('cut')
    }
  })

  test('an answer that is delimited by the connection alone passes when it ends with FIN: nothing in the protocol could tell', async () => {
    for (const response of await repeat('GET', '/proxy/rest/cut?framing=eof&how=fin&conn=close', 1)) expect(response.status).toBe(200)
  })
})

describe('UP-05 SSE', () => {
  test.each(combinations)('POST /v1/chat/completions?%s: an error event, no [DONE], a cut connection', async (query) => {
    for (const response of await repeat('POST', `/llm/oai/v1/chat/completions?${query}&sse=1`)) {
      // Inside a promised length there is no room for an event of ours: the short length is what the client sees.
      if (query.includes('framing=cl')) expect([response.status, response.ending]).toEqual([200, 'cut'])
      else expectBroken(response, /data: \{"error":\{/)
    }
  })

  test.each([
    ['ant', '/v1/messages', 'anthropic', /event: error\ndata: /],
    ['gem', '/v1beta/models/m:streamGenerateContent', 'gemini', /data: \{"error":\{/],
  ] as const)('%s: the dialect of the vendor', async (slug, path, dialect, sign) => {
    for (const how of ['fin', 'rst']) {
      for (const response of await repeat('POST', `/llm/${slug}${path}?framing=chunked&how=${how}&sse=1&dialect=${dialect}&alt=sse`))
        expectBroken(response, sign)
    }
  })

  test('a route to an upstream: the same, in the dialect of the vendor', async () => {
    for (const how of ['fin', 'rst']) {
      const query = `framing=chunked&how=${how}&sse=1&alt=sse`
      for (const response of await repeat('POST', `/my/oai/v1/chat/completions?${query}`)) expectBroken(response, /data: \{"error":\{/)
      for (const response of await repeat('POST', `/my/ant/v1/messages?${query}&dialect=anthropic`)) expectBroken(response, /event: error\ndata: /)
    }
  })

  test('a stream that ends cleanly inside its framing but without its terminator is broken too', async () => {
    upstream.handle('/v1/chat/completions', (exchange) => {
      exchange.startChunked(200, 'text/event-stream')
      exchange.chunk('data: {"choices":[{"index":0,"delta":{"content":"half"},"finish_reason":null}]}\n\n')
      exchange.endChunked()
    })
    for (const path of ['/llm/oai/v1/chat/completions', '/my/oai/v1/chat/completions'])
      for (const response of await repeat('POST', path)) expectBroken(response, /data: \{"error":\{/)
    upstream.handle('/v1/chat/completions', cut)
  })

  function expectBroken(response: RawResponse, sign: RegExp): void {
    const text = response.body.toString()
    expect(response.status).toBe(200)
    expect(response.ending).toBe('cut')
    expect(text).toMatch(sign)
    expect(text).not.toMatch(/\[DONE\]|message_stop|"finishReason"/)
    expect(text.endsWith('\n\n')).toBe(true)
  }
})

describe('UP-05 seen by curl', () => {
  const curl = (target: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const args = ['-sS', '-o', '/dev/null', '--max-time', '10', '-X', 'POST', '-d', '{}', '-H', `X-Proxy-Key: ${gateway.clientKey}`, gateway.url + target]
      execFile('curl', args, (error) => {
        if (error === null) resolve(0)
        else if (typeof error.code === 'number') resolve(error.code)
        else reject(new Error(`curl: ${error.message}`))
      })
    })

  test('it exits with 18 or 56', async () => {
    for (const query of combinations.filter((text) => !text.includes('eof')))
      expect([query, [18, 56].includes(await curl(`/proxy/rest/cut?${query}`))]).toEqual([query, true])
    for (const query of combinations) expect([query, [18, 56].includes(await curl(`/llm/oai/v1/chat/completions?${query}&sse=1`))]).toEqual([query, true])
  })
})

test('UP-05 the log names the truncation', () => {
  expect(gateway.child.stdout).toContain('upstream_stream_interrupted')
})
