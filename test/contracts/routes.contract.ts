// The part of the store contract about routes.
import { describe, expect, test } from '@jest/globals'
import { UniqueViolationError } from '../../src/ports/store.ts'
import { aRoute } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeRoutes(subject: () => StoreUnderTest): void {
  describe('routes', () => {
    test('every field survives, absent is undefined', async () => {
      const { routes } = subject().store
      const bare = aRoute()
      const full = aRoute({
        enabled: false,
        priority: -7,
        mode: 'shadow',
        match: {
          path: '/größe-is-not-allowed-but-stored/:id/*rest',
          methods: ['GET', 'POST'],
          host: '*.example.com',
          headers: [{ name: 'x-a', equals: 'it\'s \\ "quoted" é 😀' }],
          query: [{ name: 'Q', present: false }],
          model: 'gpt-*',
          clientKeyIds: ['cli_1'],
          accountIds: ['acc_1'],
        },
        action: { type: 'forward', targets: [{ url: 'http://127.0.0.1:9/users', weight: 3 }] },
        rewrite: { path: '/v2/:id', requestHeaders: [{ op: 'set', name: 'x-b', value: '' }], responseHeaders: [{ op: 'remove', name: 'server' }], model: 'm' },
        requiresClientKey: true,
        rateLimit: { requests: 100, windowMs: 60_000 },
        timeoutMs: 30_000,
      })
      for (const route of [bare, full]) await routes.insert(route)
      expect(await routes.list()).toEqual({ routes: [bare, full], unreadable: [] })
      expect(await routes.findById(full.id)).toEqual(full)
      expect(await routes.findById('rte_none')).toBeUndefined()
      await expect(routes.insert(bare)).rejects.toBeInstanceOf(UniqueViolationError)
    })

    test('many routes may have one path', async () => {
      const { routes } = subject().store
      for (let made = 0; made < 3; made++) await routes.insert(aRoute({ match: { path: '/same' } }))
      expect((await routes.list()).routes).toHaveLength(3)
    })

    test('an update replaces the row, back to absent values too, and only over the version that was read', async () => {
      const { routes } = subject().store
      const route = aRoute({ rewrite: { path: '/x' }, rateLimit: { requests: 1, windowMs: 1 }, timeoutMs: 1, updatedAtMs: 1_000 })
      await routes.insert(route)
      const changed = { ...route, rewrite: undefined, rateLimit: undefined, timeoutMs: undefined, updatedAtMs: 2_000 }
      expect(await routes.update(changed, 999)).toBe(false)
      expect(await routes.update(changed, 1_000)).toBe(true)
      expect(await routes.findById(route.id)).toEqual(changed)
      expect(await routes.update(aRoute())).toBe(false)
    })

    test('pages, search in names and paths, and removal', async () => {
      const { routes } = subject().store
      const all = [aRoute({ name: 'Users' }), aRoute({ match: { path: '/Orders/:id' } }), aRoute({ match: { path: '/a%2Fb_c' } })]
      for (const route of all) await routes.insert(route)
      expect(await routes.listPage({ page: 2, limit: 2 })).toEqual({ rows: [all[2]], total: 3 })
      expect((await routes.listPage({ page: 1, limit: 10 }, { search: 'users' })).rows).toEqual([all[0]])
      expect((await routes.listPage({ page: 1, limit: 10 }, { search: 'orders/:' })).rows).toEqual([all[1]])
      expect((await routes.listPage({ page: 1, limit: 10 }, { search: '%2f' })).rows).toEqual([all[2]])
      expect([await routes.remove(all[0]?.id as string), await routes.remove(all[0]?.id as string)]).toEqual([true, false])
    })

    test('a full read takes as many routes as there may be', async () => {
      const { store } = subject()
      const many = Array.from({ length: 1_100 }, () => aRoute())
      await store.transaction(async ({ routes }) => {
        for (const route of many) await routes.insert(route)
      })
      expect((await store.routes.list()).routes).toEqual(many)
    })
  })
}
