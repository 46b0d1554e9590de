// What every adapter must keep, whatever its vendor.
import { describe, expect, test } from '@jest/globals'
import type { Adapter } from '../../src/adapters/adapter.ts'
import { OUTCOMES, type Verdict } from '../../src/domain/outcome.ts'
import { createTarget, targetPath } from '../../src/proxy/target-url.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 12, 0, 0)
const LEAK = 'sk-proj-Abc123CanaryCanary4567890'
const GATEWAY_KEY = `sk-akr-${'Ab3'.repeat(12)}xy`
const STREAM_PATHS = ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1beta/models/m:streamGenerateContent', '/anything']

/** Bodies that no vendor sends and that must not change what the status says. */
const STRANGE_BODIES = [
  '',
  ' ',
  'null',
  '0',
  '"x"',
  '[]',
  '[null]',
  '{}',
  '{"error":null}',
  '{"error":[]}',
  '{"error":7}',
  '{"error":{"code":null,"type":[],"message":{}}}',
  '{"error":{"code":"constructor","type":"__proto__","status":"toString"}}',
  '{"error":{"details":[null,7,{"@type":7,"violations":[null,7]}]}}',
  '{"error":{"code":"unheard_of","message":"something"}}',
  '{"error":{"message":"cut off in the mid',
  '<html><body>Forbidden</body></html>',
  '\x1f\x8b\x08\0\0',
  `{"error":{"message":"${'x'.repeat(64 * 1024)}"}}`,
]

export function describeAdapterContract(adapter: Adapter): void {
  describe(`adapter contract: ${adapter.name}`, () => {
    describeFacts(adapter)
    describeVerdicts(adapter)
    describeRetryAfter(adapter)
    describeStreams(adapter)
  })
}

function describeFacts(adapter: Adapter): void {
  test('facts are well-formed', () => {
    expect(adapter.name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/)
    expect(adapter.title).not.toBe('')
    expect(adapter.requiredHeaders.length % 2).toBe(0)
    expect(adapter.requiredHeaders.filter((_, i) => i % 2 === 0)).toEqual(
      adapter.requiredHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()),
    )
    if (adapter.keyPlacement.location === 'header') expect(adapter.keyPlacement.name).toMatch(/^[a-z][a-z0-9-]*$/)
  })

  test('the default base URL is a target and the probe stays below it', () => {
    const baseUrl = adapter.defaultBaseUrl ?? 'https://vendor.test/base'
    expect(baseUrl).not.toMatch(/\/$/)
    const target = createTarget(baseUrl)
    if (adapter.probe === undefined) return
    expect(adapter.probe.path).toMatch(/^\//)
    const path = targetPath(target, adapter.probe.path, '', adapter.versionSegments)
    expect(path.startsWith(target.unversionedPath)).toBe(true)
    for (const version of adapter.versionSegments) if (version !== '') expect(path.split(`/${version}/`).length).toBeLessThanOrEqual(2)
  })

  test('key pattern is anchored, knows its own prefixes and never takes a client key of the gateway for a vendor key', () => {
    const { keyPattern, keyPrefixes } = adapter
    expect([...keyPrefixes].sort((a, b) => b.length - a.length)).toEqual([...keyPrefixes])
    if (keyPattern === undefined) return
    expect(keyPattern.source).toMatch(/^\^.*\$$/)
    expect(keyPattern.flags).toBe('')
    expect(keyPattern.test(GATEWAY_KEY)).toBe(false)
    expect(keyPattern.test('demo')).toBe(false)
  })
}

function describeVerdicts(adapter: Adapter): void {
  const classify = (status: number, body = '', headers: readonly string[] = []): Verdict => adapter.classify({ status, headers }, body, NOW_MS)

  test.each([
    [301, 'served'],
    [304, 'served'],
    [400, 'request_rejected'],
    [401, 'key_rejected'],
    [402, 'quota_exhausted'],
    [403, 'request_rejected'],
    [404, 'request_rejected'],
    [405, 'request_rejected'],
    [409, 'request_rejected'],
    [413, 'request_rejected'],
    [415, 'request_rejected'],
    [422, 'request_rejected'],
    [429, 'rate_limited'],
    [500, 'upstream_failed'],
    [502, 'upstream_failed'],
    [503, 'upstream_failed'],
    [504, 'upstream_failed'],
    [529, 'upstream_failed'],
  ] as const)('%i with a body that says nothing is %s, and never definite', (status, outcome) => {
    for (const body of STRANGE_BODIES) {
      const verdict = classify(status, body)
      expect([body.slice(0, 80), verdict.outcome]).toEqual([body.slice(0, 80), outcome])
      expect(verdict.definite).toBeUndefined()
      expect(verdict.reason).toMatch(new RegExp(`^${status}(?: [\\w.-]{1,48})?$`))
    }
  })

  test('503 with Retry-After was not processed, without it nobody knows', () => {
    expect(classify(503, '', ['retry-after', '7'])).toMatchObject({ outcome: 'upstream_failed', overloaded: true, retryAfterMs: 7000 })
    expect(classify(503).overloaded).toBeUndefined()
    expect(classify(500, '', ['retry-after', '7']).overloaded).toBeUndefined()
  })

  test('an echoed key never reaches the reason', () => {
    for (const member of ['code', 'type', 'status', 'message']) {
      for (const body of [{ error: { [member]: LEAK } }, { [member]: LEAK }, { error: LEAK }]) {
        for (const status of [400, 401, 403, 429, 503]) expect(classify(status, JSON.stringify(body)).reason).not.toContain('Canary')
      }
    }
  })
}

/** The forms of UP-09; what becomes of them (clamp, backoff) is the pool's part. */
function describeRetryAfter(adapter: Adapter): void {
  test.each([
    [['retry-after', '37'], 37_000],
    [['retry-after', 'Fri, 20 Nov 2026 12:00:45 GMT'], 45_000],
    [['retry-after-ms', '1500'], 1500],
    [[], undefined],
    [['retry-after', '0'], 0],
    [['retry-after', '-1'], 0],
    [['retry-after', '1000000000'], 1e12],
    [['retry-after', '1e9'], 1e12],
    [['retry-after', 'soon 5'], undefined],
    [['retry-after', 'Fri, 20 Nov 2026 11:00:00 GMT'], 0],
    [['retry-after', '5', 'retry-after', '30'], 30_000],
  ] as const)('429 with %j waits %p ms', (headers, expected) => {
    const verdict = adapter.classify({ status: 429, headers }, '', NOW_MS)
    expect([verdict.outcome, verdict.retryAfterMs]).toEqual(['rate_limited', expected])
  })
}

function describeStreams(adapter: Adapter): void {
  test('an ordinary first event is no error', () => {
    for (const event of [
      '',
      ':',
      ': heartbeat',
      'data: [DONE]',
      'data: {"choices":[]}',
      'event: message_start\ndata: {"type":"message_start"}',
      'data: {"error":null}',
      'data: not json',
      'id: 7',
      'data: {"delta":"the error: {}"}',
    ]) {
      expect([event, adapter.classifyFirstEvent(event)]).toEqual([event, undefined])
    }
  })

  test('an endpoint without a known terminator is not judged', () => {
    for (const tail of ['', 'data: x\n\n', 'data: cut']) expect(adapter.isStreamComplete('/v1/other', tail)).toBeUndefined()
  })

  test('nothing a stream can end in makes it throw', () => {
    for (const path of STREAM_PATHS) {
      for (const tail of [
        '',
        '\n',
        '\n\n',
        '\r\r',
        'data:',
        'data: [DON',
        '\0\xff',
        '}\n\n',
        'event: x\n\n',
        ...STRANGE_BODIES.map((body) => `data: ${body}\n\n`),
      ]) {
        expect([true, false, undefined]).toContain(adapter.isStreamComplete(path, tail))
      }
    }
  })

  test('its error event is a closed event that says the message, and ends a stream for itself', () => {
    const message = 'Broke off after 3 events.\r\nWhose fault: "upstream" \u2028 ü'
    for (const path of STREAM_PATHS) {
      const text = adapter.renderStreamError(path, 'upstream_stream_interrupted', message, 'req_1')
      expect(text).toMatch(/^\n\n(?:event: \w+\n)?data: [^\r\n]+\n\n$/)
      const data = JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '') as Record<string, unknown>
      expect(JSON.stringify(data)).toContain(JSON.stringify(message).slice(1, -1))
      expect(JSON.stringify(data)).toContain('req_1')
      const isKnown = adapter.isStreamComplete(path, '') !== undefined || adapter.isStreamComplete(path, 'data: {}\n\n') !== undefined
      if (isKnown) expect(adapter.isStreamComplete(path, `data: {"half": ${text}`)).toBe(true)
      const verdict = adapter.classifyFirstEvent(text.trim())
      if (adapter.dialect !== 'problem') expect(OUTCOMES).toContain(verdict?.outcome)
    }
  })
}
