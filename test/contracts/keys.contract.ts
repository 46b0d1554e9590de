// The part of the store contract about upstream keys.
import { describe, expect, test } from '@jest/globals'
import { UniqueViolationError } from '../../src/ports/store.ts'
import type { SealedUpstreamKey, Store } from '../../src/ports/store.ts'
import type { UpstreamKey } from '../../src/domain/upstream-key.ts'
import { aKey, anUpstream } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeKeys(subject: () => StoreUnderTest): void {
  describe('upstream keys', () => {
    test('every field survives; lists for people carry no sealed value', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      const full = aKey(upstreamId, {
        label: 'Ключ 🔑',
        weight: 1000,
        tier: 2,
        quotaGroup: 'project',
        tags: ['team-a', 'x_y.z'],
        limits: { rpm: 10, maxInFlight: 2 },
        status: { state: 'cooling', reason: '429', untilMs: 5_000, changedAtMs: 4_000 },
        lastUsedAtMs: 3_000,
        sealedValue: 's'.repeat(64 * 1024),
      })
      await keys.insertMany([full])
      expect(await keys.findById(full.id)).toEqual(full)
      expect(await keys.listSealed()).toEqual([full])
      expect((await keys.listPage(upstreamId, { page: 1, limit: 10 })).rows).toEqual([withoutValue(full)])
      expect(await keys.findById('key_none')).toBeUndefined()
      await keys.insertMany([])
    })

    test('2,000 keys go in at once and come back ordered by upstream, then id', async () => {
      const { keys } = subject().store
      const first = await insertUpstream(subject().store)
      const second = await insertUpstream(subject().store)
      const all = Array.from({ length: 2_000 }, (_, i) => aKey(i % 2 === 0 ? second : first))
      await keys.insertMany(all)
      const expected = [...all.filter((key) => key.upstreamId === first), ...all.filter((key) => key.upstreamId === second)]
      expect(await keys.listSealed()).toEqual(expected)
    })

    test('one digest that the pool has already refuses the whole batch; another pool may have it', async () => {
      const { keys } = subject().store
      const one = await insertUpstream(subject().store)
      const other = await insertUpstream(subject().store)
      await keys.insertMany([aKey(one, { valueDigest: 'same' }), aKey(other, { valueDigest: 'same' })])
      const batch = [...Array.from({ length: 1_500 }, () => aKey(one)), aKey(one, { valueDigest: 'same' })]
      await expect(keys.insertMany(batch)).rejects.toBeInstanceOf(UniqueViolationError)
      expect((await keys.listPage(one, { page: 1, limit: 10 })).total).toBe(1)
    })

    test('40,000 digests are looked up in one call, in their own pool only', async () => {
      const { keys } = subject().store
      const one = await insertUpstream(subject().store)
      const other = await insertUpstream(subject().store)
      await keys.insertMany([
        aKey(one, { valueDigest: 'd0' }),
        aKey(one, { valueDigest: 'd39999' }),
        aKey(one, { valueDigest: 'absent' }),
        aKey(other, { valueDigest: 'd7' }),
      ])
      const digests = Array.from({ length: 40_000 }, (_, i) => `d${i}`)
      expect(await keys.findExistingDigests(one, digests)).toEqual(new Set(['d0', 'd39999']))
      expect(await keys.findExistingDigests(one, [])).toEqual(new Set())
    })

    test('states are stored, counted and filtered', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      const all = Array.from({ length: 5 }, () => aKey(upstreamId))
      await keys.insertMany(all)
      const parked = { state: 'parked', reason: '401 invalid_api_key', untilMs: undefined, changedAtMs: Date.UTC(2026, 5, 1) } as const
      expect(await keys.updateStatus(all[1]?.id as string, parked)).toBe(true)
      expect(await keys.updateStatus('key_none', parked)).toBe(false)
      expect((await keys.findById(all[1]?.id as string))?.status).toEqual(parked)
      expect(await keys.updateStatus(all[1]?.id as string, { state: 'ready', reason: 'late', untilMs: undefined, changedAtMs: parked.changedAtMs - 1 })).toBe(
        false,
      )
      expect((await keys.findById(all[1]?.id as string))?.status).toEqual(parked)
      expect(await keys.countByState(upstreamId)).toEqual({ ready: 4, cooling: 0, probing: 0, parked: 1, disabled: 0 })
      const page = await keys.listPage(upstreamId, { page: 1, limit: 2 }, { state: 'ready' })
      expect([page.total, page.rows.map(({ id }) => id)]).toEqual([4, [all[0]?.id, all[2]?.id]])
    })

    test('states that the gateway found out are stored together, and never over the word of a person', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      const [a, b, off, newer] = Array.from({ length: 4 }, () => aKey(upstreamId)) as [
        SealedUpstreamKey,
        SealedUpstreamKey,
        SealedUpstreamKey,
        SealedUpstreamKey,
      ]
      await keys.insertMany([a, b, off, newer])
      const at = Date.UTC(2026, 5, 1)
      const cooling = { state: 'cooling', reason: '429', untilMs: at + 1_000, changedAtMs: at } as const
      const disabled = { state: 'disabled', reason: 'disabled by admin', untilMs: undefined, changedAtMs: at - 1 } as const
      const later = { state: 'ready', reason: 'revived by admin', untilMs: undefined, changedAtMs: at + 1 } as const
      await keys.updateStatus(off.id, disabled)
      await keys.updateStatus(newer.id, later)
      await keys.updateStatuses([newer, off, b, a, { id: 'key_none' }].map(({ id }) => ({ id, status: cooling })))
      await keys.updateStatuses([])
      expect((await keys.listSealed()).map(({ status }) => status)).toEqual([cooling, cooling, disabled, later])
      expect(await keys.updateStatus(off.id, { ...later, reason: 'enabled by admin' })).toBe(true)
    })

    test('what was stored since a number is listed in the order of storing, in pages that tear no number apart', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      expect(await keys.statusSequence()).toBe(0)
      const all = Array.from({ length: 6 }, () => aKey(upstreamId))
      await keys.insertMany(all)
      const id = (index: number): string => all[index]?.id as string
      expect([await keys.statusSequence(), await keys.listStatusesSince(0, 10)]).toEqual([0, []])
      const status = (changedAtMs: number) => ({ state: 'cooling', reason: '429', untilMs: changedAtMs + 1, changedAtMs }) as const
      const at = Date.UTC(2026, 5, 1)
      await keys.updateStatus(id(5), status(at + 9_000_000))
      await keys.updateStatuses([2, 1, 0].map((index) => ({ id: id(index), status: status(at) })))
      await keys.updateStatus(id(3), status(at - 9_000_000))
      expect(await keys.statusSequence()).toBe(3)
      const entry = (index: number, sequence: number, changedAtMs: number) => ({ id: id(index), upstreamId, status: status(changedAtMs), sequence })
      const [first, second, third] = [entry(5, 1, at + 9_000_000), [0, 1, 2].map((index) => entry(index, 2, at)), entry(3, 3, at - 9_000_000)]
      expect(await keys.listStatusesSince(0, 10)).toEqual([first, ...second, third])
      expect(await keys.listStatusesSince(0, 2)).toEqual([first, ...second])
      expect(await keys.listStatusesSince(2, 1)).toEqual([third])
      expect(await keys.listStatusesSince(3, 1)).toEqual([])
      await keys.updateStatus(id(5), status(at + 9_000_001))
      expect((await keys.listStatusesSince(0, 10)).map((row) => row.sequence)).toEqual([2, 2, 2, 3, 4])
    })

    test('processes that store the same states at once get numbers of their own, and none is left out', async () => {
      const { store } = subject()
      const upstreamId = await insertUpstream(store)
      const all = Array.from({ length: 20 }, () => aKey(upstreamId))
      await store.keys.insertMany(all)
      const at = Date.UTC(2026, 5, 1)
      await Promise.all(
        Array.from({ length: 10 }, (_, round) => {
          const changes = all.map(({ id }) => ({ id, status: { state: 'cooling', reason: '429', untilMs: undefined, changedAtMs: at + round } as const }))
          return store.transaction(({ keys }) => keys.updateStatuses(round % 2 === 0 ? changes : changes.reverse()))
        }),
      )
      expect(await store.keys.statusSequence()).toBe(10)
      expect((await store.keys.listSealed()).every(({ status }) => status.changedAtMs === at + 9)).toBe(true)
      expect(await store.keys.listStatusesSince(0, 100)).toHaveLength(20)
    })

    test('a search looks at label, mask and fingerprint', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      await keys.insertMany([
        aKey(upstreamId, { label: '50% off' }),
        aKey(upstreamId, { masked: 'sk-…beef' }),
        aKey(upstreamId, { fingerprint: 'cafe00000000' }),
      ])
      for (const search of ['50%', 'BEEF', 'cafe']) expect((await keys.listPage(upstreamId, { page: 1, limit: 10 }, { search })).total).toBe(1)
    })

    test('keys with a tag are found by the whole tag', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      const all = [aKey(upstreamId, { tags: ['a', 'a_b'] }), aKey(upstreamId, { tags: ['aab', 'ab'] }), aKey(upstreamId)]
      await keys.insertMany(all)
      const found = async (tag: string): Promise<string[]> => (await keys.listPage(upstreamId, { page: 1, limit: 10 }, { tag })).rows.map(({ id }) => id)
      const [first, second] = all.map(({ id }) => id)
      expect([await found('a'), await found('a_b'), await found('aab'), await found('b')]).toEqual([[first], [first], [second], []])
      expect((await keys.listPage(upstreamId, { page: 1, limit: 10 }, { tag: 'ab', state: 'disabled' })).total).toBe(0)
    })

    test('an update changes what people may change, and nothing else', async () => {
      const { keys } = subject().store
      const key = aKey(await insertUpstream(subject().store))
      await keys.insertMany([key])
      const changed = { ...key, label: 'New', weight: 7, tier: 1, quotaGroup: 'g', tags: ['b'], limits: { rpd: 1 }, updatedAtMs: 9_000 }
      expect(await keys.update({ ...changed, masked: 'other', status: { ...key.status, state: 'disabled' } })).toBe(true)
      expect(await keys.findById(key.id)).toEqual(changed)
      await keys.update({ ...changed, tags: undefined })
      expect((await keys.findById(key.id))?.tags).toBeUndefined()
      expect(await keys.update(aKey(key.upstreamId))).toBe(false)
    })

    test('times of use are stored in bulk; unknown keys are ignored', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      const all = [aKey(upstreamId), aKey(upstreamId)]
      await keys.insertMany(all)
      await keys.updateLastUsed([...all.map(({ id }, i) => ({ id, lastUsedAtMs: 100 + i })), { id: 'key_none', lastUsedAtMs: 1 }])
      await keys.updateLastUsed([])
      expect((await keys.listSealed()).map((key) => key.lastUsedAtMs)).toEqual([100, 101])
    })

    test('keys are removed one by one, by state, or all', async () => {
      const { keys } = subject().store
      const upstreamId = await insertUpstream(subject().store)
      const disabled = { state: 'disabled', reason: '', untilMs: undefined, changedAtMs: 1 } as const
      const all = [aKey(upstreamId), aKey(upstreamId, { status: disabled }), aKey(upstreamId, { status: disabled }), aKey(upstreamId)]
      await keys.insertMany(all)
      expect([await keys.remove(all[0]?.id as string), await keys.remove(all[0]?.id as string)]).toEqual([true, false])
      expect(await keys.removeAll(upstreamId, { state: 'disabled' })).toBe(2)
      expect(await keys.removeAll(upstreamId)).toBe(1)
      expect(await keys.removeAll(upstreamId)).toBe(0)
    })
  })
}

async function insertUpstream(store: Store): Promise<string> {
  const upstream = anUpstream()
  await store.upstreams.insert(upstream)
  return upstream.id
}

function withoutValue({ sealedValue: _sealed, valueDigest: _digest, ...key }: SealedUpstreamKey): UpstreamKey {
  return key
}
