// The part of the store contract about client keys.
import { describe, expect, test } from '@jest/globals'
import { UniqueViolationError } from '../../src/ports/store.ts'
import { aClientKey } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeClientKeys(subject: () => StoreUnderTest): void {
  describe('client keys', () => {
    test('every field survives, absent is undefined', async () => {
      const { clientKeys } = subject().store
      const bare = aClientKey()
      const full = aClientKey({
        source: 'global',
        upstreams: ['openai', 'gemini'],
        models: ['gpt-4o', 'claude-*'],
        networks: ['10.0.0.0/8', '2001:db8::/48'],
        limits: { rps: 1, rpm: 2, rpd: 3, tpm: 5, tpd: 6, maxInFlight: 4 },
        budget: { unit: 'usd', amount: 12_500_000, period: 'month' },
        expiresAtMs: 1,
        revokedAtMs: 2,
        lastUsedAtMs: 3,
        previousDigest: 'old',
        previousUntilMs: 4,
      })
      const none = aClientKey({ upstreams: [] })
      for (const key of [bare, full, none]) await clientKeys.insert(key)
      expect(await clientKeys.list()).toEqual([bare, full, none])
      expect(await clientKeys.findById(full.id)).toEqual(full)
      expect(await clientKeys.findById('cli_none')).toBeUndefined()
    })

    test('a digest is taken once', async () => {
      const { clientKeys } = subject().store
      await clientKeys.insert(aClientKey({ digest: 'same' }))
      await expect(clientKeys.insert(aClientKey({ digest: 'same' }))).rejects.toBeInstanceOf(UniqueViolationError)
    })

    test('an update replaces the row, back to absent values too, and only over the version that was read', async () => {
      const { clientKeys } = subject().store
      const key = aClientKey({ upstreams: ['a'], limits: { rpm: 60 }, expiresAtMs: 1, updatedAtMs: 1_000 })
      await clientKeys.insert(key)
      const changed = { ...key, upstreams: undefined, limits: undefined, expiresAtMs: undefined, updatedAtMs: 2_000 }
      expect(await clientKeys.update(changed, 999)).toBe(false)
      expect(await clientKeys.update(changed, 1_000)).toBe(true)
      expect(await clientKeys.findById(key.id)).toEqual(changed)
      expect(await clientKeys.update(aClientKey())).toBe(false)
    })

    test('pages, search and removal', async () => {
      const { clientKeys } = subject().store
      const all = [aClientKey({ name: 'laptop' }), aClientKey({ name: 'server' }), aClientKey({ masked: 'sk-akr-…beef' })]
      for (const key of all) await clientKeys.insert(key)
      expect(await clientKeys.listPage({ page: 2, limit: 2 })).toEqual({ rows: [all[2]], total: 3 })
      expect((await clientKeys.listPage({ page: 1, limit: 10 }, { search: 'LAP' })).rows).toEqual([all[0]])
      expect((await clientKeys.listPage({ page: 1, limit: 10 }, { search: 'beef' })).rows).toEqual([all[2]])
      expect([await clientKeys.remove(all[0]?.id as string), await clientKeys.remove(all[0]?.id as string)]).toEqual([true, false])
    })
  })
}
