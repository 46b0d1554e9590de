// What meters read from answers: every dialect, whole and streamed, cut anywhere, broken off, and malformed.
import { describe, expect, test } from '@jest/globals'
import type { Adapter } from '../../src/adapters/adapter.ts'
import { findAdapter } from '../../src/adapters/index.ts'
import { completeReading, type MeterReading, NO_USAGE, type UsageMeter } from '../../src/domain/usage.ts'
import { limits } from '../../src/limits.ts'
import { readFixture } from './fixture.ts'

function open(adapter: string, path: string, isEventStream: boolean): UsageMeter {
  const meter = (findAdapter(adapter) as Adapter).createMeter?.(path, isEventStream)
  if (meter === undefined) throw new Error(`${adapter} has no meter for ${path}`)
  return meter
}

interface Case {
  readonly file: string
  readonly adapter: string
  readonly path: string
  readonly model: string
  readonly usage: readonly [input: number, output: number, cacheRead: number, cacheWrite: number, reasoning: number]
}

const CHAT = '/v1/chat/completions'
const GENERATE = '/v1beta/models/gemini-2.5-pro:generateContent'
const STREAM = '/v1beta/models/gemini-2.5-pro:streamGenerateContent'
const GPT = 'gpt-5-mini-2025-08-07'
const CLAUDE = 'claude-sonnet-4-5-20250929'

const CASES: readonly Case[] = [
  { file: 'usage/openai-chat.json', adapter: 'openai', path: CHAT, model: GPT, usage: [2006, 300, 1920, 0, 256] },
  { file: 'usage/openai-chat-usage-stream.sse', adapter: 'openai', path: CHAT, model: GPT, usage: [2006, 300, 1920, 0, 256] },
  { file: 'usage/openai-completion.json', adapter: 'openai', path: '/v1/completions', model: 'gpt-3.5-turbo-instruct:20230824-v2', usage: [5, 7, 0, 0, 0] },
  { file: 'usage/openai-embeddings.json', adapter: 'openai', path: '/v1/embeddings', model: 'text-embedding-3-small', usage: [8, 0, 0, 0, 0] },
  { file: 'usage/openai-image.json', adapter: 'openai', path: '/v1/images/generations', model: '', usage: [50, 4160, 0, 0, 0] },
  { file: 'usage/openai-responses.json', adapter: 'openai', path: '/v1/responses', model: 'gpt-5-2025-08-07', usage: [328, 52, 128, 0, 32] },
  { file: 'usage/openai-responses-incomplete-stream.sse', adapter: 'openai', path: '/v1/responses', model: 'gpt-5-2025-08-07', usage: [328, 52, 128, 0, 32] },
  { file: 'openai/responses-stream.sse', adapter: 'azure-openai', path: '/openai/v1/responses', model: GPT, usage: [12, 4, 0, 0, 0] },
  { file: 'usage/openai-chat.json', adapter: 'azure-openai', path: '/openai/deployments/mine/chat/completions', model: GPT, usage: [2006, 300, 1920, 0, 256] },
  { file: 'usage/anthropic-message-cached.json', adapter: 'anthropic', path: '/v1/messages', model: CLAUDE, usage: [2260, 393, 2051, 188, 0] },
  { file: 'usage/anthropic-cached-stream.sse', adapter: 'anthropic', path: '/v1/messages', model: CLAUDE, usage: [2260, 393, 2051, 188, 0] },
  { file: 'usage/anthropic-plain-delta-stream.sse', adapter: 'anthropic', path: '/v1/messages', model: CLAUDE, usage: [2260, 393, 2051, 188, 0] },
  { file: 'anthropic/messages-tool-stream.sse', adapter: 'moonshot', path: '/anthropic/v1/messages', model: CLAUDE, usage: [472, 89, 0, 0, 0] },
  { file: 'usage/gemini-generate.json', adapter: 'gemini', path: GENERATE, model: 'gemini-2.5-pro', usage: [800, 240, 512, 0, 200] },
  { file: 'usage/gemini-array-stream.json', adapter: 'gemini', path: STREAM, model: 'gemini-2.5-pro', usage: [800, 240, 512, 0, 200] },
  { file: 'usage/gemini-stream.sse', adapter: 'gemini', path: STREAM, model: 'gemini-2.5-pro', usage: [800, 240, 512, 0, 200] },
  {
    file: 'usage/gemini-compatible-chat.json',
    adapter: 'gemini',
    path: '/v1beta/openai/chat/completions',
    model: 'gemini-2.5-pro',
    usage: [758, 967, 0, 0, 865],
  },
  { file: 'usage/xai-chat.json', adapter: 'xai', path: CHAT, model: 'grok-3-mini', usage: [32, 103, 6, 0, 94] },
  { file: 'usage/deepseek-chat.json', adapter: 'deepseek', path: '/chat/completions', model: 'deepseek-reasoner', usage: [1100, 90, 1024, 0, 60] },
  { file: 'usage/mistral-chat.json', adapter: 'mistral', path: CHAT, model: 'mistral-large-latest', usage: [16, 34, 0, 0, 0] },
  { file: 'usage/groq-stream.sse', adapter: 'groq', path: '/openai/v1/chat/completions', model: 'llama-3.3-70b-versatile', usage: [41, 3, 0, 0, 0] },
  { file: 'openai-compatible/openrouter-stream.sse', adapter: 'openrouter', path: '/api/v1/chat/completions', model: GPT, usage: [12, 9, 0, 0, 0] },
  { file: 'usage/ollama-chat.ndjson', adapter: 'ollama', path: '/api/chat', model: 'llama3.2', usage: [26, 282, 0, 0, 0] },
]

function openCase({ file, adapter, path }: Case): UsageMeter {
  return open(adapter, path, file.endsWith('.sse'))
}

function bytesOf(file: string): Buffer {
  return Buffer.from(readFixture(file), 'latin1')
}

function readingOf({ model, usage: [input, output, cacheRead, cacheWrite, reasoning] }: Case): MeterReading {
  return { model, usage: { input, output, cacheRead, cacheWrite, reasoning }, isFinal: true, uncountedBytes: 0 }
}

describe.each(CASES)('$adapter $file', (one) => {
  const bytes = bytesOf(one.file)

  test('is read whole', () => {
    const meter = openCase(one)
    meter.take(bytes)
    expect(meter.end(true)).toEqual(readingOf(one))
  })

  test('is read the same wherever the network cuts it', () => {
    const different: number[] = []
    for (let cut = 1; cut < bytes.length; cut++) {
      const meter = openCase(one)
      meter.take(bytes.subarray(0, cut))
      meter.take(bytes.subarray(cut))
      if (JSON.stringify(meter.end(true)) !== JSON.stringify(readingOf(one))) different.push(cut)
    }
    expect(different).toEqual([])
    for (const size of [1, 2, 3, 7, 64]) {
      const meter = openCase(one)
      for (let at = 0; at < bytes.length; at += size) meter.take(bytes.subarray(at, at + size))
      expect(meter.end(true)).toEqual(readingOf(one))
    }
  })

  test('broken off anywhere, it says no more than the whole does', () => {
    for (let cut = 0; cut < bytes.length; cut++) {
      const meter = openCase(one)
      meter.take(bytes.subarray(0, cut))
      const { usage = NO_USAGE, uncountedBytes } = meter.end(false)
      const [input, output] = one.usage
      expect(usage.input).toBeLessThanOrEqual(input)
      expect(usage.output).toBeLessThanOrEqual(output)
      expect(uncountedBytes).toBeLessThanOrEqual(bytes.length)
    }
  })
})

describe('what the vendor does not count is estimated', () => {
  const streamed = (file: string, adapter: string, path: string, isWhole: boolean, until?: string): MeterReading => {
    const text = readFixture(file)
    const meter = open(adapter, path, true)
    meter.take(Buffer.from(until === undefined ? text : text.slice(0, text.indexOf(until)), 'latin1'))
    return meter.end(isWhole)
  }

  test('a chat stream without usage: the bytes of its texts, as they stand in the JSON, tool arguments included', () => {
    const reading = streamed('usage/openai-chat-no-usage-stream.sse', 'openai', CHAT, true)
    // 12345678, a\"b and {\"a\":1}
    expect(reading).toEqual({ model: GPT, usage: undefined, isFinal: false, uncountedBytes: 8 + 4 + 9 })
    expect(completeReading(reading, 401)).toEqual({ model: GPT, usage: { ...NO_USAGE, input: 101, output: 6 }, isEstimated: true })
  })

  test('a stream that breaks off: what was counted, and the rest by its bytes', () => {
    const opened = { input: 2260, output: 2, cacheRead: 2051, cacheWrite: 188, reasoning: 0 }
    const reading = streamed('usage/anthropic-cached-stream.sse', 'anthropic', '/v1/messages', false, 'event: content_block_stop')
    // 12345678 and ab\ncd
    expect(reading).toEqual({ model: CLAUDE, usage: opened, isFinal: false, uncountedBytes: 14 })
    expect(completeReading(reading, 9_999)).toEqual({ model: CLAUDE, usage: { ...opened, output: 2 + 4 }, isEstimated: true })
    expect(streamed('usage/openai-responses-incomplete-stream.sse', 'openai', '/v1/responses', false, 'event: response.output_text.done')).toEqual({
      model: 'gpt-5-2025-08-07',
      usage: undefined,
      isFinal: false,
      uncountedBytes: 'Hello there'.length,
    })
  })

  test('a stream with figures in every event is known as far as it came', () => {
    const reading = streamed('usage/gemini-stream.sse', 'gemini', STREAM, false, 'data: {"candidates":[{"content":{"parts":[{"text":" there')
    expect(reading.usage).toEqual({ ...NO_USAGE, input: 700, output: 200, reasoning: 200 })
    // The event in between had no figures.
    expect(completeReading(reading, 0)).toMatchObject({ usage: { output: 200 + 1 }, isEstimated: true })
  })

  test('a stream that ends well without its last figures is an estimate too', () => {
    const text = readFixture('usage/anthropic-cached-stream.sse').replace(/event: message_delta\ndata: [^\n]*\n\n/, '')
    const meter = open('anthropic', '/v1/messages', true)
    meter.take(Buffer.from(text, 'latin1'))
    expect(completeReading(meter.end(true), 0)).toMatchObject({ usage: { input: 2260, output: 6 }, isEstimated: true })
  })
})

describe('nothing from outside breaks a meter', () => {
  const read = (text: string, adapter = 'openai', path = CHAT, isWhole = true): MeterReading => {
    const meter = open(adapter, path, false)
    for (let at = 0; at < text.length; at += 4_096) meter.take(Buffer.from(text.slice(at, at + 4_096), 'latin1'))
    return meter.end(isWhole)
  }

  test.each([
    ['text', 'upstream connect error'],
    ['cut JSON', '{"usage":{"prompt_tokens":5'],
    ['usage that is no object', '{"usage":7,"usage":"x","usage":[1],"usage":null}'],
    ['usage without counts', '{"usage":{"type":"object","properties":{}}}'],
    ['usage with texts for counts', '{"usage":{"prompt_tokens":"5","completion_tokens":null}}'],
    ['broken usage', '{"usage":{"prompt_tokens":5,}}'],
    ['deep usage', `{"usage":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`],
    ['usage without end', `{"usage":{"prompt_tokens":5,"x":"${'y'.repeat(3 * limits.meterRestBytesMax)}`],
  ])('%s says nothing', (_name, text) => {
    expect(read(text).usage).toBeUndefined()
  })

  test('counts that no answer has are not believed, and parts are no more than the whole', () => {
    expect(read('{"usage":{"prompt_tokens":-5,"completion_tokens":1e300}}').usage).toEqual(NO_USAGE)
    expect(read('{"usage":{"prompt_tokens":10.9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":50,"cache_write_tokens":9}}}').usage).toEqual({
      input: 10,
      output: 3,
      cacheRead: 10,
      cacheWrite: 0,
      reasoning: 0,
    })
  })

  test('usage behind long texts, numbers and images is found; a model with a long name is cut', () => {
    const usage = '"usage":{"prompt_tokens":3,"completion_tokens":4}'
    expect(read(`{"choices":[{"message":{"content":"${'\\"usage\\":{\\"prompt_tokens\\":9}'.repeat(20_000)}"}}],${usage}}`).usage).toMatchObject({
      input: 3,
      output: 4,
    })
    expect(read(`{"data":[{"embedding":[${'0.0123,'.repeat(100_000)}1]}],${usage}}`, 'openai', '/v1/embeddings').usage).toMatchObject({ input: 3 })
    expect(read(`{"model":"${'m'.repeat(5_000)}",${usage}}`)).toMatchObject({ model: 'm'.repeat(limits.modelCharsKept), usage: { input: 3 } })
  })

  test('texts of any length are counted to the byte, escapes at every cut included', () => {
    const content = 'a\\\\b\\"c\\n'.repeat(2_000)
    const text = `{"choices":[{"delta":{"content":"${content}"}}]}`
    for (const size of [1, 3, 1_000, 4_096]) {
      const meter = open('openai', CHAT, true)
      for (let at = 0; at < text.length; at += size) meter.take(Buffer.from(text.slice(at, at + size)))
      expect(meter.end(true).uncountedBytes).toBe(content.length)
    }
  })

  test('what waits for its end stays bounded: a usage longer than any is passed over', () => {
    const long = (bytes: number): string => `{"usage":{"prompt_tokens":5,"completion_tokens":1,"x":"${'y'.repeat(bytes)}"}}`
    expect(read(long(limits.meterRestBytesMax - 1_000)).usage).toMatchObject({ input: 5 })
    expect(read(long(limits.meterRestBytesMax)).usage).toBeUndefined()
    expect(read(`[${long(3 * limits.meterRestBytesMax)},{"usage":{"prompt_tokens":6}}]`).usage).toMatchObject({ input: 6 })
  })
})

test('endpoints that consume no tokens have no meter, and calls that repeat an answer are not counted again', () => {
  const paths = [
    '/v1/models',
    '/v1/files',
    '/v1/batches',
    '/v1/messages/count_tokens',
    '/v1/messages/batches',
    '/v1/responses/resp_1/cancel',
    '/v1/chat/completions/c_1',
  ]
  for (const path of [...paths, '/v1beta/models/x:countTokens', '/v1beta/cachedContents'])
    for (const adapter of ['openai', 'anthropic', 'gemini', 'ollama'])
      expect([path, adapter, findAdapter(adapter)?.createMeter?.(path, false)]).toEqual([path, adapter, undefined])
  expect(findAdapter('generic')?.createMeter).toBeUndefined()
})
