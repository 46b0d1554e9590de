// Traces of real requests, as a collector receives them.
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { CanaryScanner, createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { findFreePort } from '../support/free-port.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import type { LedgerEntry } from '../support/ledger.ts'
import { readLog } from '../support/log-lines.ts'
import { openOtlpCollector, type OtlpCollector } from '../support/otlp-collector.ts'
import { until } from '../support/until.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const JSON_TYPE = { 'content-type': 'application/json' }

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Stand {
  readonly gateway: Gateway
  readonly vendor: ChaosUpstream
  readonly collector: OtlpCollector
  readonly keys: readonly string[]
}

async function open(env: Readonly<Record<string, string>> = {}, adapter = 'openai-compatible'): Promise<Stand> {
  const [collector, vendor] = await Promise.all([openOtlpCollector(), openChaosUpstream()])
  const keys = [createCanary('sk-'), createCanary('sk-')]
  const gateway = await startGateway({
    env: { OTLP_ENDPOINT: collector.url, ...env },
    upstreams: [{ slug: 'models', base_url: vendor.url, adapter, keys }],
  })
  closers.push(
    () => collector.close(),
    () => vendor.close(),
    () => gateway.close(),
  )
  return { gateway, vendor, collector, keys }
}

/** Name, value, name, value of what belongs to traces. */
const traceHeadersOf = (entry: LedgerEntry | undefined): string[] =>
  (entry?.rawHeaders ?? []).filter((_, index, all) => /^trace(parent|state)$/i.test(all[index - (index % 2)] as string))

const chat = (gateway: Gateway, headers: Readonly<Record<string, string>> = {}) =>
  gateway.send('POST', '/llm/models/v1/chat/completions?secret=q', { ...JSON_TYPE, ...headers }, JSON.stringify({ model: 'm-1', messages: [] }))

describe('a request that was failed over', () => {
  test('is one trace below the span of its client, with both attempts, and no secret in it', async () => {
    const { gateway, vendor, collector, keys } = await open({
      OTEL_EXPORTER_OTLP_HEADERS: 'x-scope=1',
      SERVICE_NAME: 'gate',
      OTEL_RESOURCE_ATTRIBUTES: 'team=a',
    })
    for (const key of keys) {
      vendor.script(key, () => {
        for (const other of keys) vendor.script(other, undefined)
        return { status: 429, retryAfter: 30, body: { error: { message: `slow down, ${key}` } } }
      })
    }
    const { responses } = await chat(gateway, { traceparent: `00-${TRACE}-${PARENT}-01`, 'user-agent': `agent ${gateway.clientKey}` })
    expect(responses[0]?.status).toBe(200)
    await until(() => collector.ofTrace(TRACE).length === 3)
    const [server, first, second] = collector.ofTrace(TRACE) as [any, any, any]
    expect(server).toMatchObject({ name: 'POST /llm/{slug}', kind: 2, parentSpanId: PARENT, status: 0 })
    expect(server.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/llm/{slug}',
      'url.path': '/llm/models/v1/chat/completions',
      'http.response.status_code': 200,
      'akr.upstream.slug': 'models',
      'akr.outcome': 'absorbed',
      'akr.attempts': 2,
    })
    expect(server.resource).toMatchObject({ 'service.name': 'gate', 'service.version': expect.any(String), team: 'a' })
    for (const [attempt, index] of [[first, 0], [second, 1]] as const) {
      expect(attempt).toMatchObject({ name: 'chat m-1', kind: 3, parentSpanId: server.spanId })
      expect(attempt.attributes).toMatchObject({
        'server.address': '127.0.0.1',
        'server.port': vendor.port,
        'akr.attempt': index + 1,
        'akr.upstream.slug': 'models',
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai-compatible',
        'gen_ai.request.model': 'm-1',
      })
      expect(attempt.startMs).toBeGreaterThanOrEqual(server.startMs)
      expect(attempt.endMs).toBeLessThanOrEqual(server.endMs + 1)
    } // prettier-ignore
    expect(first).toMatchObject({ status: 2, attributes: { 'http.response.status_code': 429, 'error.type': 'rate_limited', 'akr.outcome': 'rate_limited' } })
    expect(second).toMatchObject({
      status: 0,
      attributes: { 'http.response.status_code': 200, 'http.request.resend_count': 1, 'gen_ai.response.model': 'm-1' },
    })
    expect(second.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 3, 'gen_ai.usage.output_tokens': 5 })
    expect(new Set([server.spanId, first.spanId, second.spanId, PARENT]).size).toBe(4)
    expect(first.attributes['akr.key.id']).not.toBe(second.attributes['akr.key.id'])

    const scanner = new CanaryScanner()
    for (const secret of [...keys, gateway.clientKey]) scanner.add(secret)
    expect(collector.bytes.flatMap((bytes) => scanner.scan(bytes, 'export'))).toEqual([])
    expect(Buffer.concat(collector.bytes).toString('latin1')).not.toContain('secret=q')
    expect(collector.headers[0]).toMatchObject({ 'x-scope': '1', 'content-type': 'application/x-protobuf' })

    // The log names the same trace, and what was sent is counted.
    await until(() => readLog(gateway.child.stdout).some(({ trace_id }) => trace_id === TRACE))
    expect(readLog(gateway.child.stdout).find(({ trace_id }) => trace_id === TRACE)).toMatchObject({ event: 'proxy.request', span_id: server.spanId })
    // Nothing of it went to the vendor.
    expect(vendor.ledger.entries.map(traceHeadersOf)).toEqual([[], []])
  })
})

test('the sampled share is what was asked for, and a client that asks for a trace gets one', async () => {
  const { gateway, collector } = await open({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.2' })
  const ask = async (traceparent?: string): Promise<void> => {
    const { responses } = await gateway.send('GET', '/llm/models/v1/models', traceparent === undefined ? {} : { traceparent })
    expect(responses[0]?.status).toBeLessThan(500)
  }
  for (let sent = 0; sent < 400; sent += 20) await Promise.all(Array.from({ length: 20 }, () => ask()))
  await ask(`00-${'a'.repeat(32)}-${PARENT}-00`)
  // Digits for which the ratio alone says no.
  await ask(`00-${'f'.repeat(32)}-${PARENT}-01`)
  await until(() => collector.ofTrace('f'.repeat(32)).length > 0)
  const servers = collector.spans.filter(({ kind, parentSpanId }) => kind === 2 && parentSpanId === '')
  // 400 × 0.2 = 80, standard deviation 8: nine of them on either side.
  expect(servers.length).toBeGreaterThan(8)
  expect(servers.length).toBeLessThan(152)
  expect(collector.ofTrace('a'.repeat(32))).toEqual([])
})

test('somebody without a client key cannot ask for traces', async () => {
  const { gateway, collector } = await open({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' })
  const asked = (trace: string, headers: Readonly<Record<string, string>>) =>
    gateway.send('GET', '/llm/models/v1/models', { traceparent: `00-${trace}-${PARENT}-01`, ...headers })
  expect((await asked('1'.repeat(32), { 'X-Proxy-Key': 'wrong' })).responses[0]?.status).toBe(401)
  await asked('2'.repeat(32), {})
  await until(() => collector.ofTrace('2'.repeat(32)).length > 0)
  expect(collector.ofTrace('1'.repeat(32))).toEqual([])
})

test('what is no traceparent begins a trace of its own', async () => {
  const { gateway, collector } = await open()
  for (const bad of [`00-${TRACE.toUpperCase()}-${PARENT}-01`, `00-${TRACE}-${PARENT}-01-more`, `ff-${TRACE}-${PARENT}-01`, `00-${'0'.repeat(32)}-${PARENT}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`, `${TRACE}`]) await chat(gateway, { traceparent: bad }) // prettier-ignore
  await until(() => collector.spans.filter(({ kind }) => kind === 2).length === 6)
  expect(collector.spans.filter(({ kind, parentSpanId, traceId }) => kind === 2 && (parentSpanId !== '' || traceId === TRACE))).toEqual([])
})

describe('upstreams', () => {
  test('are told the span of the attempt, and the state of the client, when they are to be told', async () => {
    const { gateway, vendor, collector } = await open({ OTEL_PROPAGATE_UPSTREAM: 'true' })
    await chat(gateway, { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'a=1,b@c=2' })
    await until(() => collector.ofTrace(TRACE).length === 2)
    const attempt = collector.ofTrace(TRACE).find(({ kind }) => kind === 3)
    expect(traceHeadersOf(vendor.ledger.entries[0])).toEqual(['traceparent', `00-${TRACE}-${attempt?.spanId}-01`, 'tracestate', 'a=1,b@c=2'])
  })

  test('while tracing is off they get what the client sent, or nothing', async () => {
    const vendor = await openChaosUpstream()
    closers.push(() => vendor.close())
    const told = async (env: Readonly<Record<string, string>>): Promise<unknown> => {
      const gateway = await startGateway({
        env,
        upstreams: [{ slug: 'models', base_url: vendor.url, adapter: 'openai-compatible', keys: [createCanary('sk-')] }],
      })
      closers.push(() => gateway.close())
      await chat(gateway, { traceparent: 'whatever', tracestate: 'a=1' })
      expect(readLog(gateway.child.stdout).every(({ trace_id }) => trace_id === undefined)).toBe(true)
      return traceHeadersOf(vendor.ledger.entries.at(-1))
    }
    expect(await told({})).toEqual([])
    expect(await told({ OTEL_PROPAGATE_UPSTREAM: 'true' })).toEqual(['traceparent', 'whatever', 'tracestate', 'a=1'])
  })
})

describe('a collector', () => {
  const metric = async (gateway: Gateway, result: string): Promise<number> => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text()
    return Number(new RegExp(`^akr_trace_spans_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  }

  test('that refuses costs its spans, which are counted, and no request; when it is well again it gets the next ones', async () => {
    const { gateway, collector } = await open()
    collector.status = 400
    expect((await chat(gateway)).responses[0]?.status).toBe(200)
    await until(async () => (await metric(gateway, 'failed')) === 2)
    await until(() => readLog(gateway.child.stdout).some(({ event }) => event === 'tracing.failed'))
    collector.status = 200
    await chat(gateway, { traceparent: `00-${TRACE}-${PARENT}-01` })
    await until(async () => (await metric(gateway, 'exported')) === 2)
    await until(() => readLog(gateway.child.stdout).some(({ event }) => event === 'tracing.recovered'))
    expect(collector.ofTrace(TRACE)).toHaveLength(2)
  })

  test('that is not there holds nothing up, not even the end', async () => {
    const { gateway } = await open({ OTLP_ENDPOINT: `http://127.0.0.1:${await findFreePort()}` })
    for (let i = 0; i < 5; i++) expect((await chat(gateway)).responses[0]?.status).toBe(200)
    gateway.child.signal('SIGINT')
    await until(() => gateway.child.exitStatus !== undefined)
    expect([gateway.child.exitStatus, gateway.child.stderr]).toEqual([{ code: 0, signal: null }, ''])
  })

  test('gets what is waiting when the gateway stops', async () => {
    const { gateway, collector } = await open()
    await chat(gateway, { traceparent: `00-${TRACE}-${PARENT}-01` })
    gateway.child.signal('SIGINT')
    await until(() => gateway.child.exitStatus !== undefined)
    expect(collector.ofTrace(TRACE).length).toBeGreaterThan(0)
  })
})

afterAll(async () => {
  for (const close of closers.splice(0)) await close()
})
