import { expect, test } from '@jest/globals'
import { WakeQueue } from '../../../src/services/wake-queue.ts'
import { createPseudoRandom } from '../pseudo-random.ts'

test('behaves like a sorted list under random additions and removals', () => {
  const random = createPseudoRandom(1)
  for (let round = 0; round < 50; round++) {
    const queue = new WakeQueue<number>()
    const list: number[] = []
    let nowMs = 0
    for (let step = 0; step < 400; step++) {
      if (random.fraction() < 0.6) {
        const atMs = nowMs + random.below(50)
        queue.add(atMs, atMs)
        list.push(atMs)
        list.sort((a, b) => a - b)
      } else {
        nowMs += random.below(20)
        const due = list[0] !== undefined && list[0] <= nowMs ? list.shift() : undefined
        expect(queue.takeDue(nowMs)).toBe(due)
      }
      expect(queue.nextAtMs).toBe(list[0] ?? Infinity)
      expect(queue.size).toBe(list.length)
    }
  }
})

test('nothing is due before its time, and an empty queue has nothing', () => {
  const queue = new WakeQueue<string>()
  expect([queue.nextAtMs, queue.takeDue(Infinity)]).toEqual([Infinity, undefined])
  queue.add(10, 'late')
  queue.add(5, 'early')
  expect(queue.takeDue(4.999)).toBeUndefined()
  expect([queue.takeDue(5), queue.takeDue(5), queue.takeDue(10), queue.takeDue(1e9)]).toEqual(['early', undefined, 'late', undefined])
})
