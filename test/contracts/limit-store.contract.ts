// What every limit store promises. Run against each by test/drivers/limits.test.ts.
import { afterEach, describe, expect, test } from '@jest/globals'
import { limits } from '../../src/limits.ts'
import type { LimitAnswer, LimitClaim, LimitRefusal, LimitStore, SlotLimit, WindowLimit } from '../../src/ports/limit-store.ts'

export interface LimitStoreUnderTest {
  readonly store: LimitStore
  /** A second process that shares the counts; the same store where there is but one. */
  readonly other: LimitStore
  /** Lets this much time pass for the store: at least `ms`, and less than `ms + slackMs`. */
  advance(ms: number): Promise<void>
  readonly slackMs: number
  /** What the store still holds; waits for what expires by itself. */
  entries(): Promise<number>
  close(): Promise<void>
}

let made = 0
let tag = 0
const claimOf = (windows: readonly WindowLimit[], slots: readonly SlotLimit[] = []): LimitClaim => ({ id: `claim-${++made}`, windows, slots })
const perSecond = (max: number, name = 'w'): WindowLimit => ({ key: `{t${tag}}:${name}`, max, windowMs: 1_000 })
const atOnce = (max: number, leaseMs = 30_000): SlotLimit => ({ key: `{t${tag}}:slots`, max, leaseMs })
const refused = (answer: LimitAnswer): LimitRefusal => {
  if (answer.isGranted) throw new Error('granted')
  return answer
}

/** @param open a store of its own each time, or one that is shared: every test uses keys of its own */
export function describeLimitStore(name: string, open: () => Promise<LimitStoreUnderTest>): void {
  const opened: LimitStoreUnderTest[] = []
  const openOne = async (): Promise<LimitStoreUnderTest> => {
    tag++
    const one = await open()
    opened.push(one)
    return one
  }
  /** At once, but not more than a store answers in time. */
  const claimMany = async (stores: readonly LimitStore[], count: number, claim: () => LimitClaim): Promise<LimitAnswer[]> => {
    const answers: LimitAnswer[] = []
    while (answers.length < count) {
      const wave = Array.from({ length: Math.min(100, count - answers.length) }, (_, i) => (stores[i % stores.length] as LimitStore).claim(claim()))
      answers.push(...(await Promise.all(wave)))
    }
    return answers
  }

  describe(`limit store contract: ${name}`, () => {
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close()
    })

    test('a burst from two processes gets exactly max; each answer says what is left', async () => {
      const { store, other, slackMs } = await openOne()
      const answers = await claimMany([store, other], 50, () => claimOf([perSecond(7)]))
      const granted = answers.filter(({ isGranted }) => isGranted)
      expect(granted.map(({ windows }) => windows[0]?.remaining).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
      for (const { windows } of granted) expect(windows[0]?.resetMs).toBeGreaterThan(999 - slackMs)
      for (const answer of answers.filter(({ isGranted }) => !isGranted)) {
        const { key, retryAfterMs, windows } = refused(answer)
        expect(key).toBe(perSecond(7).key)
        expect(retryAfterMs).toBeGreaterThan(1_000 - slackMs)
        expect(retryAfterMs).toBeLessThanOrEqual(1_000)
        expect(windows).toEqual([{ remaining: 0, resetMs: retryAfterMs }])
      }
    })

    test('a grant counts for the whole window and no longer, each on its own', async () => {
      const { store, advance, slackMs } = await openOne()
      const ask = async (): Promise<boolean> => (await store.claim(claimOf([perSecond(2)]))).isGranted
      expect(await ask()).toBe(true)
      await advance(500)
      expect([await ask(), await ask()]).toEqual([true, false])
      await advance(500)
      // The first no longer counts, the second does: a window with fixed edges would give two here.
      expect([await ask(), await ask()]).toEqual([true, false])
      expect(refused(await store.claim(claimOf([perSecond(2)]))).retryAfterMs).toBeLessThanOrEqual(500 + slackMs)
    })

    test('it may be tried again when the refusal says so', async () => {
      const { store, advance } = await openOne()
      await claimMany([store], 3, () => claimOf([perSecond(3)]))
      await advance(refused(await store.claim(claimOf([perSecond(3)]))).retryAfterMs as number)
      expect((await store.claim(claimOf([perSecond(3)]))).isGranted).toBe(true)
    })

    test('counted in all limits or in none, and the window that opens last is named', async () => {
      const { store } = await openOne()
      const minute: WindowLimit = { key: `{t${tag}}:minute`, max: 1, windowMs: 60_000 }
      expect((await store.claim(claimOf([minute]))).isGranted).toBe(true)
      for (let i = 0; i < 5; i++) expect(refused(await store.claim(claimOf([perSecond(2), minute], [atOnce(2)]))).key).toBe(minute.key)
      const { windows } = await store.claim(claimOf([perSecond(2)], [atOnce(2)]))
      expect(windows[0]?.remaining).toBe(1)
      expect((await store.claim(claimOf([], [atOnce(2)]))).isGranted).toBe(true)
      expect(refused(await store.claim(claimOf([perSecond(2)], [atOnce(2)])))).toMatchObject({ key: atOnce(2).key, retryAfterMs: undefined })
      expect((await store.claim(claimOf([perSecond(2)]))).windows[0]?.remaining).toBe(0)
      expect(refused(await store.claim(claimOf([perSecond(2), minute]))).key).toBe(minute.key)
    })

    test('a limit may be changed: what was counted stays', async () => {
      const { store } = await openOne()
      await claimMany([store], 4, () => claimOf([perSecond(10)]))
      expect((await store.claim(claimOf([perSecond(3)]))).isGranted).toBe(false)
      expect((await store.claim(claimOf([perSecond(6)]))).windows[0]?.remaining).toBe(1)
      expect((await store.claim(claimOf([perSecond(20)]))).windows[0]?.remaining).toBe(14)
    })

    test('above the exact bound: exactly max in a burst, never more in any window, all back one part later', async () => {
      const { store, other, advance } = await openOne()
      const max = limits.exactWindowMax + 200
      const half = await claimMany([store, other], max / 2, () => claimOf([perSecond(max, 'large')]))
      expect(half.every(({ isGranted }) => isGranted)).toBe(true)
      await advance(500)
      const answers = await claimMany([store, other], max, () => claimOf([perSecond(max, 'large')]))
      expect(answers.filter(({ isGranted }) => isGranted)).toHaveLength(max / 2)
      const { retryAfterMs } = refused(await store.claim(claimOf([perSecond(max, 'large')])))
      expect(retryAfterMs).toBeLessThanOrEqual(510)
      await advance(retryAfterMs as number)
      expect((await store.claim(claimOf([perSecond(max, 'large')]))).isGranted).toBe(true)
      await advance(1_010)
      const again = await claimMany([store, other], max + 50, () => claimOf([perSecond(max, 'large')]))
      expect(again.filter(({ isGranted }) => isGranted)).toHaveLength(max)
    })

    test('slots: at most max at once, given back once, and the second release of one frees nobody else', async () => {
      const { store, other } = await openOne()
      const [first, second] = [claimOf([], [atOnce(2)]), claimOf([], [atOnce(2)])]
      expect([(await store.claim(first)).isGranted, (await other.claim(second)).isGranted, (await store.claim(claimOf([], [atOnce(2)]))).isGranted]).toEqual([
        true,
        true,
        false,
      ])
      await other.release([first])
      await store.release([first])
      expect([(await store.claim(claimOf([], [atOnce(2)]))).isGranted, (await other.claim(claimOf([], [atOnce(2)]))).isGranted]).toEqual([true, false])
    })

    test('slots: a lease ends by itself unless it is renewed, and renewal takes a lost one again', async () => {
      const { store, advance } = await openOne()
      const slot = atOnce(2, 1_000)
      const [kept, left, lost] = [claimOf([], [slot]), claimOf([], [slot]), claimOf([], [slot])]
      await store.claim(kept)
      await store.claim(left)
      await advance(600)
      await store.renew([kept])
      await advance(600)
      const next = claimOf([], [slot])
      expect((await store.claim(next)).isGranted).toBe(true)
      expect((await store.claim(claimOf([], [slot]))).isGranted).toBe(false)
      await store.renew([lost])
      await store.release([kept])
      expect((await store.claim(claimOf([], [slot]))).isGranted).toBe(false)
      await store.release([lost, next])
      expect((await store.claim(claimOf([], [slot]))).isGranted).toBe(true)
    })

    test.each([
      ['exact', 10],
      ['parts', limits.exactWindowMax + 10],
    ])('past grants count from when they were (%s)', async (_name, max) => {
      const { store, advance } = await openOne()
      const grants = (count: number, ageMs: number): Promise<void> =>
        store.count(Array.from({ length: count }, () => ({ claim: claimOf([perSecond(max, 'past')]), ageMs })))
      await advance(2_000)
      await grants(max - 5, 500)
      await grants(3, 100)
      await grants(9, 1_500)
      expect((await store.claim(claimOf([perSecond(max, 'past')]))).windows[0]?.remaining).toBe(1)
      await advance(520)
      expect((await store.claim(claimOf([perSecond(max, 'past')]))).windows[0]?.remaining).toBe(max - 5)
    })

    test('nothing is left when all of it is over', async () => {
      const { store, advance, entries } = await openOne()
      await store.claim(claimOf([perSecond(3), perSecond(limits.exactWindowMax + 1, 'large')], [atOnce(2, 1_000)]))
      await store.renew([claimOf([], [atOnce(2, 1_000)])])
      await store.count([{ claim: claimOf([perSecond(3)]), ageMs: 100 }])
      expect(await entries()).toBeGreaterThan(0)
      await advance(1_100)
      expect(await entries()).toBe(0)
    })
  })
}
