// The vendors' own SDKs as clients of the gateway: what people's programs really send, and what they make of the answers.
import { readFileSync } from 'node:fs'
import Anthropic from '@anthropic-ai/sdk'
import { ApiError, GoogleGenAI } from '@google/genai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
// Its import puts a dispatcher on this realm's globalThis, where @google/genai looks for Node's own.
import 'undici'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const KEYS = { openai: 'sk-proj-fixturefixturefixture0123456789', anthropic: 'sk-ant-api03-fixturefixturefixturefixturefixture0123', gemini: `AIza${'fixture'.repeat(5)}` }
const chaos = new ChaosUpstream()
let gateway: Gateway
let openai: OpenAI
let anthropic: Anthropic
let gemini: GoogleGenAI

beforeAll(async () => {
  await chaos.listen()
  gateway = await startGateway({
    upstreams: [
      { slug: 'openai', base_url: `${chaos.url}/v1`, adapter: 'openai', keys: [KEYS.openai] },
      { slug: 'anthropic', base_url: chaos.url, adapter: 'anthropic', keys: [KEYS.anthropic] },
      { slug: 'gemini', base_url: chaos.url, adapter: 'gemini', keys: [KEYS.gemini] },
      { slug: 'recorded', base_url: `${chaos.url}/recorded/v1`, adapter: 'openai', keys: [KEYS.openai] },
      { slug: 'recorded-anthropic', base_url: `${chaos.url}/recorded`, adapter: 'anthropic', keys: [KEYS.anthropic] },
      { slug: 'recorded-gemini', base_url: `${chaos.url}/recorded`, adapter: 'gemini', keys: [KEYS.gemini] },
      { slug: 'limited', base_url: `${chaos.url}/v1`, adapter: 'openai', keys: ['sk-proj-limitedlimitedlimited0123456789'] },
      { slug: 'limited-anthropic', base_url: chaos.url, adapter: 'anthropic', keys: ['sk-ant-api03-limitedlimitedlimitedlimitedlimited01'] },
      { slug: 'limited-gemini', base_url: chaos.url, adapter: 'gemini', keys: [`AIza${'limited'.repeat(5)}`] },
    ],
  })
  openai = openaiClient('openai')
  anthropic = anthropicClient('anthropic')
  gemini = geminiClient('gemini')
  for (const key of ['sk-proj-limitedlimitedlimited0123456789', 'sk-ant-api03-limitedlimitedlimitedlimitedlimited01', `AIza${'limited'.repeat(5)}`]) {
    chaos.script(key, { status: 429, retryAfter: 40, body: { error: { message: 'slow down', type: 'rate_limit_error' } } })
  }
})

afterAll(async () => {
  await gateway.close()
  await chaos.close()
})

afterEach(() => {
  // Whatever a test did: the client's key never left the gateway, and the pool's key arrived exactly once.
  for (const entry of chaos.ledger.entries) {
    expect(entry.rawHead).not.toContain(gateway.clientKey)
    expect(entry.body.toString('latin1')).not.toContain(gateway.clientKey)
    expect(entry.credentials).toHaveLength(1)
  }
})

const openaiClient = (slug: string, apiKey = gateway.clientKey): OpenAI => new OpenAI({ baseURL: `${gateway.url}/llm/${slug}/v1`, apiKey, maxRetries: 0 })
const anthropicClient = (slug: string, apiKey = gateway.clientKey): Anthropic => new Anthropic({ baseURL: `${gateway.url}/llm/${slug}`, apiKey, maxRetries: 0 })
const geminiClient = (slug: string, apiKey = gateway.clientKey): GoogleGenAI => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${gateway.url}/llm/${slug}` } })

/** Serves a recorded stream at a path. */
function record(path: string, file: string): void {
  const bytes = readFileSync(new URL(`../fixtures/${file}`, import.meta.url))
  chaos.handle(path, (exchange: ChaosExchange) => {
    exchange.startChunked(200, 'text/event-stream')
    exchange.chunk(bytes)
    exchange.endChunked()
  })
}

async function rejection(work: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(work).then(
    (value) => {
      throw new Error(`expected an error, got ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}

async function collect<T>(stream: AsyncIterable<T>): Promise<{ chunks: T[]; error: unknown }> {
  const chunks: T[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk)
  } catch (error) {
    return { chunks, error }
  }
  return { chunks, error: undefined }
}

describe('openai', () => {
  const model = 'gpt-fixture'
  const messages = [{ role: 'user' as const, content: 'hi' }]

  test('chat, models, embeddings', async () => {
    const answer = await openai.chat.completions.create({ model, messages })
    expect(answer.choices[0]?.message.content).toBe('Hello from chaos')
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['chaos-1', 'chaos-2'])
    expect((await openai.embeddings.create({ model, input: 'x', encoding_format: 'float' })).data[0]?.embedding).toEqual([0.1, 0.2, 0.3])
    expect(chaos.ledger.entries.at(-1)?.credentials).toEqual([expect.objectContaining({ value: KEYS.openai })])
  })

  test('the request id of the answer is the gateway\'s', async () => {
    const { request_id } = await openai.chat.completions.create({ model, messages }).withResponse()
    expect(request_id).toMatch(/^[\w.-]{8,128}$/)
  })

  test('a recorded stream', async () => {
    record('/recorded/v1/chat/completions', 'openai/chat-stream.sse')
    const { chunks, error } = await collect(await openaiClient('recorded').chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }))
    expect(error).toBeUndefined()
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Grüße from the fixture — 世界! 🦊')
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(21)
  })

  test('tool calls, whole and streamed', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
    const answer = await openai.chat.completions.create({ model, messages, tools })
    expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } })
    record('/recorded/v1/chat/completions', 'openai/chat-tool-stream.sse')
    const streamed = await openaiClient('recorded').chat.completions.stream({ model, messages, tools }).finalChatCompletion()
    expect(streamed.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Reykjavík"}' } })
  })

  test('images reach the vendor as they were sent', async () => {
    const content = [{ type: 'text' as const, text: 'What is this?' }, { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${PIXEL}` } }]
    const answer = await openai.chat.completions.create({ model, messages: [{ role: 'user', content }] })
    expect(answer.choices[0]?.message.content).toBe('I see 1 image')
    expect(chaos.ledger.entries.at(-1)?.body.toString()).toContain(PIXEL)
  })

  test('the Responses API, whole and streamed', async () => {
    expect((await openai.responses.create({ model, input: 'hi' })).output_text).toBe('Hello from chaos')
    record('/recorded/v1/responses', 'openai/responses-stream.sse')
    const { chunks, error } = await collect(await openaiClient('recorded').responses.create({ model, input: 'hi', stream: true }))
    expect(error).toBeUndefined()
    expect(chunks.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')).toBe('Grüße from the Responses API 🦊')
    expect(chunks.at(-1)?.type).toBe('response.completed')
  })

  test('an unknown client key is an AuthenticationError with our words', async () => {
    const error = await rejection(openaiClient('openai', 'wrong-key-0123456789').chat.completions.create({ model, messages }))
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(error).toMatchObject({ status: 401, code: 'invalid_client_key', type: 'authentication_error', message: expect.stringMatching(/^401 .*client key/i) })
  })

  test('a vendor key instead of a client key is named', async () => {
    expect(await rejection(openaiClient('openai', 'sk-ant-api03-realrealrealrealrealrealrealrealrealreal').models.list())).toMatchObject({ status: 401, code: 'upstream_key_sent' })
  })

  test('an unknown upstream is a NotFoundError', async () => {
    const error = await rejection(openaiClient('opnai').chat.completions.create({ model, messages }))
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: 'upstream_not_found', message: expect.stringContaining('openai') })
  })

  test('a pool that is cooling down is a RateLimitError that says how long', async () => {
    const error = await rejection(openaiClient('limited').chat.completions.create({ model, messages }))
    expect(error).toBeInstanceOf(OpenAI.RateLimitError)
    expect(error).toMatchObject({ status: 429, code: 'key_pool_cooling_down' })
    const { headers } = error as InstanceType<typeof OpenAI.RateLimitError>
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(30)
    expect(headers.get('x-should-retry')).toBe('false')
  })

  test('an error of the vendor passes with its own words', async () => {
    chaos.script(KEYS.openai, { status: 404, body: { error: { message: 'The model `x` does not exist', type: 'invalid_request_error', param: null, code: 'model_not_found' } } })
    const error = await rejection(openai.chat.completions.create({ model, messages })).finally(() => chaos.script(KEYS.openai, undefined))
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: 'model_not_found', message: '404 The model `x` does not exist' })
  })

  test.each(['chat', 'responses'] as const)('a %s stream that breaks off raises an APIError with our words, after the text so far', async (api) => {
    const options = { query: { end: 'none', n: 3 } }
    const stream = api === 'chat' ? await openai.chat.completions.create({ model, messages, stream: true }, options) : await openai.responses.create({ model, input: 'hi', stream: true }, options)
    const { chunks, error } = await collect<unknown>(stream)
    expect(chunks.length).toBeGreaterThanOrEqual(3)
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({ code: 'upstream_stream_interrupted', message: expect.stringMatching(/upstream/i) })
  })
})

describe('anthropic', () => {
  const request = { model: 'claude-fixture', max_tokens: 16, messages: [{ role: 'user' as const, content: 'hi' }] }
  const tools = [{ name: 'get_weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }]

  test('messages, count_tokens; version and beta headers arrive as sent', async () => {
    const answer = await anthropic.messages.create(request, { headers: { 'anthropic-beta': 'fixture-2025-01-01' } })
    expect(answer.content[0]).toMatchObject({ type: 'text', text: 'Hello from chaos' })
    const head = chaos.ledger.entries.at(-1)?.rawHead.toLowerCase()
    expect(head).toMatch(/\r\nanthropic-version: 20\d\d-\d\d-\d\d\r\n/)
    expect(head).toContain('\r\nanthropic-beta: fixture-2025-01-01\r\n')
    expect(head).toContain(`\r\nx-api-key: ${KEYS.anthropic}\r\n`)
    expect((await anthropic.messages.countTokens({ model: request.model, messages: request.messages })).input_tokens).toBe(3)
  })

  test('a client that signs in with Authorization: Bearer, as Claude Code does', async () => {
    const client = new Anthropic({ baseURL: `${gateway.url}/llm/anthropic`, authToken: gateway.clientKey, apiKey: null, maxRetries: 0 })
    expect((await client.messages.create(request)).content[0]).toMatchObject({ text: 'Hello from chaos' })
  })

  test('a recorded stream with a tool call', async () => {
    record('/recorded/v1/messages', 'anthropic/messages-tool-stream.sse')
    const message = await anthropicClient('recorded-anthropic').messages.stream({ ...request, tools }).finalMessage()
    expect(message.content).toMatchObject([
      { type: 'text', text: 'Ich schaue nach: 天気 🌦' },
      { type: 'tool_use', name: 'get_weather', input: { city: 'Reykjavík' } },
    ])
    expect(message.stop_reason).toBe('tool_use')
  })

  test('tool calls and images', async () => {
    expect((await anthropic.messages.create({ ...request, tools })).content[0]).toMatchObject({ type: 'tool_use', input: { city: 'Paris' } })
    const image = { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data: PIXEL } }
    expect((await anthropic.messages.create({ ...request, messages: [{ role: 'user', content: [image] }] })).content[0]).toMatchObject({ text: 'I see 1 image' })
    expect(chaos.ledger.entries.at(-1)?.body.toString()).toContain(PIXEL)
  })

  test('errors of the gateway are typed', async () => {
    const unknown = await rejection(anthropicClient('anthropic', 'wrong-key-0123456789').messages.create(request))
    expect(unknown).toBeInstanceOf(Anthropic.AuthenticationError)
    expect((unknown as Error).message).toMatch(/client key/i)
    const limited = await rejection(anthropicClient('limited-anthropic').messages.create(request))
    expect(limited).toBeInstanceOf(Anthropic.RateLimitError)
    expect((limited as Error).message).toContain('key_pool_cooling_down')
  })

  test('a stream that breaks off raises an APIError with our words', async () => {
    const { chunks, error } = await collect(await anthropic.messages.create({ ...request, stream: true }, { query: { end: 'none', n: 3 } }))
    expect(chunks.length).toBeGreaterThanOrEqual(3)
    expect(error).toBeInstanceOf(Anthropic.APIError)
    expect((error as Error).message).toContain('upstream_stream_interrupted')
  })

  test('an error that the vendor sends inside its stream arrives as it is', async () => {
    const { error } = await collect(await anthropic.messages.create({ ...request, stream: true }, { query: { end: 'error', n: 3 } }))
    expect(error).toBeInstanceOf(Anthropic.APIError)
    expect((error as Error).message).toContain('overloaded_error')
    expect((error as Error).message).not.toContain('upstream_stream_interrupted')
  })
})

describe('gemini', () => {
  const model = 'gemini-fixture'

  test('generateContent', async () => {
    expect((await gemini.models.generateContent({ model, contents: 'hi' })).text).toBe('Hello from chaos')
    const entry = chaos.ledger.entries.at(-1)
    expect(entry?.target).toBe('/v1beta/models/gemini-fixture:generateContent')
    expect(entry?.credentials).toEqual([expect.objectContaining({ value: KEYS.gemini })])
  })

  test('a recorded stream', async () => {
    record('/recorded/v1beta/models/gemini-fixture:streamGenerateContent', 'gemini/generate-stream.sse')
    const { chunks, error } = await collect(await geminiClient('recorded-gemini').models.generateContentStream({ model, contents: 'hi' }))
    expect(error).toBeUndefined()
    expect(chunks.map((chunk) => chunk.text).join('')).toBe('Grüße from the fixture 世界 🦊')
    expect(chaos.ledger.entries.at(-1)?.target).toBe('/recorded/v1beta/models/gemini-fixture:streamGenerateContent?alt=sse')
  })

  test('tool calls and images', async () => {
    const tools = [{ functionDeclarations: [{ name: 'get_weather' }] }]
    expect((await gemini.models.generateContent({ model, contents: 'hi', config: { tools } })).functionCalls).toEqual([expect.objectContaining({ name: 'get_weather', args: { city: 'Paris' } })])
    const contents = [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PIXEL } }] }]
    expect((await gemini.models.generateContent({ model, contents })).text).toBe('I see 1 image')
    expect(chaos.ledger.entries.at(-1)?.body.toString()).toContain(PIXEL)
  })

  test('errors of the gateway are ApiErrors with our words', async () => {
    const unknown = await rejection(geminiClient('gemini', 'wrong-key-0123456789').models.generateContent({ model, contents: 'hi' }))
    expect(unknown).toBeInstanceOf(ApiError)
    expect(unknown).toMatchObject({ status: 401, message: expect.stringMatching(/client key/i) })
    const limited = await rejection(geminiClient('limited-gemini').models.generateContent({ model, contents: 'hi' }))
    expect(limited).toMatchObject({ status: 429, message: expect.stringContaining('KEY_POOL_COOLING_DOWN') })
  })

  test('a stream that breaks off raises an ApiError with our words', async () => {
    chaos.handle('/v1beta/models/cut:streamGenerateContent', (exchange: ChaosExchange) => {
      exchange.startChunked(200, 'text/event-stream')
      exchange.chunk('data: {"candidates": [{"content": {"parts": [{"text": "Hel"}],"role": "model"},"index": 0}]}\r\n\r\n')
      exchange.endChunked()
    })
    const { chunks, error } = await collect(await gemini.models.generateContentStream({ model: 'cut', contents: 'hi' }))
    expect(chunks.map((chunk) => chunk.text)).toEqual(['Hel'])
    expect(error).toBeInstanceOf(ApiError)
    expect((error as Error).message).toContain('UPSTREAM_STREAM_INTERRUPTED')
  })
})
