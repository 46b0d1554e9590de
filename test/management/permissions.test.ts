// SEC-15: who may call what, from the registry itself; and what nobody may set. SEC-16 is in tenants.test.ts.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Role } from '../../src/domain/user.ts'
import { createRegistry, route } from '../../src/http/registry.ts'
import type { Route } from '../../src/http/registry.ts'
import { PASSWORD, openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

type AccountCaller = `account ${Role}` | 'admin of another account'
type Caller = 'anonymous' | 'client key' | 'client key of an account' | Role | AccountCaller

const ACCOUNT_CALLERS: readonly AccountCaller[] = ['account viewer', 'account operator', 'account admin', 'admin of another account']
const CALLERS: readonly Caller[] = ['anonymous', 'client key', 'client key of an account', 'viewer', 'operator', 'admin', ...ACCOUNT_CALLERS]
const RANK: Readonly<Record<string, number>> = { signed_in: 1, viewer: 1, operator: 2, admin: 3 }

/** What a caller gets who sends something that no endpoint takes. */
function expectedStatus({ permission, account }: Route, caller: Caller): number {
  if (permission === 'public') return 422
  if (caller === 'anonymous' || caller.startsWith('client key')) return 401
  const isOfAccount = (ACCOUNT_CALLERS as readonly Caller[]).includes(caller)
  if (isOfAccount && account !== 'own') return 404
  const role = /viewer|operator|admin/.exec(caller)?.[0] ?? ''
  return (RANK[role] as number) >= (RANK[permission] as number) ? 422 : 403
}

/** The declared permission of every endpoint, and whether people of an account may call it for what is theirs; written down a second time: a change here must be meant. */
const DECLARED: Readonly<Record<string, string>> = {
  'POST /login': 'public',
  'POST /auth/login': 'public',
  'GET /setup': 'public',
  'POST /setup': 'public',
  'POST /auth/logout': 'signed_in own',
  'POST /auth/refresh': 'signed_in own',
  'GET /auth/me': 'signed_in own',
  'GET /upstreams': 'viewer own',
  'POST /upstreams': 'operator',
  'GET /upstreams/:id': 'viewer own',
  'PUT /upstreams/:id': 'operator',
  'PATCH /upstreams/:id': 'operator',
  'DELETE /upstreams/:id': 'operator',
  'GET /upstreams/:id/keys': 'viewer',
  'POST /upstreams/:id/keys': 'operator',
  'DELETE /upstreams/:id/keys': 'operator',
  'POST /upstreams/:id/keys/import': 'operator',
  'GET /keys/:id': 'viewer',
  'PATCH /keys/:id': 'operator',
  'DELETE /keys/:id': 'operator',
  'POST /keys/:id/test': 'operator',
  'POST /keys/:id/revive': 'operator',
  'GET /keys/:id/events': 'viewer',
  'GET /client-keys': 'viewer own',
  'POST /client-keys': 'admin own',
  'GET /client-keys/:id': 'viewer own',
  'PATCH /client-keys/:id': 'admin own',
  'DELETE /client-keys/:id': 'admin own',
  'POST /client-keys/:id/roll': 'admin own',
  'GET /users': 'admin own',
  'POST /users': 'admin own',
  'GET /users/:id': 'admin own',
  'PATCH /users/:id': 'admin own',
  'DELETE /users/:id': 'admin own',
  'GET /routes': 'viewer',
  'POST /routes': 'operator',
  'GET /routes/:id': 'viewer',
  'PUT /routes/:id': 'operator',
  'PATCH /routes/:id': 'operator',
  'DELETE /routes/:id': 'operator',
  'POST /explain': 'viewer',
  'GET /jobs': 'viewer own',
  'POST /jobs': 'operator',
  'GET /jobs/stats': 'viewer',
  'GET /jobs/:id': 'viewer own',
  'POST /jobs/:id/cancel': 'operator own',
  'POST /jobs/:id/result': 'operator own',
  'GET /accounts': 'viewer own',
  'POST /accounts': 'admin',
  'GET /accounts/stats': 'viewer',
  'GET /accounts/:id': 'viewer own',
  'PUT /accounts/:id': 'admin',
  'PATCH /accounts/:id': 'admin',
  'DELETE /accounts/:id': 'admin',
  'GET /audit': 'admin',
  'GET /audit/verify': 'admin',
  'GET /adapters': 'viewer',
  'GET /events': 'viewer own',
  'GET /ws': 'viewer own',
  'GET /websocket/stats': 'viewer',
  'GET /status': 'viewer',
  'GET /logs': 'viewer own',
  'GET /logs/:id': 'viewer own',
  'GET /logs/export': 'viewer own',
  'GET /usage': 'viewer own',
  'GET /usage/export': 'viewer own',
  'GET /load-balancer/status': 'viewer',
  'GET /circuit-breaker/status': 'viewer',
}

let api: Management
const tokens = new Map<Caller, string | undefined>()

beforeAll(async () => {
  api = await openManagement()
  for (const role of ['admin', 'operator', 'viewer'] as const) tokens.set(role, await api.tokenOf(role))
  const issued = await api.call('POST', '/client-keys', { token: tokens.get('admin'), body: { name: 'client' } })
  tokens.set('client key', issued.json.key as string)
  const accounts = await Promise.all(['north', 'south'].map((name) => api.services.accounts.create({ name })))
  for (const role of ['viewer', 'operator', 'admin'] as const) tokens.set(`account ${role}`, await api.tokenOf(role, accounts[0]?.id))
  tokens.set('admin of another account', await api.tokenOf('admin', accounts[1]?.id))
  tokens.set('client key of an account', (await api.services.clientKeys.issue({ name: 'north', accountId: accounts[0]?.id })).secret.reveal())
})
afterAll(() => api.close())

const nameOf = (each: Route): string => `${each.method.toUpperCase()} ${each.path}`
const pathOf = (each: Route): string => each.path.replace(':id', 'no-such-id')

test('SEC-15: every route is declared in the table above, and only those', () => {
  const declared = api.routes.map((each) => [nameOf(each), `${each.permission}${each.account === 'own' ? ' own' : ''}`])
  expect(Object.fromEntries(declared)).toEqual(DECLARED)
})

test('SEC-15: every route x every caller answers as declared', async () => {
  const wrong: string[] = []
  let cells = 0
  for (const each of api.routes) {
    for (const caller of CALLERS) {
      // Whoever gets past the permission stumbles over an unknown field, so that nothing happens: 422.
      const answer = await api.call(each.method.toUpperCase(), `${pathOf(each)}?nobody_knows=1`, {
        token: tokens.get(caller),
        ...(each.method === 'get' ? {} : { body: { nobody_knows: 1 } }),
      })
      const expected = expectedStatus(each, caller)
      if (answer.status !== expected) wrong.push(`${caller} ${nameOf(each)}: ${answer.status}, expected ${expected}`)
      cells++
    }
  }
  expect(wrong).toEqual([])
  expect(cells).toBe(Object.keys(DECLARED).length * CALLERS.length)
})

test('SEC-15: a route without a permission does not start', () => {
  const declaration = { method: 'get', path: '/open-door', summary: 'x', tag: 'x', responses: { 200: { description: 'x' } }, handle: () => ({ status: 200 }) }
  expect(() => createRegistry([route(declaration as never)])).toThrow('declares no permission')
  expect(() => createRegistry([route({ ...declaration, permission: 'everybody' } as never)])).toThrow('declares no permission')
  expect(() => createRegistry([route({ ...declaration, permission: 'admin' } as never)])).not.toThrow()
  expect(() => createRegistry([route({ ...declaration, permission: 'admin', account: 'all' } as never)])).toThrow('people of an account')
})

describe('SEC-15: mass assignment', () => {
  const FORBIDDEN = [
    'account_id',
    'accountId',
    'role',
    'tenant_id',
    'tenantId',
    'allowed_routes',
    'allowedRoutes',
    'is_admin',
    'isAdmin',
    'key_hash',
    'keyHash',
    'created_by',
    'createdBy',
    'id',
    'managed_by',
    'state',
    'status',
    'digest',
    'masked',
    'fingerprint',
    'token_version',
    'passwordHash',
    'source',
    'created_at',
    'updatedAtMs',
    'revoked_at',
    'constructor',
    'prototype',
    '__proto__',
  ]

  /** Bodies that would be accepted without the extra field. */
  const bodies = (made: {
    upstream: string
    key: string
    client: string
    user: string
    account: string
    route: string
  }): readonly [method: string, path: string, body: Record<string, unknown>, allowed?: string[]][] => [
    ['POST', '/login', { username: 'the-admin', password: PASSWORD }],
    ['POST', '/setup', { token: 'x', username: 'x', password: PASSWORD }],
    ['POST', '/auth/logout', {}],
    ['POST', '/auth/refresh', {}],
    ['POST', '/upstreams', { slug: 'mass', base_url: 'https://api.example.org' }],
    ['PUT', `/upstreams/${made.upstream}`, { slug: 'mass-target', base_url: 'https://api.example.org' }],
    ['PATCH', `/upstreams/${made.upstream}`, { name: 'x' }],
    ['POST', `/upstreams/${made.upstream}/keys`, { value: 'sk-mass-000000000000000000000000' }],
    ['POST', `/upstreams/${made.upstream}/keys/import`, { keys: ['sk-mass-000000000000000000000000'] }],
    ['PATCH', `/keys/${made.key}`, { label: 'x' }],
    ['POST', `/keys/${made.key}/test`, {}],
    ['POST', `/keys/${made.key}/revive`, {}],
    ['POST', '/client-keys', { name: 'x' }, ['account_id']],
    ['PATCH', `/client-keys/${made.client}`, { name: 'x' }, ['account_id']],
    ['POST', `/client-keys/${made.client}/roll`, { overlap_seconds: 0 }],
    ['POST', '/users', { username: 'mass', password: PASSWORD, role: 'viewer' }, ['role', 'account_id']],
    ['PATCH', `/users/${made.user}`, { enabled: true }, ['role']],
    ['POST', '/accounts', { name: 'mass' }],
    ['POST', '/jobs', { kind: 'account_provisioning', payload: { count: 1 } }],
    ['POST', '/jobs/job_none/cancel', {}],
    ['POST', '/jobs/job_none/result', {}],
    ['POST', '/routes', { path: '/mass', target_url: 'https://api.example.org' }],
    ['PUT', `/routes/${made.route}`, { path: '/mass-target', target_url: 'https://api.example.org' }],
    ['PATCH', `/routes/${made.route}`, { name: 'x' }],
    ['POST', '/explain', { path: '/mass' }],
    ['PUT', `/accounts/${made.account}`, { name: 'mass' }],
    ['PATCH', `/accounts/${made.account}`, { name: 'mass' }],
  ]

  test('every write refuses every field that it does not name, also inside lists and objects', async () => {
    const token = tokens.get('admin')
    const upstream = (await api.call('POST', '/upstreams', { token, body: { slug: 'mass-target', base_url: 'https://api.example.org' } })).json.id as string
    const key = (await api.call('POST', `/upstreams/${upstream}/keys`, { token, body: { value: 'sk-mass-target-0000000000000000' } })).json.id as string
    const client = (await api.call('GET', '/client-keys', { token })).json.data[0].id as string
    const user = (await api.store.users.findByUsername('the-viewer'))?.id as string
    const account = (await api.store.accounts.list())[0]?.id as string
    const flat = { path: '/mass-target', target_url: 'https://api.example.org' }
    const made = (await api.call('POST', '/routes', { token, body: flat })).json.id as string
    const rows = bodies({ upstream, key, client, user, account, route: made })
    // Each write route is here: a new one must be added.
    const writes = api.routes.filter((each) => ['post', 'put', 'patch'].includes(each.method) && each.path !== '/auth/login').length
    expect(rows).toHaveLength(writes)
    const before = JSON.stringify(await snapshotOf())
    const wrong: string[] = []
    for (const [method, path, body, allowed = []] of rows) {
      for (const field of FORBIDDEN) {
        if (allowed.includes(field)) continue
        const text = `${JSON.stringify(body).slice(0, -1)}${Object.keys(body).length > 0 ? ',' : ''}"${field}":"admin"}`
        const answer = await api.call(method, path, { token, body: text })
        if (answer.status !== 422 || answer.json.errors?.[0]?.path !== `/${field}`) wrong.push(`${method} ${path} ${field}: ${answer.status} ${answer.text}`)
      }
    }
    for (const nested of [
      ['POST', `/upstreams/${upstream}/keys/import`, { keys: [{ value: 'sk-mass-000000000000000000000001', state: 'ready' }] }],
      ['POST', `/upstreams/${upstream}/keys`, { value: 'sk-mass-000000000000000000000002', limits: { rpm: 1, is_admin: true } }],
      ['POST', '/upstreams', { slug: 'mass-2', targets: [{ url: 'https://a.example.org', key: 'x' }] }],
    ] as const) {
      const answer = await api.call(nested[0], nested[1], { token, body: nested[2] })
      if (answer.status !== 422) wrong.push(`${nested[1]}: ${answer.status}`)
    }
    expect(wrong).toEqual([])
    expect(JSON.stringify(await snapshotOf())).toBe(before)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  async function snapshotOf(): Promise<unknown> {
    const { upstreams, clientKeys, users, keys, accounts, routes } = api.store
    return [await accounts.list(), await routes.list(), await upstreams.list(), await clientKeys.list(), await users.list(), await keys.listSealed()]
  }
})
