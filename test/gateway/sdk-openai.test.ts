// OpenAI's own SDK as a client of the gateway.
import { expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { collect, PIXEL, rejection, useSdkFixture, WRONG_KEY } from './sdk-fixture.ts'

const fixture = useSdkFixture('openai', ['sk-proj-fixturefixturefixture0123456789', 'sk-proj-limitedlimitedlimited0123456789'])
const client = (slug = 'vendor', apiKey = fixture.clientKey): OpenAI => new OpenAI({ baseURL: `${fixture.url(slug)}/v1`, apiKey, maxRetries: 0 })
const model = 'gpt-fixture'
const messages = [{ role: 'user' as const, content: 'hi' }]

test('chat, models, embeddings', async () => {
  const answer = await client().chat.completions.create({ model, messages })
  expect(answer.choices[0]?.message.content).toBe('Hello from chaos')
  expect((await client().models.list()).data.map(({ id }) => id)).toEqual(['chaos-1', 'chaos-2'])
  expect((await client().embeddings.create({ model, input: 'x', encoding_format: 'float' })).data[0]?.embedding).toEqual([0.1, 0.2, 0.3])
  expect(fixture.chaos.ledger.entries.at(-1)?.credentials).toEqual([expect.objectContaining({ value: fixture.key })])
})

test("the request id of the answer is the gateway's", async () => {
  const { request_id } = await client().chat.completions.create({ model, messages }).withResponse()
  expect(request_id).toMatch(/^[\w.-]{8,128}$/)
})

test('a recorded stream', async () => {
  fixture.record('/recorded/v1/chat/completions', 'openai/chat-stream.sse')
  const { chunks, error } = await collect(
    await client('recorded').chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }),
  )
  expect(error).toBeUndefined()
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Grüße from the fixture — 世界! 🦊')
  expect(chunks.at(-1)?.usage?.total_tokens).toBe(21)
})

test('tool calls, whole and streamed', async () => {
  const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
  const answer = await client().chat.completions.create({ model, messages, tools })
  expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } })
  fixture.record('/recorded/v1/chat/completions', 'openai/chat-tool-stream.sse')
  const streamed = await client('recorded').chat.completions.stream({ model, messages, tools }).finalChatCompletion()
  expect(streamed.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Reykjavík"}' } })
})

test('images reach the vendor as they were sent', async () => {
  const content = [
    { type: 'text' as const, text: 'What is this?' },
    { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${PIXEL}` } },
  ]
  const answer = await client().chat.completions.create({ model, messages: [{ role: 'user', content }] })
  expect(answer.choices[0]?.message.content).toBe('I see 1 image')
  expect(fixture.chaos.ledger.entries.at(-1)?.body.toString()).toContain(PIXEL)
})

test('the Responses API, whole and streamed', async () => {
  expect((await client().responses.create({ model, input: 'hi' })).output_text).toBe('Hello from chaos')
  fixture.record('/recorded/v1/responses', 'openai/responses-stream.sse')
  const { chunks, error } = await collect(await client('recorded').responses.create({ model, input: 'hi', stream: true }))
  expect(error).toBeUndefined()
  expect(chunks.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')).toBe('Grüße from the Responses API 🦊')
  expect(chunks.at(-1)?.type).toBe('response.completed')
})

test('an unknown client key is an AuthenticationError with our words', async () => {
  const error = await rejection(client('vendor', WRONG_KEY).chat.completions.create({ model, messages }))
  expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
  expect(error).toMatchObject({ status: 401, code: 'invalid_client_key', type: 'authentication_error', message: expect.stringMatching(/^401 .*client key/i) })
})

test('a vendor key instead of a client key is named', async () => {
  expect(await rejection(client('vendor', 'sk-ant-api03-realrealrealrealrealrealrealrealrealreal').models.list())).toMatchObject({
    status: 401,
    code: 'upstream_key_sent',
  })
})

test('an unknown upstream is a NotFoundError', async () => {
  const error = await rejection(client('vendr').chat.completions.create({ model, messages }))
  expect(error).toBeInstanceOf(OpenAI.NotFoundError)
  expect(error).toMatchObject({ code: 'upstream_not_found', message: expect.stringContaining('vendor') })
})

test('a pool that is cooling down is a RateLimitError that says how long', async () => {
  const error = await rejection(client('limited').chat.completions.create({ model, messages }))
  expect(error).toBeInstanceOf(OpenAI.RateLimitError)
  expect(error).toMatchObject({ status: 429, code: 'key_pool_cooling_down' })
  const { headers } = error as InstanceType<typeof OpenAI.RateLimitError>
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(30)
  expect(headers.get('x-should-retry')).toBe('false')
})

test('an error of the vendor passes with its own words', async () => {
  fixture.chaos.script(fixture.key, {
    status: 404,
    body: { error: { message: 'The model `x` does not exist', type: 'invalid_request_error', param: null, code: 'model_not_found' } },
  })
  const error = await rejection(client().chat.completions.create({ model, messages })).finally(() => fixture.chaos.script(fixture.key, undefined))
  expect(error).toBeInstanceOf(OpenAI.NotFoundError)
  expect(error).toMatchObject({ code: 'model_not_found', message: '404 The model `x` does not exist' })
})

test.each(['chat', 'responses'] as const)('a %s stream that breaks off raises an APIError with our words, after the text so far', async (api) => {
  const options = { query: { end: 'none', n: 3 } }
  const stream =
    api === 'chat'
      ? await client().chat.completions.create({ model, messages, stream: true }, options)
      : await client().responses.create({ model, input: 'hi', stream: true }, options)
  const { chunks, error } = await collect<unknown>(stream)
  expect(chunks.length).toBeGreaterThanOrEqual(3)
  expect(error).toBeInstanceOf(OpenAI.APIError)
  expect(error).toMatchObject({ code: 'upstream_stream_interrupted', message: expect.stringMatching(/upstream/i) })
})
