// Owns the acceptance row SEC-05: whatever happens, no secret leaves through answers, logs, metrics, files or the process list.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CanaryScanner, type Leak } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'

const scanner = new CanaryScanner()
const own = { JWT_SECRET: scanner.create(), ENCRYPTION_KEY: scanner.create(), CLIENT_KEY_PEPPER: scanner.create(), METRICS_TOKEN: scanner.create() }
const password = scanner.create('pw-')
const clientKey = scanner.create('ck-')
const poolKeys = [scanner.create('sk-'), scanner.create('sk-'), scanner.create('sk-')]
const pasted = scanner.create('sk-')
const heard: Leak[] = []

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  gateway = await startGateway({ env: { ...own, LOG_LEVEL: 'trace', ADMIN_PASSWORD: password, GLOBAL_PROXY_KEYS: clientKey } })
  await gateway.addUpstream({ slug: 'g', base_url: upstream.url, keys: poolKeys })
  await gateway.addUpstream({ slug: 'o', base_url: upstream.url, adapter: 'openai', keys: poolKeys })
  await gateway.addUpstream({ slug: 'q', base_url: upstream.url, keys: poolKeys, key_location: 'query', key_name: 'token' })
  await gateway.addUpstream({ slug: 'dead', base_url: 'http://127.0.0.1:1234', keys: poolKeys })
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

/** Sends it with the client key and looks at every byte of the answer. */
async function talk(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<void> {
  const result = await gateway.send(method, target, headers, body)
  heard.push(...scanner.scan(result.bytes, `${method} ${target}`))
}

/** One call of management; its answer must not repeat what was put in. */
async function manage(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
  const answer = await gateway.admin.call(method, path, body, headers)
  heard.push(...scanner.scan(answer.text, `${method} ${path}`), ...scanner.scan(JSON.stringify([...answer.headers]), `${method} ${path} headers`))
  return answer.body
}

test('SEC-05 no secret in any answer, log line, metric, file or argument, at log level trace', async () => {
  const json = { 'Content-Type': 'application/json' }
  for (const slug of ['g', 'q', 'dead']) {
    for (const path of [
      '/ok',
      '/echoauth',
      '/status/400',
      '/status/401',
      '/status/403',
      '/status/429?ra=1',
      '/status/500',
      '/status/503',
      '/cut?how=rst&framing=cl&after=5',
      '/bad/nul-in-value',
    ]) {
      await talk('GET', `/proxy/${slug}${path}`)
      await talk('POST', `/proxy/${slug}${path}`, json, '{"a":1}')
    }
  }
  await talk('POST', '/llm/o/v1/chat/completions', json, '{"model":"m","stream":true,"messages":[]}')
  await talk('POST', '/llm/o/echoauth', json, '{}')
  await talk('GET', `/llm/nowhere/v1/models?key=${clientKey}`)
  await talk('GET', `/proxy/g/../${pasted}`)
  await talk('GET', '/proxy/g/ok', { Authorization: `Basic ${Buffer.from(`user:${clientKey}`).toString('base64')}`, Cookie: `session=${clientKey}` })
  // A vendor key that was sent by mistake must not be repeated either.
  await talk('GET', '/llm/o/v1/models', { 'X-Proxy-Key': pasted })

  await manage('POST', '/login', { username: 'admin', password: `${password}x` })
  await manage('POST', '/login', `{"username":"admin","password":"${password}`)
  await manage('POST', '/login', { username: password, password, unknown: clientKey })
  const id = gateway.idOf('g')
  await manage('POST', `/upstreams/${id}/keys`, { value: poolKeys[0] })
  await manage('POST', `/upstreams/${id}/keys`, { value: `${pasted}\n`, label: 5 })
  await manage('POST', `/upstreams/${id}/keys/import?dry_run=true`, `export KEY=${pasted}\n${poolKeys[1]}\n${pasted} ${pasted}`, {
    'Content-Type': 'text/plain',
  })
  await manage('POST', `/upstreams/${id}/keys/import`, { keys: [{ value: pasted, weight: 'x' }, { secret: pasted }] })
  await manage('POST', `/upstreams/${id}/keys/import`, `${pasted}\n`, { 'Content-Type': 'text/plain' })
  for (const key of await gateway.admin.listKeys(id)) {
    await manage('POST', `/keys/${key.id}/test`)
    await manage('GET', `/keys/${key.id}/events`)
  }
  for (const path of ['/upstreams', `/upstreams/${id}`, `/upstreams/${id}/keys`, '/client-keys', '/users', '/adapters', '/status', '/auth/me'])
    await manage('GET', path)
  const metrics = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${own.METRICS_TOKEN}` } })
  expect(metrics.status).toBe(200)
  heard.push(...scanner.scan(await metrics.text(), '/metrics'))
  for (const path of ['/metrics', '/health', '/swagger/doc.json', '/']) heard.push(...scanner.scan(await (await fetch(gateway.url + path)).text(), path))

  const cmdline = readFileSync(`/proc/${gateway.child.pid}/cmdline`)
  heard.push(...scanner.scan(cmdline, 'cmdline'), ...scanner.scan(gateway.child.output, 'output'))
  process.kill(gateway.child.pid, 'SIGINT')
  await gateway.child.exit()
  heard.push(...scanner.scan(gateway.child.output, 'output after the end'), ...scanner.scanFiles(gateway.dataDir))
  expect(heard).toEqual([])
  // The scan looks where it says: the log is there, and a canary in it would be seen.
  expect(gateway.child.output).toContain('proxy.request')
  expect(scanner.scan(`{"msg":"${gateway.child.output.slice(0, 10)}${pasted}"}`, 'probe')).not.toEqual([])
}, 120_000)
