// The part of the store contract about what databases do differently when nobody looks: collations, sizes, row counts, marks.
import { describe, expect, test } from '@jest/globals'
import { RepeatedRequestError, UniqueViolationError } from '../../src/ports/store.ts'
import { aClientKey, aKey, anUpstream, aUser } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

const TEXT_BYTES = 16 * 1024 * 1024

export function describeDifferences(subject: () => StoreUnderTest): void {
  describe('what databases do differently', () => {
    test('codes and names compare byte for byte: case, accents, trailing spaces', async () => {
      const { clientKeys, settings, users } = subject().store
      for (const digest of ['abc', 'ABC', 'abc ', 'äbc']) await clientKeys.insert(aClientKey({ digest }))
      await expect(clientKeys.insert(aClientKey({ digest: 'abc ' }))).rejects.toBeInstanceOf(UniqueViolationError)
      for (const name of ['name', 'Name', 'name ']) await settings.set(name, `<${name}>`)
      expect(await Promise.all(['name', 'Name', 'name '].map((name) => settings.get(name)))).toEqual(['<name>', '<Name>', '<name >'])
      await users.insert(aUser({ username: 'jose' }))
      await users.insert(aUser({ username: 'josé' }))
      expect((await users.findByUsername('josé'))?.username).toBe('josé')
      expect(await users.findByUsername('jose ')).toBeUndefined()
    })

    test('ids are ordered by their bytes', async () => {
      const { upstreams } = subject().store
      const ids = ['ups_0', 'ups_9', 'ups_A', 'ups_Z', 'ups__', 'ups_a', 'ups_z']
      for (const id of ids.toReversed()) await upstreams.insert(anUpstream({ id, slug: id }))
      expect((await upstreams.list()).map(({ id }) => id)).toEqual(ids)
      expect((await upstreams.listPage({ page: 2, limit: 3 })).rows.map(({ id }) => id)).toEqual(ids.slice(3, 6))
    })

    test('every character that is text survives, in every kind of column', async () => {
      const { upstreams, keys } = subject().store
      const text = `🔑 \u{10FFFF} e\u0301 ﷽ "quoted" 'single' \`tick\` back\\slash \\' \\" %_ -- /* */ ; $1 ? :name \n\r\t\b\u001a\u007f`
      const upstream = anUpstream({ name: text, keyPlacement: { location: 'header', name: 'x', prefix: text } })
      await upstreams.insert(upstream)
      const key = aKey(upstream.id, {
        label: text,
        quotaGroup: text,
        sealedValue: text,
        status: { state: 'parked', reason: text, untilMs: undefined, changedAtMs: 1 },
      })
      await keys.insertMany([key])
      expect(await upstreams.findById(upstream.id)).toEqual(upstream)
      expect(await keys.findById(key.id)).toEqual(key)
      expect((await upstreams.listPage({ page: 1, limit: 10 }, { search: '🔑 \u{10FFFF}' })).total).toBe(1)
    })

    test('a text of 16 MiB and integers up to 2^53 survive', async () => {
      const { settings, upstreams } = subject().store
      const large = 'a'.repeat(TEXT_BYTES)
      await settings.set('large', large)
      expect((await settings.get('large')) === large).toBe(true)
      const upstream = anUpstream({ createdAtMs: Number.MAX_SAFE_INTEGER, updatedAtMs: -Number.MAX_SAFE_INTEGER, maxAttempts: 2 ** 40 })
      await upstreams.insert(upstream)
      expect(await upstreams.findById(upstream.id)).toEqual(upstream)
      expect(await upstreams.update(upstream, -Number.MAX_SAFE_INTEGER)).toBe(true)
    })

    test('an update that changes nothing has still found its row', async () => {
      const { upstreams, clientKeys, users, settings } = subject().store
      const [upstream, clientKey, user] = [anUpstream(), aClientKey(), aUser()]
      await upstreams.insert(upstream)
      await clientKeys.insert(clientKey)
      await users.insert(user)
      expect([await upstreams.update(upstream), await clientKeys.update(clientKey), await users.update(user)]).toEqual([true, true, true])
      await settings.set('same', 'x')
      await settings.set('same', 'x')
      expect(await settings.get('same')).toBe('x')
    })

    test('of states stored at once the newest stays', async () => {
      const { upstreams, keys } = subject().store
      const upstream = anUpstream()
      await upstreams.insert(upstream)
      const key = aKey(upstream.id, { status: { state: 'ready', reason: '', untilMs: undefined, changedAtMs: 0 } })
      await keys.insertMany([key])
      const times = Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) + 1)
      await Promise.all(times.map((changedAtMs) => keys.updateStatus(key.id, { state: 'cooling', reason: `at ${changedAtMs}`, untilMs: 1, changedAtMs })))
      expect((await keys.findById(key.id))?.status).toEqual({ state: 'cooling', reason: 'at 20', untilMs: 1, changedAtMs: 20 })
    })

    test('5,000 keys of an upstream are removed with it, and 3,000 times of use stored in one call', async () => {
      const { upstreams, keys } = subject().store
      const upstream = anUpstream()
      await upstreams.insert(upstream)
      const all = Array.from({ length: 5_000 }, () => aKey(upstream.id))
      await keys.insertMany(all)
      await keys.updateLastUsed(all.slice(0, 3_000).map(({ id }, i) => ({ id, lastUsedAtMs: 2 ** 41 + i })))
      expect((await keys.listSealed()).map(({ lastUsedAtMs }) => lastUsedAtMs).slice(2_999, 3_001)).toEqual([2 ** 41 + 2_999, undefined])
      expect(await upstreams.remove(upstream.id)).toBe(true)
      expect(await keys.listSealed()).toEqual([])
    })
  })

  describe('marks of requests', () => {
    const mark = { key: 'request', requestDigest: 'digest', nowMs: Date.UTC(2026, 0, 1) }

    test('a mark is stored with the first transaction of its work, or not at all', async () => {
      const { store } = subject()
      const failing = store.idempotency.marking(mark, () => store.transaction(async () => Promise.reject(new Error('no'))))
      await expect(failing).rejects.toThrow('no')
      expect(await store.idempotency.find('request')).toBeUndefined()
      await store.idempotency.marking(mark, async () => {
        await store.transaction(async ({ settings }) => settings.set('done', '1'))
        await store.transaction(async ({ settings }) => settings.set('more', '1'))
      })
      expect(await store.idempotency.find('request')).toEqual({ requestDigest: 'digest', status: 0, body: '' })
      await store.idempotency.complete(mark, 201, '{}')
      expect(await store.idempotency.find('request')).toEqual({ requestDigest: 'digest', status: 201, body: '{}' })
    })

    test('work that is marked already is refused before it changes anything', async () => {
      const { store } = subject()
      const work = (): Promise<number> => store.transaction(({ settings }) => settings.bumpConfigVersion())
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => store.idempotency.marking(mark, work)))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(RepeatedRequestError)
      expect(await store.settings.configVersion()).toBe(1)
    })

    test('an answer without a transaction is stored all the same', async () => {
      const { store } = subject()
      await store.idempotency.complete(mark, 200, 'x')
      expect(await store.idempotency.find('request')).toEqual({ requestDigest: 'digest', status: 200, body: 'x' })
    })
  })
}
