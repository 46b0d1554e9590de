import { expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { createId } from '../../../src/domain/id.ts'

test('ids have their prefix, 26 characters of Crockford base32, and sort by time', () => {
  const times = [0, 1, 31, 32, 1_024, 1_767_225_600_000, 1_767_225_600_001, 2 ** 48]
  const ids = times.map((nowMs) => createId('key', nowMs, randomBytes(10)))
  for (const id of ids) expect(id).toMatch(/^key_[0-9a-hjkmnp-tv-z]{26}$/)
  expect([...ids].sort()).toEqual(ids)
})

test('80 random bits decide the tail', () => {
  expect(createId('ups', 0, new Uint8Array(10))).toBe(`ups_${'0'.repeat(26)}`)
  expect(createId('ups', 0, new Uint8Array(10).fill(0xff))).toBe(`ups_${'0'.repeat(10)}${'z'.repeat(16)}`)
  const made = new Set(Array.from({ length: 10_000 }, () => createId('ups', 5, randomBytes(10))))
  expect(made.size).toBe(10_000)
  for (let byte = 0; byte < 10; byte++) {
    const random = new Uint8Array(10)
    random[byte] = 1
    expect(createId('ups', 0, random)).not.toBe(`ups_${'0'.repeat(26)}`)
  }
})
