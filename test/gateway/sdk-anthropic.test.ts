// Anthropic's own SDK as a client of the gateway.
import Anthropic from '@anthropic-ai/sdk'
import { expect, test } from '@jest/globals'
import { collect, PIXEL, rejection, useSdkFixture, WRONG_KEY } from './sdk-fixture.ts'

const fixture = useSdkFixture('anthropic', ['sk-ant-api03-fixturefixturefixturefixturefixture0123', 'sk-ant-api03-limitedlimitedlimitedlimitedlimited01'])
const client = (slug = 'vendor', apiKey = fixture.clientKey): Anthropic => new Anthropic({ baseURL: fixture.url(slug), apiKey, maxRetries: 0 })
const request = { model: 'claude-fixture', max_tokens: 16, messages: [{ role: 'user' as const, content: 'hi' }] }
const tools = [{ name: 'get_weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }]

test('messages, count_tokens; version and beta headers arrive as sent', async () => {
  const answer = await client().messages.create(request, { headers: { 'anthropic-beta': 'fixture-2025-01-01' } })
  expect(answer.content[0]).toMatchObject({ type: 'text', text: 'Hello from chaos' })
  const head = fixture.chaos.ledger.entries.at(-1)?.rawHead.toLowerCase()
  expect(head).toMatch(/\r\nanthropic-version: 20\d\d-\d\d-\d\d\r\n/)
  expect(head).toContain('\r\nanthropic-beta: fixture-2025-01-01\r\n')
  expect(head).toContain(`\r\nx-api-key: ${fixture.key}\r\n`)
  expect((await client().messages.countTokens({ model: request.model, messages: request.messages })).input_tokens).toBe(3)
})

test('a client that signs in with Authorization: Bearer, as Claude Code does', async () => {
  const claudeCode = new Anthropic({ baseURL: fixture.url(), authToken: fixture.clientKey, apiKey: null, maxRetries: 0 })
  expect((await claudeCode.messages.create(request)).content[0]).toMatchObject({ text: 'Hello from chaos' })
})

test('a recorded stream with a tool call', async () => {
  fixture.record('/recorded/v1/messages', 'anthropic/messages-tool-stream.sse')
  const message = await client('recorded')
    .messages.stream({ ...request, tools })
    .finalMessage()
  expect(message.content).toMatchObject([
    { type: 'text', text: 'Ich schaue nach: 天気 🌦' },
    { type: 'tool_use', name: 'get_weather', input: { city: 'Reykjavík' } },
  ])
  expect(message.stop_reason).toBe('tool_use')
})

test('tool calls and images', async () => {
  expect((await client().messages.create({ ...request, tools })).content[0]).toMatchObject({ type: 'tool_use', input: { city: 'Paris' } })
  const image = { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data: PIXEL } }
  expect((await client().messages.create({ ...request, messages: [{ role: 'user', content: [image] }] })).content[0]).toMatchObject({ text: 'I see 1 image' })
  expect(fixture.chaos.ledger.entries.at(-1)?.body.toString()).toContain(PIXEL)
})

test('errors of the gateway are typed', async () => {
  const unknown = await rejection(client('vendor', WRONG_KEY).messages.create(request))
  expect(unknown).toBeInstanceOf(Anthropic.AuthenticationError)
  expect((unknown as Error).message).toMatch(/client key/i)
  const limited = await rejection(client('limited').messages.create(request))
  expect(limited).toBeInstanceOf(Anthropic.RateLimitError)
  expect((limited as Error).message).toContain('key_pool_cooling_down')
})

test('a stream that breaks off raises an APIError with our words', async () => {
  const { chunks, error } = await collect(await client().messages.create({ ...request, stream: true }, { query: { end: 'none', n: 3 } }))
  expect(chunks.length).toBeGreaterThanOrEqual(3)
  expect(error).toBeInstanceOf(Anthropic.APIError)
  expect((error as Error).message).toContain('upstream_stream_interrupted')
})

test('an error that the vendor sends inside its stream arrives as it is', async () => {
  const { error } = await collect(await client().messages.create({ ...request, stream: true }, { query: { end: 'error', n: 3 } }))
  expect(error).toBeInstanceOf(Anthropic.APIError)
  expect((error as Error).message).toContain('overloaded_error')
  expect((error as Error).message).not.toContain('upstream_stream_interrupted')
})
