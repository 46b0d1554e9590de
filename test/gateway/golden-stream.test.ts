// Event streams pass byte for byte and at once, wherever the network splits them.
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ChaosUpstream } from '../support/chaos-upstream.ts'
import type { ChaosExchange } from '../support/chaos/exchange.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'

const FIXTURES = new URL('../fixtures/', import.meta.url)
const PARALLEL = 16
const chaos = new ChaosUpstream({ lean: true })
const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL })
/** What the upstream waits for before it sends the second part: the client has read the first. */
const firstPartSeen = new Map<string, () => void>()
const files = new Map<string, Buffer>()
let gateway: Gateway

beforeAll(async () => {
  await chaos.listen()
  const key = (name: string): string[] => [`fixture-${name}-key-0123456789abcdef`]
  gateway = await startGateway({
    upstreams: [
      { slug: 'plain', base_url: chaos.url, adapter: 'generic', keys: key('plain') },
      { slug: 'openai', base_url: `${chaos.url}/v1`, adapter: 'openai', keys: key('openai') },
      { slug: 'anthropic', base_url: chaos.url, adapter: 'anthropic', keys: key('anthropic') },
      { slug: 'gemini', base_url: chaos.url, adapter: 'gemini', keys: key('gemini') },
    ],
  })
  for (const path of ['/golden', '/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1beta/models/m:streamGenerateContent'])
    chaos.handle(path, sendSplit)
})

afterAll(async () => {
  agent.destroy()
  await gateway.close()
  await chaos.close()
})

/** ?id=<exchange>&file=<name>&cut=<offset> */
async function sendSplit(exchange: ChaosExchange): Promise<void> {
  const bytes = files.get(exchange.query.get('file') ?? '') as Buffer
  const cut = exchange.number('cut', 0)
  exchange.startChunked(200, 'text/event-stream')
  if (cut > 0) {
    const seen = new Promise<void>((resolve) => firstPartSeen.set(exchange.query.get('id') as string, resolve))
    exchange.chunk(bytes.subarray(0, cut))
    await seen
  }
  if (cut < bytes.length) exchange.chunk(bytes.subarray(cut))
  exchange.endChunked()
}

let exchanges = 0

/** Reads one stream; the upstream's second part is let go when the first has arrived whole. */
function fetchSplit(path: string, file: string, cut: number): Promise<Buffer> {
  const id = String(++exchanges)
  return new Promise((resolve, reject) => {
    const url = `${gateway.url}${path}?id=${id}&file=${file}&cut=${cut}`
    const outgoing = request(url, { agent, method: path.startsWith('/proxy') ? 'GET' : 'POST', headers: { 'x-proxy-key': gateway.clientKey } }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size < cut) return
        firstPartSeen.get(id)?.()
        firstPartSeen.delete(id)
      })
      response.on('end', () =>
        response.statusCode === 200 ? resolve(Buffer.concat(chunks)) : reject(new Error(`${response.statusCode}: ${String(Buffer.concat(chunks))}`)),
      )
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

async function expectSameAt(path: string, name: string, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  files.set(name, bytes)
  const left = [...cuts]
  const wrong: number[] = []
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let cut = left.pop(); cut !== undefined; cut = left.pop()) if (!(await fetchSplit(path, name, cut)).equals(bytes)) wrong.push(cut)
    }),
  )
  expect([name, wrong]).toEqual([name, []])
}

const everyOffset = (bytes: Buffer): number[] => Array.from({ length: bytes.length + 1 }, (_, i) => i)
const golden = readdirSync(new URL('sse/', FIXTURES)).filter((name) => name.endsWith('.sse'))

describe('golden streams at every split offset', () => {
  test.each(golden)('%s through /proxy', async (name) => {
    const bytes = readFileSync(new URL(`sse/${name}`, FIXTURES))
    await expectSameAt('/proxy/plain/golden', name, bytes, everyOffset(bytes))
  })

  test.each([
    ['openai/chat-stream.sse', '/llm/openai/v1/chat/completions'],
    ['openai/chat-tool-stream.sse', '/llm/openai/v1/chat/completions'],
    ['openai-compatible/openrouter-stream.sse', '/llm/openai/v1/chat/completions'],
    ['openai/responses-stream.sse', '/llm/openai/v1/responses'],
    ['anthropic/messages-tool-stream.sse', '/llm/anthropic/v1/messages'],
    ['gemini/generate-stream.sse', '/llm/gemini/v1beta/models/m:streamGenerateContent'],
  ])('%s through %s', async (name, path) => {
    const bytes = readFileSync(new URL(name, FIXTURES))
    await expectSameAt(path, name, bytes, everyOffset(bytes))
  })

  test('an event of 1 MiB', async () => {
    const bytes = Buffer.from(`event: big\ndata: ${'ä🦊x'.repeat(150_000)}\n\ndata: after\n\n`)
    expect(bytes.length).toBeGreaterThan(1024 * 1024)
    await expectSameAt('/proxy/plain/golden', 'big', bytes, [
      0,
      1,
      17,
      18,
      19,
      16_383,
      16_384,
      65_535,
      65_536,
      65_537,
      bytes.length - 14,
      bytes.length - 1,
      bytes.length,
    ])
  })
})
