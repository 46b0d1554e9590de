// The part of the store contract about upstreams.
import { describe, expect, test } from '@jest/globals'
import { UniqueViolationError } from '../../src/ports/store.ts'
import { aKey, anUpstream } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeUpstreams(subject: () => StoreUnderTest): void {
  describe('upstreams', () => {
    test('every field survives, absent is undefined', async () => {
      const { upstreams } = subject().store
      const full = anUpstream({
        name: 'Имя 名前 🔑',
        kind: 'generic',
        enabled: false,
        retryAmbiguous: true,
        managedBy: 'demo',
        targets: [
          { url: 'https://a.example/v1', weight: 1 },
          { url: 'https://b.example', weight: 1000 },
        ],
        balance: 'least_connections',
        healthCheck: { path: '/z?a=1', intervalMs: 1_500, timeoutMs: 100, healthyThreshold: 1, unhealthyThreshold: 2, expectedStatus: '200-399,404' },
        circuitBreaker: { failureRatio: 0.25, minimumRequests: 1, windowMs: 100, openMs: 3_600_000, probes: 9, failFast: true },
        timeouts: {},
        keyPlacement: { location: 'basic', name: '', prefix: 'user' },
        updatedAtMs: Number.MAX_SAFE_INTEGER,
      })
      await upstreams.insert(full)
      expect(await upstreams.findById(full.id)).toEqual(full)
      expect(await upstreams.findBySlug(full.slug)).toEqual(full)
      expect(await upstreams.findById('ups_none')).toBeUndefined()
      expect(await upstreams.findBySlug('none')).toBeUndefined()
    })

    test('slugs are case-sensitive, trailing spaces count, and each is taken once', async () => {
      const { upstreams } = subject().store
      const lower = anUpstream({ slug: 'openai' })
      const upper = anUpstream({ slug: 'OpenAI' })
      await upstreams.insert(lower)
      await upstreams.insert(upper)
      expect((await upstreams.findBySlug('OpenAI'))?.id).toBe(upper.id)
      expect(await upstreams.findBySlug('OPENAI')).toBeUndefined()
      expect(await upstreams.findBySlug('openai ')).toBeUndefined()
      await expect(upstreams.insert(anUpstream({ slug: 'openai' }))).rejects.toBeInstanceOf(UniqueViolationError)
      await expect(upstreams.insert(anUpstream({ id: lower.id }))).rejects.toBeInstanceOf(UniqueViolationError)
      await expect(upstreams.update({ ...upper, slug: 'openai' })).rejects.toBeInstanceOf(UniqueViolationError)
    })

    test('an update replaces the row, and only over the version that was read', async () => {
      const { upstreams } = subject().store
      const first = anUpstream({ updatedAtMs: 1_000 })
      await upstreams.insert(first)
      const second: typeof first = { ...first, name: 'Second', circuitBreaker: 'off', timeouts: { totalMs: 5 }, updatedAtMs: 2_000 }
      expect(await upstreams.update(second, 1_000)).toBe(true)
      expect(await upstreams.update({ ...first, name: 'Late', updatedAtMs: 3_000 }, 1_000)).toBe(false)
      expect(await upstreams.findById(first.id)).toEqual(second)
      expect(await upstreams.update(second)).toBe(true)
      expect(await upstreams.update(anUpstream())).toBe(false)
    })

    test('pages are in the order of ids and know the total', async () => {
      const { upstreams } = subject().store
      const all = Array.from({ length: 7 }, () => anUpstream())
      for (const upstream of all.toReversed()) await upstreams.insert(upstream)
      const ids = all.map(({ id }) => id)
      expect((await upstreams.list()).map(({ id }) => id)).toEqual(ids)
      const pages = await Promise.all([1, 2, 3, 4].map((page) => upstreams.listPage({ page, limit: 3 })))
      expect(pages.map(({ rows }) => rows.map(({ id }) => id))).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6), []])
      expect(pages.map(({ total }) => total)).toEqual([7, 7, 7, 7])
    })

    test('a search takes every character literally, ASCII letters in any case', async () => {
      const { upstreams } = subject().store
      for (const name of ['100% sure', '100 percent', 'under_score', 'underXscore', 'back\\slash', 'bang!', "quote' or 1=1 --"]) {
        await upstreams.insert(anUpstream({ name }))
      }
      const found = async (search: string): Promise<string[]> => (await upstreams.listPage({ page: 1, limit: 50 }, { search })).rows.map(({ name }) => name)
      expect(await found('%')).toEqual(['100% sure'])
      expect(await found('_')).toEqual(['under_score'])
      expect(await found('\\')).toEqual(['back\\slash'])
      expect(await found('!')).toEqual(['bang!'])
      expect(await found("' OR 1=1")).toEqual(["quote' or 1=1 --"])
      expect(await found('UNDER')).toEqual(['under_score', 'underXscore'])
      expect(await found('%'.repeat(1_000))).toEqual([])
      expect((await upstreams.listPage({ page: 1, limit: 1 }, { search: 'score' })).total).toBe(2)
    })

    test('removing an upstream removes its keys and nobody else’s', async () => {
      const { upstreams, keys } = subject().store
      const [gone, stays] = [anUpstream(), anUpstream()]
      await upstreams.insert(gone)
      await upstreams.insert(stays)
      await keys.insertMany([aKey(gone.id), aKey(gone.id), aKey(stays.id)])
      expect(await upstreams.remove(gone.id)).toBe(true)
      expect(await upstreams.remove(gone.id)).toBe(false)
      expect((await keys.listSealed()).map((key) => key.upstreamId)).toEqual([stays.id])
    })
  })
}
