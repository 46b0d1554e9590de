// Accounts over sockets: who is refused, what a client key of an account may use, limits shared by all its keys; SEC-17.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import type { RawResponse } from '../support/raw-client.ts'
import { until } from '../support/until.ts'

let chaos: ChaosUpstream
let elsewhere: ChaosUpstream
let gateway: Gateway
beforeAll(async () => {
  chaos = await openChaosUpstream()
  elsewhere = await openChaosUpstream()
  const upstreams = ['one', 'two', 'three'].map((slug) => ({ slug, base_url: chaos.url, keys: [createCanary('sk-')] }))
  gateway = await startGateway({ upstreams })
})
afterAll(async () => {
  await gateway?.close()
  await Promise.all([chaos?.close(), elsewhere?.close()])
})

const ok = async (method: string, path: string, body?: unknown): Promise<any> => gateway.admin.expectOk(method, path, body)

async function call(key: string, slug: string, headers: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
  const [response] = (await gateway.send('GET', `/proxy/${slug}/ok`, { 'X-Proxy-Key': key, ...headers })).responses
  return response as RawResponse
}

const codeOf = (response: RawResponse): [number, string | undefined] => [response.status, headerOf(response.rawHeaders, 'x-gateway-error')]

async function makeAccount(fields: object, keyFields: object = {}): Promise<{ id: string; key: string; keyId: string }> {
  const { id } = await ok('POST', '/accounts', { name: createCanary('acc-'), ...fields })
  const issued = await ok('POST', '/client-keys', { name: 'of an account', account_id: id, ...keyFields })
  return { id, key: issued.key as string, keyId: issued.id as string }
}

test('a disabled account refuses its client keys with the next request, and says why; enabled again it serves', async () => {
  const { id, key } = await makeAccount({})
  expect((await call(key, 'one')).status).toBe(200)
  await ok('PATCH', `/accounts/${id}`, { enabled: false })
  const refused = await call(key, 'one')
  expect(codeOf(refused)).toEqual([401, 'account_disabled'])
  expect(refused.body.toString()).toContain('account')
  await ok('PATCH', `/accounts/${id}`, { enabled: true })
  expect((await call(key, 'one')).status).toBe(200)
})

test('a client key may use what both its account and its own list allow; a change is in force with the answer', async () => {
  const { id, key, keyId } = await makeAccount({ bindings: [{ upstream: 'one' }, { upstream: 'two' }] })
  const statuses = async (): Promise<number[]> => Promise.all(['one', 'two', 'three'].map(async (slug) => (await call(key, slug)).status))
  expect(await statuses()).toEqual([200, 200, 403])
  await ok('PATCH', `/client-keys/${keyId}`, { upstreams: ['two'] })
  expect(await statuses()).toEqual([403, 200, 403])
  expect((await call(key, 'three')).body.toString()).not.toContain("'one'")
  await ok('PATCH', `/accounts/${id}`, { bindings: [{ upstream: 'one' }] })
  expect(await statuses()).toEqual([403, 403, 403])
  await ok('PATCH', `/accounts/${id}`, { bindings: null })
  expect(await statuses()).toEqual([403, 200, 403])
  await ok('PATCH', `/client-keys/${keyId}`, { upstreams: null })
  expect(await statuses()).toEqual([200, 200, 200])
})

test('all client keys of an account share its limits, beside their own', async () => {
  const { id, key } = await makeAccount({ limits: { rpm: 3 } })
  const second = await ok('POST', '/client-keys', { name: 'second', account_id: id, limits: { rpm: 1 } })
  expect((await call(second.key as string, 'one')).status).toBe(200)
  expect((await call(second.key as string, 'one')).status).toBe(429)
  expect((await call(key, 'one')).status).toBe(200)
  expect((await call(key, 'one')).status).toBe(200)
  const refused = await call(key, 'one')
  expect(refused.status).toBe(429)
  expect(refused.body.toString()).toContain('The account')
})

test('an account with client keys or people is not deleted by mistake; cascade takes them with it', async () => {
  const { id, key } = await makeAccount({})
  const person = await ok('POST', '/users', { username: 'of-the-account', password: 'Tr4verse-granite-otter', role: 'viewer', account_id: id })
  const refused = await gateway.admin.call('DELETE', `/accounts/${id}`)
  expect([refused.status, refused.body.code]).toEqual([409, 'conflict'])
  expect(refused.body.detail).toMatch(/1 client keys and 1 people.*cascade=true/)
  expect((await call(key, 'one')).status).toBe(200)
  expect((await gateway.admin.call('DELETE', `/accounts/${id}?cascade=true`)).status).toBe(204)
  expect(codeOf(await call(key, 'one'))).toEqual([401, 'invalid_client_key'])
  expect((await gateway.admin.call('GET', `/users/${person.id}`)).status).toBe(404)
})

describe('the API of accounts', () => {
  test('create, read, replace, change, delete, with ETag; names are taken once; unknown upstreams are named', async () => {
    const body = { name: 'crud', enabled: true, priority: 3, verification_enabled: true, limits: { rpd: 9 }, bindings: [{ upstream: 'one' }] }
    const made = await gateway.admin.call('POST', '/accounts', body)
    expect([made.status, made.headers.get('location')]).toEqual([201, `/api/admin/accounts/${made.body.id}`])
    expect(made.body).toMatchObject({ ...body, status: 'enabled', limits: { rps: null, rpm: null, rpd: 9, max_in_flight: null } })
    const path = `/accounts/${made.body.id}`
    const etag = made.headers.get('etag') as string
    expect((await gateway.admin.call('GET', path)).body).toEqual(made.body)
    const changed = await gateway.admin.call('PATCH', path, { priority: 4 }, { 'if-match': etag })
    expect([changed.status, changed.body.priority, changed.body.limits.rpd]).toEqual([200, 4, 9])
    expect((await gateway.admin.call('PATCH', path, { priority: 5 }, { 'if-match': etag })).status).toBe(412)
    expect((await gateway.admin.call('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412)
    expect((await ok('PUT', path, { name: 'crud-2' })).bindings).toBeNull()
    expect((await gateway.admin.call('POST', '/accounts', { name: 'crud-2' })).body.errors).toEqual([{ path: '/name', message: 'is taken' }])
    const unknown = await gateway.admin.call('PATCH', path, { bindings: [{ upstream: 'one' }, { upstream: 'nowhere' }] })
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([422, '/bindings/1/upstream'])
    expect((await gateway.admin.call('POST', '/accounts', {})).body.errors).toEqual([{ path: '/name', message: 'is missing' }])
    expect((await gateway.admin.call('DELETE', path)).status).toBe(204)
    expect((await gateway.admin.call('GET', path)).status).toBe(404)
  })

  test('pages, search, status and counts', async () => {
    for (const [name, enabled] of [
      ['listed-a', true],
      ['listed-b', false],
      ['listed-c', true],
    ] as const)
      await ok('POST', '/accounts', { name, enabled })
    const names = async (query: string): Promise<string[]> => (await ok('GET', `/accounts${query}`)).data.map(({ name }: { name: string }) => name)
    expect(await names('?search=listed&limit=2&page=2')).toEqual(['listed-c'])
    expect(await names('?search=listed&status=disabled')).toEqual(['listed-b'])
    expect(await names('?search=LISTED&enabled=true')).toEqual(['listed-a', 'listed-c'])
    const stats = await ok('GET', '/accounts/stats')
    expect(stats.total).toBe(stats.enabled + stats.disabled)
    expect(stats.disabled).toBe(1)
    expect(stats.client_keys).toBeGreaterThan(0)
  })

  test('many at once: each has a client key that works; repeated with the same Idempotency-Key nothing is made twice', async () => {
    const body = { count: 250, priority: 7, verification_enabled: true }
    const made = await gateway.admin.call('POST', '/accounts', body, { 'idempotency-key': 'bulk-1' })
    expect([made.status, made.body.created, made.body.data.length]).toEqual([201, 250, 250])
    expect(new Set(made.body.data.map((each: any) => each.client_key.key)).size).toBe(250)
    for (const each of [made.body.data[0], made.body.data[249]]) {
      expect((await call(each.client_key.key as string, 'one')).status).toBe(200)
      expect(await ok('GET', `/accounts/${each.id}`)).toMatchObject({ name: each.name, priority: 7, verification_enabled: true, enabled: true })
      expect((await ok('GET', `/client-keys?account_id=${each.id}`)).data.map(({ id }: { id: string }) => id)).toEqual([each.client_key.id])
    }
    const { total } = await ok('GET', '/accounts/stats')
    expect((await gateway.admin.call('POST', '/accounts', body, { 'idempotency-key': 'bulk-1' })).status).toBe(409)
    expect((await ok('GET', '/accounts/stats')).total).toBe(total)
    const many = await gateway.admin.call('POST', '/accounts?background=false', { count: 1001 })
    expect([many.status, many.body.errors[0].path]).toEqual([422, '/count'])
    expect(many.body.detail).toContain('at most 1000')
    expect((await gateway.admin.call('POST', '/accounts', { count: 50_001 })).body.errors[0].path).toBe('/count')
    expect((await gateway.admin.call('POST', '/accounts', { count: 2, name: 'x' })).body.errors).toEqual([{ path: '/name', message: 'does not go with count' }])
    expect((await ok('GET', '/accounts/stats')).total).toBe(total)
    expect(await ok('GET', '/audit/verify')).toMatchObject({ whole: true, fault: null })
  })
})

test('more than one answer waits for are made by a job; the client keys that it gives out work', async () => {
  const { total } = await ok('GET', '/accounts/stats')
  const answer = await gateway.admin.call('POST', '/accounts', { count: 1001 })
  expect([answer.status, answer.body.kind]).toEqual([202, 'account_provisioning'])
  await until(async () => (await ok('GET', `/jobs/${answer.body.id}`)).status === 'succeeded')
  expect((await ok('GET', '/accounts/stats')).total).toBe(total + 1001)
  const taken = await gateway.admin.call('POST', `/jobs/${answer.body.id}/result`)
  expect(taken.body.data).toHaveLength(1001)
  for (const each of [taken.body.data[0], taken.body.data[1000]]) expect((await call(each.client_key.key as string, 'one')).status).toBe(200)
  expect(await ok('GET', '/audit/verify')).toMatchObject({ whole: true, fault: null })
})

test('SEC-17: nothing that a client sends decides where its request goes', async () => {
  const { key } = await makeAccount({ bindings: [{ upstream: 'one' }] })
  const target = elsewhere.url
  const host = new URL(target).host
  const headers = {
    'X-Target': target,
    'X-Base-Url': target,
    'X-Forwarded-Host': host,
    'X-Original-URL': '/proxy/two/ok',
    'X-Rewrite-URL': '/proxy/two/ok',
    'x-portkey-custom-host': target,
    'x-middleware-subrequest': '1',
    'X-HTTP-Method-Override': 'DELETE',
    'X-Account-Id': 'acc_other',
  }
  for (const [name, value] of Object.entries(headers)) {
    chaos.ledger.clear()
    expect((await call(key, 'one', { [name]: value })).status).toBe(200)
    expect((await call(key, 'two', { [name]: value })).status).toBe(403)
    expect(chaos.ledger.entries.map(({ method, target: reached }) => [method, reached])).toEqual([['GET', '/ok']])
  }
  for (const query of [`api_base=${target}`, `base_url=${target}`, 'channelid=2', 'upstream=two', 'account_id=x']) {
    const [response] = (await gateway.send('GET', `/proxy/one/ok?${query}`, { 'X-Proxy-Key': key })).responses
    expect(response?.status).toBe(200)
  }
  const body = JSON.stringify({ api_base: target, base_url: target })
  const [posted] = (await gateway.send('POST', '/proxy/one/ok', { 'X-Proxy-Key': key, 'Content-Type': 'application/json' }, body)).responses
  expect(posted?.status).toBe(200)
  expect(elsewhere.ledger.entries).toEqual([])
})
