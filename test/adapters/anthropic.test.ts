// Anthropic's error types and the streams of its Messages API.
import { describe, expect, test } from '@jest/globals'
import { anthropic } from '../../src/adapters/anthropic/index.ts'
import { readFixture } from './fixture.ts'

const MESSAGES = '/v1/messages'

describe('error answers', () => {
  test.each([
    ['error-400', 400, { outcome: 'request_rejected', reason: '400 invalid_request_error' }],
    ['error-400-prompt-about-money', 400, { outcome: 'request_rejected' }],
    ['error-400-credit', 400, { outcome: 'quota_exhausted', reason: '400 credit_balance' }],
    ['error-400-usage-limit', 400, { outcome: 'quota_exhausted', reason: '400 usage_limit' }],
    ['error-401', 401, { outcome: 'key_rejected', definite: true, reason: '401 authentication_error' }],
    ['error-401-cors', 401, { outcome: 'request_rejected', reason: '401 cors' }],
    ['error-402', 402, { outcome: 'quota_exhausted', reason: '402 billing_error' }],
    ['error-403', 403, { outcome: 'request_rejected', reason: '403 permission_error' }],
    ['error-413', 413, { outcome: 'request_rejected' }],
    ['error-429', 429, { outcome: 'rate_limited', reason: '429 rate_limit_error' }],
    ['error-429-spend-limit', 429, { outcome: 'quota_exhausted', reason: '429 enforced_spend_limit_reached' }],
    ['error-500', 500, { outcome: 'upstream_failed', reason: '500 api_error' }],
    ['error-529', 529, { outcome: 'upstream_failed', overloaded: true, reason: '529 overloaded_error' }],
  ])('%s', (file, status, expected) => {
    const verdict = anthropic.classify({ status, headers: [] }, readFixture(`anthropic/${file}.json`), 0)
    expect(verdict).toMatchObject(expected)
    if (!('definite' in expected)) expect(verdict.definite).toBeUndefined()
  })

  test('words about money count only with the statuses that carry them', () => {
    expect(anthropic.classify({ status: 500, headers: [] }, readFixture('anthropic/error-400-credit.json'), 0).outcome).toBe('upstream_failed')
    expect(anthropic.classify({ status: 404, headers: [] }, readFixture('anthropic/error-400-credit.json'), 0).outcome).toBe('request_rejected')
  })

  test('a 429 without retry-after is a rate limit unless the body says that money ran out', () => {
    expect(anthropic.classify({ status: 429, headers: [] }, readFixture('anthropic/error-429.json'), 0)).toEqual({
      outcome: 'rate_limited',
      reason: '429 rate_limit_error',
      retryAfterMs: undefined,
    })
    expect(anthropic.classify({ status: 429, headers: ['retry-after', '12'] }, readFixture('anthropic/error-429.json'), 0).retryAfterMs).toBe(12_000)
  })
})

describe('first event', () => {
  test('an overloaded_error is retried elsewhere', () => {
    const event = readFixture('anthropic/messages-overloaded-stream.sse').trimEnd()
    expect(anthropic.classifyFirstEvent(event)).toEqual({
      outcome: 'upstream_failed',
      reason: 'stream error overloaded_error',
      overloaded: true,
      retryAfterMs: undefined,
    })
  })

  test.each([
    ['rate_limit_error', 'Too many', 'rate_limited'],
    ['invalid_request_error', 'Bad', 'request_rejected'],
    ['invalid_request_error', 'Your credit balance is too low to access the Anthropic API.', 'quota_exhausted'],
    ['authentication_error', 'No', 'key_rejected'],
    ['api_error', 'Oops', 'upstream_failed'],
    ['constructor', 'Oops', 'upstream_failed'],
  ])('%s: %s', (type, message, outcome) => {
    expect(anthropic.classifyFirstEvent(`event: error\ndata: ${JSON.stringify({ type: 'error', error: { type, message } })}`)?.outcome).toBe(outcome)
  })

  test('an error event whose data cannot be read is a failure', () => {
    expect(anthropic.classifyFirstEvent('event: error\ndata: {"type":"err')?.outcome).toBe('upstream_failed')
  })

  test('message_start is none', () => {
    expect(anthropic.classifyFirstEvent(readFixture('anthropic/messages-stream.sse').split('\n\n')[0] as string)).toBeUndefined()
  })
})

describe('end of a stream', () => {
  test.each(['messages-stream', 'messages-tool-stream', 'messages-overloaded-stream', 'messages-error-later-stream'])(
    '%s is whole, and not when it is cut before its last event',
    (file) => {
      const text = readFixture(`anthropic/${file}.sse`)
      for (const end of ['\n', '\r\n', '\r']) expect(anthropic.isStreamComplete(MESSAGES, text.replaceAll('\n', end).slice(-4096))).toBe(true)
      const last = text.trimEnd().lastIndexOf('\n\n') + 2
      for (let cut = 0; cut < (last === 1 ? 10 : last); cut++)
        expect([cut, anthropic.isStreamComplete(MESSAGES, text.slice(Math.max(0, cut - 4096), cut))]).toEqual([cut, false])
    },
  )

  test('a model that writes message_stop does not end the stream', () => {
    const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'event: message_stop\ndata: {"type":"message_stop"}\n\n' } }
    expect(anthropic.isStreamComplete(MESSAGES, `event: content_block_delta\ndata: ${JSON.stringify(delta)}\n\n`)).toBe(false)
    expect(anthropic.isStreamComplete(MESSAGES, `data: ${JSON.stringify(delta)}\n\n`)).toBe(false)
  })

  test('only the Messages endpoint is judged', () => {
    expect(anthropic.isStreamComplete('/v1/messages/batches/x/results', 'data: {}\n\n')).toBeUndefined()
    expect(anthropic.isStreamComplete('/anthropic/v1/messages', 'event: message_stop\ndata: {"type":"message_stop"}\n\n')).toBe(true)
  })
})

test('error event', () => {
  expect(anthropic.renderStreamError(MESSAGES, 'upstream_stream_interrupted', 'Broke off.', 'req_1')).toBe(
    '\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error","message":"Broke off.","code":"upstream_stream_interrupted"},"request_id":"req_1"}\n\n',
  )
  expect(anthropic.renderStreamError(MESSAGES, 'upstream_timeout', 'Too slow.', 'req_1')).toContain('"type":"timeout_error"')
})
