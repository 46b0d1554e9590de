// The part of the store contract about values that are sealed, for what gives them new keys.
import { describe, expect, test } from '@jest/globals'
import { SEALED_TABLES, type SealedTable, type SealedValue } from '../../src/ports/key-rotation.ts'
import { aKey, anUpstream, nextId } from '../support/rows.ts'
import type { StoreUnderTest } from './store.contract.ts'

export function describeSealedValues(subject: () => StoreUnderTest): void {
  const all = async (table: SealedTable, atOnce: number, without?: string): Promise<SealedValue[]> => {
    const values: SealedValue[] = []
    for (let after = ''; ;) {
      const some = await subject().store.sealed.list(table, after, atOnce, without)
      if (some.length === 0) return values
      values.push(...some)
      after = some.at(-1)?.id as string
    }
  }

  describe('sealed values', () => {
    test('are listed in pieces, counted by how they begin, and replaced only while they are what they were', async () => {
      const { store } = subject()
      const upstream = anUpstream()
      await store.upstreams.insert(upstream)
      await store.keys.insertMany(Array.from({ length: 5 }, (_, index) => aKey(upstream.id, { sealedValue: `v1.old.1.${index}` })))
      const id = nextId('job')
      await store.jobs.enqueue({ id, kind: 'test', payload: null, parts: Array.from({ length: 12 }, (_, index) => `v1.old.1.part${index}`) })
      for (const table of SEALED_TABLES) {
        const values = await all(table, 2)
        expect(values.map(({ sealed }) => sealed)).toEqual((await all(table, 100)).map(({ sealed }) => sealed))
        expect(new Set(values.map(({ sealed }) => sealed)).size).toBe(table === 'job_parts' ? 12 : 5)
      }
      expect((await all('job_parts', 5)).at(10)?.place).toEqual({ table: 'job_parts', column: 'input', tenant: 'default', id: `${id}/10` })
      expect(await store.sealed.countOthers('v1.new.2.')).toBe(17)
      for (const table of SEALED_TABLES) {
        const [first, second] = await all(table, 100)
        const changes = [
          { value: first as SealedValue, sealed: 'v1.new.2.x' },
          { value: { ...(second as SealedValue), sealed: 'changed meanwhile' }, sealed: 'v1.new.2.y' },
        ]
        expect(await store.sealed.replace(table, changes)).toBe(1)
        expect(await all(table, 3, 'v1.new.2.')).toHaveLength(table === 'job_parts' ? 11 : 4)
      }
      expect(await store.sealed.countOthers('v1.new.2.')).toBe(15)
      expect(await store.sealed.countOthers('v1.old.1.')).toBe(2)
    })
  })
}
