// Accounts that are bound to a tagged part of a pool, over sockets: exact turns in it and beside it, and never another key.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createCanary } from '../support/canaries.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { headerOf } from '../support/http-reader.ts'
import { runClosedLoop } from '../support/load.ts'
import type { RawResponse } from '../support/raw-client.ts'

interface PoolKey {
  readonly value: string
  readonly id: string
}

let chaos: ChaosUpstream
let gateway: Gateway
let made = 0
beforeAll(async () => {
  chaos = await openChaosUpstream()
  gateway = await startGateway()
})
beforeEach(() => {
  chaos.ledger.clear()
  chaos.clearScripts()
})
afterAll(async () => {
  await gateway?.close()
  await chaos?.close()
})

const ok = async (method: string, path: string, body?: unknown): Promise<any> => gateway.admin.expectOk(method, path, body)

/** A pool with a key per list of tags, and an account that is bound to those tagged `a`. */
async function openPool(tagsOfKeys: readonly (readonly string[])[], fields: object = {}) {
  const slug = `pool-${++made}`
  const upstream = await ok('POST', '/upstreams', { slug, base_url: chaos.url, max_attempts: 5, ...fields })
  const keys: PoolKey[] = []
  for (const [index, tags] of tagsOfKeys.entries()) {
    const value = createCanary('sk-')
    const { id } = await ok('POST', `/upstreams/${upstream.id}/keys`, { value, tags, tier: tags.includes('later') ? 1 : 0, label: `key ${index}` })
    keys.push({ value, id })
  }
  const account = await ok('POST', '/accounts', { name: slug, bindings: [{ upstream: slug, key_tag: 'a' }] })
  const client = await ok('POST', '/client-keys', { name: slug, account_id: account.id })
  const call = async (key: string = client.key): Promise<RawResponse> =>
    (await gateway.send('GET', `/proxy/${slug}/ok`, { 'X-Proxy-Key': key })).responses[0] as RawResponse
  return { slug, keys, account, client, call }
}

const used = (): string[] => chaos.ledger.entries.map(({ key }) => key)
const codeOf = (response: RawResponse): [number, string | undefined] => [response.status, headerOf(response.rawHeaders, 'x-gateway-error')]

test('the account sees its keys in strict turns, the rest of the world all keys, both at once and both exactly even', async () => {
  const { slug, keys, client } = await openPool([['a'], [], ['b', 'a'], [], ['a']])
  const flow = (key: string, name: string, total: number): ReturnType<typeof runClosedLoop> =>
    runClosedLoop({
      port: gateway.port,
      connections: 8,
      total,
      request: (index) => ({
        text: gateway.text('GET', `/proxy/${slug}/ok?${name}`, { 'X-Proxy-Key': key, 'X-Req-Id': `${name}${index}` }),
        nonce: `${name}${index}`,
      }),
    })
  const reports = await Promise.all([flow(client.key as string, 'part', 900), flow(gateway.clientKey, 'whole', 1_000)])
  expect(reports.map(({ failures }) => failures)).toEqual([[], []])
  const countsOf = (name: string): number[] => {
    const counts = chaos.ledger.countsByKey(chaos.ledger.entries.filter(({ target }) => target.endsWith(name)))
    return keys.map(({ value }) => counts.get(value) ?? 0)
  }
  expect(countsOf('part')).toEqual([300, 0, 300, 0, 300])
  expect(countsOf('whole')).toEqual([200, 200, 200, 200, 200])
}, 60_000)

test('retries stay inside the tag and its tiers; when none is left the answer says which part is used up, and others are served', async () => {
  const { slug, keys, call } = await openPool([['a'], [], ['a', 'later'], []])
  const [first, , later] = keys as [PoolKey, PoolKey, PoolKey]
  chaos.script(first.value, { status: 429, retryAfter: 60 })
  expect((await call()).status).toBe(200)
  expect(used()).toEqual([first.value, later.value])
  chaos.script(later.value, { status: 429, retryAfter: 60 })
  const refused = await call()
  expect(codeOf(refused)).toEqual([429, 'key_pool_cooling_down'])
  expect(refused.body.toString()).toContain(`No key of '${slug}' tagged 'a' can be used now (2 cooling of 2)`)
  const tried = used().length
  expect(codeOf(await call())[0]).toBe(429)
  expect(used().length).toBe(tried)
  expect((await call(gateway.clientKey)).status).toBe(200)
})

test('tags and bindings change live: a key without the tag is never used, and a part without keys says so', async () => {
  const { slug, keys, account, client, call } = await openPool([['a'], ['a'], []])
  const [first, second, third] = keys as [PoolKey, PoolKey, PoolKey]
  for (let i = 0; i < 4; i++) await call()
  expect(new Set(used())).toEqual(new Set([first.value, second.value]))
  chaos.ledger.clear()
  await ok('PATCH', `/keys/${first.id}`, { tags: [] })
  for (let i = 0; i < 4; i++) expect((await call()).status).toBe(200)
  expect(new Set(used())).toEqual(new Set([second.value]))
  await ok('PATCH', `/keys/${second.id}`, { tags: ['b'] })
  chaos.ledger.clear()
  const refused = await call()
  expect(codeOf(refused)).toEqual([503, 'no_active_keys'])
  expect(refused.body.toString()).toContain(`No key of '${slug}' tagged 'a' is there`)
  expect(used()).toEqual([])

  const explained = await ok('POST', '/explain', { path: `/proxy/${slug}/ok`, client_key_id: client.id })
  expect(explained.upstream).toMatchObject({ key_tag: 'a', lease: { key: null, others_total: 3 } })
  expect(explained.upstream.lease.why).toContain("tagged 'a'")
  expect(new Set(explained.upstream.lease.others.map(({ reason }: { reason: string }) => reason))).toEqual(
    new Set(["It is not tagged 'a', and the account may use no others."]),
  )
  await ok('PATCH', `/accounts/${account.id}`, { bindings: [{ upstream: slug, key_tag: 'b' }] })
  const then = await ok('POST', '/explain', { path: `/proxy/${slug}/ok`, client_key_id: client.id })
  expect(then.upstream.lease).toMatchObject({ key: { key_id: second.id }, why: expect.stringContaining("ready keys tagged 'b'") })
  expect((await call()).status).toBe(200)
  await ok('PATCH', `/accounts/${account.id}`, { bindings: [{ upstream: slug }] })
  for (let i = 0; i < 3; i++) await call()
  expect(new Set(used())).toEqual(new Set([first.value, second.value, third.value]))
})

test('two bindings to one upstream must agree on the tag; import brings tags as JSON and as a table', async () => {
  const { slug } = await openPool([])
  const refused = await gateway.admin.call('POST', '/accounts', { name: 'twice', bindings: [{ upstream: slug, key_tag: 'a' }, { upstream: slug }] })
  expect([refused.status, refused.body.errors]).toEqual([422, [expect.objectContaining({ path: '/bindings/1/key_tag' })]])
  const { id } = (await ok('GET', `/upstreams?search=${slug}`)).data[0]
  await ok('POST', `/upstreams/${id}/keys/import`, { keys: [{ value: createCanary('sk-'), tags: ['x'] }, createCanary('sk-')] })
  const table = await gateway.admin.call('POST', `/upstreams/${id}/keys/import`, `key,tags\n${createCanary('sk-')},x y\n${createCanary('sk-')},\n`, {
    'Content-Type': 'text/csv',
  })
  expect(table.body).toMatchObject({ created: 2, invalid: 0 })
  expect([(await ok('GET', `/upstreams/${id}/keys?tag=x`)).total, (await ok('GET', `/upstreams/${id}/keys?tag=y`)).total]).toEqual([2, 1])
})
