// Files and batches with the OpenAI SDK as client, over real sockets.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import OpenAI, { toFile } from 'openai'
import type { Batch } from 'openai/resources/batches'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { rejection } from './sdk-fixture.ts'

const POOL_KEY = 'sk-proj-batchbatchbatchbatchbatch0123456789'
const ENDPOINT = '/v1/chat/completions'
const chaos = new ChaosUpstream()
let gateway: Gateway
let client: OpenAI

beforeAll(async () => {
  await chaos.listen()
  gateway = await startGateway({ upstreams: [{ slug: 'vendor', base_url: chaos.url, adapter: 'openai', keys: [POOL_KEY] }] })
  client = clientOf(gateway.clientKey)
})

afterAll(async () => {
  await gateway.close()
  await chaos.close()
})

beforeEach(() => chaos.clearScripts())

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
}

async function addClientKey(body: object): Promise<string> {
  return ((await gateway.admin.expectOk('POST', '/client-keys', body)) as { key: string }).key
}

interface LineOptions {
  readonly url?: string
  readonly body?: object
}

function lineOf(
  customId: string,
  { url = ENDPOINT, body = { model: 'vendor/gpt-fixture', messages: [{ role: 'user', content: customId }] } }: LineOptions = {},
): string {
  return JSON.stringify({ custom_id: customId, method: 'POST', url, body })
}

async function upload(lines: readonly string[], using = client): Promise<string> {
  const file = await using.files.create({ purpose: 'batch', file: await toFile(Buffer.from(lines.join('\n')), 'requests.jsonl') })
  return file.id
}

async function start(lines: readonly string[], endpoint = ENDPOINT): Promise<Batch> {
  return client.batches.create({ input_file_id: await upload(lines), endpoint: endpoint as '/v1/chat/completions', completion_window: '24h' })
}

async function ended(id: string): Promise<Batch> {
  let batch = await client.batches.retrieve(id)
  await until(async () => {
    batch = await client.batches.retrieve(id)
    return ['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)
  }, 30_000)
  return batch
}

interface ResultLine {
  readonly id: string
  readonly custom_id: string
  readonly response: {
    status_code: number
    request_id: string
    body: { choices?: { message: { content: string } }[]; error?: { message: string; code: string } }
  } | null
  readonly error: { code: string; message: string } | null
}

async function results(fileId: string | null | undefined): Promise<ResultLine[]> {
  const text = await (await client.files.content(fileId ?? '')).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultLine)
}

/** Answers with what it was asked, so that nobody gets another one's answer. */
function echo(): void {
  chaos.script(POOL_KEY, (exchange: ChaosExchange) => {
    const asked = JSON.parse(exchange.entry.body.toString()) as { model: string; messages: { content: string }[] }
    return { status: 200, body: { model: asked.model, choices: [{ message: { content: asked.messages[0]?.content } }] } }
  })
}

describe('files', () => {
  test('are uploaded, listed, read back byte for byte and deleted', async () => {
    const text = Array.from({ length: 5_000 }, (_, index) => lineOf(`größe 🦊 ${index}`)).join('\r\n')
    const file = await client.files.create({ purpose: 'batch', file: await toFile(Buffer.from(text), 'größe.jsonl') })
    expect(file).toMatchObject({ object: 'file', bytes: Buffer.byteLength(text), filename: 'größe.jsonl', purpose: 'batch', status: 'processed' })
    expect(await client.files.retrieve(file.id)).toEqual(file)
    const listed: string[] = []
    for await (const one of client.files.list({ limit: 1 })) listed.push(one.id)
    expect(listed).toContain(file.id)
    expect(await (await client.files.content(file.id)).text()).toBe(text)
    expect(await client.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true })
    expect(await rejection(client.files.retrieve(file.id))).toBeInstanceOf(OpenAI.NotFoundError)
  })

  test('of other keys do not exist', async () => {
    const id = await upload([lineOf('a')])
    const batch = await client.batches.create({ input_file_id: id, endpoint: ENDPOINT, completion_window: '24h' })
    const issued = await addClientKey({ name: 'other' })
    const other = clientOf(issued)
    for (const work of [
      other.files.retrieve(id),
      other.files.content(id),
      other.files.delete(id),
      other.batches.retrieve(batch.id),
      other.batches.cancel(batch.id),
      other.batches.create({ input_file_id: id, endpoint: ENDPOINT, completion_window: '24h' }),
    ]) {
      expect(await rejection(work)).toBeInstanceOf(OpenAI.NotFoundError)
    }
    expect((await other.files.list()).data).toEqual([])
    expect((await other.batches.list()).data).toEqual([])
    await ended(batch.id)
  })

  test('need a client key, the right purpose, and text', async () => {
    expect(await rejection(clientOf('sk-akr-wrong-wrong-wrong').files.list())).toBeInstanceOf(OpenAI.AuthenticationError)
    const file = await toFile(Buffer.from('{}'), 'x.jsonl')
    expect(await rejection(client.files.create({ purpose: 'fine-tune', file }))).toMatchObject({ status: 422, code: 'validation_failed' })
    const binary = await toFile(Buffer.from([0x7b, 0xff, 0xfe]), 'x.jsonl')
    expect(await rejection(client.files.create({ purpose: 'batch', file: binary }))).toMatchObject({ status: 422 })
    expect((await client.files.list()).data.filter(({ filename }) => filename === 'x.jsonl')).toEqual([])
  })
})

describe('a batch', () => {
  test('is done, and every line has its own answer once', async () => {
    echo()
    const ids = Array.from({ length: 60 }, (_, index) => `line-${index}`)
    const batch = await start(ids.map((id) => lineOf(id)))
    expect(batch).toMatchObject({ object: 'batch', status: 'validating', endpoint: ENDPOINT, completion_window: '24h', output_file_id: null, errors: null })
    const done = await ended(batch.id)
    expect(done).toMatchObject({ status: 'completed', request_counts: { total: 60, completed: 60, failed: 0 }, error_file_id: null })
    const lines = await results(done.output_file_id)
    expect(lines.map(({ custom_id }) => custom_id)).toEqual(ids)
    for (const { custom_id, response, error } of lines) {
      expect(error).toBeNull()
      expect(response).toMatchObject({ status_code: 200, body: { model: 'gpt-fixture', choices: [{ message: { content: custom_id } }] } })
      expect(response?.request_id).toMatch(/^[\w.-]{8,}$/)
    }
    expect(new Set(lines.map(({ id }) => id)).size).toBe(60)
    expect((await client.batches.list()).data.map(({ id }) => id)).toContain(batch.id)
    const file = await client.files.retrieve(done.output_file_id ?? '')
    expect(file).toMatchObject({ purpose: 'batch_output', bytes: Buffer.byteLength(await (await client.files.content(file.id)).text()) })
  })

  test('names its upstream in the url; the body goes out byte for byte', async () => {
    const url = '/llm/vendor/v1/chat/completions'
    const body = '{"model":"m/1",  "seed": 12345678901234567890, "messages":[]}'
    const line = `{"custom_id":"a","method":"POST","url":"${url}","body":${body}}`
    const done = await ended((await start([line], url)).id)
    expect(done.status).toBe('completed')
    expect(chaos.ledger.entries.at(-1)?.body.toString()).toBe(body)
    expect(chaos.ledger.entries.at(-1)?.credentials).toEqual([expect.objectContaining({ value: POOL_KEY })])
  })

  test('what the vendor refuses is in the error file', async () => {
    chaos.script(POOL_KEY, (exchange: ChaosExchange) =>
      exchange.entry.body.includes('bad')
        ? { status: 400, body: { error: { message: 'no such thing', code: 'bad_request' } } }
        : { status: 200, body: { choices: [] } },
    )
    const done = await ended((await start([lineOf('good'), lineOf('bad')])).id)
    expect(done).toMatchObject({ status: 'completed', request_counts: { total: 2, completed: 1, failed: 1 } })
    expect((await results(done.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(['good'])
    expect(await results(done.error_file_id)).toEqual([
      expect.objectContaining({
        custom_id: 'bad',
        error: null,
        response: expect.objectContaining({ status_code: 400, body: { error: { message: 'no such thing', code: 'bad_request' } } }),
      }),
    ])
  })

  test('waits while its key rests, and goes on', async () => {
    let calls = 0
    chaos.script(POOL_KEY, () =>
      ++calls === 3 ? { status: 429, retryAfter: 1, body: { error: { message: 'slow down', type: 'rate_limit_error' } } } : { status: 200, body: { n: calls } },
    )
    const done = await ended((await start(Array.from({ length: 10 }, (_, index) => lineOf(String(index))))).id)
    expect(done.request_counts).toEqual({ total: 10, completed: 10, failed: 0 })
    expect(calls).toBeGreaterThanOrEqual(11)
  })

  test('fails before anything is sent when a line is wrong', async () => {
    const before = chaos.ledger.entries.length
    const done = await ended((await start([lineOf('a'), 'nonsense', lineOf('a'), lineOf('b', { body: { model: 'nobody/x' } })])).id)
    expect(done).toMatchObject({ status: 'failed', output_file_id: null, errors: { object: 'list' } })
    expect(done.errors?.data).toEqual([
      expect.objectContaining({ code: 'invalid_json_line', line: 2 }),
      expect.objectContaining({ code: 'duplicate_custom_id', line: 3 }),
    ])
    const unknown = await ended((await start([lineOf('b', { body: { model: 'nobody/x' } })])).id)
    expect(unknown.errors?.data).toEqual([expect.objectContaining({ code: 'model_not_found', line: 1 })])
    expect(chaos.ledger.entries.length).toBe(before)
  })

  test('is cancelled, and keeps what was done', async () => {
    const url = '/llm/vendor/v1/held'
    let held = 0
    chaos.handle('/v1/held', (exchange: ChaosExchange) => {
      if (exchange.entry.body.includes('first')) return exchange.reply(200, [['Content-Type', 'application/json']], '{}')
      held++
      return new Promise<void>(() => undefined)
    })
    const batch = await start(
      ['first', ...Array.from({ length: 20 }, (_, index) => `held-${index}`)].map((id) => lineOf(id, { url })),
      url,
    )
    await until(async () => held > 0 && (await client.batches.retrieve(batch.id)).request_counts?.completed === 1, 10_000)
    expect((await client.batches.cancel(batch.id)).status).toBe('cancelling')
    const done = await ended(batch.id)
    expect(done).toMatchObject({ status: 'cancelled', request_counts: { total: 21, completed: 1, failed: 0 } })
    expect((await results(done.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(['first'])
    expect(await rejection(client.batches.cancel(batch.id))).toMatchObject({ status: 409 })
  })

  test("counts against its client key's limits, and ends with it", async () => {
    const key = await addClientKey({ name: 'limited', limits: { rps: 5 } })
    const own = clientOf(key)
    const inputFileId = await upload([lineOf('a'), lineOf('b'), lineOf('c'), lineOf('d'), lineOf('e'), lineOf('f')], own)
    const batch = await own.batches.create({ input_file_id: inputFileId, endpoint: ENDPOINT, completion_window: '24h' })
    let status = ''
    await until(async () => {
      const found = await own.batches.retrieve(batch.id).catch(() => undefined)
      status = found?.status ?? status
      return status === 'completed'
    }, 30_000)
  })
})

test('nothing that leaves the gateway holds a client key or a key of the pool', async () => {
  for await (const file of client.files.list()) {
    const text = await (await client.files.content(file.id)).text()
    expect(text).not.toContain(gateway.clientKey)
    expect(text).not.toContain(POOL_KEY)
  }
  for (const entry of chaos.ledger.entries) {
    expect(entry.rawHead).not.toContain(gateway.clientKey)
    expect(entry.credentials).toHaveLength(1)
  }
})
