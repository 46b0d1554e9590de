// SEC-06 and SEC-07: what of a key may be seen, by whom, and when.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createMask } from '../../src/domain/masking.ts'
import { systemRandom } from '../../src/infrastructure/system.ts'
import { CanaryScanner } from '../support/canaries.ts'
import { openManagement } from './fixture.ts'
import type { Answer, Management } from './fixture.ts'

const ALPHABETS = {
  digits: '0123456789',
  hex: '0123456789abcdef',
  base36: '0123456789abcdefghijklmnopqrstuvwxyz',
  base62: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  base64url: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_',
}
const PREFIXES = ['', 'AIza', 'sk-', 'sk-proj-', 'sk-ant-', 'sk-ant-api03-', 'gsk_', 'sk-or-v1-']

function randomText(alphabet: string, length: number): string {
  return [...systemRandom.bytes(length)].map((byte) => alphabet[byte % alphabet.length]).join('')
}

describe('SEC-06: masks', () => {
  test('keys of 8 to 200 characters, with and without a vendor prefix, keep at least 96 bits unknown and show at most 4 characters', () => {
    for (let length = 8; length <= 200; length++) {
      for (const prefix of PREFIXES) {
        for (const alphabet of Object.values(ALPHABETS)) {
          const rest = randomText(alphabet, Math.max(1, length - prefix.length))
          const key = prefix + rest
          const known = prefix === '' ? [] : [prefix]
          const mask = createMask(key, known)
          const [shownPrefix = '', tail = ''] = mask.split('…')
          if (key.length < 24) expect(mask).toBe('…')
          expect(['', ...known]).toContain(shownPrefix)
          expect(tail.length).toBeLessThanOrEqual(4)
          expect(key.endsWith(tail)).toBe(true)
          if (tail !== '') expect((rest.length - tail.length) * Math.log2(alphabet.length)).toBeGreaterThanOrEqual(96)
        }
      }
    }
  })

  test.each([
    ['sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123', ['sk-', 'sk-proj-'], 'sk-proj-…0123'],
    ['sk-proj-AbCdEfGhIjKlMnOpQrStUvWxYz0123', [], '…0123'],
    ['AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q', ['AIza'], 'AIza…5p6Q'],
    ['0123456789abcdef01234567', [], '…'],
    ['0123456789abcdef0123456789abcdef', [], '…cdef'],
    ['anna:AbCdEfGhIjKl', [], '…'],
    ['a-very-long-user-name@example.org:short1', [], '…'],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', [], '…'],
    ['12345678901234567890123456789012', [], '…'],
    ['sk-akr-abc', ['sk-akr-'], '…'],
    ['', [], '…'],
  ])('%s with the prefixes %j is %s', (key, prefixes, mask) => expect(createMask(key, prefixes)).toBe(mask))
})

describe('SEC-07: no reveal', () => {
  let api: Management
  const scanner = new CanaryScanner()
  const answers: { where: string; answer: Answer }[] = []
  const tokens: string[] = []
  let admin = ''

  beforeAll(async () => {
    api = await openManagement()
    for (const role of ['admin', 'operator', 'viewer'] as const) tokens.push(await api.tokenOf(role))
    admin = tokens[0] as string
  })
  afterAll(() => api.close())

  async function call(method: string, path: string, token: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await api.call(method, path, { token, body, headers })
    answers.push({ where: `${method} ${path}`, answer })
    return answer
  }

  test('a pool key is in no answer of any endpoint to any role and in no log line, not even in that of its creation', async () => {
    const key = (prefix = 'sk-'): string => scanner.create(prefix)
    const { id: upstream } = (await call('POST', '/upstreams', admin, { slug: 'secrets', adapter: 'openai', base_url: 'http://127.0.0.1:59999' })).json
    const value = key()
    const created = await call('POST', `/upstreams/${upstream}/keys`, admin, { value, label: 'one' })
    expect(created.status).toBe(201)
    const headers = { 'content-type': 'text/plain' }
    const paste = `${key()}\nexport A="${key()}"\n${key()}\u0001\n\u00e9${key()}\n"${key()}`
    expect((await call('POST', `/upstreams/${upstream}/keys/import?dry_run=true`, admin, paste, headers)).status).toBe(200)
    expect((await call('POST', `/upstreams/${upstream}/keys/import`, admin, paste, headers)).json.created).toBe(3)
    expect((await call('POST', `/upstreams/${upstream}/keys/import`, admin, { keys: [key(), { value: key(), weight: 2 }] })).json.created).toBe(2)
    // Failures, too: duplicates, controls, wrong places, broken JSON, a key where a name belongs.
    await call('POST', `/upstreams/${upstream}/keys`, admin, { value })
    await call('POST', `/upstreams/${upstream}/keys`, admin, { value: `${key()}\r\nX-Evil: 1` })
    await call('POST', `/upstreams/${upstream}/keys`, admin, { value: [key()] })
    await call('POST', `/upstreams/${upstream}/keys`, admin, { [key()]: key(), value: 1 })
    await call('POST', `/upstreams/${upstream}/keys`, admin, `{"value": ${key()}}`)
    await call('POST', `/upstreams/${upstream}/keys`, admin, key(), headers)
    await call('POST', `/upstreams/${upstream}/keys/import`, admin, `key,weight\n${key()},many\n`, { 'content-type': 'text/csv' })
    await call('POST', '/upstreams', admin, { slug: 'b', base_url: `https://api.example.org?key=${key()}` })
    await call('POST', '/upstreams', admin, { slug: 'b', base_url: `https://u:${key()}@api.example.org` })
    await call('GET', `/upstreams?${key()}=${key()}`, admin)
    await call('GET', `/nowhere?key=${key()}`, admin)

    const ids = ((await call('GET', `/upstreams/${upstream}/keys`, admin)).json.data as { id: string }[]).map((each) => each.id)
    expect(ids).toHaveLength(6)
    await call('POST', `/keys/${ids[0]}/test`, admin)
    await call('PATCH', `/keys/${ids[0]}`, admin, { enabled: false })
    await call('POST', `/keys/${ids[0]}/revive`, admin)
    await call('PATCH', `/upstreams/${upstream}`, admin, { name: 'x' })
    for (const token of tokens) {
      // Events do not end; test/gateway/live-events.test.ts sweeps them.
      for (const route of api.routes.filter((each) => each.method === 'get' && each.path !== '/events')) {
        const id = route.path.startsWith('/keys') ? ids[0] : upstream
        await call('GET', route.path.replace(':id', id as string), token)
      }
    }
    const leaks = answers.flatMap(({ where, answer }) => [...scanner.scan(answer.text, where), ...scanner.scan(JSON.stringify([...answer.headers]), where)])
    expect(leaks).toEqual([])
    expect(scanner.scan(api.log(), 'the log')).toEqual([])
    expect(answers.length).toBeGreaterThanOrEqual(60)
    for (const { upstreamId, ...row } of await api.store.keys.listSealed()) expect(scanner.scan(JSON.stringify(row), `row of ${upstreamId}`)).toEqual([])
  })

  test('a client key is in the answer that issues or rolls it, in no other, and is stored as a digest', async () => {
    answers.length = 0
    const issued = await api.call('POST', '/client-keys', { token: admin, body: { name: 'once' } })
    const rolled = await api.call('POST', `/client-keys/${issued.json.id}/roll`, { token: admin, body: { overlap_seconds: 600 } })
    const own = new CanaryScanner()
    // Its mask shows the prefix and the last four characters: whole keys and their encodings count here.
    for (const { json } of [issued, rolled]) own.add(json.key as string, { edges: false })
    for (const token of tokens) {
      await call('GET', '/client-keys', token)
      await call('GET', `/client-keys/${issued.json.id}`, token)
    }
    await call('PATCH', `/client-keys/${issued.json.id}`, admin, { name: 'renamed' })
    await call('GET', '/auth/me', issued.json.key)
    await call('GET', `/nowhere?key=${rolled.json.key}`, rolled.json.key)
    await call('DELETE', `/client-keys/${issued.json.id}`, admin)
    expect(answers.flatMap(({ where, answer }) => own.scan(answer.text + JSON.stringify([...answer.headers]), where))).toEqual([])
    expect(own.scan(api.log(), 'the log')).toEqual([])
    const [stored] = await api.store.clientKeys.list()
    expect(own.scan(JSON.stringify(stored), 'the row')).toEqual([])
    expect(stored?.digest).toMatch(/^[\da-f]{64}$/)
    expect(stored?.masked).toBe(`sk-akr-…${(rolled.json.key as string).slice(-4)}`)
  })

  test('an answer with a client key is not kept for an Idempotency-Key: the repetition is refused instead of issuing a second key', async () => {
    const headers = { 'idempotency-key': 'issue-1' }
    const first = await api.call('POST', '/client-keys', { token: admin, body: { name: 'idem' }, headers })
    expect(first).toMatchObject({ status: 201, json: { key: expect.any(String) } })
    const again = await api.call('POST', '/client-keys', { token: admin, body: { name: 'idem' }, headers })
    expect(again).toMatchObject({ status: 409, json: { code: 'conflict' } })
    expect(again.text).not.toContain(first.json.key)
    expect((await api.call('GET', '/client-keys?search=idem', { token: admin })).json.total).toBe(1)
  })
})

describe('Idempotency-Key', () => {
  let api: Management
  let admin: string
  beforeAll(async () => {
    api = await openManagement()
    admin = await api.tokenOf('admin')
  })
  afterAll(() => api.close())

  const body = { slug: 'idem', base_url: 'https://api.example.org' }
  const post = (key: string, what: unknown, token = admin): Promise<Answer> =>
    api.call('POST', '/upstreams', { token, body: what, headers: { 'idempotency-key': key } })

  test('a repetition gets the first answer, another content 422, another person and another key are other requests', async () => {
    const first = await post('a', body)
    const again = await post('a', body)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.text).toBe(first.text)
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([null, 'true'])
    expect(await post('a', { ...body, name: 'other' })).toMatchObject({ status: 422, json: { code: 'idempotency_conflict' } })
    expect((await post('b', body)).status).toBe(409)
    expect((await post('a', body, await api.tokenOf('operator'))).status).toBe(409)
    expect((await post('a b', body)).status).toBe(400)
  })

  test('failures are not kept, and of two at once only one is done', async () => {
    expect((await post('c', { ...body, slug: 'BAD' })).status).toBe(422)
    expect((await post('c', { ...body, slug: 'good' })).status).toBe(201)
    const both = await Promise.all([post('d', { ...body, slug: 'twice' }), post('d', { ...body, slug: 'twice' })])
    expect(both.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1)
    expect(both.every(({ status, json }) => status === 201 || json.detail.includes('still running'))).toBe(true)
    expect((await api.call('GET', '/upstreams?search=twice', { token: admin })).json.total).toBe(1)
  })
})
