// A batch of 10,000 lines whose gateway is killed again and again: every line has one result, and memory stays bounded.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import OpenAI, { toFile } from 'openai'
import { createCanary } from '../support/canaries.ts'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import { createTemporaryFolder, type TemporaryFolder } from '../support/free-port.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const LINES = 10_000
const KILLS = 5
/** Bytes that the gateway may take above what it has when nothing runs; the input alone has 11 MiB. */
const GROWTH_MAX = 160 * 1024 * 1024
const ENDPOINT = '/v1/chat/completions'
const PADDING = 'x'.repeat(1_000)
const chaos = new ChaosUpstream()
const env = { GLOBAL_PROXY_KEYS: createCanary('ck-'), ADMIN_PASSWORD: createCanary('pw-') }
const poolKeys = Array.from({ length: 20 }, () => createCanary('sk-'))
/** How often each line reached the vendor. */
const sent = new Map<string, number>()
let folder: TemporaryFolder
let gateway: Gateway

beforeAll(async () => {
  folder = createTemporaryFolder('akr-batch')
  await chaos.listen()
  for (const key of poolKeys) {
    chaos.script(key, ({ entry }: ChaosExchange) => {
      const { user } = JSON.parse(entry.body.toString()) as { user: string }
      sent.set(user, (sent.get(user) ?? 0) + 1)
      return { status: 200, body: { user } }
    })
  }
})

afterAll(async () => {
  await gateway.close()
  await chaos.close()
  folder.remove()
})

function client(): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.clientKey, maxRetries: 0 })
}

/** Bytes of memory that the process has now, or had at most. */
function memory(what: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8')
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
}

test('10,000 lines, five kills', async () => {
  const upstreams = [{ slug: 'vendor', base_url: chaos.url, adapter: 'openai', keys: poolKeys }]
  gateway = await startGateway({ dataDir: folder.path, env, upstreams })
  const ids = Array.from({ length: LINES }, (_, index) => `line-${index}`)
  const lines = ids.map((user) =>
    JSON.stringify({ custom_id: user, method: 'POST', url: ENDPOINT, body: { model: 'vendor/m', user, messages: [{ role: 'user', content: PADDING }] } }),
  )
  const file = await client().files.create({ purpose: 'batch', file: await toFile(Buffer.from(lines.join('\n')), 'lines.jsonl') })
  const { id } = await client().batches.create({ input_file_id: file.id, endpoint: ENDPOINT, completion_window: '24h' })
  for (let kill = 1; kill <= KILLS; kill++) {
    await until(() => sent.size >= (kill * LINES) / (KILLS + 2), 120_000)
    await gateway.child.kill()
    gateway = await startGateway({ dataDir: folder.path, env })
  }
  const idle = memory('VmRSS')
  let batch = await client().batches.retrieve(id)
  await until(async () => {
    batch = await client().batches.retrieve(id)
    return batch.status === 'completed'
  }, 120_000)
  expect(batch.request_counts).toEqual({ total: LINES, completed: LINES, failed: 0 })
  const content = await (await client().files.content(batch.output_file_id ?? '')).text()
  const results = content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { custom_id: string; response: { body: { user: string } } })
  expect(results.map(({ custom_id }) => custom_id)).toEqual(ids)
  expect(results.every(({ custom_id, response }) => response.body.user === custom_id)).toBe(true)
  // What was in flight at a kill was sent again, and nothing else.
  const repeated = [...sent.values()].reduce((sum, count) => sum + count - 1, 0)
  expect(repeated).toBeLessThanOrEqual(KILLS * 2 * 8)
  expect([...sent.values()].every((count) => count >= 1)).toBe(true)
  expect(memory('VmHWM') - idle).toBeLessThan(GROWTH_MAX)
  process.stdout.write(`sent again: ${repeated}; memory: ${Math.round(idle / 2 ** 20)} MiB, at most ${Math.round(memory('VmHWM') / 2 ** 20)} MiB\n`)
}, 400_000)
