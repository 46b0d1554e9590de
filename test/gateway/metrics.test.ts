// Figures of a running gateway that only a running gateway has: connections, streams, look-ups, times of the database.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connect, type Socket } from 'node:net'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

let gateway: Gateway
let vendor: ChaosUpstream

beforeAll(async () => {
  vendor = await openChaosUpstream()
  gateway = await startGateway({ upstreams: [{ slug: 'models', base_url: vendor.url, adapter: 'openai-compatible', keys: [createCanary('sk-')] }] })
})
afterAll(async () => {
  await gateway?.close()
  await vendor?.close()
})

/** Value of a line; 0 when it is not there. */
async function figure(line: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`, { headers: { connection: 'close' } })).text()
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return Number(found?.slice(line.length + 1) ?? 0)
}

test('connections of clients, idle ones included', async () => {
  const before = await figure('akr_connections')
  const sockets = await Promise.all(
    Array.from({ length: 5 }, () => new Promise<Socket>((resolve) => { const socket = connect(gateway.port, '127.0.0.1', () => resolve(socket)) })),
  ) // prettier-ignore
  await until(async () => (await figure('akr_connections')) === before + 5)
  for (const socket of sockets) socket.destroy()
  await until(async () => (await figure('akr_connections')) <= before)
})

test('streams while they run', async () => {
  const body = JSON.stringify({ model: 'm', stream: true, messages: [] })
  const controller = new AbortController()
  const headers = { 'content-type': 'application/json', 'x-proxy-key': gateway.clientKey }
  const url = `${gateway.url}/llm/models/v1/chat/completions?n=10000&gap=20`
  const answers = await Promise.all([1, 2, 3].map(() => fetch(url, { method: 'POST', headers, body, signal: controller.signal })))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  await until(async () => (await figure('akr_inflight_streams{upstream="models"}')) === 3)
  controller.abort()
  await until(async () => (await figure('akr_inflight_streams{upstream="models"}')) === 0)
})

test('look-ups of client keys, and what the database took', async () => {
  const [hits, misses] = [await figure('akr_cache_requests_total{cache="client_key",result="hit"}'), await figure('akr_cache_requests_total{cache="client_key",result="miss"}')] // prettier-ignore
  for (let i = 0; i < 10; i++) await gateway.send('GET', '/llm/models/v1/models')
  await gateway.send('GET', '/llm/models/v1/models', { 'X-Proxy-Key': createCanary('no-') })
  expect(await figure('akr_cache_requests_total{cache="client_key",result="hit"}')).toBeGreaterThanOrEqual(hits + 9)
  expect(await figure('akr_cache_requests_total{cache="client_key",result="miss"}')).toBeGreaterThan(misses)
  const selects = await figure('akr_db_query_duration_seconds_count{op="select"}')
  expect(selects).toBeGreaterThan(0)
  await gateway.admin.expectOk('GET', '/upstreams')
  expect(await figure('akr_db_query_duration_seconds_count{op="select"}')).toBeGreaterThan(selects)
  expect(await figure('akr_db_query_duration_seconds_count{op="insert"}')).toBeGreaterThan(0)
})
