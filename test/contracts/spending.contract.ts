// The part of the store contract about what was spent of budgets.
import { describe, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import type { SpentAmount } from '../../src/ports/spending-repository.ts'
import type { StoreUnderTest } from './store.contract.ts'

const END_MS = Date.UTC(2026, 11, 1)
const spent = (id: string, amount: number, endsAtMs = END_MS): SpentAmount => ({ id, amount, endsAtMs })

export function describeSpending(subject: () => StoreUnderTest): void {
  const add = (writer: string, write: number, ...amounts: SpentAmount[]): Promise<boolean> =>
    subject().store.transaction(({ spending }) => spending.add(writer, write, amounts, subject().clock.nowMs()))
  const findAll = async (...ids: string[]): Promise<unknown> => Object.fromEntries(await subject().store.spending.findAll(ids))

  describe('spending', () => {
    test('amounts of several writers add up; what nobody spent is absent', async () => {
      expect(await findAll('a', 'b')).toEqual({})
      expect(await findAll()).toEqual({})
      await add('one', 1, spent('a', 5), spent('b', 1))
      await add('two', 1, spent('a', 7), spent('c', 1_000_000_000_000_000))
      await add('one', 2, spent('a', 1))
      expect(await findAll('a', 'b', 'c', 'd')).toEqual({ a: 13, b: 1, c: 1_000_000_000_000_000 })
    })

    test('a write whose answer was lost is not stored twice', async () => {
      expect(await add('one', 1, spent('a', 5))).toBe(true)
      expect(await add('one', 1, spent('a', 5))).toBe(false)
      expect(await add('one', 2, spent('a', 2))).toBe(true)
      expect(await add('one', 2, spent('a', 2))).toBe(false)
      expect(await findAll('a')).toEqual({ a: 7 })
    })

    test('all or nothing: a transaction that is undone leaves neither amounts nor the mark', async () => {
      const { store, clock } = subject()
      const undone = store.transaction(async ({ spending }) => {
        await spending.add('one', 1, [spent('a', 5)], clock.nowMs())
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      expect(await findAll('a')).toEqual({})
      expect(await add('one', 1, spent('a', 5))).toBe(true)
    })

    test('writers at the same time lose nothing', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => add(`writer-${i}`, 1, spent('a', 1), spent(`own-${i}`, 1))))
      expect(await findAll('a', 'own-19')).toEqual({ a: 20, 'own-19': 1 })
    })

    test('as many rows as one write may have', async () => {
      const many = Array.from({ length: limits.spendingRowsPerWrite }, (_, i) => spent(`row-${i}`, i + 1))
      await add('one', 1, ...many)
      await add('one', 2, ...many)
      expect(await findAll(...many.map(({ id }) => id))).toEqual(Object.fromEntries(many.map(({ id, amount }) => [id, 2 * amount])))
    })

    test('old days and silent writers are forgotten, the others stay', async () => {
      const { store, clock } = subject()
      const nowMs = clock.nowMs()
      await add('silent', 1, spent('old', 5, nowMs - limits.spendingKeptMs - 1), spent('new', 5, nowMs - limits.spendingKeptMs + 1_000))
      await store.spending.prune(nowMs)
      expect(await findAll('old', 'new')).toEqual({ new: 5 })
      expect(await add('silent', 1, spent('new', 1))).toBe(false)
      await store.spending.prune(nowMs + limits.spendingWriterKeptMs + 1)
      expect(await add('silent', 1, spent('new', 1))).toBe(true)
    })
  })
}
