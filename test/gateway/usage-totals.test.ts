// Many requests of mixed dialects and streams with known usage: the log, the sums and the metrics agree to the request and to the token.
// USAGE_REQUESTS=200000 makes it the run of the acceptance row.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { type LoadPlan, runClosedLoop } from '../support/load.ts'
import { until } from '../support/until.ts'

const REQUESTS = Number(process.env['USAGE_REQUESTS'] ?? 4_000)
const TIMEOUT_MS = 60_000 + REQUESTS * 3

interface Kind {
  readonly upstream: 'openai' | 'anthropic' | 'gemini'
  readonly path: string
  readonly body: object
  readonly input: number
  readonly output: number
  readonly type: string
  readonly answer: string
}

const sse = (...events: readonly string[]): string => events.map((event) => `${event}\n\n`).join('')
const data = (value: object): string => `data: ${JSON.stringify(value)}`
const chat = { model: 'gpt-4o', messages: [] }

/** The answer is one of those that vendors give, whole. */
const check: LoadPlan['check'] = ({ status, body }) => {
  if (status !== 200) return 'wrong-status'
  const text = body.toString('latin1')
  return KINDS.some(({ answer }) => answer === text) ? 'ok' : 'wrong-body'
}

/** What is asked, in turns, and what its vendor says it took. */
const KINDS: readonly Kind[] = [
  {
    ...{ upstream: 'openai', path: '/v1/chat/completions', body: chat, input: 11, output: 7, type: 'application/json' },
    answer: JSON.stringify({ model: 'gpt-4o', choices: [{ message: { content: 'Hi' } }], usage: { prompt_tokens: 11, completion_tokens: 7 } }),
  },
  {
    ...{ upstream: 'openai', path: '/v1/chat/completions', body: { ...chat, stream: true, stream_options: { include_usage: true } } },
    ...{ input: 13, output: 5, type: 'text/event-stream' },
    answer: sse(
      data({ model: 'gpt-4o', choices: [{ delta: { content: 'Hi' } }], usage: null }),
      data({ model: 'gpt-4o', choices: [], usage: { prompt_tokens: 13, completion_tokens: 5 } }),
      'data: [DONE]',
    ),
  },
  {
    ...{ upstream: 'anthropic', path: '/v1/messages', body: { model: 'claude', max_tokens: 10, messages: [], stream: true } },
    ...{ input: 17, output: 3, type: 'text/event-stream' },
    answer: sse(
      `event: message_start\n${data({ type: 'message_start', message: { model: 'claude', usage: { input_tokens: 17, output_tokens: 1 } } })}`,
      `event: message_delta\n${data({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } })}`,
      `event: message_stop\n${data({ type: 'message_stop' })}`,
    ),
  },
  {
    ...{ upstream: 'gemini', path: '/v1beta/models/gemini-2.5-flash:generateContent', body: { contents: [] }, input: 19, output: 2, type: 'application/json' },
    answer: JSON.stringify({
      candidates: [{ content: { parts: [{ text: 'Hi' }] } }],
      usageMetadata: { promptTokenCount: 19, candidatesTokenCount: 2, totalTokenCount: 21 },
      modelVersion: 'gemini-2.5-flash',
    }),
  },
]

const chaos = new ChaosUpstream({ lean: true })
let gateway: Gateway

beforeAll(async () => {
  await chaos.listen()
  for (const path of new Set(KINDS.map((kind) => kind.path))) {
    chaos.handle(path, (exchange: ChaosExchange) => {
      const kind = KINDS[Number(exchange.query.get('kind'))] as Kind
      exchange.reply(
        200,
        [
          ['Content-Type', kind.type],
          ['X-Nonce', exchange.entry.nonce],
        ],
        kind.answer,
      )
    })
  }
  const upstreams = [...new Set(KINDS.map(({ upstream }) => upstream))].map((slug) => ({
    slug,
    adapter: slug,
    base_url: chaos.url,
    keys: [`sk-${slug}-0123456789abcdef0123`],
  }))
  gateway = await startGateway({ upstreams, env: { LOG_LEVEL: 'warn' } })
})
afterAll(async () => {
  await gateway?.close()
  await chaos.close()
})

test(
  `${REQUESTS} requests: the log, the sums and the metrics agree to the token and to the request`,
  async () => {
    const request = (index: number) => {
      const kind = KINDS[index % KINDS.length] as Kind
      const headers = { 'X-Req-Id': `n${index}`, 'Content-Type': 'application/json' }
      return {
        nonce: `n${index}`,
        text: gateway.text('POST', `/llm/${kind.upstream}${kind.path}?kind=${index % KINDS.length}`, headers, JSON.stringify(kind.body)),
      }
    }
    const { failures } = await runClosedLoop({ port: gateway.port, connections: 20, total: REQUESTS, request, check })
    expect(failures).toEqual([])
    const said = new Map<string, { requests: number; input: number; output: number }>()
    for (let index = 0; index < REQUESTS; index++) {
      const { upstream, input, output } = KINDS[index % KINDS.length] as Kind
      const sum = said.get(upstream) ?? { requests: 0, input: 0, output: 0 }
      said.set(upstream, { requests: sum.requests + 1, input: sum.input + input, output: sum.output + output })
    }
    const metric = async (start: string): Promise<number> => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text()
      return text.split('\n').reduce((sum, line) => (line.startsWith(start) ? sum + Number(line.slice(line.lastIndexOf(' ') + 1)) : sum), 0)
    }
    await until(async () => (await metric('akr_request_log_stored_total')) === REQUESTS)
    expect(await metric('akr_request_log_dropped_total')).toBe(0)
    const { data: groups } = (await gateway.admin.expectOk('GET', '/usage?group_by=upstream')) as {
      data: { upstream: string; requests: number; input_tokens: number; output_tokens: number }[]
    }
    for (const [upstream, { requests, input, output }] of said) {
      expect(groups.find((group) => group.upstream === upstream)).toMatchObject({ requests, input_tokens: input, output_tokens: output, errors: 0 })
      const tokens = (direction: string): Promise<number> =>
        metric(`akr_llm_tokens_total{upstream="${upstream}",model="${modelOf(upstream)}",direction="${direction}"}`)
      expect([upstream, await tokens('input'), await tokens('output')]).toEqual([upstream, input, output])
      expect(await metric(`akr_proxy_requests_total{upstream="${upstream}"`)).toBe(requests)
    }
    const lines = (
      await (await fetch(`${gateway.url}/api/admin/logs/export?format=ndjson`, { headers: { authorization: `Bearer ${gateway.admin.token}` } })).text()
    )
      .trim()
      .split('\n')
    const logged = lines.map((line) => JSON.parse(line) as { upstream: string; input_tokens: number; output_tokens: number })
    for (const [upstream, { requests, input, output }] of said) {
      const own = logged.filter((row) => row.upstream === upstream)
      const sum = (pick: (row: (typeof own)[number]) => number): number => own.reduce((total, row) => total + pick(row), 0)
      expect([own.length, sum((row) => row.input_tokens), sum((row) => row.output_tokens)]).toEqual([requests, input, output])
    }
  },
  TIMEOUT_MS,
)

function modelOf(upstream: string): string {
  return { openai: 'gpt-4o', anthropic: 'claude', gemini: 'gemini-2.5-flash' }[upstream] ?? ''
}
