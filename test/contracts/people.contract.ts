// The part of the store contract about users and their failed sign-ins.
import { describe, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import { UniqueViolationError } from '../../src/ports/store.ts'
import { aUser } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

const WINDOW_MS = limits.loginLockMs

export function describePeople(subject: () => StoreUnderTest): void {
  describe('users', () => {
    test('every field survives; lists carry no password hash', async () => {
      const { users } = subject().store
      const user = aUser({ username: 'Anna', role: 'operator', enabled: false, tokenVersion: 7 })
      await users.insert(user)
      const { passwordHash: _hash, ...shown } = user
      expect(await users.findById(user.id)).toEqual(user)
      expect(await users.list()).toEqual([shown])
      expect(await users.count()).toBe(1)
      expect(await users.findById('usr_none')).toBeUndefined()
    })

    test('names are the same in any case, and each is taken once', async () => {
      const { users } = subject().store
      const user = aUser({ username: 'Ännä' })
      await users.insert(user)
      expect((await users.findByUsername('äNNÄ'))?.id).toBe(user.id)
      expect(await users.findByUsername('anna')).toBeUndefined()
      await expect(users.insert(aUser({ username: 'ÄNNÄ' }))).rejects.toBeInstanceOf(UniqueViolationError)
    })

    test('update and removal', async () => {
      const { users } = subject().store
      const user = aUser()
      await users.insert(user)
      const changed = { ...user, username: 'Renamed', role: 'viewer' as const, tokenVersion: 2, passwordHash: 'new' }
      expect(await users.update(changed)).toBe(true)
      expect(await users.findByUsername('renamed')).toEqual(changed)
      expect(await users.findByUsername(user.username)).toBeUndefined()
      expect(await users.update(aUser())).toBe(false)
      expect([await users.remove(user.id), await users.remove(user.id), await users.count()]).toEqual([true, false, 0])
    })
  })

  describe('failed sign-ins', () => {
    test('count per account and network, from the first one', async () => {
      const { loginFailures } = subject().store
      expect(await loginFailures.find('anna', '10.0.0.1')).toBeUndefined()
      expect(await loginFailures.add('anna', '10.0.0.1', 1_000, WINDOW_MS)).toBe(1)
      expect(await loginFailures.add('anna', '10.0.0.1', 2_000, WINDOW_MS)).toBe(2)
      expect(await loginFailures.add('anna', '10.0.0.2', 3_000, WINDOW_MS)).toBe(1)
      expect(await loginFailures.find('anna', '10.0.0.1')).toEqual({ count: 2, firstAtMs: 1_000 })
      await loginFailures.clear('anna', '10.0.0.1')
      expect(await loginFailures.find('anna', '10.0.0.1')).toBeUndefined()
      expect(await loginFailures.find('anna', '10.0.0.2')).toEqual({ count: 1, firstAtMs: 3_000 })
    })

    test('a window that is over starts anew', async () => {
      const { loginFailures } = subject().store
      for (let i = 0; i < 3; i++) await loginFailures.add('anna', 'net', 1_000, WINDOW_MS)
      expect(await loginFailures.add('anna', 'net', 1_000 + WINDOW_MS - 1, WINDOW_MS)).toBe(4)
      expect(await loginFailures.add('anna', 'net', 1_000 + WINDOW_MS, WINDOW_MS)).toBe(1)
    })

    test('50 failures at once are all counted', async () => {
      const { loginFailures } = subject().store
      const counts = await Promise.all(Array.from({ length: 50 }, () => loginFailures.add('anna', 'net', 1_000, WINDOW_MS)))
      expect(Math.max(...counts)).toBe(50)
      expect((await loginFailures.find('anna', 'net'))?.count).toBe(50)
    })
  })
}
