// SEC-15: who may call what, from the registry itself; and what nobody may set.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Role } from '../../src/domain/user.ts'
import { createRegistry, route } from '../../src/http/registry.ts'
import type { Route } from '../../src/http/registry.ts'
import { PASSWORD, openManagement } from './fixture.ts'
import type { Management } from './fixture.ts'

type Caller = 'anonymous' | 'client key' | Role

const CALLERS: readonly Caller[] = ['anonymous', 'client key', 'viewer', 'operator', 'admin']
const MAY: Readonly<Record<string, readonly Caller[]>> = {
  public: CALLERS,
  signed_in: ['viewer', 'operator', 'admin'],
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
}

/** The declared permission of every endpoint, written down a second time: a change here must be meant. */
const DECLARED: Readonly<Record<string, string>> = {
  'POST /login': 'public',
  'POST /auth/login': 'public',
  'GET /setup': 'public',
  'POST /setup': 'public',
  'POST /auth/logout': 'signed_in',
  'POST /auth/refresh': 'signed_in',
  'GET /auth/me': 'signed_in',
  'GET /upstreams': 'viewer',
  'POST /upstreams': 'operator',
  'GET /upstreams/:id': 'viewer',
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
  'GET /client-keys': 'viewer',
  'POST /client-keys': 'admin',
  'GET /client-keys/:id': 'viewer',
  'PATCH /client-keys/:id': 'admin',
  'DELETE /client-keys/:id': 'admin',
  'POST /client-keys/:id/roll': 'admin',
  'GET /users': 'admin',
  'POST /users': 'admin',
  'GET /users/:id': 'admin',
  'PATCH /users/:id': 'admin',
  'DELETE /users/:id': 'admin',
  'GET /routes': 'viewer',
  'POST /routes': 'operator',
  'GET /routes/:id': 'viewer',
  'PUT /routes/:id': 'operator',
  'PATCH /routes/:id': 'operator',
  'DELETE /routes/:id': 'operator',
  'POST /explain': 'viewer',
  'GET /adapters': 'viewer',
  'GET /status': 'viewer',
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
})
afterAll(() => api.close())

const nameOf = (each: Route): string => `${each.method.toUpperCase()} ${each.path}`
const pathOf = (each: Route): string => each.path.replace(':id', 'no-such-id')

test('SEC-15: every route is declared in the table above, and only those', () => {
  expect(Object.fromEntries(api.routes.map((each) => [nameOf(each), each.permission]))).toEqual(DECLARED)
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
      const isSignedIn = caller !== 'anonymous' && caller !== 'client key'
      const expected = (MAY[each.permission] as readonly Caller[]).includes(caller) ? 422 : isSignedIn ? 403 : 401
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
})

describe('SEC-15: mass assignment', () => {
  const FORBIDDEN = [
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
    ['POST', '/client-keys', { name: 'x' }],
    ['PATCH', `/client-keys/${made.client}`, { name: 'x' }],
    ['POST', `/client-keys/${made.client}/roll`, { overlap_seconds: 0 }],
    ['POST', '/users', { username: 'mass', password: PASSWORD, role: 'viewer' }, ['role']],
    ['PATCH', `/users/${made.user}`, { enabled: true }, ['role']],
  ]

  test('every write refuses every field that it does not name, also inside lists and objects', async () => {
    const token = tokens.get('admin')
    const upstream = (await api.call('POST', '/upstreams', { token, body: { slug: 'mass-target', base_url: 'https://api.example.org' } })).json.id as string
    const key = (await api.call('POST', `/upstreams/${upstream}/keys`, { token, body: { value: 'sk-mass-target-0000000000000000' } })).json.id as string
    const client = (await api.call('GET', '/client-keys', { token })).json.data[0].id as string
    const user = (await api.store.users.findByUsername('the-viewer'))?.id as string
    const rows = bodies({ upstream, key, client, user })
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
    const { upstreams, clientKeys, users, keys } = api.store
    return [await upstreams.list(), await clientKeys.list(), await users.list(), await keys.listSealed()]
  }
})
