import { describe, expect, test } from '@jest/globals'
import { clampCooldownMs, rateLimitCooldownMs } from '../../../src/domain/cooldown.ts'

const SECOND = 1_000
const HOUR = 3_600_000

describe('UP-09, as arithmetic', () => {
  test.each([
    ['seconds', 30 * SECOND, 30 * SECOND],
    ['zero', 0, SECOND],
    ['negative', -SECOND, SECOND],
    ['a date in the past', -86_400_000, SECOND],
    ['1e9 s', 1e12, HOUR],
    ['half a second', 500, SECOND],
    ['an hour', HOUR, HOUR],
    ['an hour and a bit', HOUR + 1, HOUR],
    ['endless', Infinity, HOUR],
  ])('%s is clamped to 1 s … 1 h', (_, asked, expected) => {
    expect(clampCooldownMs(asked)).toBe(expected)
    for (const fraction of [0, 0.999]) expect(rateLimitCooldownMs(asked, 4, fraction)).toBe(expected)
  })

  test('without Retry-After: 10 s x 2^n, at most 5 min, plus less than 1 s of jitter', () => {
    const bases = [10, 20, 40, 80, 160, 300, 300].map((seconds) => seconds * SECOND)
    bases.forEach((base, streak) => {
      expect(rateLimitCooldownMs(undefined, streak, 0)).toBe(base)
      const jittered = rateLimitCooldownMs(undefined, streak, 0.999999)
      expect(jittered).toBeGreaterThan(base)
      expect(jittered).toBeLessThan(base + SECOND)
    })
    expect(rateLimitCooldownMs(undefined, 1e9, 0)).toBe(300 * SECOND)
  })
})
