import { Writable } from 'node:stream'
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { openLogging, type Logging, type LoggingOptions } from '../../src/infrastructure/logging/open-logging.ts'
import { redactText } from '../../src/domain/redact.ts'
import { anExchangeRecord } from '../support/exchange-records.ts'

const NOW = Date.UTC(2026, 10, 20, 18, 30, 15, 7)

function open(options: Partial<LoggingOptions> = {}): { logging: Logging; text: () => Promise<string> } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const clock = { nowMs: () => NOW, monotonicMs: () => 0 }
  const logging = openLogging({ stream, clock, level: 'info', format: 'json', colours: false, version: '1.2.3', instance: 'box', ...options })
  return {
    logging,
    text: async () => {
      await logging.close()
      return text
    },
  }
}

const record = anExchangeRecord({
  requestId: 'req_01jd3v5k6m7n8p9q0r1s2t3v4w',
  upstream: 'openai',
  kind: 'llm',
  clientKeyId: 'cli_01jd3v5k6m7n8p9q0r1s2t3v4w',
  method: 'POST',
  path: '/v1/chat/completions',
  route: '',
  status: 200,
  outcome: 'absorbed',
  errorCode: '',
  attempts: 2,
  keyId: 'key_01jd3v5k6m7n8p9q0r1s2t3v4w',
  stream: true,
  durationMs: 1234.5678,
  overheadMs: 0.25,
  firstByteMs: 380,
  bytesIn: 100,
  bytesOut: 2000,
  clientAddress: '::ffff:10.0.0.1',
  userAgent: 'OpenAI/JS 6.49.0',
})

describe('access log', () => {
  test('golden line', async () => {
    const { logging, text } = open()
    logging.accessLog.write(record)
    expect(await text()).toBe(
      '{"ts":"2026-11-20T18:30:15.007Z","level":"info","event":"proxy.request","msg":"request finished","request_id":"req_01jd3v5k6m7n8p9q0r1s2t3v4w","upstream":"openai",' +
        '"kind":"llm","client_id":"cli_01jd3v5k6m7n8p9q0r1s2t3v4w","method":"POST","path":"/v1/chat/completions","status":200,"outcome":"absorbed","attempts":2,' +
        '"key_id":"key_01jd3v5k6m7n8p9q0r1s2t3v4w","duration_ms":1234.568,"overhead_ms":0.250,"ttft_ms":380,"stream":true,"bytes_in":100,"bytes_out":2000,' +
        '"client_ip":"::ffff:10.0.0.1","user_agent":"OpenAI/JS 6.49.0","version":"1.2.3","instance":"box"}\n',
    )
  })

  test('golden line of an answer that consumed tokens', async () => {
    const { logging, text } = open()
    const usage = { input: 1_200, output: 35, cacheRead: 1_000, cacheWrite: 0, reasoning: 20 }
    logging.accessLog.write({ ...record, model: 'gpt-5-mini-2025-08-07', usage, costMicroUsd: 345 })
    logging.accessLog.write({ ...record, model: 'own "x"', usage, isUsageEstimated: true })
    logging.accessLog.write({ ...record, status: 500, model: 'asked' })
    const rest = ',"client_ip":"::ffff:10.0.0.1","user_agent":"OpenAI/JS 6.49.0","version":"1.2.3","instance":"box"}'
    const ends = (await text()).split('\n').map((line) => line.slice(line.indexOf('"bytes_out":2000') + 16))
    expect(ends).toEqual([
      `,"model":"gpt-5-mini-2025-08-07","input_tokens":1200,"output_tokens":35,"cost_usd_est":0.000345${rest}`,
      `,"model":"own \\"x\\"","input_tokens":1200,"output_tokens":35,"tokens_estimated":true${rest}`,
      `,"model":"asked"${rest}`,
      '',
    ])
  })

  test('golden line in a trace: its ids stand behind the request and are not taken for secrets', async () => {
    const { logging, text } = open()
    const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', parentSpanId: '', isSampled: true }
    logging.accessLog.write({ ...record, trace })
    logging.logger.error('exchange.failed', 'A request failed inside the gateway', { request_id: 'req_1', trace_id: trace.traceId, span_id: trace.spanId })
    logging.logger.info('a.b', 'text', { trace_id: 'Bearer geheim' })
    const [access, failed, other] = (await text()).trim().split('\n')
    expect(access).toContain(
      '"request_id":"req_01jd3v5k6m7n8p9q0r1s2t3v4w","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","upstream":"openai",',
    )
    expect(failed).toBe(
      '{"ts":"2026-11-20T18:30:15.007Z","level":"error","event":"exchange.failed","msg":"A request failed inside the gateway","request_id":"req_1",' +
        '"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","version":"1.2.3","instance":"box"}',
    )
    expect(other).not.toContain('geheim')
    const pretty = open({ format: 'pretty' })
    pretty.logging.accessLog.write({ ...record, trace })
    expect(await pretty.text()).toContain('trace_id=0af7651916cd43dd8448eb211c80319c')
  })

  test('any text from outside stays one valid JSON line, short and without credentials', async () => {
    const { logging, text } = open()
    const hostile = [
      '"}\n{"x":"',
      '\u0000\u001b[31m',
      '\\',
      '\ud800',
      'ü'.repeat(5000),
      'x'.repeat(5000),
      '/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe',
      'a?key=geheim9',
    ]
    for (const evil of hostile) {
      logging.accessLog.write({ ...record, path: evil, userAgent: evil, model: evil.slice(0, 128), errorCode: 'internal' })
      const short = evil.slice(0, 3)
      logging.accessLog.write({ ...record, requestId: short, upstream: short, method: short, clientAddress: short, errorCode: 'internal' })
    }
    const written = await text()
    const lines = written.split('\n').filter((line) => line !== '')
    expect(lines).toHaveLength(hostile.length * 2)
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ event: 'proxy.request', error_code: 'internal', version: '1.2.3' })
      expect(line.length).toBeLessThan(4_000)
    }
    expect(written).not.toContain('\u001b')
    expect(written).not.toMatch(/AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw|geheim9/)
  })

  test('what did not happen is left out; level warn silences it; the pretty form names the essentials', async () => {
    const json = open()
    json.logging.accessLog.write({ ...record, overheadMs: undefined, firstByteMs: undefined })
    json.logging.setLevel('warn')
    json.logging.accessLog.write(record)
    const lines = (await json.text()).trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] as string)).not.toHaveProperty('ttft_ms')
    const pretty = open({ format: 'pretty' })
    pretty.logging.accessLog.write({ ...record, status: 503, errorCode: 'no_active_keys' })
    expect(await pretty.text()).toMatch(
      /^18:30:15\.007 warn {2}POST openai\/v1\/chat\/completions 503 1235 ms proxy\.request outcome=absorbed error_code=no_active_keys/,
    )
  })
})

describe('logger', () => {
  test('one JSON line per entry with the documented fields; levels change live', async () => {
    const { logging, text } = open()
    const { logger } = logging
    logger.info('upstream.created', 'Upstream openai was created', { upstream: 'openai', actor: 'anna' })
    logger.debug('config.loaded', 'not yet')
    logging.setLevel('debug')
    logger.debug('config.loaded', 'now', { config_version: 3 })
    logging.setLevel('error')
    logger.warn('x.y', 'no longer')
    const lines = (await text()).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        ts: '2026-11-20T18:30:15.007Z',
        level: 'info',
        event: 'upstream.created',
        msg: 'Upstream openai was created',
        upstream: 'openai',
        actor: 'anna',
        version: '1.2.3',
        instance: 'box',
      },
      { ts: '2026-11-20T18:30:15.007Z', level: 'debug', event: 'config.loaded', msg: 'now', config_version: 3, version: '1.2.3', instance: 'box' },
    ])
  })

  test('values become plain, short and redacted; fields that are not on the list are only named', async () => {
    const { logging, text } = open()
    const key = 'sk-proj-Zx81kQ04LmNtR77pVw3yBc92'
    const cyclic: Record<string, unknown> = { note: 'a' }
    cyclic['self'] = cyclic
    logging.logger.error('exchange.failed', `vendor said: Incorrect API key provided: ${key}`, {
      error: Object.assign(new Error(`bad ${key}`, { cause: new TypeError(`Bearer ${key}`) }), { code: 'E1' }),
      setting: new Secret(key),
      value_set: cyclic,
      url: `https://u:${key}@h/x?key=${key}`,
      names: [key, 1n, undefined, () => key, Number.NaN, Buffer.from(key)],
      body: key,
      authorization: key,
      hint: { password: 'short', apiKey: 'short', client_key: 'short', masked_key: 'sk-…9f3', attempts: 2 },
    })
    const throwing = { get hint(): string { throw new Error(key) } } // prettier-ignore
    logging.logger.info('a.b', 'text', throwing)
    const written = await text()
    const [first, second] = written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(written).not.toContain(key.slice(8))
    expect(written).not.toContain('short')
    expect(first).toMatchObject({
      unlisted_fields: ['body', 'authorization'],
      error: { name: 'Error', code: 'E1', cause: { name: 'TypeError' } },
      setting: '[secret]',
      hint: { password: '[redacted]', apiKey: '[redacted]', client_key: '[redacted]', masked_key: 'sk-…9f3', attempts: 2 },
    })
    expect(second).toMatchObject({ event: 'a.b', msg: 'This line could not be rendered' })
  })

  test('announcements are printed as they are, whatever the level', async () => {
    const link = 'http://localhost:8000/setup#t=Qm4vXk81LmNtR77pVw3yBc92aaaaBBBB'
    const pretty = open({ format: 'pretty', level: 'error' })
    pretty.logging.announce('setup.link', `  Set up now ${link}`)
    expect(await pretty.text()).toBe(`  Set up now ${link}\n`)
    const json = open()
    json.logging.announce('setup.link', link)
    expect(JSON.parse(await json.text())).toMatchObject({ event: 'setup.link', msg: link })
  })

  test('a person cannot be tricked by control characters in pretty lines', async () => {
    const { logging, text } = open({ format: 'pretty' })
    logging.logger.info('a.b', 'one\n18:30 error two\u001b[2J', { path: 'x\ny' })
    expect(await text()).toBe('18:30:15.007 info  one 18:30 error two [2J a.b path="x\\ny"\n')
  })
})

describe('redactor', () => {
  test.each([
    ['Incorrect API key provided: sk-ant-api03-abcdefgh12345. Check', 'Incorrect API key provided: [redacted] Check'],
    ['key AIzaSyA1234567890abcdefg failed', 'key [redacted] failed'],
    ['Authorization: Bearer abc', 'Authorization: Bearer [redacted]'],
    ['GET /v1/x?alt=sse&key=abc&n=1', 'GET /v1/x?alt=sse&key=[redacted]&n=1'],
    ['redis://:pw@host:6379/2 and mysql://akr:a@db/x', 'redis://[redacted]@host:6379/2 and mysql://[redacted]@db/x'],
    ['{"password":"a b c","user":"anna"}', '{"password":[redacted],"user":"anna"}'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_', 'token [redacted]'],
    ['cookie: sid=abc', 'cookie: [redacted]'],
    ['DB_PASSWORD=hunter2 next', 'DB_PASSWORD=[redacted] next'],
  ])('%s', (text, redacted) => expect(redactText(text)).toBe(redacted))

  test.each([
    'gpt-4o-mini-2024-07-18', 'claude-3-5-sonnet-20241022', 'models/gemini-2.5-flash-preview-05-20:generateContent', 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    'accounts/fireworks/models/llama-v3p1-405b-instruct', '/app/data/api_key_rotator.db', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', 'key_pool_cooling_down',
    'req_01jd3v5k6m7n8p9q0r1s2t3v4w', 'key key_01jd3v5k6m7n8p9q0r1s2t3v4w is parked: 401 invalid_api_key', '550e8400-e29b-41d4-a716-446655440000', 'Invalid token: unexpected end',
    'req_0123456789abcdef00000xyz', 'batch_01jd3v5k6m7n8p9q0r1s2t3v4w', 'All 3 keys of openai are cooling down; next ready in 37 s', '2026-11-20T18:18:21.123Z', 'sk-akr-…9f3', 'node:internal/process/task_queues:105:5',
  ])('leaves %s alone', (text) => expect(redactText(text)).toBe(text)) // prettier-ignore

  test('property: no random key of 40 characters survives, in any common encoding and any surroundings', () => {
    const alphabets = [
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
      '0123456789abcdef',
      'abcdefghijklmnopqrstuvwxyz0123456789',
    ]
    const around: ((key: string) => string)[] = [
      (key) => key, (key) => `key=${key}&x=1`, (key) => `"${key}"`, (key) => `Bearer ${key},`, (key) => `https://h/p?token=${key}#f`, (key) => `Incorrect API key provided: ${key}.`,
      (key) => `(${key})`, (key) => `x\n${key}\ny`, (key) => `sk-${key}`, (key) => `https://h/${key}/x`, (key) => encodeURIComponent(`{"k":"${key}"}`),
    ] // prettier-ignore
    let survived = 0
    for (let i = 0; i < 4_000; i++) {
      // Seeded: the same keys in every run.
      const bytes = Buffer.concat([createHash('sha256').update(`a${i}`).digest(), createHash('sha256').update(`b${i}`).digest()])
      const alphabet = alphabets[i % alphabets.length] as string
      const key = Array.from(bytes.subarray(0, 40), (byte) => alphabet[byte % alphabet.length]).join('')
      const text = (around[i % around.length] as (key: string) => string)(key)
      const redacted = redactText(text)
      if (redacted.includes(key.slice(0, 20)) || redacted.includes(key.slice(20))) survived++
    }
    expect(survived).toBe(0)
  })

  test('hostile text takes no time to speak of', () => {
    const started = performance.now()
    for (const text of [
      'key='.repeat(5_000),
      'a'.repeat(20_000),
      '://'.repeat(6_000),
      '"'.repeat(20_000),
      'bearer '.repeat(3_000),
      'eyJ'.repeat(7_000),
      'key: "'.repeat(3_000),
      'a.b'.repeat(6_000),
    ])
      redactText(text)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
