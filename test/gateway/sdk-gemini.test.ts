// Google's own SDK as a client of the gateway.
import { ApiError, GoogleGenAI } from '@google/genai'
import { expect, test } from '@jest/globals'
// Its import puts a dispatcher on this realm's globalThis, where @google/genai looks for Node's own.
import 'undici'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { collect, PIXEL, rejection, useSdkFixture, WRONG_KEY } from './sdk-fixture.ts'

const fixture = useSdkFixture('gemini', [`AIza${'fixture'.repeat(5)}`, `AIza${'limited'.repeat(5)}`])
const client = (slug = 'vendor', apiKey = fixture.clientKey): GoogleGenAI => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: fixture.url(slug) } })
const model = 'gemini-fixture'

test('generateContent', async () => {
  expect((await client().models.generateContent({ model, contents: 'hi' })).text).toBe('Hello from chaos')
  const entry = fixture.chaos.ledger.entries.at(-1)
  expect(entry?.target).toBe('/v1beta/models/gemini-fixture:generateContent')
  expect(entry?.credentials).toEqual([expect.objectContaining({ value: fixture.key })])
})

test('a recorded stream', async () => {
  fixture.record('/recorded/v1beta/models/gemini-fixture:streamGenerateContent', 'gemini/generate-stream.sse')
  const { chunks, error } = await collect(await client('recorded').models.generateContentStream({ model, contents: 'hi' }))
  expect(error).toBeUndefined()
  expect(chunks.map((chunk) => chunk.text).join('')).toBe('Grüße from the fixture 世界 🦊')
  expect(fixture.chaos.ledger.entries.at(-1)?.target).toBe('/recorded/v1beta/models/gemini-fixture:streamGenerateContent?alt=sse')
})

test('tool calls and images', async () => {
  const tools = [{ functionDeclarations: [{ name: 'get_weather' }] }]
  expect((await client().models.generateContent({ model, contents: 'hi', config: { tools } })).functionCalls).toEqual([
    expect.objectContaining({ name: 'get_weather', args: { city: 'Paris' } }),
  ])
  const contents = [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PIXEL } }] }]
  expect((await client().models.generateContent({ model, contents })).text).toBe('I see 1 image')
  expect(fixture.chaos.ledger.entries.at(-1)?.body.toString()).toContain(PIXEL)
})

test('errors of the gateway are ApiErrors with our words', async () => {
  const unknown = await rejection(client('vendor', WRONG_KEY).models.generateContent({ model, contents: 'hi' }))
  expect(unknown).toBeInstanceOf(ApiError)
  expect(unknown).toMatchObject({ status: 401, message: expect.stringMatching(/client key/i) })
  const limited = await rejection(client('limited').models.generateContent({ model, contents: 'hi' }))
  expect(limited).toMatchObject({ status: 429, message: expect.stringContaining('KEY_POOL_COOLING_DOWN') })
})

test('a stream that breaks off raises an ApiError with our words', async () => {
  fixture.chaos.handle('/v1beta/models/cut:streamGenerateContent', (exchange: ChaosExchange) => {
    exchange.startChunked(200, 'text/event-stream')
    exchange.chunk('data: {"candidates": [{"content": {"parts": [{"text": "Hel"}],"role": "model"},"index": 0}]}\r\n\r\n')
    exchange.endChunked()
  })
  const { chunks, error } = await collect(await client().models.generateContentStream({ model: 'cut', contents: 'hi' }))
  expect(chunks.map((chunk) => chunk.text)).toEqual(['Hel'])
  expect(error).toBeInstanceOf(ApiError)
  expect((error as Error).message).toContain('UPSTREAM_STREAM_INTERRUPTED')
})
