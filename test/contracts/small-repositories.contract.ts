// The part of the store contract about settings and remembered answers.
import { describe, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeSmallRepositories(subject: () => StoreUnderTest): void {
  describe('settings', () => {
    test('are set, replaced and removed; absent is undefined', async () => {
      const { settings } = subject().store
      expect(await settings.get('name')).toBeUndefined()
      const large = '🔑'.repeat(16 * 1024)
      for (const value of ['one', '', large]) {
        await settings.set('name', value)
        expect(await settings.get('name')).toBe(value)
      }
      expect(await settings.get('NAME')).toBeUndefined()
      await settings.remove('name')
      await settings.remove('name')
      expect(await settings.get('name')).toBeUndefined()
    })

    test('the configuration version starts at 0; 50 bumps at once give 50 numbers', async () => {
      const { settings } = subject().store
      expect(await settings.configVersion()).toBe(0)
      const versions = await Promise.all(Array.from({ length: 50 }, () => settings.bumpConfigVersion()))
      expect(new Set(versions).size).toBe(50)
      expect(await settings.configVersion()).toBe(50)
    })
  })

  describe('remembered answers', () => {
    test('the first answer of a key stays', async () => {
      const { store, clock } = subject()
      expect(await store.idempotency.find('k')).toBeUndefined()
      expect(await store.idempotency.insert('k', 'digest', 201, '{"a":1}', clock.nowMs())).toBe(true)
      expect(await store.idempotency.insert('k', 'other', 500, '', clock.nowMs())).toBe(false)
      expect(await store.idempotency.find('k')).toEqual({ requestDigest: 'digest', status: 201, body: '{"a":1}' })
    })

    test('an answer is forgotten after its time', async () => {
      const { store, clock } = subject()
      await store.idempotency.insert('k', 'digest', 201, '', clock.nowMs())
      clock.advance(limits.idempotencyMs - 1)
      expect(await store.idempotency.find('k')).toBeDefined()
      clock.advance(1)
      expect(await store.idempotency.find('k')).toBeUndefined()
      expect(await store.idempotency.insert('k', 'new', 200, '', clock.nowMs())).toBe(true)
    })
  })
}
