// Owns the acceptance rows for framing and injection: HTTP-03, HTTP-04.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headersOf } from '../support/http-reader.ts'
import { runClosedLoop } from '../support/load.ts'
import { sendRaw } from '../support/raw-client.ts'

const poolKey = createCanary('sk-')

let upstream: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  upstream = await openChaosUpstream()
  gateway = await startGateway({
    upstreams: [{ slug: 'u', base_url: upstream.url, keys: [poolKey] }],
  })
})
beforeEach(() => upstream.ledger.clear())
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

/** A pseudo-random sequence that is the same in every run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

test('HTTP-03 10,000 random requests leave with one framing header, the right length and no duplicated framing name', async () => {
  const dice = createDice(20_261_120)
  const mixCase = (name: string): string => [...name].map((c) => (dice(2) === 0 ? c.toUpperCase() : c.toLowerCase())).join('')
  const bodies = new Map<string, string>()
  const request = (index: number) => {
    const method = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'][dice(6)] as string
    const body = dice(3) === 0 ? '' : 'b'.repeat(1 + dice(300))
    const nonce = `n${index}`
    const headers: Record<string, string> = { [mixCase('x-req-id')]: nonce, [mixCase('accept')]: '*/*' }
    for (let i = dice(4); i > 0; i--) headers[mixCase(`x-extra-${i}`)] = `v${i}`
    if (body === '') return { text: gateway.text(method, '/proxy/u/ok', headers), nonce }
    bodies.set(nonce, body)
    if (dice(2) === 0) return { text: gateway.text(method, '/proxy/u/ok', { ...headers, [mixCase('content-length')]: String(body.length) }, body), nonce }
    const cut = dice(body.length)
    const chunks = [body.slice(0, cut), body.slice(cut)].filter((part) => part !== '').map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
    return { text: gateway.text(method, '/proxy/u/ok', { ...headers, [mixCase('transfer-encoding')]: 'chunked' }, `${chunks.join('')}0\r\n\r\n`), nonce }
  }
  const report = await runClosedLoop({ port: gateway.port, request, connections: 16, total: 10_000 })
  expect(report).toMatchObject({ failed: 0, failures: [] })
  const faults: string[] = []
  for (const entry of upstream.ledger.entries) {
    const lengths = headersOf(entry.rawHeaders, 'content-length')
    const encodings = headersOf(entry.rawHeaders, 'transfer-encoding')
    const expected = bodies.get(entry.nonce) ?? ''
    if (lengths.length + encodings.length > 1) faults.push(`two framings: ${entry.rawHead}`)
    if (expected !== '' && lengths.length + encodings.length !== 1) faults.push(`no framing: ${entry.rawHead}`)
    if (lengths.length === 1 && Number(lengths[0]) !== expected.length) faults.push(`length: ${entry.rawHead}`)
    if (entry.body.toString() !== expected) faults.push(`body: ${entry.nonce}`)
    if (headersOf(entry.rawHeaders, 'host').join() !== upstream.url.slice('http://'.length)) faults.push(`host: ${entry.rawHead}`)
  }
  expect(upstream.ledger.entries).toHaveLength(10_000)
  expect(faults.slice(0, 5)).toEqual([])
}, 120_000)

describe('HTTP-04 injection', () => {
  const BYTES = ['\r\n', '\r', '\n', '\0', '\x0b', '\x7f', '\x80', '\xff', '\u010a', '\u560a', '%0d%0a', '%E5%98%8A']

  test.each(BYTES)('%j never becomes a header of its own at the upstream', async (bytes) => {
    const inject = Buffer.from(`${bytes}X-Injected: 1`, 'utf8').toString('latin1')
    const auth = `X-Proxy-Key: ${gateway.clientKey}\r\n`
    const places = [
      `GET /proxy/u/echo HTTP/1.1\r\nHost: gw\r\n${auth}X-Value: a${inject}\r\n\r\n`,
      `GET /proxy/u/echo HTTP/1.1\r\nHost: gw\r\n${auth}X-Na${inject}me: a\r\n\r\n`,
      `GET /proxy/u/echo/a${inject} HTTP/1.1\r\nHost: gw\r\n${auth}\r\n`,
      `GET /proxy/u/echo?a=${inject} HTTP/1.1\r\nHost: gw\r\n${auth}\r\n`,
      `GE${inject}T /proxy/u/echo HTTP/1.1\r\nHost: gw\r\n${auth}\r\n`,
      `GET /proxy/u${inject}/echo HTTP/1.1\r\nHost: gw\r\n${auth}\r\n`,
    ]
    for (const text of places) await sendRaw(gateway.port, text, { timeoutMs: 2_000 })
    await gateway.send('GET', '/proxy/u/ok', { 'X-Req-Id': 'last' })
    const injected = upstream.ledger.entries.filter((entry) => {
      // A client may send X-Injected as a header of its own: that is the CRLF in its own header block, in the first two places.
      const own = text(entry.rawHeaders).includes('x-value:a') || entry.target === '/echo'
      return /^x-injected/im.test(text(entry.rawHeaders)) && !(own && bytes === '\r\n')
    })
    expect(injected.map((entry) => entry.rawHead)).toEqual([])
    expect(upstream.ledger.entries.filter((entry) => /[\r\n\0]/.test(entry.rawHead.replaceAll('\r\n', '')))).toEqual([])
  })

  const text = (rawHeaders: readonly string[]): string => rawHeaders.map((part, i) => (i % 2 === 0 ? part.toLowerCase() + ':' : part + '\n')).join('')

  test.each(['\r\n', '\r', '\n', '\0', '\x0b', '\u010a', '\u560a', '\x7f', '\x80', '\xff'])(
    'a key, a key name, a prefix or a base URL with %j cannot be saved',
    async (bytes) => {
      const pool = gateway.idOf('u')
      const before = (await gateway.admin.listKeys(pool)).length
      const base = { slug: `inj-${Buffer.from(bytes).toString('hex')}`, name: 'n', kind: 'generic', adapter: 'generic', base_url: upstream.url }
      const attempts: [string, object][] = [
        [`/upstreams/${pool}/keys`, { value: `sk-abc${bytes}X-Injected: 1` }],
        ['/upstreams', { ...base, key_name: `x-key${bytes}x-injected` }],
        ['/upstreams', { ...base, key_prefix: `Bearer${bytes}X-Injected: 1` }],
        // Beyond ASCII a path is percent-encoded, which is harmless.
        ...(bytes <= '\x7f' ? [['/upstreams', { ...base, base_url: `${upstream.url}/v1${bytes}/x` }] as [string, object]] : []),
      ]
      for (const [path, body] of attempts) expect([path, body, (await gateway.admin.call('POST', path, body)).status]).toEqual([path, body, 422])
      expect(await gateway.admin.listKeys(pool)).toHaveLength(before)
    },
  )
})
