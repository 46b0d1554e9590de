// Usage from end to end: what the vendors said is what /metrics, the access log and the prices say, to the token, with real SDKs as clients.
import { gzipSync } from 'node:zlib'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import OpenAI from 'openai'
// Its import puts a dispatcher on this realm's globalThis, where @google/genai looks for Node's own.
import 'undici'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { createTemporaryFolder } from '../support/free-port.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { readLog } from '../support/log-lines.ts'
import { until } from '../support/until.ts'

const ROUNDS = 40
const chaos = new ChaosUpstream({ lean: true })
const folder = createTemporaryFolder('akr-usage')
let gateway: Gateway

/** What the vendors said they did, by upstream. */
const said = new Map<string, { requests: number; input: number; output: number; cacheRead: number; cacheWrite: number; reasoning: number }>()
let turn = 0

/** Fresh figures for an answer, noted. */
function figures(upstream: string): { input: number; output: number; cacheRead: number; cacheWrite: number; reasoning: number } {
  turn++
  const made = {
    input: 1_000 + turn,
    output: 100 + (turn % 17),
    cacheRead: (turn % 5) * 100,
    cacheWrite: upstream === 'anthropic' ? (turn % 3) * 50 : 0,
    reasoning: upstream === 'anthropic' ? 0 : turn % 7,
  }
  const sum = said.get(upstream) ?? { requests: 0, input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
  said.set(upstream, {
    requests: sum.requests + 1,
    input: sum.input + made.input,
    output: sum.output + made.output,
    cacheRead: sum.cacheRead + made.cacheRead,
    cacheWrite: sum.cacheWrite + made.cacheWrite,
    reasoning: sum.reasoning + made.reasoning,
  })
  return made
}

function openaiUsage(): object {
  const { input, output, cacheRead, reasoning } = figures('openai')
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

function answerChat(exchange: ChaosExchange): void {
  const base = { id: 'chatcmpl-1', created: 1, model: 'gpt-usage' }
  // Every third whole answer comes packed, as those of vendors do.
  if (turn % 3 === 0 && !exchange.query.has('stream')) {
    const body = {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: openaiUsage(),
    }
    return exchange.reply(
      200,
      [
        ['Content-Type', 'application/json'],
        ['Content-Encoding', 'gzip'],
      ],
      gzipSync(JSON.stringify(body)),
    )
  }
  if (!exchange.query.has('stream')) {
    return exchange.json(200, {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: openaiUsage(),
    })
  }
  const data = (value: object): string => `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...value })}\n\n`
  sendPieces(exchange, [
    data({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' }, finish_reason: null }], usage: null }),
    data({ choices: [{ index: 0, delta: { content: 'lo' }, finish_reason: 'stop' }], usage: null }),
    data({ choices: [], usage: openaiUsage() }) + 'data: [DONE]\n\n',
  ])
}

function answerMessages(exchange: ChaosExchange): void {
  const { input, output, cacheRead, cacheWrite } = figures('anthropic')
  const usage = { input_tokens: input - cacheRead - cacheWrite, cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite }
  const base = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-usage' }
  const event = (type: string, value: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`
  sendPieces(exchange, [
    event('message_start', { message: { ...base, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } } }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } }) + event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: output } }) + event('message_stop', {}),
  ])
}

function answerGenerate(exchange: ChaosExchange): void {
  const { input, output, cacheRead, reasoning } = figures('gemini')
  const part = (text: string, candidates: number, finish?: string): string =>
    `data: ${JSON.stringify({
      candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...(finish === undefined ? {} : { finishReason: finish }) }],
      usageMetadata: {
        promptTokenCount: input,
        candidatesTokenCount: candidates,
        cachedContentTokenCount: cacheRead,
        thoughtsTokenCount: reasoning,
        totalTokenCount: input + candidates + reasoning,
      },
      modelVersion: 'gemini-usage',
    })}\n\n`
  sendPieces(exchange, [part('Hel', 1), part('lo', output - reasoning, 'STOP')])
}

/** Cut where it hurts: in the middle of each piece. */
function sendPieces(exchange: ChaosExchange, pieces: readonly string[]): void {
  exchange.startChunked(200, 'text/event-stream')
  for (const piece of pieces) {
    const cut = piece.indexOf('okens') > 0 ? piece.indexOf('okens') : piece.length >> 1
    exchange.chunk(piece.slice(0, cut))
    exchange.chunk(piece.slice(cut))
  }
  exchange.endChunked()
}

beforeAll(async () => {
  await chaos.listen()
  chaos.handle('/v1/chat/completions', answerChat)
  chaos.handle('/v1/messages', answerMessages)
  chaos.handle('/v1beta/models/gemini-asked:streamGenerateContent', answerGenerate)
  const prices = join(folder.path, 'prices.json')
  writeFileSync(
    prices,
    JSON.stringify({
      prices: [
        { adapter: 'openai', models: ['gpt-usage'], input: 2, output: 8, cache_read: 0.5 },
        { adapter: 'anthropic', models: ['claude-*'], input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
      ],
    }),
  )
  const key = (name: string): string[] => [`fixture-${name}-key-0123456789abcdef`]
  gateway = await startGateway({
    env: { PRICES_FILE: prices },
    upstreams: [
      { slug: 'openai', base_url: `${chaos.url}/v1`, adapter: 'openai', keys: key('openai') },
      { slug: 'anthropic', base_url: chaos.url, adapter: 'anthropic', keys: key('anthropic') },
      { slug: 'gemini', base_url: chaos.url, adapter: 'gemini', keys: key('gemini') },
    ],
  })
})

afterAll(async () => {
  await gateway.close()
  await chaos.close()
  folder.remove()
})

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const one of stream) void one
}

async function readMetrics(): Promise<Map<string, number>> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('akr_llm_'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

test('mixed requests: metrics and log agree with the vendors to the token, and the cost with the prices', async () => {
  const options = { apiKey: gateway.clientKey, maxRetries: 0 }
  const openai = new OpenAI({ ...options, baseURL: `${gateway.url}/llm/openai/v1` })
  const anthropic = new Anthropic({ ...options, baseURL: `${gateway.url}/llm/anthropic` })
  const gemini = new GoogleGenAI({ apiKey: gateway.clientKey, httpOptions: { baseUrl: `${gateway.url}/llm/gemini` } })
  const messages = [{ role: 'user' as const, content: 'hi' }]
  const round = async (): Promise<void> => {
    await openai.chat.completions.create({ model: 'gpt-asked', messages })
    await drain(
      await openai.chat.completions.create({ model: 'gpt-asked', messages, stream: true, stream_options: { include_usage: true } }, { query: { stream: '1' } }),
    )
    await drain(anthropic.messages.stream({ model: 'claude-asked', max_tokens: 9, messages }))
    await drain(await gemini.models.generateContentStream({ model: 'gemini-asked', contents: 'hi' }))
  }
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let i = 0; i < ROUNDS / 4; i++) await round()
    }),
  )

  const lines = (): ReturnType<typeof readLog> =>
    readLog(gateway.child.stdout).filter(({ event, input_tokens: input }) => event === 'proxy.request' && input !== undefined)
  await until(() => lines().length >= 4 * ROUNDS)
  expect(said.get('openai')?.requests).toBe(2 * ROUNDS)
  const metrics = await readMetrics()
  for (const [upstream, model] of [
    ['openai', 'gpt-usage'],
    ['anthropic', 'claude-usage'],
    ['gemini', 'gemini-usage'],
  ] as const) {
    const sum = said.get(upstream)
    const counted = (direction: string): number | undefined =>
      metrics.get(`akr_llm_tokens_total{upstream="${upstream}",model="${model}",direction="${direction}"}`)
    const own = lines().filter((line) => line['upstream'] === upstream)
    const inLog = (field: string): number => own.reduce((total, line) => total + Number(line[field] ?? 0), 0)
    expect({
      upstream,
      input: counted('input'),
      output: counted('output'),
      cacheRead: counted('cache_read'),
      cacheWrite: counted('cache_write'),
      reasoning: counted('reasoning'),
    }).toEqual({
      upstream,
      input: sum?.input,
      output: sum?.output,
      cacheRead: sum?.cacheRead,
      cacheWrite: sum?.cacheWrite,
      reasoning: sum?.reasoning,
    })
    expect({ upstream, requests: own.length, input: inLog('input_tokens'), output: inLog('output_tokens') }).toEqual({
      upstream,
      requests: sum?.requests,
      input: sum?.input,
      output: sum?.output,
    })
    expect(own.filter((line) => line['model'] !== model || line['tokens_estimated'] !== undefined)).toEqual([])
  }
  const cost = (upstream: string, model: string): number =>
    Math.round((metrics.get(`akr_llm_cost_usd_total{upstream="${upstream}",model="${model}"}`) ?? NaN) * 1e6)
  const { input, output, cacheRead } = said.get('openai') as { input: number; output: number; cacheRead: number }
  expect(cost('openai', 'gpt-usage')).toBe((input - cacheRead) * 2 + cacheRead * 0.5 + output * 8)
  // Each answer is rounded to a millionth of a dollar.
  const claude = said.get('anthropic') as { input: number; output: number; cacheRead: number; cacheWrite: number }
  const wanted = (claude.input - claude.cacheRead - claude.cacheWrite) * 3 + claude.cacheRead * 0.3 + claude.cacheWrite * 3.75 + claude.output * 15
  expect(Math.abs(cost('anthropic', 'claude-usage') - wanted)).toBeLessThanOrEqual(ROUNDS / 2)
  expect(cost('gemini', 'gemini-usage')).toBeNaN()
})

test('a client that leaves is counted by what it got, as an estimate', async () => {
  chaos.handle('/v1/chat/completions', (exchange: ChaosExchange) => {
    exchange.startChunked(200, 'text/event-stream')
    exchange.chunk('data: {"model":"gpt-left","choices":[{"delta":{"content":"sixteen letters!"}}]}\n\n')
  })
  const abort = new AbortController()
  const body = JSON.stringify({ model: 'gpt-asked', stream: true, messages: [] })
  const response = await fetch(`${gateway.url}/llm/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.clientKey}`, 'content-type': 'application/json' },
    body,
    signal: abort.signal,
  })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  abort.abort()
  const left = (): object | undefined => readLog(gateway.child.stdout).find(({ status }) => status === 499)
  await until(() => left() !== undefined)
  expect(left()).toMatchObject({ model: 'gpt-left', input_tokens: Math.ceil(body.length / 4), output_tokens: 4, tokens_estimated: true })
})

test('a price file with mistakes keeps the gateway from starting, and every mistake is named', async () => {
  const prices = join(folder.path, 'wrong.json')
  writeFileSync(
    prices,
    JSON.stringify({
      prices: [
        { adapter: 'opnai', models: ['x'], input: 1, output: 1 },
        { models: ['y'], input: 'one', output: 1 },
      ],
    }),
  )
  const failure = await startGateway({ env: { PRICES_FILE: prices } }).then(
    async (started) => {
      await started.close()
      return 'it started'
    },
    (error: unknown) => String(error),
  )
  expect(failure).toMatch(/"code":78|"exitCode":78|78/)
  expect(failure).toContain('prices[0].adapter is no adapter')
  expect(failure).toContain('prices[1].input is not a price')
  expect(await startGateway({ env: { PRICES_FILE: join(folder.path, 'missing.json') } }).catch(String)).toContain('cannot be read (ENOENT)')
})
