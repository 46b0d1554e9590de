// Two small accounts of the data plane: retries that an upstream has earned, and memory for bodies that may be sent again.
import { expect, test } from '@jest/globals'
import { limits } from '../../../src/limits.ts'
import { ReplayBudget } from '../../../src/proxy/body.ts'
import { RetryBudget } from '../../../src/services/retry-budget.ts'

test('retries under a storm stay below a fifth of the requests after the first few', () => {
  const budget = new RetryBudget()
  let retries = 0
  for (let request = 0; request < 12_000; request++) {
    budget.requestStarted()
    while (budget.tryTake()) retries++
  }
  expect(retries).toBeGreaterThanOrEqual(3)
  expect(retries).toBeLessThanOrEqual(12_000 * 0.2)
})

test('what is saved up is bounded, and a new budget has the first retries at once', () => {
  const budget = new RetryBudget()
  for (let request = 0; request < 10_000; request++) budget.requestStarted()
  let retries = 0
  while (budget.tryTake()) retries++
  expect(retries).toBe(limits.retryBudgetMax)
})

test('the memory for bodies is taken and given back to the byte', () => {
  const budget = new ReplayBudget()
  expect(budget.tryTake(limits.replayBudgetBytesMax)).toBe(true)
  expect(budget.tryTake(1)).toBe(false)
  expect(budget.tryTake(0)).toBe(true)
  budget.release(10)
  expect(budget.tryTake(11)).toBe(false)
  expect(budget.tryTake(10)).toBe(true)
})
