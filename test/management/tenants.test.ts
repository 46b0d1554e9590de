// SEC-16: every id of one account, used by another: nothing is read, changed or even known to be there.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Secret } from '../../src/domain/secret.ts'
import type { Account } from '../../src/domain/account.ts'
import { PASSWORD, openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

let api: Management
let admin: string
let north: Account
let south: Account
let northAdmin: string
let southAdmin: string
/** Ids of what belongs to the north, by the name of the collection. */
let ids: Record<string, string>

beforeAll(async () => {
  api = await openManagement()
  admin = await api.tokenOf('admin')
  const { upstreams, keys, accounts, clientKeys, users } = api.services
  const [one, two] = await Promise.all(['one', 'two'].map((slug) => upstreams.create({ slug, baseUrl: 'https://api.example.org' })))
  const key = await keys.create(one?.upstream.id as string, { value: 'sk-north-0000000000000000000000' }, 'admin')
  north = await accounts.create({ name: 'north', bindings: [{ upstream: 'one' }], limits: { rpm: 5 } })
  south = await accounts.create({ name: 'south', bindings: [{ upstream: 'two' }] })
  const { clientKey } = await clientKeys.issue({ name: 'north-key', accountId: north.id })
  await clientKeys.issue({ name: 'south-key', accountId: south.id })
  const person = await users.create({ username: 'nora', password: new Secret(PASSWORD), role: 'viewer', accountId: north.id })
  northAdmin = await api.tokenOf('admin', north.id)
  southAdmin = await api.tokenOf('admin', south.id)
  ids = { upstreams: one?.upstream.id as string, keys: key.id, 'client-keys': clientKey.id, users: person.id, accounts: north.id }
  expect(two).toBeDefined()
})
afterAll(() => api.close())

const BODIES: Readonly<Record<string, unknown>> = {
  'PATCH /client-keys/:id': { name: 'mine' },
  'POST /client-keys/:id/roll': {},
  'PATCH /users/:id': { role: 'admin' },
  'PUT /accounts/:id': { name: 'mine' },
  'PATCH /accounts/:id': { name: 'mine' },
}

async function everything(): Promise<string> {
  const { upstreams, keys, clientKeys, users, accounts } = api.store
  return JSON.stringify([await upstreams.list(), await keys.listSealed(), await clientKeys.list(), await users.list(), await accounts.list()])
}

test('every endpoint with an id, called by an admin of another account with an id of this one: 404, and nothing is changed', async () => {
  const before = await everything()
  const wrong: string[] = []
  let cells = 0
  for (const each of api.routes.filter(({ path }) => path.includes('/:id'))) {
    const name = `${each.method.toUpperCase()} ${each.path}`
    const id = ids[each.path.split('/')[1] as string] ?? ids['client-keys']
    for (const headers of [{}, { 'if-match': '"0"' }] as Record<string, string>[]) {
      const options = { token: southAdmin, headers, ...(each.method === 'get' || each.method === 'delete' ? {} : { body: BODIES[name] ?? {} }) }
      const answer = await api.call(each.method.toUpperCase(), each.path.replace(':id', id as string), options)
      if (answer.status !== 404 || answer.json.code !== 'not_found') wrong.push(`${name}: ${answer.status} ${answer.text}`)
      // The same words as for what has never been there, but for the id.
      const absent = await api.call(each.method.toUpperCase(), each.path.replace(':id', 'no-such-id'), options)
      if (answer.json.detail !== absent.json.detail.replace('no-such-id', id)) wrong.push(`${name}: ${answer.json.detail} / ${absent.json.detail}`)
      cells++
    }
  }
  expect(wrong).toEqual([])
  expect(cells).toBeGreaterThan(30)
  expect(await everything()).toBe(before)
})

test('lists hold what is theirs and nothing else, whatever the filter says', async () => {
  const namesOf = async (path: string, token: string): Promise<string[]> => {
    const { json } = await api.call('GET', path, { token })
    expect(json.total).toBe(json.data.length)
    return json.data.map((row: Record<string, string>) => row['name'] ?? row['username'])
  }
  expect(await namesOf('/accounts', southAdmin)).toEqual(['south'])
  expect(await namesOf('/accounts?search=north', southAdmin)).toEqual(['south'])
  expect((await namesOf('/accounts', admin)).sort()).toEqual(['north', 'south'])
  for (const query of ['', '?search=north', `?account_id=${north.id}`]) {
    expect(await namesOf(`/client-keys${query}`, southAdmin)).toEqual(query === '?search=north' ? [] : ['south-key'])
  }
  expect(await namesOf(`/client-keys?account_id=${north.id}`, admin)).toEqual(['north-key'])
  expect(await namesOf('/users', southAdmin)).toEqual([`${south.id}-admin`])
  const { json } = await api.call('GET', '/upstreams', { token: southAdmin })
  expect(json.data).toEqual([
    { id: expect.any(String) as unknown, slug: 'two', name: 'two', kind: 'generic', adapter: 'generic', enabled: true, proxy_path: '/proxy/two' },
  ])
  expect((await api.call('GET', `/upstreams/${ids['upstreams']}`, { token: northAdmin })).json.slug).toBe('one')
  expect((await api.call('GET', `/upstreams/${ids['upstreams']}`, { token: northAdmin })).text).not.toContain('example.org')
})

describe('nobody grants what is not theirs', () => {
  test('what an admin of an account makes belongs to the account; another one cannot be named', async () => {
    const person = { username: 'sid', password: PASSWORD, role: 'operator' }
    const made = await api.call('POST', '/users', { token: southAdmin, body: person })
    expect([made.status, made.json.account_id]).toEqual([201, south.id])
    const key = await api.call('POST', '/client-keys', { token: southAdmin, body: { name: 'second' } })
    expect([key.status, key.json.account_id]).toEqual([201, south.id])
    for (const account_id of [north.id, south.id, null]) {
      const answers = [
        await api.call('POST', '/users', { token: southAdmin, body: { ...person, username: 'other', account_id } }),
        await api.call('POST', '/client-keys', { token: southAdmin, body: { name: 'other', account_id } }),
        await api.call('PATCH', `/client-keys/${key.json.id}`, { token: southAdmin, body: { account_id } }),
        await api.call('PATCH', `/users/${made.json.id}`, { token: southAdmin, body: { account_id } }),
      ]
      expect(answers.map(({ status, json }) => [status, json.errors[0].path])).toEqual(Array(4).fill([422, '/account_id']))
    }
  })

  test('a client key names only upstreams that the account is bound to; others are as unknown as none', async () => {
    const detail = async (slug: string): Promise<string> => {
      const { status, json } = await api.call('POST', '/client-keys', { token: southAdmin, body: { name: 'x', upstreams: [slug] } })
      expect(status).toBe(422)
      return JSON.stringify([json.detail, json.errors])
    }
    expect(await detail('one')).toBe(await detail('no-such-slug'))
    expect((await api.call('POST', '/client-keys', { token: southAdmin, body: { name: 'x', upstreams: ['two'] } })).status).toBe(201)
  })

  test('a viewer of an account cannot make himself more; a role that is changed ends its sessions', async () => {
    const viewer = await api.tokenOf('viewer', north.id)
    const { json: me } = await api.call('GET', '/auth/me', { token: viewer })
    expect(me.account_id).toBe(north.id)
    expect((await api.call('PATCH', `/users/${me.id}`, { token: viewer, body: { role: 'admin' } })).status).toBe(403)
    expect((await api.call('PATCH', `/users/${me.id}`, { token: northAdmin, body: { role: 'operator' } })).status).toBe(200)
    expect((await api.call('GET', '/auth/me', { token: viewer })).status).toBe(401)
  })

  test('an admin of an account does not count as the last admin of the gateway', async () => {
    const { id } = (await api.call('GET', '/auth/me', { token: admin })).json
    expect((await api.call('PATCH', `/users/${id}`, { token: admin, body: { role: 'viewer' } })).status).toBe(409)
    const own = (await api.call('GET', '/auth/me', { token: northAdmin })).json.id as string
    expect((await api.call('PATCH', `/users/${own}`, { token: admin, body: { enabled: false } })).status).toBe(200)
    await api.services.users.update(own, { enabled: true })
  })
})

test('people of a disabled account are out at once, and cannot sign in; failed sign-ins lock them like everybody', async () => {
  const token = await api.tokenOf('operator', north.id)
  expect((await api.call('GET', '/auth/me', { token })).status).toBe(200)
  await api.services.accounts.update(north.id, { enabled: false }, 'merge')
  expect((await api.call('GET', '/auth/me', { token })).status).toBe(401)
  const credentials = { username: `${north.id}-operator`, password: PASSWORD }
  expect((await api.call('POST', '/login', { body: credentials })).json.code).toBe('login_failed')
  await api.services.accounts.update(north.id, { enabled: true }, 'merge')
  expect((await api.call('GET', '/auth/me', { token })).status).toBe(200)
  for (let i = 0; i < 5; i++) await api.call('POST', '/login', { body: { ...credentials, password: 'wrong' } })
  expect((await api.call('POST', '/login', { body: credentials })).json.code).toBe('login_locked')
})
