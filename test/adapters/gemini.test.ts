// Gemini's google.rpc errors and the streams of generateContent.
import { describe, expect, test } from '@jest/globals'
import { gemini } from '../../src/adapters/gemini/index.ts'
import { readFixture } from './fixture.ts'

const STREAM = '/v1beta/models/gemini-2.5-flash:streamGenerateContent'

describe('error answers', () => {
  test.each([
    ['error-400-key-invalid', 400, { outcome: 'key_rejected', definite: true, reason: '400 API_KEY_INVALID' }],
    ['error-400-key-expired', 400, { outcome: 'key_rejected', definite: true }],
    ['error-400-argument', 400, { outcome: 'request_rejected', reason: '400 INVALID_ARGUMENT' }],
    ['error-400-location', 400, { outcome: 'request_rejected' }],
    ['error-401', 401, { outcome: 'key_rejected', reason: '401 UNAUTHENTICATED' }],
    ['error-403-service-disabled', 403, { outcome: 'key_rejected', reason: '403 SERVICE_DISABLED' }],
    ['error-403-service-blocked', 403, { outcome: 'key_rejected', reason: '403 API_KEY_SERVICE_BLOCKED' }],
    ['error-403-suspended', 403, { outcome: 'key_rejected', reason: '403 CONSUMER_SUSPENDED' }],
    ['error-403-other', 403, { outcome: 'request_rejected', reason: '403 PERMISSION_DENIED' }],
    ['error-429-minute', 429, { outcome: 'rate_limited', reason: '429 RESOURCE_EXHAUSTED', retryAfterMs: 37_000 }],
    ['error-429-day', 429, { outcome: 'quota_exhausted', reason: '429 daily_quota' }],
    ['error-429-no-free-tier', 429, { outcome: 'rate_limited', retryAfterMs: 12_000 }],
    ['error-429-plain', 429, { outcome: 'rate_limited', retryAfterMs: undefined }],
    ['error-500', 500, { outcome: 'upstream_failed', reason: '500 INTERNAL' }],
    ['error-503', 503, { outcome: 'upstream_failed', overloaded: true, reason: '503 UNAVAILABLE' }],
  ])('%s', (file, status, expected) => {
    const text = readFixture(`gemini/${file}.json`)
    const verdict = gemini.classify({ status, headers: [] }, text, 0)
    expect(verdict).toMatchObject(expected)
    if (!('definite' in expected)) expect(verdict.definite).toBeUndefined()
    // Without `alt=sse` a streaming call answers with an array.
    expect(gemini.classify({ status, headers: [] }, `[${text}]`, 0)).toEqual(verdict)
  })

  test('a key that is refused in words only', () => {
    const body = (message: string): string => JSON.stringify({ error: { code: 403, message, status: 'PERMISSION_DENIED' } })
    expect(gemini.classify({ status: 403, headers: [] }, body('Your API key was reported as leaked. Please use another API key.'), 0)).toMatchObject({
      outcome: 'key_rejected',
      definite: true,
    })
    expect(gemini.classify({ status: 403, headers: [] }, body('The prompt said: Your API key was reported as leaked.'), 0)).toMatchObject({
      outcome: 'request_rejected',
    })
  })

  test('codes of the Interactions API are words', () => {
    const body = (code: string): string => JSON.stringify({ error: { code, message: 'x' } })
    expect(gemini.classify({ status: 429, headers: [] }, body('quota_exceeded'), 0).outcome).toBe('quota_exhausted')
    expect(gemini.classify({ status: 429, headers: [] }, body('rate_limit_exceeded'), 0).outcome).toBe('rate_limited')
    expect(gemini.classify({ status: 503, headers: [] }, body('service_unavailable'), 0).overloaded).toBe(true)
  })

  test('a retry-after header goes before the body', () => {
    expect(gemini.classify({ status: 429, headers: ['retry-after', '5'] }, readFixture('gemini/error-429-minute.json'), 0).retryAfterMs).toBe(5000)
  })
})

describe('first event', () => {
  test.each([
    ['error-429-minute', { outcome: 'rate_limited', retryAfterMs: 37_000, reason: 'stream error 429 RESOURCE_EXHAUSTED' }],
    ['error-503', { outcome: 'upstream_failed', overloaded: true }],
    ['error-400-argument', { outcome: 'request_rejected' }],
    ['error-400-key-invalid', { outcome: 'key_rejected', definite: true }],
    ['error-500', { outcome: 'upstream_failed' }],
  ])('%s', (file, expected) => {
    expect(gemini.classifyFirstEvent(`data: ${JSON.stringify(JSON.parse(readFixture(`gemini/${file}.json`)))}`)).toMatchObject(expected)
  })

  test('a chunk is none', () => {
    expect(gemini.classifyFirstEvent(readFixture('gemini/generate-stream.sse').split('\r\n\r\n')[0] as string)).toBeUndefined()
  })
})

describe('end of a stream', () => {
  test.each(['generate-stream', 'generate-tool-stream', 'generate-blocked-stream'])(
    '%s is whole, and not when it is cut inside or before its last event',
    (file) => {
      const text = readFixture(`gemini/${file}.sse`)
      expect(gemini.isStreamComplete(STREAM, text.slice(-4096))).toBe(true)
      const end = text.trimEnd().length
      for (let cut = 0; cut < end; cut++) expect([cut, gemini.isStreamComplete(STREAM, text.slice(Math.max(0, cut - 4096), cut))]).toEqual([cut, false])
    },
  )

  test('a long last chunk is recognised by what the tail still shows, or left undecided', () => {
    const chunk = (before: string, after: string): string =>
      `data: {"candidates": [{"content": {"parts": [{"text": "${before}"}]},"finishReason": "STOP","groundingMetadata": "${after}"}]}\r\n\r\n`
    expect(gemini.isStreamComplete(STREAM, chunk('x'.repeat(9000), '').slice(-4096))).toBe(true)
    expect(gemini.isStreamComplete(STREAM, chunk('', 'x'.repeat(9000)).slice(-4096))).toBeUndefined()
  })

  test('other endpoints are not judged', () => {
    expect(gemini.isStreamComplete('/v1beta/interactions', 'data: {}\n\n')).toBeUndefined()
  })
})

test('error event', () => {
  const text = gemini.renderStreamError(STREAM, 'upstream_stream_interrupted', 'Broke off.', 'req_1')
  expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({
    error: { code: 503, message: 'Broke off.', status: 'UNAVAILABLE', details: [{ reason: 'UPSTREAM_STREAM_INTERRUPTED' }] },
  })
})
