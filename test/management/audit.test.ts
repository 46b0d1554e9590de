// SEC-18: every management write is on record, in its own transaction, or is not done; the record proves itself; no secret is in it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { auditId } from '../../src/domain/audit.ts'
import { limits } from '../../src/limits.ts'
import type { KyselyStore } from '../../src/infrastructure/database/store.ts'
import { watched } from '../../src/services/audit-journal.ts'
import { CanaryScanner } from '../support/canaries.ts'
import { PASSWORD, openManagement } from './fixture.ts'
import type { Answer, Management } from './fixture.ts'

const VENDOR_KEY = 'sk-audit-4Q7mZp2xW9sLrT6vYbNc8dKf3gHj5aEu'

let api: Management
let token: string

beforeAll(async () => {
  api = await openManagement()
  token = await api.tokenOf('admin')
})
afterAll(() => api.close())

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  api.call(method, path, { token, headers, ...(body !== undefined && { body }) })
const newest = async (count = 1): Promise<any[]> => (await call('GET', `/audit?limit=${count}`)).json.data as any[]
const tables = <T>(work: Parameters<KyselyStore['tables']>[1]): Promise<T> => (api.store as KyselyStore).tables('write', work) as Promise<T>

const countEntries = (): Promise<number> => tables(async (db) => (await db.selectFrom('audit').select('id').execute()).length)

test('each write is recorded once, with who, what, what differs, from where and for which request; no secret in it', async () => {
  const upstream = await call('POST', '/upstreams', { slug: 'rec', base_url: 'https://user-part.example.org/path-part' }, { 'x-request-id': 'my-request-1' })
  const key = await call('POST', `/upstreams/${upstream.json.id}/keys`, { value: VENDOR_KEY, label: 'first' })
  await call('POST', `/upstreams/${upstream.json.id}/keys/import`, { keys: [`${VENDOR_KEY}1`, `${VENDOR_KEY}2`] })
  await call('PATCH', `/keys/${key.json.id}`, { label: 'second', enabled: false })
  const client = await call('POST', '/client-keys', { name: 'laptop' })
  const rolled = await call('POST', `/client-keys/${client.json.id}/roll`, {})
  await call('DELETE', `/client-keys/${client.json.id}`)
  await call('DELETE', `/client-keys/${client.json.id}?purge=true`)
  const user = await call('POST', '/users', { username: 'rita', password: PASSWORD, role: 'viewer' })
  await call('PATCH', `/users/${user.json.id}`, { role: 'operator', password: `${PASSWORD}-2` })
  await call('DELETE', `/users/${user.json.id}`)
  const account = await call('POST', '/accounts', { name: 'north', limits: { rpm: 5 } })
  await call('PATCH', `/accounts/${account.json.id}`, { enabled: false })
  await call('DELETE', `/accounts/${account.json.id}`)
  const route = await call('POST', '/routes', { path: '/rec', target_url: 'https://api.example.org' })
  await call('DELETE', `/routes/${route.json.id}`)
  await call('DELETE', `/upstreams/${upstream.json.id}/keys`)
  await call('DELETE', `/upstreams/${upstream.json.id}`)
  const entries = (await newest(100)).reverse()
  expect(entries.slice(1).map(({ action }) => action)).toEqual([
    ...['upstream.create', 'upstream_key.create', 'upstream_key.create_many', 'upstream_key.change', 'upstream_key.change'],
    ...['client_key.create', 'client_key.change', 'client_key.change', 'client_key.remove'],
    ...['user.create', 'user.change', 'user.remove', 'account.create', 'account.change', 'account.remove', 'route.create', 'route.remove'],
    ...['upstream_key.remove_many', 'upstream.remove'],
  ])
  const byAction = (action: string): any => entries.filter((entry) => entry.action === action).at(-1)
  expect(byAction('upstream.create')).toMatchObject({ actor: 'the-admin', request_id: 'my-request-1', network: '127.0.0.1', entity_id: upstream.json.id })
  expect(byAction('upstream.create').fields).toContain('targets')
  expect(byAction('user.change')).toMatchObject({ before: { role: 'viewer' }, after: { role: 'operator' } })
  expect(byAction('user.change').fields).toEqual(expect.arrayContaining(['role', 'passwordHash']))
  expect(byAction('account.change')).toMatchObject({ fields: ['enabled'], before: { enabled: true }, after: { enabled: false } })
  expect(byAction('upstream_key.create_many')).toMatchObject({
    count: 2,
    entity_id: upstream.json.id,
    after: { fingerprints: [expect.any(String), expect.any(String)] },
  })
  expect(byAction('upstream_key.create').after.fingerprint).toBe(key.json.fingerprint)
  const scanner = new CanaryScanner()
  for (const secret of [VENDOR_KEY, client.json.key, rolled.json.key, PASSWORD]) scanner.add(secret as string)
  const stored = await tables((db) => db.selectFrom('audit').selectAll().execute())
  for (const text of [JSON.stringify(entries), JSON.stringify(stored), api.log()]) expect(scanner.scan(Buffer.from(text), 'record')).toEqual([])
  expect(JSON.stringify(entries)).not.toContain('user-part')
  expect(JSON.stringify(entries)).not.toContain('$argon2')
})

test('pages by cursor and filters', async () => {
  const all = await newest(100)
  const first = (await call('GET', '/audit?limit=5')).json
  const second = (await call('GET', `/audit?limit=5&cursor=${first.next_cursor}`)).json
  expect([...first.data, ...second.data]).toEqual(all.slice(0, 10))
  expect((await call('GET', '/audit?action=user.change')).json.data).toHaveLength(1)
  expect((await call('GET', `/audit?entity=account&entity_id=${all.find(({ entity }) => entity === 'account').entity_id}`)).json.data).toHaveLength(3)
  expect((await call('GET', '/audit?actor=gateway')).json.data.map(({ action }: { action: string }) => action)).toEqual(['user.create'])
  expect((await call('GET', `/audit?until=${new Date(api.clock.nowMs()).toISOString()}`)).json.data).toEqual([])
  expect((await call('GET', '/audit?cursor=x')).status).toBe(422)
})

describe('the chain', () => {
  test('40 writes at once make one line of entries', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, index) => call('POST', '/client-keys', { name: `at-once-${index}` })))
    expect((await call('GET', '/audit/verify')).json).toEqual({ whole: true, checked: await countEntries(), fault: null, next_cursor: null })
  })

  const victim = auditId(7)
  test.each([
    ['changed', 'content is not', victim, { changes: '{"fields":[]}' }],
    ['given another author', 'content is not', victim, { actor: 'somebody' }],
    ['moved in time', 'content is not', victim, { at_ms: 1 }],
    ['given another hash', 'content is not', victim, { hash: 'f'.repeat(64) }],
  ])('an entry that was %s is named', async (_, reason, id, change) => {
    const [before] = await tables<any[]>((db) => db.selectFrom('audit').selectAll().where('id', '=', id).execute())
    await tables((db) => db.updateTable('audit').set(change).where('id', '=', id).execute())
    const { json } = await call('GET', '/audit/verify')
    expect([json.whole, json.fault.id, json.checked]).toEqual([false, id, 6])
    expect(json.fault.reason).toContain(reason)
    await tables((db) => db.updateTable('audit').set(before).where('id', '=', id).execute())
    expect((await call('GET', '/audit/verify')).json.whole).toBe(true)
  })

  test('an entry that was taken out, at the end too, is named', async () => {
    const last = auditId(await countEntries())
    for (const id of [victim, last]) {
      const [row] = await tables<any[]>((db) => db.selectFrom('audit').selectAll().where('id', '=', id).execute())
      await tables((db) => db.deleteFrom('audit').where('id', '=', id).execute())
      expect((await call('GET', '/audit/verify')).json).toMatchObject({ whole: false, fault: { id } })
      await tables((db) => db.insertInto('audit').values(row).execute())
    }
    expect((await call('GET', '/audit/verify')).json.whole).toBe(true)
  })

  test('one call proves a bounded part, and says where to go on; the oldest are let go of, and the rest still proves itself', async () => {
    const bounds = limits as { auditVerifyMax: number; auditVerifyPiece: number; auditEntriesMax: number }
    const before = { ...bounds }
    Object.assign(bounds, { auditVerifyMax: 20, auditVerifyPiece: 7 })
    try {
      const total = await countEntries()
      let checked = 0
      for (let cursor = ''; ;) {
        const { json } = await call('GET', `/audit/verify${cursor}`)
        expect(json.whole).toBe(true)
        checked += json.checked as number
        if (json.next_cursor === null) break
        cursor = `?cursor=${json.next_cursor}`
      }
      expect(checked).toBe(total)
      bounds.auditEntriesMax = 30
      await call('POST', '/client-keys', { name: 'one more' })
      expect(await countEntries()).toBe(30)
      Object.assign(bounds, before)
      expect((await call('GET', '/audit/verify')).json).toEqual({ whole: true, checked: 30, fault: null, next_cursor: null })
      const [oldest] = await tables<any[]>((db) => db.selectFrom('audit').selectAll().orderBy('id').limit(1).execute())
      await tables((db) => db.deleteFrom('audit').where('id', '=', oldest.id).execute())
      expect((await call('GET', '/audit/verify')).json.fault.id).toBe(oldest.id)
      await tables((db) => db.insertInto('audit').values(oldest).execute())
    } finally {
      Object.assign(bounds, before)
    }
  })
})

test('a write whose record cannot be written is not done', async () => {
  const state = async (): Promise<string> =>
    JSON.stringify([
      await api.store.clientKeys.list(),
      await api.store.users.list(),
      await api.store.upstreams.list(),
      await api.store.settings.configVersion(),
    ])
  const before = await state()
  const head = await api.store.settings.get('audit_head')
  // The next entry is there already.
  await tables(async (db) => {
    const row = await db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
    await db
      .insertInto('audit')
      .values({ ...row, id: auditId(Number(row.id.slice(4)) + 1) })
      .execute()
  })
  const answers = [
    await call('POST', '/client-keys', { name: 'unrecorded' }),
    await call('POST', '/users', { username: 'unrecorded', password: PASSWORD, role: 'viewer' }),
    await call('POST', '/upstreams', { slug: 'unrecorded', base_url: 'https://api.example.org' }),
    await call('POST', '/auth/logout', {}),
  ]
  expect(answers.map(({ status, json }) => [status, json.code])).toEqual(Array(4).fill([500, 'internal']))
  expect(await state()).toBe(before)
  expect(await api.store.settings.get('audit_head')).toBe(head)
  expect((await call('GET', '/audit/verify')).json.whole).toBe(false)
})

test('nothing can be written that nobody records: every method of every repository is known', async () => {
  const repositories = Object.fromEntries(
    Object.entries(api.store).filter(([, value]) => typeof value === 'object' && value !== null),
  ) as unknown as Parameters<typeof watched>[0]
  const names = ['upstreams', 'keys', 'clientKeys', 'users', 'accounts', 'routes', 'settings', 'loginFailures', 'idempotency', 'audit', 'jobs']
  expect(
    Object.keys(repositories)
      .filter((name) => !name.startsWith('#'))
      .sort(),
  ).toEqual(names.sort())
  const all = watched(repositories, []) as unknown as Record<string, Record<string, unknown>>
  for (const name of names) {
    const repository = (api.store as unknown as Record<string, object>)[name] as object
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(repository))) {
      if (method !== 'constructor') expect(typeof all[name]?.[method]).toBe('function')
    }
  }
  const guarded = api.services.audit.createAuditedStore()
  await expect(guarded.clientKeys.remove('x')).rejects.toThrow('inside a transaction')
  await expect(guarded.settings.set('x', 'y')).rejects.toThrow('inside a transaction')
  expect(await guarded.settings.get('x')).toBeUndefined()
})
