// What every store of amounts promises. Run against each by test/drivers/amounts.test.ts.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { AmountAnswer, AmountClaim, AmountLimit, AmountState, AmountStore } from '../../src/ports/amount-store.ts'
import { createPseudoRandom } from '../unit/pseudo-random.ts'

export interface AmountStoreUnderTest {
  readonly store: AmountStore
  /** A second process that shares the counts; the same store where there is but one. */
  readonly other: AmountStore
  /** Lets this much time pass for the store: at least `ms`, and less than `ms + slackMs`. */
  advance(ms: number): Promise<void>
  readonly slackMs: number
  /** Forgets everything, as a server that was flushed; undefined where that cannot happen. */
  readonly flush: (() => Promise<unknown>) | undefined
  /** What the store still holds. */
  entries(): Promise<number>
  close(): Promise<void>
}

let made = 0
let tag = 0
const LIFE_MS = 60_000
const forGood = (max: number, amount: number, name = 'budget'): AmountLimit => ({ key: `{a${tag}}:${name}`, max, amount, windowMs: undefined, lifeMs: LIFE_MS })
const perSecond = (max: number, amount: number): AmountLimit => ({ key: `{a${tag}}:window`, max, amount, windowMs: 1_000, lifeMs: 0 })
const claimOf = (limits: readonly AmountLimit[], leaseMs = 30_000): AmountClaim => ({ id: `claim-${++made}`, limits, leaseMs })
const statesOf = (answer: AmountAnswer): readonly AmountState[] => {
  if (answer.kind === 'unknown') throw new Error('unknown')
  return answer.states
}

export function describeAmountStore(name: string, open: () => Promise<AmountStoreUnderTest>): void {
  const opened: AmountStoreUnderTest[] = []
  const openOne = async (): Promise<AmountStoreUnderTest> => {
    tag++
    const one = await open()
    opened.push(one)
    return one
  }

  describe(`amount store contract: ${name}`, () => {
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close()
    })

    test('a count for good is unknown until it is begun; it only rises', async () => {
      const { store, other } = await openOne()
      const claim = claimOf([forGood(100, 10)])
      expect(await store.reserve(claim)).toEqual({ kind: 'unknown', keys: [forGood(1, 1).key] })
      await other.raise(forGood(1, 1).key, 30, LIFE_MS)
      expect(await store.reserve(claim)).toEqual({ kind: 'granted', states: [{ spent: 30, reserved: 10, resetMs: 0 }] })
      await store.raise(forGood(1, 1).key, 20, LIFE_MS)
      expect(await other.look(claimOf([forGood(100, 0)]))).toEqual({ kind: 'granted', states: [{ spent: 30, reserved: 10, resetMs: 0 }] })
    })

    test('what was taken counts instead of what was reserved, and a settled claim is settled', async () => {
      const { store, other } = await openOne()
      await store.raise(forGood(1, 1).key, 0, LIFE_MS)
      const [more, less, none] = [claimOf([forGood(1_000, 100)]), claimOf([forGood(1_000, 100)]), claimOf([forGood(1_000, 100)])]
      for (const claim of [more, less, none]) await store.reserve(claim)
      await store.settle(more, [130])
      await other.settle(less, [7])
      await other.settle(none, [0])
      expect(statesOf(await store.look(claimOf([forGood(1_000, 0)])))).toEqual([{ spent: 137, reserved: 0, resetMs: 0 }])
      // A second end of the same claim frees nothing of others.
      const others = claimOf([forGood(1_000, 100)])
      await store.reserve(others)
      await store.settle(none, [0])
      expect(statesOf(await store.look(claimOf([forGood(1_000, 0)])))).toEqual([{ spent: 137, reserved: 100, resetMs: 0 }])
    })

    test('a burst from two processes reserves no more than there is; one that is larger passes alone', async () => {
      const { store, other } = await openOne()
      await store.raise(forGood(1, 1).key, 0, LIFE_MS)
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? store : other).reserve(claimOf([forGood(75, 10)]))))
      expect(answers.filter(({ kind }) => kind === 'granted')).toHaveLength(7)
      const refused = answers.find(({ kind }) => kind === 'refused')
      expect(refused).toMatchObject({ index: 0, retryAfterMs: undefined, states: [{ spent: 0, reserved: 70 }] })

      await store.raise(forGood(1, 1, 'large').key, 74, LIFE_MS)
      const large = claimOf([forGood(75, 1_000, 'large')])
      expect((await store.reserve(large)).kind).toBe('granted')
      expect((await other.reserve(claimOf([forGood(75, 1, 'large')]))).kind).toBe('refused')
      await store.settle(large, [0])
      expect((await other.reserve(claimOf([forGood(75, 1, 'large')]))).kind).toBe('granted')
      await store.raise(forGood(1, 1, 'spent').key, 75, LIFE_MS)
      expect((await other.reserve(claimOf([forGood(75, 0, 'spent')]))).kind).toBe('refused')
    })

    test('reserved in all counts or in none; spending that is over last is named', async () => {
      const { store } = await openOne()
      await store.raise(forGood(1, 1).key, 100, LIFE_MS)
      const refused = await store.reserve(claimOf([perSecond(50, 10), forGood(100, 1)]))
      expect(refused).toMatchObject({ kind: 'refused', index: 1, retryAfterMs: undefined })
      expect(statesOf(await store.look(claimOf([perSecond(50, 0)])))).toEqual([{ spent: 0, reserved: 0, resetMs: 0 }])
      expect((await store.reserve(claimOf([perSecond(50, 10), forGood(100, 1, 'new')]))).kind).toBe('unknown')
      expect(statesOf(await store.look(claimOf([perSecond(50, 0)])))).toEqual([{ spent: 0, reserved: 0, resetMs: 0 }])
    })

    test('a window: what was taken counts for the window, and a refusal says until when', async () => {
      const { store, other, advance, slackMs } = await openOne()
      const first = claimOf([perSecond(100, 60)])
      expect((await store.reserve(first)).kind).toBe('granted')
      await store.settle(first, [60])
      await advance(500)
      const second = claimOf([perSecond(100, 40)])
      expect((await other.reserve(second)).kind).toBe('granted')
      await other.settle(second, [50])
      const refused = await store.reserve(claimOf([perSecond(100, 1)]))
      if (refused.kind !== 'refused') throw new Error(refused.kind)
      expect(refused.states[0]?.spent).toBe(110)
      expect(refused.retryAfterMs).toBeGreaterThan(500 - slackMs)
      expect(refused.retryAfterMs).toBeLessThanOrEqual(510)
      await advance(refused.retryAfterMs as number)
      const after = await store.reserve(claimOf([perSecond(100, 1)]))
      expect([after.kind, statesOf(after)[0]?.spent]).toEqual(['granted', 50])
      await advance(1_010)
      expect(statesOf(await store.look(claimOf([perSecond(100, 0)])))[0]?.spent).toBe(0)
    })

    test('a lease ends by itself unless it is renewed; renewal takes a lost reservation again', async () => {
      const { store, advance } = await openOne()
      await store.raise(forGood(1, 1).key, 0, LIFE_MS)
      const [kept, left, lost] = [claimOf([forGood(100, 10)], 1_000), claimOf([forGood(100, 20)], 1_000), claimOf([forGood(100, 40)], 1_000)]
      await store.reserve(kept)
      await store.reserve(left)
      const reserved = async (): Promise<number | undefined> => statesOf(await store.look(claimOf([forGood(100, 0)])))[0]?.reserved
      expect(await reserved()).toBe(30)
      await advance(600)
      await store.renew([kept])
      await advance(600)
      expect(await reserved()).toBe(10)
      await store.renew([lost])
      expect(await reserved()).toBe(50)
      await store.settle(lost, [40])
      await advance(1_100)
      expect(await reserved()).toBe(0)
      // Its lease was over, and what it took counts all the same.
      await store.settle(kept, [10])
      expect(statesOf(await store.look(claimOf([forGood(100, 0)])))).toEqual([{ spent: 50, reserved: 0, resetMs: 0 }])
    })

    test('amounts that were taken elsewhere count from when they were', async () => {
      const { store, advance } = await openOne()
      await advance(2_000)
      const { key } = perSecond(1, 1)
      const past = (amount: number, ageMs: number): { key: string; windowMs: number; amount: number; ageMs: number } => ({
        key,
        windowMs: 1_000,
        amount,
        ageMs,
      })
      await store.add([past(70, 500), past(3, 100), past(9, 1_500)])
      expect(statesOf(await store.look(claimOf([perSecond(100, 0)])))[0]?.spent).toBe(73)
      await advance(520)
      expect(statesOf(await store.look(claimOf([perSecond(100, 0)])))[0]?.spent).toBe(3)
    })

    test('random requests: never negative, never over by more than one request, and in the end nothing is reserved', async () => {
      const { store, other } = await openOne()
      const max = 1_000
      await store.raise(forGood(1, 1).key, 0, LIFE_MS)
      const random = createPseudoRandom(7)
      const open: AmountClaim[] = []
      let spent = 0
      let reserved = 0
      for (let step = 0; step < 400; step++) {
        const one = random.fraction() < 0.5 ? store : other
        const settled = open.length > 0 && random.fraction() < 0.5 ? open.splice(random.below(open.length), 1)[0] : undefined
        if (settled !== undefined) {
          const amount = settled.limits[0]?.amount ?? 0
          // Aborted, shorter than asked for, or all of it.
          const taken = Math.floor(amount * Math.min(1, random.fraction() * 1.5)) * (random.fraction() < 0.3 ? 0 : 1)
          await one.settle(settled, [taken])
          spent += taken
          reserved -= amount
        } else {
          const amount = random.below(90)
          const claim = claimOf([forGood(max, amount)])
          const fits = spent + reserved < max && (spent + reserved + amount <= max || reserved === 0)
          const answer = await one.reserve(claim)
          expect(answer.kind).toBe(fits ? 'granted' : 'refused')
          if (fits) {
            open.push(claim)
            reserved += amount
          }
        }
        const state = statesOf(await one.look(claimOf([forGood(max, 0)])))[0]
        expect(state).toEqual({ spent, reserved, resetMs: 0 })
        expect(spent).toBeLessThan(max + 90)
      }
      for (const claim of open) await store.settle(claim, [0])
      expect(statesOf(await store.look(claimOf([forGood(max, 0)])))).toEqual([{ spent, reserved: 0, resetMs: 0 }])
    })

    test('flushed in mid-run: unknown again, nothing of it is invented, and reservations come back with their renewal', async () => {
      const { store, flush } = await openOne()
      if (flush === undefined) return
      await store.raise(forGood(1, 1).key, 10, LIFE_MS)
      const [kept, ended] = [claimOf([forGood(100, 20)]), claimOf([forGood(100, 5)])]
      await store.reserve(kept)
      await store.reserve(ended)
      await flush()
      await store.settle(ended, [5])
      expect((await store.look(claimOf([forGood(100, 0)]))).kind).toBe('unknown')
      await store.raise(forGood(1, 1).key, 15, LIFE_MS)
      await store.renew([kept])
      expect(statesOf(await store.look(claimOf([forGood(100, 0)])))).toEqual([{ spent: 15, reserved: 20, resetMs: 0 }])
    })

    test('nothing is left when all of it is over', async () => {
      const { store, advance, entries } = await openOne()
      const claim = claimOf([{ ...forGood(100, 1), lifeMs: 1_000 }, perSecond(100, 1)], 1_000)
      await store.raise(forGood(1, 1).key, 1, 1_000)
      await store.reserve(claim)
      await store.settle(claim, [1, 1])
      await store.reserve({ ...claim, id: 'left' })
      expect(await entries()).toBeGreaterThan(0)
      await advance(1_100)
      expect(await entries()).toBe(0)
    })
  })
}
