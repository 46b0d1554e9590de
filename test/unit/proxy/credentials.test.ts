// HTTP-06: the client's key leaves in no place and no spelling; the pool's key stands in the request exactly once.
import { describe, expect, test } from '@jest/globals'
import type { Adapter } from '../../../src/adapters/adapter.ts'
import { anthropic } from '../../../src/adapters/anthropic/index.ts'
import { gemini } from '../../../src/adapters/gemini/index.ts'
import { generic } from '../../../src/adapters/generic/index.ts'
import { openai } from '../../../src/adapters/openai/index.ts'
import type { KeyPlacement } from '../../../src/domain/upstream.ts'
import { cleanRequest, findCredential, takeBodyCredential, withKey, withoutBodyCredential } from '../../../src/proxy/credentials.ts'
import type { InboundHead } from '../../../src/proxy/guard.ts'

const CLIENT = 'sk-akr-0123456789abcdefghijABCDEFGHIJ01checks'
const POOL = 'sk-pool-ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

const PLACEMENTS: readonly KeyPlacement[] = [
  { location: 'header', name: 'authorization', prefix: 'Bearer ' },
  { location: 'header', name: 'x-api-key', prefix: '' },
  { location: 'query', name: 'key', prefix: '' },
  { location: 'basic', name: '', prefix: 'api' },
  { location: 'basic', name: '', prefix: '' },
  { location: 'cookie', name: 'session', prefix: '' },
  { location: 'body', name: 'token', prefix: '' },
]

function headOf(...headers: string[]): InboundHead {
  const connection = headers.flatMap((name, index) => (index % 2 === 0 && name === 'connection' ? [headers[index + 1] as string] : [])).join(',')
  return {
    method: 'POST',
    target: '/x',
    headers,
    contentLength: -1,
    isChunked: false,
    expectsContinue: false,
    connection: connection === '' ? undefined : connection.toLowerCase(),
  }
}

interface Sent {
  readonly headers: string[]
  readonly query: string
  readonly body: string
  /** Everything that leaves, decoded as a vendor would. */
  readonly text: string
}

function send(head: InboundHead, query: string, adapter: Adapter, placement: KeyPlacement, body?: string): Sent {
  const clean = cleanRequest(head, query, adapter, placement, CLIENT, (value) => value === CLIENT)
  const keyed = withKey(clean, placement, POOL, body === undefined ? undefined : Buffer.from(body))
  const basic = keyed.headers.flatMap((value) => (value.startsWith('Basic ') ? [Buffer.from(value.slice(6), 'base64').toString()] : []))
  const text = [keyed.headers.join('\n'), ...basic, unescape(keyed.query.replaceAll('+', ' ')), keyed.body?.toString() ?? ''].join('\n')
  return { headers: keyed.headers, query: keyed.query, body: keyed.body?.toString() ?? '', text }
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

const SPELLINGS: readonly (readonly [string, string[], string])[] = [
  ['Authorization: Bearer', ['authorization', `Bearer ${CLIENT}`], ''],
  ['authorization: bearer, odd spaces', ['authorization', `bearer   ${CLIENT}  `], ''],
  ['Authorization without a scheme', ['authorization', CLIENT], ''],
  ['Authorization: Basic, as the user', ['authorization', `Basic ${Buffer.from(`${CLIENT}:`).toString('base64')}`], ''],
  ['Authorization: Basic, as the password', ['authorization', `basic ${Buffer.from(`me:${CLIENT}`).toString('base64')}`], ''],
  ['x-api-key', ['x-api-key', CLIENT], ''],
  ['x-goog-api-key', ['x-goog-api-key', CLIENT], ''],
  ['api-key', ['api-key', CLIENT], ''],
  ['X-Proxy-Key', ['x-proxy-key', CLIENT], ''],
  ['x-akr-key', ['x-akr-key', CLIENT], ''],
  ['proxy-authorization', ['proxy-authorization', `Bearer ${CLIENT}`], ''],
  ['duplicates', ['x-api-key', CLIENT, 'x-api-key', CLIENT, 'authorization', `Bearer ${CLIENT}`, 'authorization', `Bearer ${CLIENT}`], ''],
  ['a header of another name', ['x-my-secret', CLIENT, 'referer', `https://x.test/?key=${CLIENT}`], ''],
  ['a cookie', ['cookie', `a=1; key=${CLIENT}; b=2`], ''],
  ['the only cookie', ['cookie', `key=${CLIENT}`], ''],
  ['two cookie headers', ['cookie', `key=${CLIENT}`, 'cookie', `b=2; other=${CLIENT}`], ''],
  ['?key=', [], `key=${CLIENT}&alt=sse`],
  ['?key= twice, encoded', [], `key=${encodeURIComponent(CLIENT)}&%6bey=${CLIENT}`],
  ['a parameter of another name', [], `a=1&token=${CLIENT}`],
  ['inside a parameter', [], `a=1&next=${encodeURIComponent(`https://x.test/?key=${CLIENT}`)}`],
  ['every place at once', ['authorization', `Bearer ${CLIENT}`, 'x-proxy-key', CLIENT, 'cookie', `k=${CLIENT}`], `key=${CLIENT}`],
]

describe.each([openai, anthropic, gemini, generic].map((adapter) => [adapter.name, adapter as Adapter] as const))('%s', (_, adapter) => {
  test.each(SPELLINGS)('%s', (_name, headers, query) => {
    for (const placement of PLACEMENTS) {
      const { text } = send(headOf('x-proxy-key', CLIENT, ...headers, 'accept', '*/*'), query, adapter, placement)
      expect(text).not.toContain(CLIENT)
      expect(count(text, POOL)).toBe(1)
      expect(text).toContain('accept\n*/*')
    }
  })

  test('whatever the client put where the pool’s key goes is replaced', () => {
    const foreign = ['authorization', 'Bearer mine', 'x-api-key', 'mine', 'cookie', 'session=mine; keep=1']
    for (const placement of PLACEMENTS) {
      const { headers, query, body } = send(headOf(...foreign), 'key=mine&keep=1', adapter, placement, '{"token":"mine","keep":1}')
      if (placement.location === 'header') expect(headers.filter((name, index) => index % 2 === 0 && name === placement.name)).toHaveLength(1)
      if (placement.location === 'query') expect(query).toBe(`keep=1&key=${POOL}`)
      if (placement.location === 'basic') expect(headers.filter((name, index) => index % 2 === 0 && name === 'authorization')).toHaveLength(1)
      if (placement.location === 'cookie') expect(headers.filter((_value, index) => headers[index - 1] === 'cookie')).toEqual([`keep=1; session=${POOL}`])
      if (placement.location === 'body') expect(JSON.parse(body)).toEqual({ token: POOL, keep: 1 })
    }
  })
})

describe('what stays', () => {
  test('on a generic API a credential for the API itself passes, on an LLM it does not', () => {
    const head = headOf('x-proxy-key', CLIENT, 'authorization', 'Bearer for-the-api', 'x-api-key', 'for-the-api')
    const query = { location: 'query', name: 'k', prefix: '' } as const
    expect(send(head, '', generic, query).headers).toEqual(['authorization', 'Bearer for-the-api', 'x-api-key', 'for-the-api'])
    expect(send(head, '', openai, query).headers).toEqual([])
  })

  test('bytes of the query are not touched', () => {
    const query = 'a=1&a=2&b=%2F&c=x+y&d&=e&;&f=%zz&g='
    expect(send(headOf(), query, generic, PLACEMENTS[0] as KeyPlacement).query).toBe(query)
  })

  test('repeated headers, their order and their bytes', () => {
    const headers = ['accept', 'a', 'x-tag', '1', 'x-tag', '2', 'x-odd', 'caf\xe9', 'cookie', 'a=1;b=2']
    expect(send(headOf(...headers), '', generic, { location: 'query', name: 'k', prefix: '' }).headers).toEqual(headers)
  })

  test('a short key like the demo’s is not searched for inside words', () => {
    const clean = cleanRequest(
      headOf('x-proxy-key', 'demo', 'user-agent', 'demo-client/1.0', 'x-mode', 'demo'),
      'model=demo-1&k=demo',
      generic,
      PLACEMENTS[0] as KeyPlacement,
      'demo',
      (value) => value === 'demo',
    )
    expect(clean).toEqual({ headers: ['user-agent', 'demo-client/1.0'], query: 'model=demo-1' })
  })
})

describe('hop-by-hop', () => {
  test('names listed in Connection go, the pool’s key stays', () => {
    const head = headOf(
      'connection',
      'close, X-Trace, authorization, x-api-key, content-length, host',
      'x-trace',
      '1',
      'accept',
      '*/*',
      'te',
      'trailers',
      'upgrade',
      'h2c',
      'keep-alive',
      '5',
    )
    for (const placement of PLACEMENTS) {
      const { headers, text } = send(head, '', generic, placement)
      expect(headers.filter((_value, index) => index % 2 === 0)).not.toEqual(expect.arrayContaining(['x-trace']))
      for (const gone of ['connection', 'te', 'upgrade', 'keep-alive', 'x-trace']) expect(headers).not.toContain(gone)
      expect(count(text, POOL)).toBe(1)
    }
  })

  test('nothing about the client goes to vendors', () => {
    const names = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'via', 'cf-connecting-ip', 'true-client-ip']
    const { headers } = send(headOf(...names.flatMap((name) => [name, '203.0.113.9'])), '', openai, PLACEMENTS[0] as KeyPlacement)
    expect(headers.join('\n')).not.toContain('203.0.113.9')
  })
})

describe('headers that a vendor requires', () => {
  test('are added when they are missing, also when another header has their name as its value', () => {
    const added = send(headOf('x-note', 'anthropic-version'), '', anthropic, PLACEMENTS[1] as KeyPlacement).headers
    expect(added.filter((name, index) => index % 2 === 0 && name === 'anthropic-version')).toHaveLength(1)
    const kept = send(headOf('anthropic-version', '2099-01-01'), '', anthropic, PLACEMENTS[1] as KeyPlacement).headers
    expect(kept.filter((_value, index) => kept[index - 1] === 'anthropic-version')).toEqual(['2099-01-01'])
  })

  test('a key that makes a body of its own says that it is JSON', () => {
    const placement = PLACEMENTS[6] as KeyPlacement
    expect(send(headOf(), '', generic, placement)).toMatchObject({ headers: ['content-type', 'application/json'], body: `{"token":"${POOL}"}` })
    expect(send(headOf(), '', generic, placement, '{}').headers).toEqual([])
  })
})

describe('findCredential', () => {
  test('the first match of the contract’s order wins, not the first header', () => {
    const order = ['x-proxy-key', 'authorization', 'x-api-key', 'api-key', 'x-goog-api-key']
    for (let first = 0; first < order.length; first++) {
      const names = order.slice(first).reverse()
      const head = headOf(...names.flatMap((name) => [name, name === 'authorization' ? `Bearer of-${name}` : `of-${name}`]))
      expect(findCredential(head, 'key=of-query', 'gemini')).toEqual({ value: `of-${order[first]}`, place: order[first] })
    }
    expect(findCredential(headOf(), 'a=1&key=of-query', 'gemini')).toEqual({ value: 'of-query', place: 'query' })
    expect(findCredential(headOf(), 'key=of-query', 'openai')).toBeUndefined()
  })

  test('empty values, other schemes and a bare "Bearer" are none', () => {
    for (const [name, value] of [
      ['x-api-key', ''],
      ['x-api-key', '  '],
      ['authorization', 'Bearer'],
      ['authorization', 'Bearer '],
      ['authorization', 'Digest abc'],
      ['authorization', ''],
    ] as const) {
      expect(findCredential(headOf(name, value), 'key=', 'gemini')).toBeUndefined()
    }
    expect(findCredential(headOf('x-api-key', '', 'api-key', 'k'), '', 'openai')?.value).toBe('k')
  })
})

describe('the body', () => {
  test('api_key is taken out of a body without any other credential', () => {
    expect(takeBodyCredential(Buffer.from(`{"api_key":"${CLIENT}","n":1}`))).toEqual({ value: CLIENT, body: Buffer.from('{"n":1}') })
    expect(takeBodyCredential(Buffer.from('{"n":1}'))).toBeUndefined()
  })

  test('api_key that repeats the client key of a header goes too; the API’s own stays', () => {
    const body = Buffer.from(`{"model":"m", "api_key":"${CLIENT}"}`)
    expect(withoutBodyCredential(body, CLIENT).toString()).toBe('{"model":"m"}')
    expect(withoutBodyCredential(body, 'other')).toBe(body)
    const nested = Buffer.from(`{"tool":{"api_key":"${CLIENT}"}}`)
    expect(withoutBodyCredential(nested, CLIENT)).toBe(nested)
  })
})
