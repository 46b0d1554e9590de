import { describe, expect, test } from '@jest/globals'
import { createTurnCycle, TURNS_MAX } from '../../../src/domain/rotation.ts'

function pseudoRandom(seed: number): () => number {
  let state = seed
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32
}

function countOf(cycle: Uint32Array, index: number): number {
  return cycle.filter((turn) => turn === index).length
}

describe('createTurnCycle', () => {
  test('equal weights are plain round robin, whatever their size', () => {
    for (const weight of [1, 7, 1000]) expect([...createTurnCycle([weight, weight, weight, weight])]).toEqual([0, 1, 2, 3])
    expect([...createTurnCycle([])]).toEqual([])
    expect([...createTurnCycle([3])]).toEqual([0])
  })

  test('5:1:1 gives 5, 1, 1 turns and at most five in a row, over the seam too', () => {
    const cycle = [...createTurnCycle([5, 1, 1])]
    expect(cycle).toHaveLength(7)
    expect(/0{6}/.test([...cycle, ...cycle].join(''))).toBe(false)
    expect([0, 1, 2].map((index) => cycle.filter((turn) => turn === index).length)).toEqual([5, 1, 1])
  })

  test('each index appears exactly weight / gcd times, and every prefix is within one turn per key of its share', () => {
    const random = pseudoRandom(7)
    for (let round = 0; round < 200; round++) {
      const weights = Array.from({ length: 1 + Math.floor(random() * 8) }, () => 1 + Math.floor(random() * 12))
      const cycle = createTurnCycle(weights)
      const sum = weights.reduce((a, b) => a + b, 0)
      const divisor = sum / cycle.length
      weights.forEach((weight, index) => expect(countOf(cycle, index)).toBe(weight / divisor))
      const seen = weights.map(() => 0)
      cycle.forEach((index, place) => {
        seen[index] = (seen[index] as number) + 1
        weights.forEach((weight, key) => expect(Math.abs((seen[key] as number) - ((place + 1) * weight) / sum)).toBeLessThan(weights.length))
      })
    }
  })

  test('a pool whose weights have no common divisor does not make a cycle without bound', () => {
    const weights = Array.from({ length: 20_000 }, (_, index) => 999 + (index % 2))
    const cycle = createTurnCycle(weights)
    expect(cycle.length).toBeLessThanOrEqual(TURNS_MAX + weights.length)
    expect(new Set(cycle).size).toBe(20_000)
  })
})
