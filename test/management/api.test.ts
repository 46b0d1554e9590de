// The management API as a person or a script uses it: upstreams, keys, client keys, users, set-up.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import { PASSWORD, openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

let api: Management
let admin: string

beforeAll(async () => {
  api = await openManagement()
  admin = await api.tokenOf('admin')
})
afterAll(() => api.close())

const KEY = 'sk-proj-Zq81LmPr55TtYyWw0099AaBbCcDdEeFf'

async function createUpstream(slug: string, more: object = {}): Promise<any> {
  const answer = await api.call('POST', '/upstreams', { token: admin, body: { slug, adapter: 'openai', base_url: 'https://api.example.org/v1/', ...more } })
  expect(answer).toMatchObject({ status: 201 })
  return answer.json
}

describe('upstreams', () => {
  test('are created with the defaults of their adapter, read, listed, changed and deleted, and each change is in force when it is answered', async () => {
    const created = await api.call('POST', '/upstreams', { token: admin, body: { slug: 'openai', adapter: 'openai' } })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/api/admin/upstreams/${created.json.id}`)
    expect(created.json).toMatchObject({
      slug: 'openai',
      name: 'openai',
      kind: 'llm',
      key_location: 'header',
      key_name: 'authorization',
      key_prefix: 'Bearer ',
    })
    expect(created.json).toMatchObject({ enabled: true, strategy: 'round_robin', managed_by: 'person', proxy_path: '/llm/openai', connect_timeout_ms: null })
    expect(created.json.keys).toEqual({ ready: 0, cooling: 0, probing: 0, parked: 0, disabled: 0, total: 0 })
    expect(created.json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(api.snapshot.current?.upstreams.has('openai')).toBe(true)

    const changed = await api.call('PATCH', `/upstreams/${created.json.id}`, { token: admin, body: { slug: 'open-ai', connect_timeout_ms: 1234 } })
    expect(changed.json).toMatchObject({ slug: 'open-ai', connect_timeout_ms: 1234, name: 'openai' })
    expect(api.snapshot.current?.upstreams.has('openai')).toBe(false)
    expect((await api.call('PATCH', `/upstreams/${created.json.id}`, { token: admin, body: { connect_timeout_ms: null } })).json.connect_timeout_ms).toBeNull()

    const list = await api.call('GET', '/upstreams?page=1&limit=10&search=open', { token: admin })
    expect(list.json).toMatchObject({ page: 1, limit: 10, total: 1 })
    expect(list.json.data[0].id).toBe(created.json.id)

    expect((await api.call('DELETE', `/upstreams/${created.json.id}`, { token: admin })).status).toBe(204)
    expect(api.snapshot.current?.upstreams.size).toBe(0)
    expect((await api.call('GET', `/upstreams/${created.json.id}`, { token: admin })).status).toBe(404)
  })

  test('the same routers answer below /api', async () => {
    const response = await fetch(`${api.url}/api/upstreams`, { headers: { authorization: `Bearer ${admin}` } })
    expect(response.status).toBe(200)
    expect(
      (
        await fetch(`${api.url}/api/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: 'the-admin', password: PASSWORD }),
        })
      ).status,
    ).toBe(200)
  })

  test('every fault of the input is named at once', async () => {
    const body = { slug: 'Bad Slug', adapter: 'nobody', base_url: 'ftp://x', key_name: 'a b' }
    const answer = await api.call('POST', '/upstreams', { token: admin, body })
    expect(answer).toMatchObject({ status: 422, json: { code: 'validation_failed' } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.json.errors.map((error: { path: string }) => error.path).sort()).toEqual(['/adapter', '/base_url', '/key_name', '/slug'])
  })

  test('a taken slug is a conflict, on creation and on change', async () => {
    const first = await createUpstream('taken')
    const second = await createUpstream('free')
    expect((await api.call('POST', '/upstreams', { token: admin, body: { slug: 'taken', base_url: 'https://x.org' } })).status).toBe(409)
    expect((await api.call('PATCH', `/upstreams/${second.id}`, { token: admin, body: { slug: 'taken' } })).status).toBe(409)
    for (const { id } of [first, second]) await api.call('DELETE', `/upstreams/${id}`, { token: admin })
  })

  test('If-Match: a change that is based on an older version is refused, and PUT gives unnamed fields their defaults', async () => {
    const { id } = await createUpstream('etag', { max_attempts: 1 })
    const read = await api.call('GET', `/upstreams/${id}`, { token: admin })
    const etag = read.headers.get('etag') as string
    const first = await api.call('PATCH', `/upstreams/${id}`, { token: admin, body: { name: 'one' }, headers: { 'if-match': etag } })
    expect(first.status).toBe(200)
    const second = await api.call('PATCH', `/upstreams/${id}`, { token: admin, body: { name: 'two' }, headers: { 'if-match': etag } })
    expect(second).toMatchObject({ status: 412, json: { code: 'precondition_failed' } })
    expect((await api.call('DELETE', `/upstreams/${id}`, { token: admin, headers: { 'if-match': etag } })).status).toBe(412)
    const replaced = await api.call('PUT', `/upstreams/${id}`, {
      token: admin,
      body: { slug: 'etag', adapter: 'openai' },
      headers: { 'if-match': first.headers.get('etag') as string },
    })
    expect(replaced.json).toMatchObject({ name: 'etag', max_attempts: 3, base_url: 'https://api.openai.com/v1' })
    expect((await api.call('DELETE', `/upstreams/${id}`, { token: admin, headers: { 'if-match': '*' } })).status).toBe(204)
  })
})

describe('keys', () => {
  test('are added, listed with the state in force, changed, switched off and on, revived and deleted, with a history', async () => {
    const { id: upstream } = await createUpstream('keys')
    const body = { value: `  ${KEY}\n`.trim(), label: 'anna', weight: 3, tier: 1, quota_group: 'p1', tags: ['team-b', 'a', 'a'], limits: { rpm: 60 } }
    const created = await api.call('POST', `/upstreams/${upstream}/keys`, { token: admin, body })
    expect(created).toMatchObject({ status: 201 })
    expect(created.json).toMatchObject({
      upstream_id: upstream,
      label: 'anna',
      masked: 'sk-proj-…EeFf',
      weight: 3,
      tier: 1,
      quota_group: 'p1',
      tags: ['a', 'team-b'],
      state: 'ready',
      enabled: true,
      reason: '',
      until: null,
    })
    expect(created.json.limits).toEqual({ rpm: 60, tpm: null, rpd: null, max_in_flight: null })
    expect(created.json.fingerprint).toMatch(/^[\da-f]{12}$/)
    const { id } = created.json
    expect((await api.call('POST', `/upstreams/${upstream}/keys`, { token: admin, body: { value: KEY } })).status).toBe(409)

    const tagged = async (tag: string): Promise<number> => (await api.call('GET', `/upstreams/${upstream}/keys?tag=${tag}`, { token: admin })).json.total
    expect([await tagged('a'), await tagged('team'), (await api.call('GET', `/upstreams/${upstream}/keys?tag=A`, { token: admin })).status]).toEqual([
      1, 0, 422,
    ])
    expect((await api.call('PATCH', `/keys/${id}`, { token: admin, body: { tags: ['b'] } })).json.tags).toEqual(['b'])
    expect((await api.call('PATCH', `/keys/${id}`, { token: admin, body: { label: 'anna' } })).json.tags).toEqual(['b'])
    expect((await api.call('PATCH', `/keys/${id}`, { token: admin, body: { tags: [] } })).json.tags).toEqual([])
    for (const tags of [['Team'], ['a b'], ['-a'], [''], ['a'.repeat(33)], [...'abcdefghi']])
      expect([tags, (await api.call('PATCH', `/keys/${id}`, { token: admin, body: { tags } })).status]).toEqual([tags, 422])

    const off = await api.call('PATCH', `/keys/${id}`, { token: admin, body: { enabled: false } })
    expect(off.json).toMatchObject({ state: 'disabled', enabled: false, reason: 'disabled by the-admin' })
    expect(api.snapshot.statusOf(id)?.state).toBe('disabled')
    expect((await api.call('GET', `/upstreams/${upstream}`, { token: admin })).json.keys).toMatchObject({ disabled: 1, ready: 0, total: 1 })
    const on = await api.call('PATCH', `/keys/${id}`, { token: admin, body: { enabled: true, label: 'otto' } })
    expect(on.json).toMatchObject({ state: 'ready', label: 'otto', weight: 3 })
    await api.call('PATCH', `/keys/${id}`, { token: admin, body: { enabled: false } })
    expect((await api.call('POST', `/keys/${id}/revive`, { token: admin })).json).toMatchObject({ state: 'ready', reason: 'revived by the-admin' })
    const events = await api.call('GET', `/keys/${id}/events`, { token: admin })
    expect(events.json.data.map((event: any) => `${event.from}>${event.to} ${event.actor}`)).toEqual([
      'disabled>ready the-admin',
      'ready>disabled the-admin',
      'disabled>ready the-admin',
      'ready>disabled the-admin',
    ])

    expect((await api.call('DELETE', `/keys/${id}`, { token: admin })).status).toBe(204)
    expect(api.snapshot.statusOf(id)).toBeUndefined()
    expect((await api.call('GET', `/keys/${id}/events`, { token: admin })).status).toBe(404)
  })

  test('a test asks the vendor with the real key and shows its answer without the key', async () => {
    const seen: string[] = []
    const vendor = createServer((request, response) => {
      const key = String(request.headers.authorization)
      seen.push(key)
      const isKnown = key.includes('good')
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
      response.end(isKnown ? '{"data":[]}' : JSON.stringify({ error: { message: `Incorrect API key provided: ${key.slice(7)}`, code: 'invalid_api_key' } }))
    })
    await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve))
    const { port } = vendor.address() as AddressInfo
    const { id: upstream } = await createUpstream('probe', { base_url: `http://127.0.0.1:${port}/v1` })
    const good = await api.call('POST', `/upstreams/${upstream}/keys`, { token: admin, body: { value: 'sk-good-000000000000000000000000' } })
    const bad = await api.call('POST', `/upstreams/${upstream}/keys`, { token: admin, body: { value: 'sk-evil-000000000000000000000001' } })
    expect((await api.call('POST', `/keys/${good.json.id}/test`, { token: admin })).json).toMatchObject({ ok: true, status: 200, key: { state: 'ready' } })
    const refused = await api.call('POST', `/keys/${bad.json.id}/test`, { token: admin })
    expect(refused.json).toMatchObject({ ok: false, status: 401 })
    expect(refused.json.message).toContain('Incorrect API key provided')
    expect(refused.text).not.toContain('sk-evil-000000000000000000000001')
    expect(seen).toEqual(['Bearer sk-good-000000000000000000000000', 'Bearer sk-evil-000000000000000000000001'])
    await new Promise((resolve) => vendor.close(resolve))
  })

  test('an import takes a paste, counts duplicates and faults by line, and a dry run stores nothing', async () => {
    const { id: upstream } = await createUpstream('import')
    const keys = [1, 2, 3].map((n) => `sk-import-key-number-${n}-aaaaaaaaaa`)
    const paste = `# my keys\nOPENAI_API_KEY=${keys[0]}\n"${keys[1]}", ${keys[0]}\nshort\nBearer ${keys[2]}\u0000\n`
    const path = `/upstreams/${upstream}/keys/import`
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    const dry = await api.call('POST', `${path}?dry_run=true`, { token: admin, body: paste, headers })
    expect(dry.json).toMatchObject({ created: 2, duplicates: 1, invalid: 2, dry_run: true, duplicate_lines: [3] })
    expect(dry.json.invalid_lines.map((each: any) => each.line)).toEqual([4, 5])
    expect((await api.call('GET', `/upstreams/${upstream}/keys`, { token: admin })).json.total).toBe(0)
    expect((await api.call('POST', path, { token: admin, body: paste, headers })).json).toMatchObject({ created: 2, duplicates: 1, invalid: 2, dry_run: false })
    expect((await api.call('POST', path, { token: admin, body: paste, headers })).json).toMatchObject({ created: 0, duplicates: 3 })
    const csv = `key,label,weight\n${keys[2]},"b, c",7\n`
    expect((await api.call('POST', path, { token: admin, body: csv, headers: { 'content-type': 'text/csv' } })).json).toMatchObject({ created: 1 })
    const json = { keys: [keys[0], { value: 'sk-another-key-aaaaaaaaaaaa', label: 'json', tier: 2 }] }
    expect((await api.call('POST', path, { token: admin, body: json })).json).toMatchObject({ created: 1, duplicates: 1 })
    const list = await api.call('GET', `/upstreams/${upstream}/keys?limit=1000`, { token: admin })
    expect(list.json.data.map((key: any) => [key.label, key.weight, key.tier])).toEqual(
      expect.arrayContaining([
        ['b, c', 7, 0],
        ['json', 1, 2],
      ]),
    )
    expect((await api.call('DELETE', `/upstreams/${upstream}/keys?state=disabled`, { token: admin })).json).toEqual({ removed: 0 })
    expect((await api.call('DELETE', `/upstreams/${upstream}/keys`, { token: admin })).json).toEqual({ removed: 4 })
  })

  test('an import keeps the order of its lines, however many share a millisecond', async () => {
    const { id: upstream } = await createUpstream('in-order')
    const lines = Array.from({ length: 700 }, (_, index) => `sk-in-order-${String(index).padStart(4, '0')}-aaaaaaaaaaaa,label ${index}`)
    const body = `key,label\n${lines.join('\n')}\n`
    const headers = { 'content-type': 'text/csv' }
    expect((await api.call('POST', `/upstreams/${upstream}/keys/import`, { token: admin, body, headers })).json).toMatchObject({ created: 700 })
    const list = await api.call('GET', `/upstreams/${upstream}/keys?limit=1000`, { token: admin })
    expect(list.json.data.map((key: any) => key.label)).toEqual(lines.map((_, index) => `label ${index}`))
  })

  test('a key file of another kind is refused line by line, whole, and without repeating it', async () => {
    const { id: upstream } = await createUpstream('bad-file')
    const path = `/upstreams/${upstream}/keys/import`
    const page =
      '<!doctype html>\n<p class="canary-page">Documentation of everything</p>\n{"broken": "canary", \u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\n\u0001canary-control\n'
    const answer = await api.call('POST', path, { token: admin, body: page, headers: { 'content-type': 'text/plain' } })
    expect(answer).toMatchObject({ status: 200, json: { created: 0 } })
    expect([...new Set(answer.json.invalid_lines.map((each: any) => each.line))]).toEqual([1, 2, 3, 4])
    expect(answer.text).not.toContain('canary')
    const broken = await fetch(`${api.url}/api/admin${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'text/plain' },
      body: Buffer.from([0x73, 0xff, 0xfe]),
    })
    expect(broken.status).toBe(400)
  })
})

describe('client keys', () => {
  test('are issued once, changed, rolled with an overlap, revoked and forgotten, and each step is in force at once', async () => {
    const { id: upstream } = await createUpstream('for-clients')
    const issued = await api.call('POST', '/client-keys', { token: admin, body: { name: 'bob', upstreams: ['for-clients'] } })
    expect(issued.status).toBe(201)
    expect(issued.json.key).toMatch(/^sk-akr-[\dA-Za-z]{38}$/)
    expect(issued.json).toMatchObject({ name: 'bob', state: 'active', source: 'issued', upstreams: ['for-clients'], expires_at: null })
    const { id } = issued.json
    expect(api.snapshot.current?.clientKeys.size).toBe(1)
    expect((await api.call('POST', '/client-keys', { token: admin, body: { name: 'x', upstreams: ['nobody'] } })).status).toBe(422)
    expect((await api.call('POST', '/client-keys', { token: admin, body: { name: 'x', expires_at: '2001-01-01T00:00:00Z' } })).status).toBe(422)

    const until = new Date(api.clock.nowMs() + 60_000).toISOString()
    expect((await api.call('PATCH', `/client-keys/${id}`, { token: admin, body: { upstreams: null, expires_at: until } })).json).toMatchObject({
      upstreams: null,
      expires_at: until,
    })
    const rolled = await api.call('POST', `/client-keys/${id}/roll`, { token: admin, body: { overlap_seconds: 30 } })
    expect(rolled.json.key).not.toBe(issued.json.key)
    expect(api.snapshot.current?.clientKeys.size).toBe(2)
    expect((await api.call('POST', `/client-keys/${id}/roll`, { token: admin, body: { overlap_seconds: 0 } })).json.previous_until).toBeNull()
    expect(api.snapshot.current?.clientKeys.size).toBe(1)
    api.clock.advance(60_001)
    expect((await api.call('GET', `/client-keys/${id}`, { token: admin })).json.state).toBe('expired')
    expect((await api.call('DELETE', `/client-keys/${id}`, { token: admin })).status).toBe(204)
    expect((await api.call('GET', `/client-keys/${id}`, { token: admin })).json.state).toBe('revoked')
    expect((await api.call('POST', `/client-keys/${id}/roll`, { token: admin })).status).toBe(409)
    expect((await api.call('DELETE', `/client-keys/${id}?purge=true`, { token: admin })).status).toBe(204)
    expect((await api.call('GET', `/client-keys/${id}`, { token: admin })).status).toBe(404)
    await api.call('DELETE', `/upstreams/${upstream}`, { token: admin })
  })
})

describe('users', () => {
  test('are created, changed and deleted; the last admin stays', async () => {
    const made = await api.call('POST', '/users', { token: admin, body: { username: 'Carla', password: PASSWORD, role: 'viewer' } })
    expect(made).toMatchObject({ status: 201, json: { username: 'carla', role: 'viewer', enabled: true } })
    expect((await api.call('POST', '/users', { token: admin, body: { username: 'CARLA', password: PASSWORD, role: 'viewer' } })).status).toBe(409)
    expect((await api.call('PATCH', `/users/${made.json.id}`, { token: admin, body: { role: 'operator' } })).json.role).toBe('operator')
    const me = await api.call('GET', '/auth/me', { token: admin })
    expect((await api.call('PATCH', `/users/${me.json.id}`, { token: admin, body: { role: 'viewer' } })).status).toBe(409)
    expect((await api.call('PATCH', `/users/${me.json.id}`, { token: admin, body: { enabled: false } })).status).toBe(409)
    expect((await api.call('DELETE', `/users/${me.json.id}`, { token: admin })).status).toBe(409)
    expect((await api.call('DELETE', `/users/${made.json.id}`, { token: admin })).status).toBe(204)
    expect((await api.call('GET', '/users', { token: admin })).json.total).toBe(1)
  })

  test.each(['short', 'password1234', 'aaaaaaaaaaaaaaaa', 'dora-has-a-password', 'x'.repeat(200), 'change-me-please'])(
    'the password %s is refused',
    async (password) => {
      const answer = await api.call('POST', '/users', { token: admin, body: { username: 'dora', password, role: 'viewer' } })
      expect(answer).toMatchObject({ status: 422, json: { errors: [{ path: '/password' }] } })
      expect(answer.text).not.toContain(password)
    },
  )
})

test('the status says what is held and in force, and shows the latest errors without their details', async () => {
  const before = (await api.call('GET', '/status', { token: admin })).json
  expect(before).toMatchObject({
    config: { drift: false },
    replicas: [{ this_process: true }],
    in_flight: { listeners: 0 },
    services: { database: { status: 'pass' } },
  })
  expect(before.config.version).toBe(before.config.stored_version)
  const secret = 'sk-abcdefghijklmnopqrstuvwxyz0123456789'
  for (let i = 0; i < 30; i++) api.logger.error('test.failed', `number ${i} with ${secret}`, { request_id: `req-${i}`, error: new Error('a stack').stack })
  const { text, json } = await api.call('GET', '/status', { token: admin })
  expect(json.last_errors.map(({ request_id }: any) => request_id)).toEqual(Array.from({ length: 20 }, (_, i) => `req-${29 - i}`))
  expect(json.last_errors[0]).toMatchObject({ event: 'test.failed', at: expect.any(String), upstream: null })
  expect(text).not.toContain('a stack')
  expect(text).not.toContain(secret)
})

test('status and adapters describe the gateway', async () => {
  expect((await api.call('GET', '/status', { token: admin })).json).toMatchObject({ status: 'ok', build: 'test', version: '0.0.0', counts: { users: 1 } })
  const { data } = (await api.call('GET', '/adapters', { token: admin })).json
  expect(data.find((adapter: any) => adapter.name === 'openai')).toMatchObject({
    kind: 'llm',
    dialect: 'openai',
    base_url: 'https://api.openai.com/v1',
    key_name: 'authorization',
    key_prefix: 'Bearer ',
  })
})

describe('set-up', () => {
  test('the one-time token creates the first admin, once, within an hour', async () => {
    const fresh = await openManagement()
    try {
      expect((await fresh.call('GET', '/setup')).json.open).toBe(true)
      const old = (await fresh.services.setup.issueToken()).reveal()
      const late = (await fresh.services.setup.issueToken()).reveal()
      const body = { username: 'first', password: PASSWORD }
      expect((await fresh.call('POST', '/setup', { body: { ...body, token: old } })).status).toBe(403)
      fresh.clock.advance(3_600_001)
      expect((await fresh.call('POST', '/setup', { body: { ...body, token: late } })).status).toBe(403)
      const replaced = (await fresh.services.setup.issueToken()).reveal()
      fresh.onHash = () => fresh.services.setup.issueToken()
      expect((await fresh.call('POST', '/setup', { body: { ...body, token: replaced } })).json.code).toBe('setup_token_invalid')
      fresh.onHash = () => Promise.resolve()
      const token = (await fresh.services.setup.issueToken()).reveal()
      expect((await fresh.call('POST', '/setup', { body: { ...body, password: 'password', token } })).status).toBe(422)
      const versionBefore = fresh.snapshot.current?.version as number
      const [one, two] = await Promise.all([
        fresh.call('POST', '/setup', { body: { ...body, token } }),
        fresh.call('POST', '/setup', { body: { ...body, username: 'second', token } }),
      ])
      expect([one.status, two.status].sort()).toEqual([201, 404])
      // The demo's client key, which is in force until there is a user, goes with the answer.
      expect(fresh.snapshot.current?.version).toBe(versionBefore + 1)
      const session = one.status === 201 ? one : two
      expect((await fresh.call('GET', '/auth/me', { token: session.json.access_token })).json.role).toBe('admin')
      expect((await fresh.call('GET', '/setup')).json.open).toBe(false)
      expect((await fresh.call('POST', '/setup', { body: { ...body, token } })).json.code).toBe('setup_not_available')
      await expect(fresh.services.setup.issueToken()).rejects.toMatchObject({ code: 'setup_not_available' })
      expect(await fresh.services.setup.createFirstAdmin('other', new Secret(PASSWORD))).toBeUndefined()
    } finally {
      await fresh.close()
    }
  })
})
