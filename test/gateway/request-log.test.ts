// The request log of a real gateway: every exchange once, in rows and in sums; through a locked database, a stop and a kill; without a secret.
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { CanaryScanner, createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { createTemporaryFolder } from '../support/free-port.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { runClosedLoop, runOpenLoop } from '../support/load.ts'
import { until } from '../support/until.ts'

const RSS_GROWTH_BYTES = 32 * 1024 * 1024

let gateway: Gateway
let upstream: ChaosUpstream
const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function open(env: Readonly<Record<string, string>> = {}, dataDir?: string): Promise<void> {
  upstream = await openChaosUpstream({ lean: true })
  cleanUps.push(() => upstream.close())
  gateway = await startGateway({ env, ...(dataDir === undefined ? {} : { dataDir }) })
  cleanUps.push(() => gateway.close())
  for (const slug of ['a', 'b'])
    await gateway.addUpstream({ slug, base_url: upstream.url, keys: [createCanary('sk-'), createCanary('sk-'), createCanary('sk-')] })
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1])
}

async function proxied(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return [...text.matchAll(/^akr_proxy_requests_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}

async function allRows(query = ''): Promise<any[]> {
  const rows: any[] = []
  let cursor = ''
  do {
    const { body } = await gateway.admin.call('GET', `/logs?limit=1000${query}${cursor}`)
    rows.push(...body.data)
    cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`
  } while (cursor !== '')
  return rows
}

async function totals(groupBy: string) {
  return (await gateway.admin.call('GET', `/usage?group_by=${groupBy}&limit=1000`)).body
}

const PATHS = ['/ok', '/status/503', '/status/404', '/sse?n=3&gap=0', '/status/429?ra=1', '/cut?how=rst&framing=cl&after=5', '/ok', '/ok']

test('rows, sums and metrics agree to the request', async () => {
  await open()
  const load = await runClosedLoop({
    port: gateway.port,
    connections: 20,
    total: 3_000,
    check: () => 'ok',
    request: (index) => ({
      nonce: `n${index}`,
      text: gateway.text(index % 3 === 0 ? 'POST' : 'GET', `/proxy/${index % 2 === 0 ? 'a' : 'b'}${PATHS[index % PATHS.length] as string}`, {
        'X-Req-Id': `n${index}`,
        'Content-Length': '0',
      }),
    }),
  })
  // Refused before any upstream: they are requests like all others.
  for (let i = 0; i < 10; i++) await gateway.send('GET', '/proxy/nowhere/ok')
  await until(async () => (await metric('akr_request_log_stored_total')) === (await proxied()))
  expect(await proxied()).toBe(load.sent + 10)
  const rows = await allRows()
  expect(rows).toHaveLength(load.sent + 10)
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  for (const groupBy of ['day', 'client_key', 'upstream,minute']) {
    const { totals: sums, data } = await totals(groupBy)
    expect(sums.requests).toBe(rows.length)
    for (const outcome of ['ok', 'absorbed', 'upstream_error', 'rejected', 'exhausted', 'aborted']) {
      expect([outcome, sums[outcome]]).toEqual([outcome, rows.filter((row) => row.outcome === outcome).length])
    }
    expect(sums.bytes_out).toBe(rows.reduce((sum, row) => sum + row.bytes_out, 0))
    expect(data.reduce((sum: number, row: any) => sum + row.requests, 0)).toBe(rows.length)
  }
  const some = rows.find(({ outcome }) => outcome === 'ok')
  const detail = (await gateway.admin.call('GET', `/logs/${some.request_id}`)).body
  expect(detail).toMatchObject({
    id: some.id,
    status: 200,
    client_address: '127.0.0.1',
    phases: expect.arrayContaining([expect.objectContaining({ name: 'admission' })]),
  })
}, 60_000)

test('while somebody locks the log, requests and management go on, memory stays, and what is lost is counted exactly', async () => {
  await open()
  const request = (index: number) => ({
    nonce: `n${index}`,
    text: gateway.text('GET', '/proxy/a/ok', { 'X-Req-Id': `n${index}`, 'User-Agent': 'u'.repeat(200) }),
  })
  await runClosedLoop({ port: gateway.port, connections: 20, total: 6_000, request })
  await until(async () => (await metric('akr_request_log_stored_total')) === 6_000)

  const locker = new Database(join(gateway.dataDir, 'logs.db'))
  locker.pragma('busy_timeout = 5000')
  locker.exec('begin exclusive')
  const before = gateway.child.rssBytes()
  const load = await runClosedLoop({ port: gateway.port, connections: 20, total: 13_000, request })
  expect(load.failures).toEqual([])
  expect(gateway.child.output).toContain('request_log.failed')
  expect((await gateway.admin.call('GET', '/upstreams')).status).toBe(200)
  expect((await gateway.admin.call('GET', '/logs')).status).toBe(200)
  expect(await (await fetch(`${gateway.url}/health`)).json()).not.toMatchObject({ status: 'fail' })
  const dropped = await metric('akr_request_log_dropped_total')
  expect(dropped).toBe(3_000)
  expect(gateway.child.rssBytes() - before).toBeLessThan(RSS_GROWTH_BYTES)

  locker.exec('rollback')
  locker.close()
  await until(async () => (await metric('akr_request_log_stored_total')) === 6_000 + 10_000)
  expect((await allRows()).length).toBe(16_000)
  expect((await totals('day')).totals.requests).toBe(16_000)
  expect(await metric('akr_request_log_dropped_total')).toBe(3_000)
}, 90_000)

test('a stop stores what waits; a kill loses at most the last second, and tears nothing', async () => {
  const folder = createTemporaryFolder('akr-request-log')
  cleanUps.push(() => folder.remove())
  const env = { JWT_SECRET: createCanary('js-'), ADMIN_PASSWORD: createCanary('pw-'), GLOBAL_PROXY_KEYS: createCanary('ck-') }
  await open(env, folder.path)
  for (let i = 0; i < 300; i++) await gateway.send('GET', '/proxy/a/ok')
  process.kill(gateway.child.pid, 'SIGINT')
  await gateway.child.exit()
  gateway = await startGateway({ env, dataDir: folder.path })
  expect(await allRows()).toHaveLength(300)

  for (let round = 0; round < 3; round++) {
    const start = (await allRows()).length
    const over = new AbortController()
    const sentAtMs: number[] = []
    const load = runOpenLoop({
      port: gateway.port,
      rate: 300,
      durationMs: 20_000,
      signal: over.signal,
      request: (index) => ({ nonce: `n${index}`, text: gateway.text('GET', '/proxy/a/ok', { 'X-Req-Id': `n${index}` }) }),
      check: () => (sentAtMs.push(performance.now()), 'ok'),
    })
    await until(() => sentAtMs.length > 600 + round * 111)
    const killedMs = performance.now()
    await gateway.child.kill()
    over.abort()
    await load
    gateway = await startGateway({ env, dataDir: folder.path })
    const rows = await allRows()
    const { totals: sums } = await totals('day')
    expect(sums.requests).toBe(rows.length)
    const checked = new Database(join(folder.path, 'logs.db'), { readonly: true })
    expect(checked.pragma('integrity_check', { simple: true })).toBe('ok')
    checked.close()
    // What had ended a second and a batch before the kill is there; this machine may be slow.
    expect(rows.length - start).toBeGreaterThanOrEqual(sentAtMs.filter((atMs) => atMs < killedMs - 2_000).length)
  }
  cleanUps.push(() => gateway.close())
}, 120_000)

test('no secret gets into the log, wherever a client puts it', async () => {
  const scanner = new CanaryScanner()
  const keys = [scanner.create('sk-'), scanner.create('sk-')]
  const pasted = scanner.create('sk-')
  const clientKey = scanner.create('ck-')
  await open({ GLOBAL_PROXY_KEYS: clientKey })
  await gateway.addUpstream({ slug: 's', base_url: upstream.url, adapter: 'openai', keys })
  const json = { 'Content-Type': 'application/json' }
  for (let i = 0; i < 3; i++) {
    await gateway.send('GET', `/proxy/s/ok?key=${pasted}&token=${clientKey}`)
    await gateway.send('GET', `/proxy/s/ok/${pasted}`)
    await gateway.send('GET', '/proxy/s/status/401', { 'User-Agent': `agent ${pasted}`, Authorization: `Bearer ${pasted}`, Cookie: pasted })
    await gateway.send(
      'POST',
      '/llm/s/v1/chat/completions',
      json,
      JSON.stringify({ model: pasted, api_key: clientKey, messages: [{ role: 'user', content: pasted }] }),
    )
  }
  await until(async () => (await metric('akr_request_log_stored_total')) === 12)
  process.kill(gateway.child.pid, 'SIGINT')
  await gateway.child.exit()
  expect(scanner.scanFiles(gateway.dataDir).filter(({ where }) => where.includes('logs.db'))).toEqual([])
}, 60_000)
