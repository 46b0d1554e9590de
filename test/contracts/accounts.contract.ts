// The part of the store contract about accounts, who belongs to them, and the record of changes.
import { describe, expect, test } from '@jest/globals'
import { auditId } from '../../src/domain/audit.ts'
import type { AuditEntry } from '../../src/domain/audit.ts'
import { UniqueViolationError } from '../../src/ports/store.ts'
import { aClientKey, aUser, anAccount } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeAccounts(subject: () => StoreUnderTest): void {
  describe('accounts', () => {
    test('every field survives, absent is undefined; names are taken once, byte for byte', async () => {
      const { accounts } = subject().store
      const bare = anAccount({ name: 'Bare' })
      const full = anAccount({
        name: 'bare',
        enabled: false,
        priority: -3,
        verificationEnabled: true,
        limits: { rpm: 2, tpd: 9 },
        bindings: [{ upstream: 'openai', keyTag: 'team-a' }, { upstream: 'two' }],
        budget: { unit: 'tokens', amount: 7, period: 'day' },
      })
      const closed = anAccount({ bindings: [] })
      await accounts.insert(bare)
      await accounts.insertMany([full, closed])
      expect(await accounts.list()).toEqual([bare, full, closed])
      expect(await accounts.findById(full.id)).toEqual(full)
      expect(await accounts.findById('acc_none')).toBeUndefined()
      await expect(accounts.insert(anAccount({ name: 'bare' }))).rejects.toBeInstanceOf(UniqueViolationError)
      await expect(accounts.update({ ...bare, name: 'bare' })).rejects.toBeInstanceOf(UniqueViolationError)
    })

    test('pages, search, filter, update, removal and counts', async () => {
      const { accounts, clientKeys, users } = subject().store
      const all = [anAccount({ name: 'north' }), anAccount({ name: 'south', enabled: false }), anAccount({ name: 'north-east' })]
      await accounts.insertMany(all)
      const [first, second] = all as [(typeof all)[0], (typeof all)[0]]
      expect(await accounts.listPage({ page: 2, limit: 2 })).toEqual({ rows: [all[2]], total: 3 })
      expect(await accounts.listPage({ page: 1, limit: 1 }, { search: 'NORTH' })).toEqual({ rows: [first], total: 2 })
      expect(await accounts.listPage({ page: 1, limit: 9 }, { enabled: false })).toEqual({ rows: [second], total: 1 })
      await clientKeys.insertMany([aClientKey({ accountId: first.id }), aClientKey()])
      await users.insert(aUser({ accountId: first.id }))
      expect(await accounts.countAll()).toEqual({ total: 3, enabled: 2, clientKeys: 1, users: 1 })
      const changed = { ...first, enabled: false, limits: undefined, updatedAtMs: first.updatedAtMs + 1 }
      expect([await accounts.update(changed), await accounts.update(anAccount())]).toEqual([true, false])
      expect(await accounts.findById(first.id)).toEqual(changed)
      expect([await accounts.remove(first.id), await accounts.remove(first.id)]).toEqual([true, false])
    })

    test('client keys and people know their account, and can be removed with it', async () => {
      const { clientKeys, users } = subject().store
      const [own, other, none] = [aClientKey({ accountId: 'acc_1' }), aClientKey({ accountId: 'acc_2' }), aClientKey()]
      for (const key of [own, other, none]) await clientKeys.insert(key)
      expect(await clientKeys.listPage({ page: 1, limit: 9 }, { accountId: 'acc_1' })).toEqual({ rows: [own], total: 1 })
      const [person, stranger] = [aUser({ accountId: 'acc_1' }), aUser({ accountId: 'acc_2' })]
      for (const user of [person, stranger]) await users.insert(user)
      expect(await users.findById(person.id)).toEqual(person)
      expect([await clientKeys.removeOfAccount('acc_1'), await users.removeOfAccount('acc_1'), await users.removeOfAccount('acc_1')]).toEqual([1, 1, 0])
      expect(await clientKeys.list()).toEqual([other, none])
      expect((await users.list()).map(({ id }) => id)).toEqual([stranger.id])
    })
  })

  describe('record of changes', () => {
    const anEntry = (number: number, changes: Partial<AuditEntry> = {}): AuditEntry => ({
      id: auditId(number),
      atMs: number * 1_000,
      actor: 'anna',
      actorId: 'usr_1',
      action: 'upstream.change',
      entity: 'upstream',
      entityId: 'ups_1',
      changes: '{"fields":["name"],"before":{"name":"🔑"},"after":{}}',
      requestId: 'req-1',
      network: '10.0.0.1',
      previousHash: 'a',
      hash: 'b',
      ...changes,
    })

    test('every field survives; pages both ways, filters, and cutting off the oldest', async () => {
      const { audit } = subject().store
      const bare = anEntry(3, {
        actor: 'gateway',
        actorId: undefined,
        requestId: undefined,
        network: undefined,
        action: 'user.create',
        entity: 'user',
        entityId: 'u',
      })
      const all = [anEntry(1), anEntry(2), bare, anEntry(12)]
      await audit.insertMany(all)
      const ids = (entries: readonly AuditEntry[]): string[] => entries.map(({ id }) => id)
      expect(await audit.listAfter('', 9)).toEqual(all)
      expect(ids(await audit.listAfter(auditId(1), 2))).toEqual([auditId(2), auditId(3)])
      expect(ids(await audit.listNewest(2))).toEqual([auditId(12), auditId(3)])
      expect(ids(await audit.listNewest(9, {}, auditId(3)))).toEqual([auditId(2), auditId(1)])
      for (const filter of [{ actor: 'gateway' }, { action: 'user.create' }, { entity: 'user' }, { entityId: 'u' }, { fromMs: 3_000, untilMs: 12_000 }]) {
        expect(await audit.listNewest(9, filter)).toEqual([bare])
      }
      expect(await audit.findById(auditId(12))).toEqual(all[3])
      expect(await audit.findById(auditId(4))).toBeUndefined()
      await expect(audit.insertMany([anEntry(13), anEntry(12)])).rejects.toBeInstanceOf(UniqueViolationError)
      expect(await audit.removeUntil(auditId(2))).toBe(2)
      expect(ids(await audit.listAfter('', 9))).toEqual([auditId(3), auditId(12)])
    })
  })
}
